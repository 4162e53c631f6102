// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold-share-loops{least-operations=4 least-saved=5})' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold-share-loops{least-operations=4 least-saved=5})' --remarks-filter=share-loops 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: gatefold-opt %s --split-input-file --gatefold-share-loops | FileCheck %s --check-prefix=SMALL

// Two layers: what differs becomes arguments, constants do not. Other shapes of memory with the
// same strides are the same. A loop within a loop that is shared goes with it.
// CHECK-LABEL: func.func @layers(
// CHECK-SAME:      %[[X:[^:]*]]: memref<64xf32>, %[[Y:[^:]*]]: memref<?xf32>, %[[Z:[^:]*]]: memref<64xf32>, %[[N:[^:]*]]: index)
// CHECK-NOT:     scf.for
// CHECK:         %[[FROM:.*]] = memref.cast %[[X]] : memref<64xf32> to memref<?xf32, strided<[1]>>
// CHECK:         call @layers.loop0(%[[N]], %[[FROM]], %{{.*}})
// CHECK:         %[[Y2:.*]] = memref.cast %[[Y]]
// CHECK:         call @layers.loop0(%[[N]], %[[Y2]], %{{.*}})
// CHECK-NEXT:    return
// CHECK:       func.func private @layers.loop0(%[[COUNT:[^:]*]]: index, %[[IN:[^:]*]]: memref<?xf32, strided<[1]>>, %[[OUT:[^:]*]]: memref<?xf32, strided<[1]>>)
// CHECK:         %[[TWO:.*]] = arith.constant 2.0
// CHECK:         scf.for %{{.*}} to %[[COUNT]]
// CHECK:           scf.for
// CHECK:             memref.load %[[IN]]
// CHECK:             arith.mulf %{{.*}}, %[[TWO]]
// CHECK:             memref.store %{{.*}}, %[[OUT]]
// CHECK:         return
// REMARK:      remark: [Passed] share-loops | Category:share-loops | Function=layers | Remark="2 loop nests of 7 operations are one function"
// SMALL-LABEL: func.func @layers(
// SMALL-COUNT-4: scf.for
// SMALL-NOT:     func.func private
func.func @layers(%x: memref<64xf32>, %y: memref<?xf32>, %z: memref<64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %two = arith.constant 2.0 : f32
  scf.for %t = %c0 to %n step %c1 {
    scf.for %i = %c0 to %n step %c1 {
      %0 = memref.load %x[%i] : memref<64xf32>
      %1 = arith.mulf %0, %two : f32
      memref.store %1, %y[%i] : memref<?xf32>
    }
  }
  %other = arith.constant 2.0 : f32
  scf.for %t = %c0 to %n step %c1 {
    scf.for %i = %c0 to %n step %c1 {
      %0 = memref.load %y[%i] : memref<?xf32>
      %1 = arith.mulf %0, %other : f32
      memref.store %1, %z[%i] : memref<64xf32>
    }
  }
  return
}

// -----

// Another constant, another operation, a value that is taken twice, other strides: other loops.
// CHECK-LABEL: func.func @others(
// CHECK-COUNT-5: scf.for
// CHECK-NOT:     func.func
func.func @others(%x: memref<?xf32>, %y: memref<?xf32>, %z: memref<?xf32, strided<[2]>>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %two = arith.constant 2.0 : f32
  %three = arith.constant 3.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    %0 = memref.load %x[%i] : memref<?xf32>
    %1 = arith.mulf %0, %two : f32
    memref.store %1, %y[%i] : memref<?xf32>
  }
  scf.for %i = %c0 to %n step %c1 {
    %0 = memref.load %x[%i] : memref<?xf32>
    %1 = arith.mulf %0, %three : f32
    memref.store %1, %y[%i] : memref<?xf32>
  }
  scf.for %i = %c0 to %n step %c1 {
    %0 = memref.load %x[%i] : memref<?xf32>
    %1 = arith.addf %0, %two : f32
    memref.store %1, %y[%i] : memref<?xf32>
  }
  scf.for %i = %c0 to %n step %c1 {
    %0 = memref.load %x[%i] : memref<?xf32>
    %1 = arith.mulf %0, %two : f32
    memref.store %1, %x[%i] : memref<?xf32>
  }
  scf.for %i = %c0 to %n step %c1 {
    %0 = memref.load %z[%i] : memref<?xf32, strided<[2]>>
    %1 = arith.mulf %0, %two : f32
    memref.store %1, %y[%i] : memref<?xf32>
  }
  return
}

// -----

// Entries share too. A loop that gives something back stays.
// CHECK-LABEL: func.func @sequence(
// CHECK:         scf.for %{{.*}} iter_args
// CHECK:           call @sequence.loop0(
// CHECK-LABEL: func.func @step(
// CHECK-NEXT:    %[[C0:.*]] = arith.constant 0
// CHECK:         call @sequence.loop0(
// CHECK:       func.func private @sequence.loop0
func.func @sequence(%a: memref<?xf32>, %b: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %t = %c0 to %n step %c1 iter_args(%from = %a, %to = %b) -> (memref<?xf32>, memref<?xf32>) {
    scf.for %i = %c0 to %n step %c1 {
      %0 = memref.load %from[%i] : memref<?xf32>
      %1 = arith.negf %0 : f32
      memref.store %1, %to[%i] : memref<?xf32>
    }
    scf.yield %to, %from : memref<?xf32>, memref<?xf32>
  }
  return
}
func.func @step(%a: memref<?xf32>, %b: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %0 = memref.load %a[%i] : memref<?xf32>
    %1 = arith.negf %0 : f32
    memref.store %1, %b[%i] : memref<?xf32>
  }
  return
}
