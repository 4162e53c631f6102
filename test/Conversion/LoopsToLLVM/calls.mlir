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

// A barrier is called through the member, where there is more than one. Scratch lies in the frame.
// CHECK-LABEL: llvm.func internal @wait(
// CHECK-SAME:      %[[MEMBER:[^:]*]]: !llvm.ptr, %[[COUNT:[^:]*]]: i64)
// CHECK:         %[[SIZE:.*]] = llvm.mlir.constant(32 : i64)
// CHECK:         llvm.alloca %[[SIZE]] x f32 {alignment = 64 : i64}
// CHECK:         %[[ALONE:.*]] = llvm.icmp "eq" %[[COUNT]], %{{.*}} : i64
// CHECK:         llvm.cond_br %[[ALONE]] weights([1000, 1]), ^[[AFTER:.*]], ^[[WAIT:.*]]
// CHECK:       ^[[WAIT]]:
// CHECK:         %[[PLACE:.*]] = llvm.getelementptr %[[MEMBER]][2]
// CHECK:         %[[BARRIER:.*]] = llvm.load %[[PLACE]]
// CHECK:         llvm.call %[[BARRIER]](%[[MEMBER]]) : !llvm.ptr, (!llvm.ptr) -> ()
// CHECK:         llvm.br ^[[AFTER]]
// CHECK:       ^[[AFTER]]:
// CHECK:         llvm.return
func.func private @wait(%member: memref<2xi64>, %count: index) {
  func.call @gatefold.barrier(%member, %count) : (memref<2xi64>, index) -> ()
  %own = memref.alloca() {alignment = 64 : i64} : memref<2x16xf32>
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  memref.store %zero, %own[%c0, %c0] : memref<2x16xf32>
  return
}
func.func private @gatefold.barrier(memref<2xi64>, index)
