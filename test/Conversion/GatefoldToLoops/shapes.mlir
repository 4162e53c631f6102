// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse))' | FileCheck %s

// What is read through a broadcast, a slice or a transposition is read in place.
// CHECK-LABEL: func.func @InPlace.step(
// CHECK-NOT:     memref.view
// CHECK:         scf.for %[[I:[^ ]*]] =
// CHECK:           scf.for %[[J:[^ ]*]] =
// CHECK-DAG:         memref.load %{{.*}}[%[[J]], %[[I]]] : memref<20x6xf32
// CHECK-DAG:         memref.load %{{.*}}[%[[J]]] : memref<20xf32
// CHECK-DAG:         %[[K:.*]] = arith.addi %[[J]], %{{.*}}
// CHECK-DAG:         memref.load %{{.*}}[%[[I]], %[[K]]] : memref<6x30xf32
// CHECK:             memref.store %{{.*}}, %{{.*}}[%[[I]], %[[J]]]
gatefold.model @InPlace {
  gatefold.entry @step(%y: tensor<20x6xf32> {gatefold.port = #gatefold.port<input "y" ["20", "6"]>},
      %b: tensor<20xf32> {gatefold.port = #gatefold.port<input "b" ["20"]>},
      %x: tensor<6x30xf32> {gatefold.port = #gatefold.port<input "x" ["6", "30"]>})
      -> (tensor<6x20xf32> {gatefold.port = #gatefold.port<output "z" ["6", "20"]>}) {
    %0 = gatefold.transpose %y [1, 0] : tensor<20x6xf32> -> tensor<6x20xf32>
    %1 = gatefold.broadcast %b axes [1] : tensor<20xf32> -> tensor<6x20xf32>
    %2 = gatefold.slice %x axis 0 offset 7 size 20 : tensor<6x30xf32> -> tensor<6x20xf32>
    %3 = arith.addf %0, %1 : tensor<6x20xf32>
    %4 = arith.addf %3, %2 : tensor<6x20xf32>
    gatefold.return %4 : tensor<6x20xf32>
  }
}

// -----

// Broadcasts and slices of the last axis stay vectors; a broadcast along it is one load for all.
// CHECK-LABEL: func.func @Vectors.step(
// CHECK:         scf.for %[[I:[^ ]*]] =
// CHECK-DAG:       vector.load %{{.*}}[%{{.*}}] : memref<16xf32
// CHECK-DAG:       %[[E:.*]] = memref.load %{{.*}}[%[[I]]] : memref<6xf32
// CHECK-DAG:       vector.broadcast %[[E]] : f32 to vector<16xf32>
// CHECK:           vector.store
gatefold.model @Vectors {
  gatefold.entry @step(%b: tensor<16xf32> {gatefold.port = #gatefold.port<input "b" ["16"]>},
      %c: tensor<6xf32> {gatefold.port = #gatefold.port<input "c" ["6"]>})
      -> (tensor<6x16xf32> {gatefold.port = #gatefold.port<output "z" ["6", "16"]>}) {
    %0 = gatefold.broadcast %b axes [1] : tensor<16xf32> -> tensor<6x16xf32>
    %1 = gatefold.broadcast %c axes [0] : tensor<6xf32> -> tensor<6x16xf32>
    %2 = arith.mulf %0, %1 : tensor<6x16xf32>
    gatefold.return %2 : tensor<6x16xf32>
  }
}

// -----

// A slice that counts from the end of a dynamic axis starts at its size less the offset; callers
// see to it that there is such an element.
// CHECK-LABEL: gatefold.model @SliceFromEnd
// CHECK:         minimums = [#gatefold.minimum<"S" at least 2, "the element picked (last.fold:4:7)">]
// CHECK-LABEL: func.func @SliceFromEnd.step(
// CHECK-SAME:      %[[S:[^:]*]]: index)
// CHECK-DAG:     %[[BACK:.*]] = arith.constant -2 : index
// CHECK:         %[[START:.*]] = arith.addi %[[S]], %[[BACK]]
// CHECK:         memref.load %{{.*}}[%{{.*}}] : memref<?xf32
gatefold.model @SliceFromEnd {
  gatefold.entry @step(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["S"]>})
      -> (tensor<1xf32> {gatefold.port = #gatefold.port<output "z" ["1"]>}) {
    %0 = gatefold.slice %x axis 0 offset -2 size 1 : tensor<?xf32> -> tensor<1xf32> loc("last.fold":4:7)
    gatefold.return %0 : tensor<1xf32>
  }
}

// -----

// Each part of a concatenation is written to its place in the result.
// CHECK-LABEL: func.func @Concat.step(
// CHECK-SAME:      %{{[^:]*}}: memref<f32>, %{{[^:]*}}: memref<f32>, %[[OUT:[^:]*]]: memref<f32>,
// CHECK-NOT:     memref.view
// CHECK-DAG:     %[[FIRST:.*]] = memref.reinterpret_cast %[[OUT]] to offset: [%{{.*}}], sizes: [16]
// CHECK-DAG:     %[[SECOND:.*]] = memref.reinterpret_cast %[[OUT]] to offset: [%{{.*}}], sizes: [32]
// CHECK:         %[[N:.*]] = arith.negf
// CHECK:         vector.store %[[N]], %[[FIRST]]
// CHECK:         vector.store %{{.*}}, %[[SECOND]]
gatefold.model @Concat {
  gatefold.entry @step(%x: tensor<16xf32> {gatefold.port = #gatefold.port<input "x" ["16"]>},
      %y: tensor<32xf32> {gatefold.port = #gatefold.port<input "y" ["32"]>})
      -> (tensor<48xf32> {gatefold.port = #gatefold.port<output "z" ["48"]>}) {
    %0 = arith.negf %x : tensor<16xf32>
    %1 = gatefold.concat %0, %y axis 0 : tensor<16xf32>, tensor<32xf32> -> tensor<48xf32>
    gatefold.return %1 : tensor<48xf32>
  }
}

// -----

// A reshape is another view of the same memory; one that only adds or drops axes of size 1 does not
// even need memory.
// CHECK-LABEL: func.func @Reshape.step(
// CHECK-SAME:      %[[X:[^:]*]]: memref<f32>,
// CHECK-NOT:     memref.view
// CHECK:         memref.reinterpret_cast %[[X]] to offset: [0], sizes: [4, 8], strides: [8, 1]
// CHECK:         memref.load
// CHECK:         arith.negf %{{.*}} : vector<16xf32>
// CHECK:         vector.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] : memref<1x32xf32
gatefold.model @Reshape {
  gatefold.entry @step(%x: tensor<32xf32> {gatefold.port = #gatefold.port<input "x" ["32"]>})
      -> (tensor<4xf32> {gatefold.port = #gatefold.port<output "z" ["4"]>},
          tensor<1x32xf32> {gatefold.port = #gatefold.port<output "u" ["1", "32"]>}) {
    %0 = gatefold.reshape %x replaced 1 : tensor<32xf32> -> tensor<4x8xf32>
    %1 = gatefold.reduce sum %0 axes [0] chain : tensor<4x8xf32> -> tensor<4xf32>
    %2 = arith.negf %x : tensor<32xf32>
    %3 = gatefold.reshape %2 replaced 1 : tensor<32xf32> -> tensor<1x32xf32>
    gatefold.return %1, %3 : tensor<4xf32>, tensor<1x32xf32>
  }
}

// -----

// An index outside of the table is reported and row 0 read instead; the row is copied once.
// CHECK-LABEL: gatefold.model @Gather
// CHECK:         gatefold.entry @step({{.*}} attributes {checks = ["index {0} is outside of the table, which has 7 rows (tag.fold:8:2)"]}
// CHECK-LABEL: func.func @Gather.step(
// CHECK-SAME:      %[[STATUS:[^:]*]]: memref<2xi64>, %{{[^:]*}}: memref<2xi64>)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C7:.*]] = arith.constant 7 : index
// CHECK:         scf.for
// CHECK:           %[[WORD:.*]] = memref.load {{.*}} : memref<5xi32
// CHECK:           %[[INDEX:.*]] = arith.index_cast %[[WORD]] : i32 to index
// CHECK:           %[[INSIDE:.*]] = arith.cmpi ult, %[[INDEX]], %[[C7]] : index
// CHECK:           scf.if
// CHECK:             memref.store %{{.*}}, %[[STATUS]][%[[C0]]]
// CHECK:             %[[FOUND:.*]] = arith.index_cast %[[INDEX]] : index to i64
// CHECK:             memref.store %[[FOUND]], %[[STATUS]][%[[C1]]]
// CHECK:           %[[ROW:.*]] = arith.select %[[INSIDE]], %[[INDEX]], %[[C0]]
// CHECK:           vector.load %{{.*}}[%[[ROW]], %[[C0]]] : memref<7x16xf32
// CHECK:           vector.store
// CHECK-NOT:       vector.store
// CHECK:         return
gatefold.model @Gather {
  gatefold.weight @table : tensor<7x16xf32>
  gatefold.entry @step(%x: tensor<5xi32> {gatefold.port = #gatefold.port<input "x" ["5"]>})
      -> (tensor<5x16xf32> {gatefold.port = #gatefold.port<output "z" ["5", "16"]>}) {
    %0 = gatefold.read @table : tensor<7x16xf32>
    %1 = gatefold.gather %0[%x] : tensor<7x16xf32>, tensor<5xi32> -> tensor<5x16xf32> loc("tag.fold":8:2)
    gatefold.return %1 : tensor<5x16xf32>
  }
}

// -----

// Windows and reversed axes are the same memory under other strides, and what windows need of a
// computed axis is said of the size that it is computed from.
// CHECK-LABEL: gatefold.model @Windows
// CHECK:         minimums = [#gatefold.minimum<"S" at least 4, "a window of 5 (w.fold:3:4)">]
// CHECK-LABEL: func.func @Windows.step(
// CHECK-DAG:     memref.reinterpret_cast %{{.*}} sizes: [%{{.*}}, 5], strides: [2, 1] : memref<?xf32> to memref<?x5xf32, strided<[2, 1]>>
// CHECK-DAG:     memref.reinterpret_cast %{{.*}} to offset: [%{{.*}}], sizes: [%{{.*}}], strides: [-1]
gatefold.model @Windows {
  gatefold.entry @step(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["S"]>})
      -> (tensor<f32> {gatefold.port = #gatefold.port<output "z" []>}) {
    %zero = arith.constant dense<0.0> : tensor<1xf32>
    %0 = gatefold.concat %zero, %x axis 0 : tensor<1xf32>, tensor<?xf32> -> tensor<?xf32>
    %1 = gatefold.windows %0 axis 0 size 5 stride 2 : tensor<?xf32> -> tensor<?x5xf32> loc("w.fold":3:4)
    %2 = gatefold.reduce maximum %1 axes [0, 1] lanes : tensor<?x5xf32> -> tensor<f32>
    %3 = gatefold.reverse %x axis 0 : tensor<?xf32>
    %4 = gatefold.reduce sum %3 axes [0] lanes : tensor<?xf32> -> tensor<f32>
    %5 = arith.addf %2, %4 : tensor<f32>
    gatefold.return %5 : tensor<f32>
  }
}
