// RUN: gatefold-opt %s --pass-pipeline='builtin.module(convert-loops-to-llvm)' | FileCheck %s

// A private function keeps its arguments, memory as its address, and nobody outside sees it.
// CHECK-LABEL: llvm.func internal @twice(
// CHECK-SAME:      %[[MEMORY:[^:]*]]: !llvm.ptr, %[[AT:[^:]*]]: i64) -> f32
// CHECK:         llvm.getelementptr %[[MEMORY]][%[[AT]]]
// CHECK:         llvm.return %{{.*}} : f32
func.func private @twice(%memory: memref<?xf32>, %at: index) -> f32 {
  %x = memref.load %memory[%at] : memref<?xf32>
  %y = arith.addf %x, %x : f32
  return %y : f32
}

gatefold.model @M {
  gatefold.entry @step(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["batch"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "y" ["batch"]>})
  gatefold.entry @init(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["batch"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "y" ["batch"]>})
}
func.func @M.step(%x: memref<f32>, %y: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %batch: index) {
  %c0 = arith.constant 0 : index
  %row = memref.reinterpret_cast %x to offset: [0], sizes: [%batch], strides: [1] : memref<f32> to memref<?xf32>
  %z = func.call @twice(%row, %c0) : (memref<?xf32>, index) -> f32
  memref.store %z, %y[] : memref<f32>
  return
}
func.func @M.step.workspace(%batch: index) -> index {
  return %batch : index
}

// An entry is called as callers from outside do: by arrays of addresses and sizes, which lie in the
// frame of the function.
// CHECK-LABEL: llvm.func @M_step(
// CHECK:         llvm.call @twice(%{{.*}}, %{{.*}}) : (!llvm.ptr, i64) -> f32
// CHECK-LABEL: llvm.func @M_init(
// CHECK-DAG:     %[[SIZES:.*]] = llvm.alloca %{{.*}} x i64
// CHECK-DAG:     %[[POINTERS:.*]] = llvm.alloca %{{.*}} x !llvm.ptr
// CHECK:         %[[S0:.*]] = llvm.getelementptr %[[SIZES]][0]
// CHECK:         llvm.store %{{.*}}, %[[S0]]
// CHECK:         %[[P0:.*]] = llvm.getelementptr %[[POINTERS]][0]
// CHECK:         llvm.store %{{.*}}, %[[P0]]
// CHECK:         %[[P1:.*]] = llvm.getelementptr %[[POINTERS]][1]
// CHECK:         llvm.store %{{.*}}, %[[P1]]
// CHECK:         llvm.call @M_step(%[[POINTERS]], %[[SIZES]], %{{.*}}, %{{.*}}, %{{.*}}) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
func.func @M.init(%x: memref<f32>, %y: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %batch: index) {
  func.call @M.step(%x, %y, %workspace, %status, %member, %batch) : (memref<f32>, memref<f32>, memref<i8>, memref<2xi64>, memref<2xi64>, index) -> ()
  return
}
func.func @M.init.workspace(%batch: index) -> index {
  return %batch : index
}
