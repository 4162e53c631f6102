// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse))' | FileCheck %s

// A scan is a loop over time. A memory has two buffers: a step reads one and writes the other, and
// the loop hands them on crosswise. An output is written where the caller wants it.
// CHECK-LABEL: func.func @Scan.sequence(
// CHECK-SAME:      %[[YS:[^:]*]]: memref<f32>, %[[LAST:[^:]*]]: memref<f32>, %{{[^:]*}}: memref<i8>, %{{[^:]*}}: memref<2xi64>, %{{[^:]*}}: memref<2xi64>, %[[BATCH:[^:]*]]: index, %[[T:[^:]*]]: index)
// CHECK-DAG:     %[[ZERO:.*]] = memref.view %{{.*}} to memref<?x16xf32>
// CHECK-DAG:     %[[ONE:.*]] = memref.view %{{.*}} to memref<?x16xf32>
// The first memory is copied to the first buffer.
// CHECK:         scf.for
// CHECK:           vector.store %{{.*}}, %[[FIRST:[a-z_0-9]*]][
// CHECK:         %[[END:.*]]:2 = scf.for %[[STEP:[^ ]*]] = %{{.*}} to %[[T]] step %{{.*}} iter_args(%[[THIS:.*]] = %[[FIRST]], %[[NEXT:.*]] = %{{.*}}) -> (memref<?x16xf32>, memref<?x16xf32>)
// CHECK:           %[[OUT:.*]] = memref.reinterpret_cast %[[YS]] to offset: [%{{.*}}], sizes: [%[[BATCH]], 16]
// CHECK:           scf.for %[[I:[^ ]*]] = %{{.*}} to %[[BATCH]]
// CHECK:             vector.load
// CHECK:             %[[H:.*]] = vector.load %[[THIS]][%[[I]]
// CHECK:             %[[N:.*]] = arith.addf %{{.*}}, %[[H]]
// CHECK-DAG:         vector.store %[[N]], %[[OUT]][%[[I]]
// CHECK-DAG:         vector.store %[[N]], %[[NEXT]][%[[I]]
// CHECK:           scf.yield %[[NEXT]], %[[THIS]]
// The buffer that is the last one at the end is the memory's value.
// CHECK:         vector.load %[[END]]#0
gatefold.model @Scan {
  gatefold.entry @sequence(
      %xs: tensor<?x?x16xf32> {gatefold.port = #gatefold.port<input "xs" ["batch", "T", "16"]>},
      %h0: tensor<?x16xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "16"]>})
      -> (tensor<?x?x16xf32> {gatefold.port = #gatefold.port<output "ys" ["batch", "T", "16"]>},
          tensor<?x16xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "16"]>}) {
    %ys, %last = gatefold.scan axis 1 (%x = %xs : tensor<?x?x16xf32>)
        memories(%h = %h0 as "h" : tensor<?x16xf32>) -> (tensor<?x?x16xf32>) {
      %n = arith.addf %x, %h : tensor<?x16xf32>
      gatefold.yield outputs(%n : tensor<?x16xf32>) next(%n : tensor<?x16xf32>)
    }
    gatefold.return %ys, %last : tensor<?x?x16xf32>, tensor<?x16xf32>
  }
}

// -----

// In reverse, step t works at the last position less t.
// CHECK-LABEL: func.func @Reverse.sequence(
// CHECK-SAME:      %[[T:[^:]*]]: index)
// CHECK:         scf.for %[[STEP:[^ ]*]] = %{{.*}} to %[[T]]
// CHECK:           %[[LAST:.*]] = arith.subi %[[T]], %{{.*}}
// CHECK:           %[[AT:.*]] = arith.subi %[[LAST]], %[[STEP]]
// CHECK:           arith.muli %[[AT]], %{{.*}}
gatefold.model @Reverse {
  gatefold.entry @sequence(
      %xs: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "16"]>})
      -> (tensor<?x16xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "16"]>}) {
    %ys = gatefold.scan axis 0 reverse (%x = %xs : tensor<?x16xf32>) -> (tensor<?x16xf32>) {
      %n = arith.negf %x : tensor<16xf32>
      gatefold.yield outputs(%n : tensor<16xf32>)
    }
    gatefold.return %ys : tensor<?x16xf32>
  }
}

// -----

// What all steps read from outside is computed once, in front of the loop.
// CHECK-LABEL: func.func @Invariant.sequence(
// CHECK:         %[[E:.*]] = math.exp
// CHECK:         vector.store %[[E]], %[[BUFFER:[a-z_0-9]*]][
// CHECK:         scf.for
// CHECK-NOT:       math.exp
// CHECK:           vector.load %[[BUFFER]][
// CHECK:           arith.mulf
gatefold.model @Invariant {
  gatefold.weight @b : tensor<16xf32>
  gatefold.entry @sequence(
      %xs: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "16"]>})
      -> (tensor<?x16xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "16"]>}) {
    %b = gatefold.read @b : tensor<16xf32>
    %e = math.exp %b : tensor<16xf32>
    %ys = gatefold.scan axis 0 (%x = %xs : tensor<?x16xf32>) -> (tensor<?x16xf32>) {
      %n = arith.mulf %x, %e : tensor<16xf32>
      gatefold.yield outputs(%n : tensor<16xf32>)
    }
    gatefold.return %ys : tensor<?x16xf32>
  }
}

// -----

// The workspace has a place for each buffer, at multiples of 64 bytes: here one of 20 * 4 bytes per
// example. A size beyond 63 bits stays at the largest number, which no caller can allocate.
// CHECK-LABEL: func.func @Workspace.step(
// CHECK-LABEL: func.func @Workspace.step.workspace(
// CHECK-SAME:      %[[BATCH:.*]]: index) -> index
// CHECK-DAG:     %[[C80:.*]] = arith.constant 80 : index
// CHECK-DAG:     %[[LIMIT:.*]] = arith.constant 9223372036854775807 : index
// CHECK:         %[[LOW:.*]], %{{.*}} = arith.mului_extended %[[BATCH]], %[[C80]]
// CHECK:         %[[BYTES:.*]] = arith.select %{{.*}}, %[[LOW]], %[[LIMIT]]
// CHECK:         %[[C63:.*]] = arith.constant 63 : index
// CHECK:         %[[SUM:.*]] = arith.addi %[[BYTES]], %[[C63]]
// CHECK:         %[[UP:.*]] = arith.select %{{.*}}, %[[SUM]], %[[LIMIT]]
// CHECK:         %[[C64:.*]] = arith.constant 64 : index
// CHECK:         %[[LINES:.*]] = arith.divui %[[UP]], %[[C64]]
// CHECK:         arith.mului_extended %[[LINES]], %[[C64]]
// CHECK:         return %{{.*}} : index
gatefold.model @Workspace {
  gatefold.entry @step(
      %x: tensor<?x20xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "20"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "y" ["batch"]>}) {
    %0 = math.exp %x : tensor<?x20xf32>
    %1 = gatefold.reduce sum %0 axes [0] lanes : tensor<?x20xf32> -> tensor<?xf32>
    gatefold.return %1 : tensor<?xf32>
  }
}

// -----

// A next value that the step reads from memory is written once, where it goes.
// CHECK-LABEL: func.func @Once.sequence(
// CHECK:         scf.for %{{.*}} iter_args(%[[NOW:[a-z0-9_]*]] = %{{.*}}, %[[NEXT:[a-z0-9_]*]] = %{{.*}})
// CHECK:           vector.load %[[NOW]][
// CHECK:           vector.store %{{.*}}, %[[NEXT]][
// CHECK:           %[[WINDOW:.*]] = memref.reinterpret_cast %[[NEXT]]
// CHECK:           vector.load %[[WINDOW]][
// CHECK-NOT:       vector.store
// CHECK:           scf.yield %[[NEXT]], %[[NOW]]
gatefold.model @Once {
  gatefold.entry @sequence(
      %xs: tensor<?x?x32xf32> {gatefold.port = #gatefold.port<input "xs" ["batch", "T", "32"]>},
      %h: tensor<?x32xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "32"]>})
      -> (tensor<?x?xf32> {gatefold.port = #gatefold.port<output "ys" ["batch", "T"]>},
          tensor<?x32xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "32"]>}) {
    %ys:2 = gatefold.scan axis 1 (%x = %xs : tensor<?x?x32xf32>)
        memories(%a = %h as "h" : tensor<?x32xf32>) -> (tensor<?x?xf32>) {
      %n = arith.addf %a, %x : tensor<?x32xf32>
      %s = gatefold.reduce sum %n axes [0] lanes : tensor<?x32xf32> -> tensor<?xf32>
      gatefold.yield outputs(%s : tensor<?xf32>) next(%n : tensor<?x32xf32>)
    }
    gatefold.return %ys#0, %ys#1 : tensor<?x?xf32>, tensor<?x32xf32>
  }
}
