// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-batch)))' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-batch,gatefold-batch)))' | FileCheck %s

// Arguments and results get the batch in front, weights do not; a weight that meets a batched value
// elementwise is broadcast.
// CHECK-LABEL: gatefold.model @Linear
// CHECK:      gatefold.entry @step(%x: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "3"]>})
// CHECK-SAME:     -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "y" ["batch", "4"]>})
// CHECK-DAG:    %[[SIZE:.*]] = gatefold.size "batch"
// CHECK-DAG:    %[[W:.*]] = gatefold.read @W : tensor<4x3xf32>
// CHECK-DAG:    %[[B:.*]] = gatefold.read @b : tensor<4xf32>
// CHECK:        %[[DOT:.*]] = gatefold.dot %x, %[[W]] chain : tensor<?x3xf32>, tensor<4x3xf32> -> tensor<?x4xf32>
// CHECK:        %[[BS:.*]] = gatefold.broadcast %[[B]] axes [1] sizes(%[[SIZE]]) : tensor<4xf32> -> tensor<?x4xf32>
// CHECK:        %[[Y:.*]] = arith.addf %[[DOT]], %[[BS]] : tensor<?x4xf32>
// CHECK:        gatefold.return %[[Y]] : tensor<?x4xf32>
gatefold.model @Linear {
  gatefold.weight @W : tensor<4x3xf32>
  gatefold.weight @b : tensor<4xf32>
  gatefold.entry @step(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>})
      -> (tensor<4xf32> {gatefold.port = #gatefold.port<output "y" ["4"]>}) {
    %W = gatefold.read @W : tensor<4x3xf32>
    %b = gatefold.read @b : tensor<4xf32>
    %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<4x3xf32> -> tensor<4xf32>
    %1 = arith.addf %0, %b : tensor<4xf32>
    gatefold.return %1 : tensor<4xf32>
  }
}

// -----

// Products of batched values run together along the batch. With the weight first the new axis would
// stand behind the weight's, so the weight is broadcast too.
// CHECK-LABEL: gatefold.model @Products
// CHECK:        gatefold.dot %a, %b chain mapped 1 : tensor<?x3xf32>, tensor<?x5x3xf32> -> tensor<?x5xf32>
// CHECK:        gatefold.dot %b, %c chain mapped 1 transposed : tensor<?x5x3xf32>, tensor<?x3x2xf32> -> tensor<?x5x2xf32>
// CHECK:        gatefold.dot %b, %b lanes mapped 2 : tensor<?x5x3xf32>, tensor<?x5x3xf32> -> tensor<?x5xf32>
// CHECK:        gatefold.dot %b, %{{.*}} lanes : tensor<?x5x3xf32>, tensor<3xf32> -> tensor<?x5xf32>
// CHECK:        %[[VS:.*]] = gatefold.broadcast %[[V:.*]] axes [2] sizes(%{{.*}}) : tensor<2x3xf32> -> tensor<?x2x3xf32>
// CHECK:        gatefold.dot %[[VS]], %a chain mapped 1 : tensor<?x2x3xf32>, tensor<?x3xf32> -> tensor<?x2xf32>
// CHECK:        gatefold.dot %{{.*}}, %a lanes : tensor<3xf32>, tensor<?x3xf32> -> tensor<?xf32>
gatefold.model @Products {
  gatefold.weight @v : tensor<3xf32>
  gatefold.weight @V : tensor<2x3xf32>
  gatefold.entry @step(%a: tensor<3xf32> {gatefold.port = #gatefold.port<input "a" ["3"]>},
                       %b: tensor<5x3xf32> {gatefold.port = #gatefold.port<input "b" ["5", "3"]>},
                       %c: tensor<3x2xf32> {gatefold.port = #gatefold.port<input "c" ["3", "2"]>}) {
    %v = gatefold.read @v : tensor<3xf32>
    %V = gatefold.read @V : tensor<2x3xf32>
    %0 = gatefold.dot %a, %b chain : tensor<3xf32>, tensor<5x3xf32> -> tensor<5xf32>
    %1 = gatefold.dot %b, %c chain transposed : tensor<5x3xf32>, tensor<3x2xf32> -> tensor<5x2xf32>
    %2 = gatefold.dot %b, %b lanes mapped 1 : tensor<5x3xf32>, tensor<5x3xf32> -> tensor<5xf32>
    %3 = gatefold.dot %b, %v lanes : tensor<5x3xf32>, tensor<3xf32> -> tensor<5xf32>
    %4 = gatefold.dot %V, %a chain : tensor<2x3xf32>, tensor<3xf32> -> tensor<2xf32>
    %5 = gatefold.dot %v, %a lanes : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
    gatefold.return
  }
}

// -----

// Axes count from the end, so shape operations and reductions only change their types.
// CHECK-LABEL: gatefold.model @Shapes
// CHECK:        gatefold.reduce sum %x axes [0] lanes : tensor<?x?x6xf32> -> tensor<?x?xf32>
// CHECK:        gatefold.reduce maximum %x axes [1] chain : tensor<?x?x6xf32> -> tensor<?x6xf32>
// CHECK:        gatefold.argmax %x : tensor<?x?x6xf32> -> tensor<?x?xi32>
// CHECK:        %[[T:.*]] = gatefold.dim %x, 1 : tensor<?x?x6xf32>
// CHECK:        gatefold.broadcast %x axes [0] : tensor<?x?x6xf32> -> tensor<?x?x6x2xf32>
// CHECK:        gatefold.broadcast %y axes [1] sizes(%[[T]]) : tensor<?x6xf32> -> tensor<?x?x6xf32>
// CHECK:        gatefold.slice %x axis 0 offset 4 size 2 : tensor<?x?x6xf32> -> tensor<?x?x2xf32>
// CHECK:        gatefold.reshape %x replaced 1 : tensor<?x?x6xf32> -> tensor<?x?x2x3xf32>
// CHECK:        gatefold.transpose %x [1, 0] : tensor<?x?x6xf32> -> tensor<?x6x?xf32>
// CHECK:        gatefold.concat %x, %x axis 0 : tensor<?x?x6xf32>, tensor<?x?x6xf32> -> tensor<?x?x12xf32>
// CHECK:        %[[W1:.*]] = gatefold.broadcast %{{.*}} axes [2] sizes(%{{.*}}) : tensor<1x6xf32> -> tensor<?x1x6xf32>
// CHECK:        gatefold.concat %x, %[[W1]] axis 1 : tensor<?x?x6xf32>, tensor<?x1x6xf32> -> tensor<?x?x6xf32>
gatefold.model @Shapes {
  gatefold.weight @W : tensor<1x6xf32>
  gatefold.entry @sequence(
      %x: tensor<?x6xf32> {gatefold.port = #gatefold.port<input "x" ["T", "6"]>},
      %y: tensor<6xf32> {gatefold.port = #gatefold.port<input "y" ["6"]>}) {
    %W = gatefold.read @W : tensor<1x6xf32>
    %0 = gatefold.reduce sum %x axes [0] lanes : tensor<?x6xf32> -> tensor<?xf32>
    %1 = gatefold.reduce maximum %x axes [1] chain : tensor<?x6xf32> -> tensor<6xf32>
    %2 = gatefold.argmax %x : tensor<?x6xf32> -> tensor<?xi32>
    %t = gatefold.dim %x, 1 : tensor<?x6xf32>
    %3 = gatefold.broadcast %x axes [0] : tensor<?x6xf32> -> tensor<?x6x2xf32>
    %4 = gatefold.broadcast %y axes [1] sizes(%t) : tensor<6xf32> -> tensor<?x6xf32>
    %5 = gatefold.slice %x axis 0 offset 4 size 2 : tensor<?x6xf32> -> tensor<?x2xf32>
    %6 = gatefold.reshape %x replaced 1 : tensor<?x6xf32> -> tensor<?x2x3xf32>
    %7 = gatefold.transpose %x [1, 0] : tensor<?x6xf32> -> tensor<6x?xf32>
    %8 = gatefold.concat %x, %x axis 0 : tensor<?x6xf32>, tensor<?x6xf32> -> tensor<?x12xf32>
    %9 = gatefold.concat %x, %W axis 1 : tensor<?x6xf32>, tensor<1x6xf32> -> tensor<?x6xf32>
    gatefold.return
  }
}

// -----

// A shared table is read by all examples; a table of each example runs along with its indices.
// CHECK-LABEL: gatefold.model @Gathers
// CHECK:        gatefold.gather %{{.*}}[%at] : tensor<9x4xf32>, tensor<?x5xi32> -> tensor<?x5x4xf32>
// CHECK:        gatefold.gather %own[%at] mapped 1 : tensor<?x9x4xf32>, tensor<?x5xi32> -> tensor<?x5x4xf32>
// CHECK:        %[[ALL:.*]] = gatefold.broadcast %{{.*}} axes [1] sizes(%{{.*}}) : tensor<2xi32> -> tensor<?x2xi32>
// CHECK:        gatefold.gather %own[%[[ALL]]] mapped 1 : tensor<?x9x4xf32>, tensor<?x2xi32> -> tensor<?x2x4xf32>
gatefold.model @Gathers {
  gatefold.weight @table : tensor<9x4xf32>
  gatefold.entry @step(%at: tensor<5xi32> {gatefold.port = #gatefold.port<input "at" ["5"]>},
      %own: tensor<9x4xf32> {gatefold.port = #gatefold.port<input "own" ["9", "4"]>}) {
    %table = gatefold.read @table : tensor<9x4xf32>
    %0 = gatefold.gather %table[%at] : tensor<9x4xf32>, tensor<5xi32> -> tensor<5x4xf32>
    %1 = gatefold.gather %own[%at] : tensor<9x4xf32>, tensor<5xi32> -> tensor<5x4xf32>
    %2 = arith.constant dense<[0, 8]> : tensor<2xi32>
    %3 = gatefold.gather %own[%2] : tensor<9x4xf32>, tensor<2xi32> -> tensor<2x4xf32>
    gatefold.return
  }
}

// -----

// Elementwise operations keep their properties; what depends on weights alone stays as it is.
// CHECK-LABEL: gatefold.model @Elementwise
// CHECK:        %[[E:.*]] = math.exp %{{.*}} : tensor<3xf32>
// CHECK:        %[[ES:.*]] = gatefold.broadcast %[[E]] axes [1] sizes(%{{.*}}) : tensor<3xf32> -> tensor<?x3xf32>
// CHECK:        %[[C:.*]] = arith.cmpf olt, %x, %[[ES]] : tensor<?x3xf32>
// CHECK:        arith.select %[[C]], %x, %{{.*}} : tensor<?x3xi1>, tensor<?x3xf32>
// CHECK:        arith.uitofp %[[C]] : tensor<?x3xi1> to tensor<?x3xf32>
gatefold.model @Elementwise {
  gatefold.weight @b : tensor<3xf32>
  gatefold.entry @step(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>}) {
    %b = gatefold.read @b : tensor<3xf32>
    %0 = math.exp %b : tensor<3xf32>
    %1 = arith.cmpf olt, %x, %0 : tensor<3xf32>
    %2 = arith.select %1, %x, %0 : tensor<3xi1>, tensor<3xf32>
    %3 = arith.uitofp %1 : tensor<3xi1> to tensor<3xf32>
    gatefold.return
  }
}

// -----

// A scan steps along the second axis. Sequences, first memories and what the body yields have the
// batch, weights that the body reads have not.
// CHECK-LABEL: gatefold.model @Scan
// CHECK-DAG:    %[[U:.*]] = gatefold.read @U : tensor<3x3xf32>
// CHECK-DAG:    %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<3xf32>
// CHECK:        %[[H0:.*]] = gatefold.broadcast %[[ZERO]] axes [1] sizes(%{{.*}}) : tensor<3xf32> -> tensor<?x3xf32>
// CHECK:        gatefold.scan axis 1 reverse (%[[X:.*]] = %xs : tensor<?x?x3xf32>)
// CHECK-SAME:       memories(%[[H:.*]] = %[[H0]] as "h" : tensor<?x3xf32>) -> (tensor<?x?x3xf32>, tensor<?x?x3xf32>) {
// CHECK:          %[[N:.*]] = gatefold.dot %[[X]], %[[U]] chain : tensor<?x3xf32>, tensor<3x3xf32> -> tensor<?x3xf32>
// CHECK:          %[[BS:.*]] = gatefold.broadcast %{{.*}} axes [1] sizes(%{{.*}}) : tensor<3xf32> -> tensor<?x3xf32>
// CHECK:          gatefold.yield outputs(%[[H]], %[[BS]] : tensor<?x3xf32>, tensor<?x3xf32>) next(%[[N]] : tensor<?x3xf32>)
gatefold.model @Scan {
  gatefold.weight @U : tensor<3x3xf32>
  gatefold.weight @b : tensor<3xf32>
  gatefold.entry @sequence(
      %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>})
      -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "3"]>}) {
    %U = gatefold.read @U : tensor<3x3xf32>
    %b = gatefold.read @b : tensor<3xf32>
    %h0 = arith.constant dense<0.0> : tensor<3xf32>
    %ys, %bs, %last = gatefold.scan axis 0 reverse (%x = %xs : tensor<?x3xf32>)
        memories(%h = %h0 as "h" : tensor<3xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
      %n = gatefold.dot %x, %U chain : tensor<3xf32>, tensor<3x3xf32> -> tensor<3xf32>
      gatefold.yield outputs(%h, %b : tensor<3xf32>, tensor<3xf32>) next(%n : tensor<3xf32>)
    }
    gatefold.return %ys : tensor<?x3xf32>
  }
}

// -----

// A result that depends on no argument is the same for all examples.
// CHECK-LABEL: gatefold.model @Init
// CHECK:      gatefold.entry @init() -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "3"]>}) {
// CHECK:        %[[H:.*]] = gatefold.broadcast %{{.*}} axes [1] sizes(%{{.*}}) : tensor<3xf32> -> tensor<?x3xf32>
// CHECK:        gatefold.return %[[H]]
gatefold.model @Init {
  gatefold.entry @init()
      -> (tensor<3xf32> {gatefold.port = #gatefold.port<memory "h" ["3"]>}) {
    %h0 = arith.constant dense<0.0> : tensor<3xf32>
    gatefold.return %h0 : tensor<3xf32>
  }
}
