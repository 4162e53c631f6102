// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse))' | FileCheck %s

// `chain` along the rows of the right operand: one accumulator per output, which starts at zero and
// takes the terms in order.
// CHECK-LABEL: func.func @Chain.step(
// CHECK:         scf.for %[[N:[^ ]*]] =
// CHECK-NEXT:      %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:      %[[SUM:.*]] = scf.for %[[K:[^ ]*]] = %{{.*}} iter_args(%[[ACC:.*]] = %[[ZERO]]) -> (f32)
// CHECK-NEXT:        %[[X:.*]] = memref.load %{{.*}}[%[[K]]]
// CHECK-NEXT:        %[[W:.*]] = memref.load %{{.*}}[%[[N]], %[[K]]]
// CHECK-NEXT:        %[[NEXT:.*]] = math.fma %[[X]], %[[W]], %[[ACC]] : f32
// CHECK-NEXT:        scf.yield %[[NEXT]]
// CHECK-NEXT:      }
// CHECK-NEXT:      memref.store %[[SUM]], %{{.*}}[%[[N]]]
gatefold.model @Chain {
  gatefold.entry @step(%x: tensor<20xf32> {gatefold.port = #gatefold.port<input "x" ["20"]>},
      %w: tensor<5x20xf32> {gatefold.port = #gatefold.port<input "w" ["5", "20"]>})
      -> (tensor<5xf32> {gatefold.port = #gatefold.port<output "y" ["5"]>}) {
    %0 = gatefold.dot %x, %w chain : tensor<20xf32>, tensor<5x20xf32> -> tensor<5xf32>
    gatefold.return %0 : tensor<5xf32>
  }
}

// -----

// `chain` where the outputs lie side by side: sixteen of them are a vector, and several vectors share
// a load of the left operand.
// CHECK-LABEL: func.func @Columns.step(
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK:         %[[L:.*]] = arith.addi %[[C0]], %[[C16]] : index
// CHECK:         %[[M:.*]] = vector.create_mask
// CHECK:         %[[SUMS:.*]]:2 = scf.for %[[K:[^ ]*]] = %{{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}) -> (vector<16xf32>, vector<16xf32>)
// CHECK-NEXT:      %[[W0:.*]] = vector.load %{{.*}}[%[[K]], %[[C0]]]
// CHECK-NEXT:      %[[W1:.*]] = vector.maskedload %{{.*}}[%[[K]], %[[L]]], %[[M]]
// CHECK-NEXT:      %[[X:.*]] = memref.load %{{.*}}[%[[K]]]
// CHECK-NEXT:      %[[XS:.*]] = vector.broadcast %[[X]]
// CHECK-NEXT:      math.fma %[[XS]], %[[W0]], %[[A]] : vector<16xf32>
// CHECK-NEXT:      math.fma %[[XS]], %[[W1]], %[[B]] : vector<16xf32>
// CHECK:         vector.store %[[SUMS]]#0, %{{.*}}[%[[C0]]]
// CHECK:         vector.maskedstore %{{.*}}[%[[L]]], %[[M]], %[[SUMS]]#1
gatefold.model @Columns {
  gatefold.entry @step(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>},
      %w: tensor<3x20xf32> {gatefold.port = #gatefold.port<input "w" ["3", "20"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %0 = gatefold.dot %x, %w chain transposed : tensor<3xf32>, tensor<3x20xf32> -> tensor<20xf32>
    gatefold.return %0 : tensor<20xf32>
  }
}

// -----

// Four rows of the left operand share what is loaded of the right one, two are left over.
// CHECK-LABEL: func.func @Rows.step(
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK:         scf.for %[[ROW:[^ ]*]] = %{{.*}} to %[[C4]] step %[[C4]]
// CHECK:           scf.for %{{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-1:     vector.load
// CHECK-COUNT-4:     math.fma
// CHECK-NOT:         vector.load
// CHECK:             scf.yield
// CHECK-COUNT-4:   vector.store
// CHECK:         scf.for %{{.*}} = %[[C4]] to
// CHECK:           scf.for %{{.*}} -> (vector<16xf32>)
gatefold.model @Rows {
  gatefold.entry @step(%x: tensor<6x3xf32> {gatefold.port = #gatefold.port<input "x" ["6", "3"]>},
      %w: tensor<3x16xf32> {gatefold.port = #gatefold.port<input "w" ["3", "16"]>})
      -> (tensor<6x16xf32> {gatefold.port = #gatefold.port<output "y" ["6", "16"]>}) {
    %0 = gatefold.dot %x, %w chain transposed : tensor<6x3xf32>, tensor<3x16xf32> -> tensor<6x16xf32>
    gatefold.return %0 : tensor<6x16xf32>
  }
}

// -----

// Panels of sixteen columns: four of them share a load of the left operand, the rest follows.
// CHECK-LABEL: func.func @Panels.step(
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK:         scf.for %[[P:[^ ]*]] = %{{.*}} to %[[C4]] step %[[C4]]
// CHECK:           scf.for %{{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK:             memref.load
// CHECK-NOT:         memref.load
// CHECK-COUNT-4:     math.fma
// CHECK:             scf.yield
// CHECK-COUNT-4:   vector.store
// CHECK:         scf.for %{{.*}} -> (vector<16xf32>)
// CHECK:           math.fma
// CHECK-NOT:       math.fma
// CHECK:         vector.store %{{.*}}, %{{.*}}[%[[C4]], %{{.*}}]
gatefold.model @Panels {
  gatefold.entry @step(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>},
      %w: tensor<5x3x16xf32> {gatefold.port = #gatefold.port<input "w" ["5", "3", "16"]>})
      -> (tensor<5x16xf32> {gatefold.port = #gatefold.port<output "y" ["5", "16"]>}) {
    %0 = gatefold.dot %x, %w chain transposed : tensor<3xf32>, tensor<5x3x16xf32> -> tensor<5x16xf32>
    gatefold.return %0 : tensor<5x16xf32>
  }
}

// -----

// `lanes`: sixteen accumulators; then lane l takes lane l + 8, l + 4, l + 2, l + 1.
// CHECK-LABEL: func.func @Lanes.step(
// CHECK:         %[[LANES:.*]] = scf.for %[[K:[^ ]*]] = %{{.*}} iter_args(%[[ACC:.*]] = %{{.*}}) -> (vector<16xf32>)
// CHECK:           %[[M:.*]] = vector.create_mask
// CHECK:           %[[X:.*]] = vector.maskedload %{{.*}}[%[[K]]], %[[M]]
// CHECK:           %[[W:.*]] = vector.maskedload %{{.*}}[%{{.*}}, %[[K]]], %[[M]]
// CHECK:           math.fma %[[X]], %[[W]], %[[ACC]]
// CHECK:         %[[L:.*]] = vector.shuffle %[[LANES]], %[[LANES]] [0, 1, 2, 3, 4, 5, 6, 7]
// CHECK:         %[[H:.*]] = vector.shuffle %[[LANES]], %[[LANES]] [8, 9, 10, 11, 12, 13, 14, 15]
// CHECK:         arith.addf %[[L]], %[[H]] : vector<8xf32>
// CHECK:         arith.addf {{.*}} : vector<4xf32>
// CHECK:         arith.addf {{.*}} : vector<2xf32>
// CHECK:         %[[SUM:.*]] = arith.addf {{.*}} : vector<1xf32>
// CHECK:         %[[Y:.*]] = vector.extract %[[SUM]][0]
// CHECK:         memref.store %[[Y]]
gatefold.model @Lanes {
  gatefold.entry @step(%x: tensor<20xf32> {gatefold.port = #gatefold.port<input "x" ["20"]>},
      %w: tensor<5x20xf32> {gatefold.port = #gatefold.port<input "w" ["5", "20"]>})
      -> (tensor<5xf32> {gatefold.port = #gatefold.port<output "y" ["5"]>}) {
    %0 = gatefold.dot %x, %w lanes : tensor<20xf32>, tensor<5x20xf32> -> tensor<5xf32>
    gatefold.return %0 : tensor<5xf32>
  }
}

// -----

// `lanes` along columns reads them from a transposed copy.
// CHECK-LABEL: func.func @LanesOfColumns.step(
// CHECK:         %[[COPY:.*]] = memref.view
// CHECK:         scf.for %[[I:[^ ]*]] =
// CHECK:           scf.for %[[J:[^ ]*]] =
// CHECK:             %[[E:.*]] = memref.load %{{.*}}[%[[I]], %[[J]]]
// CHECK:             memref.store %[[E]], %[[COPY]][%[[J]], %[[I]]]
// CHECK:         scf.for
// CHECK:           vector.load %[[COPY]][
gatefold.model @LanesOfColumns {
  gatefold.entry @step(%x: tensor<16xf32> {gatefold.port = #gatefold.port<input "x" ["16"]>},
      %w: tensor<16x3xf32> {gatefold.port = #gatefold.port<input "w" ["16", "3"]>})
      -> (tensor<3xf32> {gatefold.port = #gatefold.port<output "y" ["3"]>}) {
    %0 = gatefold.dot %x, %w lanes transposed : tensor<16xf32>, tensor<16x3xf32> -> tensor<3xf32>
    gatefold.return %0 : tensor<3xf32>
  }
}

// -----

// Mapped axes run together, the rows of both operands follow each other in the result.
// CHECK-LABEL: func.func @Mapped.step(
// CHECK:         scf.for %[[P:[^ ]*]] =
// CHECK:           scf.for %[[I:[^ ]*]] =
// CHECK:             scf.for %[[J:[^ ]*]] =
// CHECK:               scf.for %[[K:[^ ]*]] =
// CHECK:                 memref.load %{{.*}}[%[[P]], %[[I]], %[[K]]]
// CHECK:                 memref.load %{{.*}}[%[[P]], %[[J]], %[[K]]]
// CHECK:               memref.store %{{.*}}, %{{.*}}[%[[P]], %[[I]], %[[J]]]
gatefold.model @Mapped {
  gatefold.entry @step(%a: tensor<2x3x5xf32> {gatefold.port = #gatefold.port<input "a" ["2", "3", "5"]>},
      %b: tensor<2x4x5xf32> {gatefold.port = #gatefold.port<input "b" ["2", "4", "5"]>})
      -> (tensor<2x3x4xf32> {gatefold.port = #gatefold.port<output "y" ["2", "3", "4"]>}) {
    %0 = gatefold.dot %a, %b chain mapped 1 : tensor<2x3x5xf32>, tensor<2x4x5xf32> -> tensor<2x3x4xf32>
    gatefold.return %0 : tensor<2x3x4xf32>
  }
}

// -----

// Operands that are computed are stored first; the product itself goes where the caller wants it.
// CHECK-LABEL: func.func @ComputedOperand.step(
// CHECK-SAME:      %{{[^:]*}}: memref<f32>, %{{[^:]*}}: memref<f32>, %[[Y:[^:]*]]: memref<f32>,
// CHECK:         %[[OUT:.*]] = memref.reinterpret_cast %[[Y]] to
// CHECK:         %[[BUFFER:.*]] = memref.view
// CHECK:         vector.maskedstore %[[BUFFER]]
// CHECK:         memref.load %[[BUFFER]]
// CHECK:         memref.store %{{.*}}, %[[OUT]]
gatefold.model @ComputedOperand {
  gatefold.entry @step(%x: tensor<20xf32> {gatefold.port = #gatefold.port<input "x" ["20"]>},
      %w: tensor<5x20xf32> {gatefold.port = #gatefold.port<input "w" ["5", "20"]>})
      -> (tensor<5xf32> {gatefold.port = #gatefold.port<output "y" ["5"]>}) {
    %0 = math.tanh %x : tensor<20xf32>
    %1 = gatefold.dot %0, %w chain : tensor<20xf32>, tensor<5x20xf32> -> tensor<5xf32>
    gatefold.return %1 : tensor<5xf32>
  }
}
