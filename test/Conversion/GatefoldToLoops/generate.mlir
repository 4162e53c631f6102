// RUN: gatefold-opt %s --pass-pipeline='builtin.module(gatefold.model(gatefold-derive-generate),convert-gatefold-to-loops,func.func(cse))' | FileCheck %s

// The entry says the checks of the decoder, which keep their numbers, and then those of the choice.
// CHECK:       gatefold.entry @generate{{.*}}checks = ["index {0} is outside of the table, which has 4 rows{{.*}}", "the score of token {0} is not a number", "no token is possible: all scores are minus infinity", "the score of token {0} is infinite"]

// The loop takes out the rows of what has ended, calls the decoder for those that stay, and gives
// these their next tokens.
// CHECK-LABEL: func.func @Say.generate(
// CHECK-SAME:      %[[STATUS:[a-z0-9]*]]: memref<2xi64>, %{{[^:]*}}: memref<2xi64>, %[[BATCH:[a-z0-9]*]]: index, %[[MOST:[a-z0-9]*]]: index)
// CHECK:         %[[SCORES:.*]] = memref.view %{{.*}} : memref<?xi8> to memref<?x4xf32>
// CHECK:         scf.while (%[[ROWS:.*]] = %[[BATCH]], %[[STOPS:.*]] = %{{.*}}) : (index, i1) -> index {
// CHECK:           %[[KEPT:.*]] = func.call @gatefold.keep_rows(%[[ROWS]], {{.*}}) : {{.*}} -> index
// Rows that move take all that the decoder reads with them.
// CHECK:           scf.for %[[ROW:.*]] = %{{.*}} to %[[KEPT]]
// CHECK:             %[[SOURCE:.*]] = arith.index_cast
// CHECK:             arith.cmpi ne, %[[SOURCE]], %[[ROW]]
// CHECK:             scf.if
// CHECK:               %[[ELEMENTS:.*]] = vector.maskedload
// CHECK:               vector.maskedstore {{.*}}, %[[ELEMENTS]]
// CHECK:           scf.condition(%{{.*}}) %[[KEPT]] : index
// CHECK:         } do {
// CHECK:         ^bb0(%[[LIVE:.*]]: index):
// CHECK:           %[[ADDRESS:.*]] = memref.reinterpret_cast %[[SCORES]] {{.*}} to memref<f32>
// CHECK:           func.call @Say.decode(%{{.*}}, %[[H:.*]], %[[ADDRESS]], %[[H]], %{{.*}}, %{{.*}}, %[[STATUS]], %{{.*}}, %[[LIVE]])
// CHECK:           %[[STOP:.*]] = func.call @gatefold.advance(%[[LIVE]], {{.*}}) : {{.*}} -> i1
// CHECK:           scf.yield %[[LIVE]], %[[STOP]] : index, i1

// The functions for all models come with it, once.
// CHECK:       func.func private @gatefold.keep_rows
// CHECK:       func.func private @gatefold.advance
gatefold.model @Say attributes {generation = {first = 1 : i64, limit = 6 : i64, output = "said", token = "token"}} {
  gatefold.weight @E : tensor<4x4xf32>
  gatefold.entry @sequence() -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "h" ["batch", "4"]>}) {
    %batch = gatefold.size "batch"
    %zero = arith.constant dense<0.0> : tensor<4xf32>
    %h = gatefold.broadcast %zero axes [1] sizes(%batch) : tensor<4xf32> -> tensor<?x4xf32>
    gatefold.return %h : tensor<?x4xf32>
  }
  gatefold.entry @decode(%token: tensor<?xi32> {gatefold.port = #gatefold.port<input "token" ["batch"]>},
                         %h: tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "4"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "scores" ["batch", "4"]>},
          tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "4"]>}) {
    %E = gatefold.read @E : tensor<4x4xf32>
    %row = gatefold.gather %E[%token] : tensor<4x4xf32>, tensor<?xi32> -> tensor<?x4xf32>
    %h1 = arith.addf %h, %row : tensor<?x4xf32>
    gatefold.return %h1, %h1 : tensor<?x4xf32>, tensor<?x4xf32>
  }
}
