// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-pack-weights))' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-pack-weights{weight-type=bf16}))' | FileCheck %s --check-prefix=BF16
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-pack-weights{weight-type=f16}))' | FileCheck %s --check-prefix=F16
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-pack-weights{weight-type=int8}))' | FileCheck %s --check-prefix=INT8

// A product reads sixteen rows of its weight side by side; `prepare` lays them out so.
// CHECK-LABEL: gatefold.model @Panels
// CHECK:         gatefold.weight @W : tensor<32x3xf32>
// CHECK-NEXT:    gatefold.weight @W.panels : tensor<2x3x1x16xf32> prepared
// CHECK:         gatefold.entry @sequence(
// CHECK:           %[[W:.*]] = gatefold.read @W.panels : tensor<2x3x1x16xf32>
// CHECK:           %[[Y:.*]] = gatefold.dots %x panels %[[W]] : tensor<3xf32> panels tensor<2x3x1x16xf32> -> tensor<32xf32>
// CHECK:           gatefold.return %[[Y]]
// CHECK:         gatefold.entry @prepare() -> (tensor<2x3x1x16xf32> {gatefold.port = #gatefold.port<output "W.panels" ["2", "3", "1", "16"]>})
// CHECK:           %[[READ:.*]] = gatefold.read @W : tensor<32x3xf32>
// CHECK:           %[[ROWS:.*]] = gatefold.reshape %[[READ]] replaced 2 : tensor<32x3xf32> -> tensor<2x1x16x3xf32>
// CHECK:           %[[COLUMNS:.*]] = gatefold.transpose %[[ROWS]] [0, 3, 1, 2] : tensor<2x1x16x3xf32> -> tensor<2x3x1x16xf32>
// CHECK:           gatefold.return %[[COLUMNS]]

// Panels may be stored in 16 bits: rounded once, where they are made.
// BF16-LABEL: gatefold.model @Panels
// BF16:         gatefold.weight @W : tensor<32x3xf32>
// BF16-NEXT:    gatefold.weight @W.panels : tensor<2x3x1x16xbf16> prepared
// BF16:         gatefold.entry @sequence(
// BF16:           %[[W:.*]] = gatefold.read @W.panels : tensor<2x3x1x16xbf16>
// BF16:           gatefold.dots %x panels %[[W]] : tensor<3xf32> panels tensor<2x3x1x16xbf16> -> tensor<32xf32>
// BF16:         gatefold.entry @prepare() -> (tensor<2x3x1x16xbf16> {
// BF16:           %[[COLUMNS:.*]] = gatefold.transpose
// BF16:           %[[ROUNDED:.*]] = arith.truncf %[[COLUMNS]] : tensor<2x3x1x16xf32> to tensor<2x3x1x16xbf16>
// BF16:           gatefold.return %[[ROUNDED]]

// Or in bytes, four columns side by side: rows have scales, and the operand is rounded alike.
// INT8-LABEL: gatefold.model @Panels
// INT8:         gatefold.weight @W.scales : tensor<32xf32> prepared
// INT8-NEXT:    gatefold.weight @W.offsets : tensor<32xi32> prepared
// INT8-NEXT:    gatefold.weight @W.panels : tensor<2x1x1x64xi8> prepared
// INT8:         gatefold.entry @sequence(
// INT8:           %[[X:.*]] = gatefold.concat %x, %{{.*}} axis 0 : tensor<3xf32>, tensor<1xf32> -> tensor<4xf32>
// INT8:           %[[SIZE:.*]] = math.absf %[[X]] : tensor<4xf32>
// INT8:           %[[MOST:.*]] = gatefold.reduce maximum %[[SIZE]] axes [0] lanes : tensor<4xf32> -> tensor<f32>
// INT8:           %[[INVERSE:.*]] = arith.divf %{{.*}}, %[[MOST]] : tensor<f32>
// INT8:           %[[INVERSES:.*]] = gatefold.broadcast %[[INVERSE]] axes [0] : tensor<f32> -> tensor<4xf32>
// INT8:           %[[SCALED:.*]] = arith.mulf %[[X]], %[[INVERSES]] : tensor<4xf32>
// INT8:           math.roundeven %[[SCALED]] : tensor<4xf32>
// INT8:           %[[SCALE:.*]] = arith.mulf %[[MOST]], %{{.*}} : tensor<f32>
// INT8:           %[[NUMBERS:.*]] = arith.fptosi %{{.*}} : tensor<4xf32> to tensor<4xi8>
// INT8:           %[[BYTES:.*]] = arith.addi %[[NUMBERS]], %{{.*}} : tensor<4xi8>
// INT8:           %[[SUMS:.*]] = gatefold.dots %[[BYTES]] panels %{{.*}} : tensor<4xi8> panels tensor<2x1x1x64xi8> -> tensor<32xi32>
// INT8:           %[[EXACT:.*]] = arith.subi %[[SUMS]], %{{.*}} : tensor<32xi32>
// INT8:           %[[FLOATS:.*]] = arith.sitofp %[[EXACT]] : tensor<32xi32> to tensor<32xf32>
// INT8:           %[[PRODUCT:.*]] = arith.mulf %[[FLOATS]], %{{.*}} : tensor<32xf32>
// INT8:           %[[SCALES:.*]] = gatefold.broadcast %[[SCALE]] axes [0] : tensor<f32> -> tensor<32xf32>
// INT8:           %[[Y:.*]] = arith.mulf %[[PRODUCT]], %[[SCALES]] : tensor<32xf32>
// INT8:           gatefold.return %[[Y]]
// INT8:         gatefold.entry @prepare() -> (
gatefold.model @Panels {
  gatefold.weight @W : tensor<32x3xf32>
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>})
      -> (tensor<32xf32> {gatefold.port = #gatefold.port<output "y" ["32"]>}) {
    %W = gatefold.read @W : tensor<32x3xf32>
    %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<32x3xf32> -> tensor<32xf32>
    gatefold.return %0 : tensor<32xf32>
  }
}

// -----

// Missing rows are zero.
// CHECK-LABEL: gatefold.model @Padded
// CHECK:         gatefold.dots %x panels %{{.*}} : tensor<3xf32> panels tensor<2x3x1x16xf32> -> tensor<20xf32>
// CHECK:         gatefold.entry @prepare(
// CHECK-DAG:       %[[W:.*]] = gatefold.read @W : tensor<20x3xf32>
// CHECK-DAG:       %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<12x3xf32>
// CHECK:           gatefold.concat %[[W]], %[[ZERO]] axis 1 : tensor<20x3xf32>, tensor<12x3xf32> -> tensor<32x3xf32>
gatefold.model @Padded {
  gatefold.weight @W : tensor<20x3xf32>
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %W = gatefold.read @W : tensor<20x3xf32>
    %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<20x3xf32> -> tensor<20xf32>
    gatefold.return %0 : tensor<20xf32>
  }
}

// -----

// The matrices of one operand share panels: column by column, sixteen rows of each.
// CHECK-LABEL: gatefold.model @Shared
// CHECK:         gatefold.weight @W.and_1_more.panels : tensor<2x3x2x16xf32> prepared
// CHECK:         gatefold.entry @sequence(
// CHECK:           gatefold.dots %x panels %{{.*}} : tensor<3xf32> panels tensor<2x3x2x16xf32> -> tensor<20xf32>, tensor<20xf32>
// CHECK:         gatefold.entry @prepare(
// CHECK:           %[[W:.*]] = gatefold.transpose %{{.*}} [0, 3, 1, 2] : tensor<2x1x16x3xf32> -> tensor<2x3x1x16xf32>
// CHECK:           %[[V:.*]] = gatefold.transpose %{{.*}} [0, 3, 1, 2] : tensor<2x1x16x3xf32> -> tensor<2x3x1x16xf32>
// CHECK:           %[[ALL:.*]] = gatefold.concat %[[W]], %[[V]] axis 1 : tensor<2x3x1x16xf32>, tensor<2x3x1x16xf32> -> tensor<2x3x2x16xf32>
// CHECK:           gatefold.return %[[ALL]]
// F16-LABEL: gatefold.model @Shared
// F16:         gatefold.weight @W.and_1_more.panels : tensor<2x3x2x16xf16> prepared
// F16:         gatefold.entry @prepare(
// F16-COUNT-2:   arith.truncf %{{.*}} : tensor<2x3x1x16xf32> to tensor<2x3x1x16xf16>
// F16:           gatefold.concat {{.*}} -> tensor<2x3x2x16xf16>
gatefold.model @Shared {
  gatefold.weight @W : tensor<20x3xf32>
  gatefold.weight @V : tensor<20x3xf32>
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>},
          tensor<20xf32> {gatefold.port = #gatefold.port<output "z" ["20"]>}) {
    %W = gatefold.read @W : tensor<20x3xf32>
    %V = gatefold.read @V : tensor<20x3xf32>
    %0:2 = gatefold.dots %x by [%W, %V] : tensor<3xf32> by [tensor<20x3xf32>, tensor<20x3xf32>] -> tensor<20xf32>, tensor<20xf32>
    gatefold.return %0#0, %0#1 : tensor<20xf32>, tensor<20xf32>
  }
}

// -----

// What weights alone determine is computed when the model is loaded; a broadcast stays where it is.
// CHECK-LABEL: gatefold.model @Prepared
// CHECK:         gatefold.weight @prepared.1 : tensor<3xf32> prepared
// CHECK:         gatefold.entry @sequence(
// CHECK-NOT:       math.exp
// CHECK:           %[[E:.*]] = gatefold.read @prepared.1 : tensor<3xf32>
// CHECK:           %[[B:.*]] = gatefold.broadcast %[[E]] axes [1]
// CHECK:           arith.mulf %xs, %[[B]]
// CHECK:         gatefold.entry @prepare(
// CHECK:           %[[N:.*]] = arith.negf
// CHECK:           %[[P:.*]] = math.exp %[[N]]
// CHECK:           gatefold.return %[[P]] : tensor<3xf32>
// What is not in panels keeps its type.
// BF16-LABEL: gatefold.model @Prepared
// BF16-NOT:     bf16
// BF16:         gatefold.entry @prepare(
// BF16-NOT:     bf16
// BF16:         gatefold.return
// BF16-LABEL: gatefold.model @ConstantsOnly
gatefold.model @Prepared {
  gatefold.weight @a : tensor<3xf32>
  gatefold.entry @sequence(
      %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>})
      -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "3"]>}) {
    %a = gatefold.read @a : tensor<3xf32>
    %0 = arith.negf %a : tensor<3xf32>
    %1 = math.exp %0 : tensor<3xf32>
    %t = gatefold.dim %xs, 1 : tensor<?x3xf32>
    %2 = gatefold.broadcast %1 axes [1] sizes(%t) : tensor<3xf32> -> tensor<?x3xf32>
    %3 = arith.mulf %xs, %2 : tensor<?x3xf32>
    gatefold.return %3 : tensor<?x3xf32>
  }
}

// -----

// A model needs no weights to have something to prepare.
// CHECK-LABEL: gatefold.model @ConstantsOnly
// CHECK-NEXT:    gatefold.weight @prepared.1 : tensor<2xf32> prepared
// CHECK:         gatefold.entry @prepare(
// CHECK:           math.exp
gatefold.model @ConstantsOnly {
  gatefold.entry @sequence(%x: tensor<2xf32> {gatefold.port = #gatefold.port<input "x" ["2"]>})
      -> (tensor<2xf32> {gatefold.port = #gatefold.port<output "y" ["2"]>}) {
    %0 = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %1 = math.exp %0 : tensor<2xf32>
    %2 = arith.addf %x, %1 : tensor<2xf32>
    gatefold.return %2 : tensor<2xf32>
  }
}

// -----

// A product of a product, both made of weights.
// CHECK-LABEL: gatefold.model @Chained
// CHECK:         gatefold.entry @prepare(
// CHECK:           %[[A:.*]] = gatefold.dots %{{.*}} panels %{{.*}} : tensor<3xf32> panels tensor<1x3x1x16xf32> -> tensor<16xf32>
// CHECK:           %[[B:.*]] = gatefold.dots %[[A]] panels %{{.*}} : tensor<16xf32> panels tensor<1x16x1x16xf32> -> tensor<16xf32>
// CHECK:           gatefold.return %[[B]]
gatefold.model @Chained {
  gatefold.weight @v : tensor<3xf32>
  gatefold.weight @W : tensor<16x3xf32>
  gatefold.weight @V : tensor<16x16xf32>
  gatefold.entry @sequence(%x: tensor<16xf32> {gatefold.port = #gatefold.port<input "x" ["16"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "y" ["16"]>}) {
    %v = gatefold.read @v : tensor<3xf32>
    %W = gatefold.read @W : tensor<16x3xf32>
    %V = gatefold.read @V : tensor<16x16xf32>
    %0 = gatefold.dot %v, %W chain : tensor<3xf32>, tensor<16x3xf32> -> tensor<16xf32>
    %1 = gatefold.dot %0, %V chain : tensor<16xf32>, tensor<16x16xf32> -> tensor<16xf32>
    %2 = arith.addf %x, %1 : tensor<16xf32>
    gatefold.return %2 : tensor<16xf32>
  }
}

//===----------------------------------------------------------------------===//
// Refusals
//===----------------------------------------------------------------------===//

// -----

// Fewer than sixteen rows, `lanes`, columns, mapped axes and products of two computed values.
// CHECK-LABEL: gatefold.model @Kept
// CHECK:         gatefold.dot %x, %{{.*}} chain : tensor<3xf32>, tensor<15x3xf32> -> tensor<15xf32>
// CHECK:         gatefold.dot %x, %{{.*}} lanes : tensor<3xf32>, tensor<16x3xf32> -> tensor<16xf32>
// CHECK:         gatefold.dot %x, %{{.*}} chain transposed : tensor<3xf32>, tensor<3x16xf32> -> tensor<16xf32>
// CHECK:         gatefold.dot %m, %{{.*}} chain mapped 1 : tensor<16x3xf32>, tensor<16x3xf32> -> tensor<16xf32>
// CHECK:         gatefold.dot %x, %m chain : tensor<3xf32>, tensor<16x3xf32> -> tensor<16xf32>
// CHECK-NOT:     gatefold.entry @prepare
gatefold.model @Kept {
  gatefold.weight @W15 : tensor<15x3xf32>
  gatefold.weight @W16 : tensor<16x3xf32>
  gatefold.weight @W3 : tensor<3x16xf32>
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>},
                           %m: tensor<16x3xf32> {gatefold.port = #gatefold.port<input "m" ["16", "3"]>}) {
    %W15 = gatefold.read @W15 : tensor<15x3xf32>
    %W16 = gatefold.read @W16 : tensor<16x3xf32>
    %W3 = gatefold.read @W3 : tensor<3x16xf32>
    %0 = gatefold.dot %x, %W15 chain : tensor<3xf32>, tensor<15x3xf32> -> tensor<15xf32>
    %1 = gatefold.dot %x, %W16 lanes : tensor<3xf32>, tensor<16x3xf32> -> tensor<16xf32>
    %2 = gatefold.dot %x, %W3 chain transposed : tensor<3xf32>, tensor<3x16xf32> -> tensor<16xf32>
    %3 = gatefold.dot %m, %W16 chain mapped 1 : tensor<16x3xf32>, tensor<16x3xf32> -> tensor<16xf32>
    %4 = gatefold.dot %x, %m chain : tensor<3xf32>, tensor<16x3xf32> -> tensor<16xf32>
    gatefold.return
  }
}
