// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-hoist-fixed))' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-hoist-fixed,gatefold-hoist-fixed))' | FileCheck %s

// The keys of a memory are the same for every token. Its size is called by the name that it has
// where each entry stands; a table's rows are as quickly read from the table.
// CHECK-LABEL: gatefold.model @Keys
// CHECK:       gatefold.entry @sequence(
// CHECK-SAME:      -> (tensor<?x8xf32> {gatefold.port = #gatefold.port<output "memory" ["S", "8"]>}, tensor<4xf32> {gatefold.port = #gatefold.port<output "h" ["4"]>}, tensor<?x16xf32> {gatefold.port = #gatefold.port<output "fixed.keys" ["S", "16"]>})
// CHECK:         %[[U:.*]] = gatefold.read @U.panels
// CHECK:         %[[KEYS:.*]] = gatefold.dots %x panels %[[U]] : tensor<?x8xf32>
// CHECK:         %[[ACTIVE:.*]] = math.tanh %[[KEYS]]
// CHECK:         gatefold.return %x, %{{.*}}, %[[ACTIVE]]
// CHECK:       gatefold.entry @decode(%token: tensor<i32>
// CHECK-SAME:      %memory: tensor<?x8xf32> {gatefold.port = #gatefold.port<input "memory" ["N", "8"]>}
// CHECK-SAME:      %keys: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "fixed.keys" ["N", "16"]>}
// CHECK-SAME:      %h: tensor<4xf32> {gatefold.port = #gatefold.port<memory "h" ["4"]>})
// CHECK-NOT:     gatefold.read @U.panels
// CHECK:         gatefold.gather
// CHECK-NOT:     gatefold.dots
// CHECK:         gatefold.dot %{{.*}}, %keys lanes
// CHECK:         gatefold.return
gatefold.model @Keys attributes {generation = {first = 1 : i64, limit = 6 : i64, output = "said", token = "token"}} {
  gatefold.weight @E : tensor<16x16xf32>
  gatefold.weight @U.panels : tensor<1x8x1x16xf32> prepared
  gatefold.entry @sequence(%x: tensor<?x8xf32> {gatefold.port = #gatefold.port<input "x" ["S", "8"]>})
      -> (tensor<?x8xf32> {gatefold.port = #gatefold.port<output "memory" ["S", "8"]>},
          tensor<4xf32> {gatefold.port = #gatefold.port<output "h" ["4"]>}) {
    %zero = arith.constant dense<0.0> : tensor<4xf32>
    gatefold.return %x, %zero : tensor<?x8xf32>, tensor<4xf32>
  }
  gatefold.entry @decode(%token: tensor<i32> {gatefold.port = #gatefold.port<input "token" []>},
                         %memory: tensor<?x8xf32> {gatefold.port = #gatefold.port<input "memory" ["N", "8"]>},
                         %h: tensor<4xf32> {gatefold.port = #gatefold.port<memory "h" ["4"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "scores" ["16"]>},
          tensor<4xf32> {gatefold.port = #gatefold.port<memory "h" ["4"]>}) {
    %E = gatefold.read @E : tensor<16x16xf32>
    %U = gatefold.read @U.panels : tensor<1x8x1x16xf32>
    %row = gatefold.gather %E[%token] : tensor<16x16xf32>, tensor<i32> -> tensor<16xf32>
    %0 = gatefold.dots %memory panels %U : tensor<?x8xf32> panels tensor<1x8x1x16xf32> -> tensor<?x16xf32>
    %1 = math.tanh %0 : tensor<?x16xf32> loc("keys")
    %2 = gatefold.dot %row, %1 lanes : tensor<16xf32>, tensor<?x16xf32> -> tensor<?xf32>
    %3 = gatefold.reduce sum %2 axes [0] lanes : tensor<?xf32> -> tensor<f32>
    %4 = gatefold.broadcast %3 axes [0] : tensor<f32> -> tensor<16xf32>
    gatefold.return %4, %h : tensor<16xf32>, tensor<4xf32>
  }
}

// -----

// What is more to store than to compute stays: the rows of a mean, and elementwise work alone.
// CHECK-LABEL: gatefold.model @Light
// CHECK:       gatefold.entry @sequence(
// CHECK-SAME:      tensor<8xf32> {gatefold.port = #gatefold.port<output "fixed" ["8"]>})
// CHECK:         %[[SUM:.*]] = gatefold.reduce sum %x axes [1]
// CHECK:         gatefold.return %x, %[[SUM]]
// CHECK:       gatefold.entry @decode(
// CHECK:         gatefold.broadcast %{{.*}} axes [1]
// CHECK:         math.tanh %memory
gatefold.model @Light attributes {generation = {first = 1 : i64, limit = 6 : i64, output = "said", token = "token"}} {
  gatefold.entry @sequence(%x: tensor<?x8xf32> {gatefold.port = #gatefold.port<input "x" ["S", "8"]>})
      -> (tensor<?x8xf32> {gatefold.port = #gatefold.port<output "memory" ["S", "8"]>}) {
    gatefold.return %x : tensor<?x8xf32>
  }
  gatefold.entry @decode(%token: tensor<i32> {gatefold.port = #gatefold.port<input "token" []>},
                         %memory: tensor<?x8xf32> {gatefold.port = #gatefold.port<input "memory" ["S", "8"]>})
      -> (tensor<8xf32> {gatefold.port = #gatefold.port<output "scores" ["8"]>}) {
    %n = gatefold.dim %memory, 1 : tensor<?x8xf32>
    %0 = gatefold.reduce sum %memory axes [1] lanes : tensor<?x8xf32> -> tensor<8xf32>
    %rows = gatefold.broadcast %0 axes [1] sizes(%n) : tensor<8xf32> -> tensor<?x8xf32>
    %1 = math.tanh %memory : tensor<?x8xf32>
    %2 = arith.sitofp %token : tensor<i32> to tensor<f32>
    %3 = gatefold.broadcast %2 axes [0, 1] sizes(%n) : tensor<f32> -> tensor<?x8xf32>
    %4 = arith.addf %3, %1 : tensor<?x8xf32>
    %5 = arith.mulf %4, %rows : tensor<?x8xf32>
    %6 = gatefold.reduce sum %5 axes [1] lanes : tensor<?x8xf32> -> tensor<8xf32>
    gatefold.return %6 : tensor<8xf32>
  }
}

// -----

// Sizes of two inputs have no one name.
// CHECK-LABEL: gatefold.model @Pairs
// CHECK:       gatefold.entry @sequence(
// CHECK-NOT:     gatefold.dot
// CHECK:       gatefold.entry @decode(
// CHECK:         gatefold.dot %left, %right lanes
gatefold.model @Pairs attributes {generation = {first = 1 : i64, limit = 6 : i64, output = "said", token = "token"}} {
  gatefold.entry @sequence(%x: tensor<?x8xf32> {gatefold.port = #gatefold.port<input "x" ["S", "8"]>},
                           %y: tensor<?x8xf32> {gatefold.port = #gatefold.port<input "y" ["P", "8"]>})
      -> (tensor<?x8xf32> {gatefold.port = #gatefold.port<output "left" ["S", "8"]>},
          tensor<?x8xf32> {gatefold.port = #gatefold.port<output "right" ["P", "8"]>}) {
    gatefold.return %x, %y : tensor<?x8xf32>, tensor<?x8xf32>
  }
  gatefold.entry @decode(%token: tensor<i32> {gatefold.port = #gatefold.port<input "token" []>},
                         %left: tensor<?x8xf32> {gatefold.port = #gatefold.port<input "left" ["S", "8"]>},
                         %right: tensor<?x8xf32> {gatefold.port = #gatefold.port<input "right" ["P", "8"]>})
      -> (tensor<8xf32> {gatefold.port = #gatefold.port<output "scores" ["8"]>}) {
    %s = gatefold.dim %left, 1 : tensor<?x8xf32>
    %p = gatefold.dim %right, 1 : tensor<?x8xf32>
    %0 = gatefold.dot %left, %right lanes : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x?xf32>
    %1 = arith.sitofp %token : tensor<i32> to tensor<f32>
    %2 = gatefold.broadcast %1 axes [0, 1] sizes(%s, %p) : tensor<f32> -> tensor<?x?xf32>
    %3 = arith.addf %0, %2 : tensor<?x?xf32>
    %4 = gatefold.reduce sum %3 axes [0, 1] lanes : tensor<?x?xf32> -> tensor<f32>
    %5 = gatefold.broadcast %4 axes [0] : tensor<f32> -> tensor<8xf32>
    gatefold.return %5 : tensor<8xf32>
  }
}
