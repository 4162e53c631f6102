// RUN: gatefold-opt %s --mlir-print-op-generic | gatefold-opt | FileCheck %s
// RUN: gatefold-opt %s | gatefold-opt | FileCheck %s

// CHECK-LABEL: gatefold.model @Blocks
gatefold.model @Blocks {
  gatefold.weight @W : tensor<4x3xf32>
  // CHECK-LABEL: gatefold.entry @sequence
  gatefold.entry @sequence(%xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "x" ["T", "3"]>},
                           %h0: tensor<4xf32> {gatefold.port = #gatefold.port<memory "sum.h" ["4"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "y" ["T", "4"]>},
          tensor<4xf32> {gatefold.port = #gatefold.port<memory "sum.h" ["4"]>}) {
    %W = gatefold.read @W : tensor<4x3xf32>
    // CHECK: %{{.*}}:2 = gatefold.blocks axis 0 of 32 (%[[X:.*]] = %x : tensor<?x3xf32>) memories(%[[H:.*]] = %h as "sum.h" : tensor<4xf32>) -> (tensor<?x4xf32>) {
    // CHECK: gatefold.dot %[[X]]
    // CHECK: gatefold.scan axis 0 (%{{.*}} = %{{.*}} : tensor<?x4xf32>) memories(%{{.*}} = %[[H]] as "sum.h" : tensor<4xf32>)
    %ys, %last = gatefold.blocks axis 0 of 32 (%x = %xs : tensor<?x3xf32>)
        memories(%h = %h0 as "sum.h" : tensor<4xf32>) -> (tensor<?x4xf32>) {
      %wx = gatefold.dot %x, %W chain : tensor<?x3xf32>, tensor<4x3xf32> -> tensor<?x4xf32>
      %hs, %next = gatefold.scan axis 0 (%a = %wx : tensor<?x4xf32>)
          memories(%b = %h as "sum.h" : tensor<4xf32>) -> (tensor<?x4xf32>) {
        %n = arith.addf %a, %b : tensor<4xf32>
        gatefold.yield outputs(%n : tensor<4xf32>) next(%n : tensor<4xf32>)
      }
      gatefold.yield outputs(%hs : tensor<?x4xf32>) next(%next : tensor<4xf32>)
    }
    gatefold.return %ys, %last : tensor<?x4xf32>, tensor<4xf32>
  }
}

// Without memories, from the end, behind a batch, of a fixed number of steps.
// CHECK-LABEL: gatefold.model @Plain
gatefold.model @Plain {
  gatefold.entry @sequence(%xs: tensor<?x7x3xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "7", "3"]>})
      -> (tensor<?x7x3xf32> {gatefold.port = #gatefold.port<output "y" ["batch", "7", "3"]>}) {
    // CHECK: gatefold.blocks axis 1 of 4 reverse (%{{.*}} = %x : tensor<?x7x3xf32>) -> (tensor<?x7x3xf32>) {
    %ys = gatefold.blocks axis 1 of 4 reverse (%x = %xs : tensor<?x7x3xf32>) -> (tensor<?x7x3xf32>) {
      // CHECK: math.tanh %{{.*}} : tensor<?x?x3xf32>
      %y = math.tanh %x : tensor<?x?x3xf32>
      gatefold.yield outputs(%y : tensor<?x?x3xf32>)
    }
    gatefold.return %ys : tensor<?x7x3xf32>
  }
}
