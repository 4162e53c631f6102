// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse))' | FileCheck %s

// A history lies in the memory of the result. What the caller has elsewhere is copied there once; a
// step writes one row and reads a view of those that are there. The loop does not carry it.
// CHECK-LABEL: gatefold.model @Sequence
// CHECK:         checks = ["history `k` is full: capacity {0}; a longer run needs a larger capacity ({{.*}})", "examples of one batch must be at the same position, but one is at {0} ({{.*}})", "a history does not have {0} rows ({{.*}})"]
// CHECK-LABEL: func.func @Sequence.sequence(
// CHECK-SAME:      %{{[^:]*}}: memref<f32>, %[[K:[^:]*]]: memref<f32>, %{{[^:]*}}: memref<i32>, %{{[^:]*}}: memref<f32>, %[[NEXT:[^:]*]]: memref<f32>
// CHECK-SAME:      %[[BATCH:[^:]*]]: index, %[[T:[^:]*]]: index, %[[CAPACITY:[^:]*]]: index)
// CHECK-DAG:     %[[FROM:.*]] = memref.extract_aligned_pointer_as_index %[[K]]
// CHECK-DAG:     %[[TO:.*]] = memref.extract_aligned_pointer_as_index %[[NEXT]]
// CHECK:         %[[DIFFER:.*]] = arith.cmpi ne, %[[FROM]], %[[TO]]
// CHECK:         scf.if %[[DIFFER]] {
// CHECK:           scf.for %{{.*}} to %[[BATCH]]
// CHECK:             scf.for %{{.*}} to %[[CAPACITY]]
// CHECK:         scf.for %{{.*}} to %[[T]] step %{{.*}} iter_args(%{{[^,]*}}, %{{[^,]*}}) -> (memref<?xi32>, memref<?xi32>)
// CHECK-NOT:       %[[CAPACITY]] step
// CHECK:           %[[AT:.*]] = arith.index_cast
// CHECK:           %[[INSIDE:.*]] = arith.cmpi ult, %[[AT]], %[[CAPACITY]]
// CHECK:           scf.if %[[INSIDE]] {
// CHECK:             %[[ROW:.*]] = memref.reinterpret_cast %[[NEXT]] to offset: [%{{.*}}], sizes: [16], strides: [1]
// CHECK:             vector.store %{{.*}}, %[[ROW]]
// CHECK:           %[[COUNT:.*]] = arith.select %{{.*}}, %{{.*}}, %[[CAPACITY]] : index
// CHECK:           memref.reinterpret_cast %[[NEXT]] to offset: [%{{.*}}], sizes: [%[[BATCH]], %[[COUNT]], 16]
// Scores lie without gaps in a place that is large enough for the capacity.
// CHECK:           memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%[[BATCH]], %[[COUNT]]], strides: [%[[COUNT]], 1]
// CHECK-NOT:       %[[CAPACITY]] step
// CHECK:         return
// CHECK-LABEL: func.func @Sequence.sequence.workspace(
// CHECK-SAME:      %[[BATCH:[^:]*]]: index, %{{[^:]*}}: index, %[[CAPACITY:[^:]*]]: index)
// CHECK:         arith.mului_extended %[[BATCH]], %[[CAPACITY]]
gatefold.model @Sequence {
  gatefold.entry @sequence(
      %xs: tensor<?x?x16xf32> {gatefold.port = #gatefold.port<input "xs" ["batch", "T", "16"]>},
      %k: tensor<?x?x16xf32> {gatefold.port = #gatefold.port<memory "k" ["batch", "capacity", "16"]>},
      %position: tensor<?xi32> {gatefold.port = #gatefold.port<memory "position" ["batch"]>})
      -> (tensor<?x?x16xf32> {gatefold.port = #gatefold.port<output "ys" ["batch", "T", "16"]>},
          tensor<?x?x16xf32> {gatefold.port = #gatefold.port<memory "k" ["batch", "capacity", "16"]>},
          tensor<?xi32> {gatefold.port = #gatefold.port<memory "position" ["batch"]>}) {
    %batch = gatefold.size "batch"
    %one = arith.constant dense<1> : tensor<i32>
    %ys, %rows, %last = gatefold.scan axis 1 (%x = %xs : tensor<?x?x16xf32>)
        memories(%h = %k as "k" : tensor<?x?x16xf32>, %p = %position as "position" : tensor<?xi32>)
        -> (tensor<?x?x16xf32>) {
      %ones = gatefold.broadcast %one axes [0] sizes(%batch) : tensor<i32> -> tensor<?xi32>
      %n = arith.addi %p, %ones : tensor<?xi32>
      %h1 = gatefold.append %h at %p, %x
          : tensor<?x?x16xf32>, tensor<?xi32>, tensor<?x16xf32> -> tensor<?x?x16xf32> loc("k"("m.fold":3:4))
      %m = gatefold.prefix %h1 count %n : tensor<?x?x16xf32>, tensor<?xi32> -> tensor<?x?x16xf32>
      %s = gatefold.dot %x, %m chain mapped 1 : tensor<?x16xf32>, tensor<?x?x16xf32> -> tensor<?x?xf32>
      %y = gatefold.dot %s, %m chain mapped 1 transposed
          : tensor<?x?xf32>, tensor<?x?x16xf32> -> tensor<?x16xf32>
      gatefold.yield outputs(%y : tensor<?x16xf32>) next(%h1, %n : tensor<?x?x16xf32>, tensor<?xi32>)
    }
    gatefold.return %ys, %rows, %last : tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?xi32>
  }
}

// -----

// A step that gets and leaves the history in one place touches nothing but its row.
// CHECK-LABEL: func.func @Step.step(
// CHECK-SAME:      %{{[^:]*}}: memref<f32>, %[[K:[^:]*]]: memref<f32>, %{{[^:]*}}: memref<i32>, %[[NEXT:[^:]*]]: memref<f32>
// CHECK-SAME:      %[[CAPACITY:[^:]*]]: index)
// CHECK:         %[[DIFFER:.*]] = arith.cmpi ne
// CHECK:         scf.if %[[DIFFER]] {
// CHECK:           scf.for %{{.*}} to %[[CAPACITY]]
// CHECK-NOT:     scf.for
// CHECK:         arith.cmpi ult, %{{.*}}, %[[CAPACITY]]
// CHECK:         memref.reinterpret_cast %[[NEXT]] to offset: [%{{.*}}], sizes: [16]
// CHECK:         vector.store
// CHECK-NOT:     scf.for
// CHECK:         return
gatefold.model @Step {
  gatefold.entry @step(
      %x: tensor<16xf32> {gatefold.port = #gatefold.port<input "x" ["16"]>},
      %k: tensor<?x16xf32> {gatefold.port = #gatefold.port<memory "k" ["capacity", "16"]>},
      %p: tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>})
      -> (tensor<?x16xf32> {gatefold.port = #gatefold.port<memory "k" ["capacity", "16"]>}) {
    %k1 = gatefold.append %k at %p, %x : tensor<?x16xf32>, tensor<i32>, tensor<16xf32> -> tensor<?x16xf32>
    gatefold.return %k1 : tensor<?x16xf32>
  }
}

// -----

// Where what was there before is read too, the row goes to a copy.
// CHECK-LABEL: func.func @Copied.step(
// CHECK-NOT:     extract_aligned_pointer_as_index
// CHECK-DAG:     %[[COPY:.*]] = memref.view %{{.*}} to memref<?x16xf32>
// CHECK:         scf.if
// CHECK:           memref.reinterpret_cast %[[COPY]] to offset: [%{{.*}}], sizes: [16]
gatefold.model @Copied {
  gatefold.entry @step(
      %x: tensor<16xf32> {gatefold.port = #gatefold.port<input "x" ["16"]>},
      %k: tensor<?x16xf32> {gatefold.port = #gatefold.port<memory "k" ["capacity", "16"]>},
      %p: tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "y" ["16"]>},
          tensor<?x16xf32> {gatefold.port = #gatefold.port<memory "k" ["capacity", "16"]>}) {
    %k1 = gatefold.append %k at %p, %x : tensor<?x16xf32>, tensor<i32>, tensor<16xf32> -> tensor<?x16xf32>
    %y = gatefold.reduce maximum %k axes [1] chain : tensor<?x16xf32> -> tensor<16xf32>
    gatefold.return %y, %k1 : tensor<16xf32>, tensor<?x16xf32>
  }
}

// -----

// An element at a fixed place needs rows that a step checks, and a capacity that a caller checks.
// CHECK-LABEL: gatefold.model @Picked
// CHECK:         checks = [{{.*}}"{0} rows of a history are there, but the element picked needs at least 3 ({{.*}})"]
// CHECK-SAME:    minimums = [#gatefold.minimum<"capacity" at least 3, "the element picked ({{.*}})">]
gatefold.model @Picked {
  gatefold.entry @step(
      %k: tensor<?x16xf32> {gatefold.port = #gatefold.port<memory "k" ["capacity", "16"]>},
      %p: tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>})
      -> (tensor<1x16xf32> {gatefold.port = #gatefold.port<output "y" ["1", "16"]>}) {
    %m = gatefold.prefix %k count %p : tensor<?x16xf32>, tensor<i32> -> tensor<?x16xf32>
    %y = gatefold.slice %m axis 1 offset 2 size 1 : tensor<?x16xf32> -> tensor<1x16xf32>
    gatefold.return %y : tensor<1x16xf32>
  }
}

// -----

// The parts of rows that heads read are views too.
// CHECK-LABEL: func.func @Heads.step(
// CHECK-SAME:      %{{[^:]*}}: memref<f32>, %[[K:[^:]*]]: memref<f32>
// CHECK-NOT:     scf.for
// CHECK:         %[[COUNT:.*]] = arith.select
// CHECK:         %[[PARTS:.*]] = memref.reinterpret_cast %[[K]] to offset: [%{{.*}}], sizes: [2, %[[COUNT]], 4], strides: [4, 8, 1]
// CHECK:         scf.for
// CHECK:           scf.for %{{.*}} to %[[COUNT]]
// CHECK:             scf.for
// CHECK:               memref.load %[[PARTS]]
// CHECK:               math.fma
gatefold.model @Heads {
  gatefold.entry @step(
      %q: tensor<2x4xf32> {gatefold.port = #gatefold.port<input "q" ["2", "4"]>},
      %k: tensor<?x8xf32> {gatefold.port = #gatefold.port<memory "k" ["capacity", "8"]>},
      %n: tensor<i32> {gatefold.port = #gatefold.port<memory "n" []>})
      -> (tensor<2xf32> {gatefold.port = #gatefold.port<output "y" ["2"]>}) {
    %m = gatefold.prefix %k count %n : tensor<?x8xf32>, tensor<i32> -> tensor<?x8xf32>
    %r = gatefold.reshape %m replaced 1 : tensor<?x8xf32> -> tensor<?x2x4xf32>
    %h = gatefold.transpose %r [1, 0, 2] : tensor<?x2x4xf32> -> tensor<2x?x4xf32>
    %s = gatefold.dot %q, %h chain mapped 1 : tensor<2x4xf32>, tensor<2x?x4xf32> -> tensor<2x?xf32>
    %y = gatefold.reduce maximum %s axes [0] chain : tensor<2x?xf32> -> tensor<2xf32>
    gatefold.return %y : tensor<2xf32>
  }
}
