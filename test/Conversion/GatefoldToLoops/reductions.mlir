// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse))' | FileCheck %s

// `chain` over the last axis: one accumulator.
// CHECK-LABEL: func.func @Chain.step(
// CHECK:         %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         %[[MAX:.*]] = scf.for %[[K:[^ ]*]] = %{{.*}} iter_args(%[[ACC:.*]] = %[[LOW]]) -> (f32)
// CHECK-NEXT:      %[[X:.*]] = memref.load %{{.*}}[%{{.*}}, %[[K]]]
// CHECK-NEXT:      arith.maximumf %[[ACC]], %[[X]] : f32
// CHECK:         memref.store %[[MAX]]
gatefold.model @Chain {
  gatefold.entry @step(%x: tensor<6x20xf32> {gatefold.port = #gatefold.port<input "x" ["6", "20"]>})
      -> (tensor<6xf32> {gatefold.port = #gatefold.port<output "y" ["6"]>}) {
    %0 = gatefold.reduce maximum %x axes [0] chain : tensor<6x20xf32> -> tensor<6xf32>
    gatefold.return %0 : tensor<6xf32>
  }
}

// -----

// `chain` over an outer axis: outputs that lie side by side are reduced side by side.
// CHECK-LABEL: func.func @ChainOfRows.step(
// CHECK:         scf.for %[[J:[^ ]*]] =
// CHECK:           %[[SUM:.*]] = scf.for %[[I:[^ ]*]] = {{.*}} -> (vector<16xf32>)
// CHECK:             %[[ROW:.*]] = vector.maskedload %{{.*}}[%[[I]], %[[J]]]
// CHECK:             arith.addf %{{.*}}, %[[ROW]] : vector<16xf32>
// CHECK:           vector.maskedstore %{{.*}}[%[[J]]], %{{.*}}, %[[SUM]]
gatefold.model @ChainOfRows {
  gatefold.entry @step(%x: tensor<6x20xf32> {gatefold.port = #gatefold.port<input "x" ["6", "20"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %0 = gatefold.reduce sum %x axes [1] chain : tensor<6x20xf32> -> tensor<20xf32>
    gatefold.return %0 : tensor<20xf32>
  }
}

// -----

// `lanes` over two axes walks them as one; lanes beyond the end keep what a reduction of nothing
// gives.
// CHECK-LABEL: func.func @Lanes.step(
// CHECK:         %[[ONES:.*]] = arith.constant dense<1.000000e+00> : vector<16xf32>
// CHECK:         scf.for %[[K:[^ ]*]] = %{{.*}} iter_args(%[[ACC:.*]] = %[[ONES]]) -> (vector<16xf32>)
// CHECK:           %[[M:.*]] = vector.create_mask
// CHECK:           %[[X:.*]] = vector.maskedload %{{.*}}[%{{.*}}, %[[K]]], %[[M]], %[[ONES]] : memref<6x20xf32
// CHECK:           arith.mulf %[[ACC]], %[[X]]
// CHECK:         arith.mulf {{.*}} : vector<8xf32>
gatefold.model @Lanes {
  gatefold.entry @step(%x: tensor<6x4x5xf32> {gatefold.port = #gatefold.port<input "x" ["6", "4", "5"]>})
      -> (tensor<6xf32> {gatefold.port = #gatefold.port<output "y" ["6"]>}) {
    %0 = gatefold.reduce product %x axes [0, 1] lanes : tensor<6x4x5xf32> -> tensor<6xf32>
    gatefold.return %0 : tensor<6xf32>
  }
}

// -----

// `lanes` over an outer axis reads a copy with that axis last.
// CHECK-LABEL: func.func @LanesOfRows.step(
// CHECK:         %[[COPY:.*]] = memref.view %{{.*}} to memref<20x16xf32>
// CHECK:         memref.load %{{.*}}[%[[I:.*]], %[[J:.*]]] : memref<16x20xf32
// CHECK:         memref.store %{{.*}}, %[[COPY]][%[[J]], %[[I]]]
gatefold.model @LanesOfRows {
  gatefold.entry @step(%x: tensor<16x20xf32> {gatefold.port = #gatefold.port<input "x" ["16", "20"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %0 = gatefold.reduce sum %x axes [1] lanes : tensor<16x20xf32> -> tensor<20xf32>
    gatefold.return %0 : tensor<20xf32>
  }
}

// -----

// Integers have their own smallest number.
// CHECK-LABEL: func.func @Integers.step(
// CHECK:         arith.constant -2147483648 : i32
// CHECK:         arith.maxsi {{.*}} : i32
gatefold.model @Integers {
  gatefold.entry @step(%x: tensor<20xi32> {gatefold.port = #gatefold.port<input "x" ["20"]>})
      -> (tensor<i32> {gatefold.port = #gatefold.port<output "y" []>}) {
    %0 = gatefold.reduce maximum %x axes [0] chain : tensor<20xi32> -> tensor<i32>
    gatefold.return %0 : tensor<i32>
  }
}

// -----

// The first of equal elements wins, and a NaN over every number.
// CHECK-LABEL: func.func @ArgMax.step(
// CHECK:         %[[FIRST:.*]] = memref.load
// CHECK:         %[[END:.*]]:2 = scf.for %[[K:[^ ]*]] = %{{.*}} iter_args(%[[BEST:.*]] = %[[FIRST]], %[[AT:.*]] = %{{.*}}) -> (f32, index)
// CHECK:           %[[X:.*]] = memref.load
// CHECK:           %[[GREATER:.*]] = arith.cmpf ugt, %[[X]], %[[BEST]]
// CHECK:           %[[NUMBER:.*]] = arith.cmpf ord, %[[BEST]], %[[BEST]]
// CHECK:           %[[BETTER:.*]] = arith.andi %[[GREATER]], %[[NUMBER]]
// CHECK:           arith.select %[[BETTER]], %[[X]], %[[BEST]]
// CHECK:           arith.select %[[BETTER]], %[[K]], %[[AT]]
// CHECK:         arith.index_cast %[[END]]#1 : index to i32
gatefold.model @ArgMax {
  gatefold.entry @step(%x: tensor<20xf32> {gatefold.port = #gatefold.port<input "x" ["20"]>})
      -> (tensor<i32> {gatefold.port = #gatefold.port<output "y" []>}) {
    %0 = gatefold.argmax %x : tensor<20xf32> -> tensor<i32>
    gatefold.return %0 : tensor<i32>
  }
}

// -----

// There must be something to be the largest.
// CHECK:         minimums = [#gatefold.minimum<"S" at least 1, "the place of the largest (pick.fold:2:3)">]
gatefold.model @ArgMaxOfSome {
  gatefold.entry @step(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["S"]>})
      -> (tensor<i32> {gatefold.port = #gatefold.port<output "y" []>}) {
    %0 = gatefold.argmax %x : tensor<?xf32> -> tensor<i32> loc("pick.fold":2:3)
    gatefold.return %0 : tensor<i32>
  }
}
