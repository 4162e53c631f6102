// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-derive-generate))' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-derive-generate,gatefold-derive-generate))' | FileCheck %s

// All that the decoder reads but its token becomes a memory of the loop, behind how far the examples
// are; the prompt is an input by its own name.
// CHECK-LABEL: gatefold.model @Say
// CHECK:      gatefold.entry @generate(
// CHECK-SAME:     %temperature: tensor<?xf64> {gatefold.port = #gatefold.port<input "generate.temperature" ["batch"]>}
// CHECK-SAME:     %top_k: tensor<?xi32>
// CHECK-SAME:     %top_p: tensor<?xf64>
// CHECK-SAME:     %seed: tensor<?xi64>
// CHECK-SAME:     %end: tensor<?xi32>
// CHECK-SAME:     %limit: tensor<?xi32>
// CHECK-SAME:     %start: tensor<?x?xi32> {gatefold.port = #gatefold.port<input "start" ["batch", "P"]>}
// CHECK-SAME:     %token: tensor<?xi32> {gatefold.port = #gatefold.port<memory "generate.token" ["batch"]>}
// CHECK-SAME:     %row_example: tensor<?xi32>
// CHECK-SAME:     %steps: tensor<?xi32>
// CHECK-SAME:     %made: tensor<?xi32>
// CHECK-SAME:     %state: tensor<?xi32>
// CHECK-SAME:     %context: tensor<?x?xf32> {gatefold.port = #gatefold.port<memory "context" ["batch", "S"]>}
// CHECK-SAME:     %h: tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "4"]>})
// CHECK-SAME:     -> (tensor<?x?xi32> {gatefold.port = #gatefold.port<output "generate.tokens" ["batch", "generate"]>}
// CHECK-SAME:     tensor<?xi32> {gatefold.port = #gatefold.port<output "generate.count" ["batch"]>}
// CHECK-SAME:     tensor<?x?xf32> {gatefold.port = #gatefold.port<memory "context" ["batch", "S"]>}
// CHECK-SAME:     tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "4"]>})
// CHECK-NEXT:   %[[MOST:.*]] = gatefold.size "generate"
// CHECK-NEXT:   %[[TOKENS:.*]], %[[COUNT:.*]], %[[NEXT:[a-z0-9]*]]:7 = gatefold.generate @decode most %[[MOST]]
// CHECK-SAME:     settings(%temperature, %top_k, %top_p, %seed, %end, %limit)
// CHECK-SAME:     prompt(%start)
// CHECK-SAME:     progress(%token, %row_example, %steps, %made, %state)
// CHECK-SAME:     memories(%context, %h)
// CHECK-NEXT:   gatefold.return %[[TOKENS]], %[[COUNT]], %[[NEXT]]#0
// CHECK-NOT:  @generate
gatefold.model @Say attributes {generation = {first = 1 : i64, limit = 6 : i64, output = "said", prompt = "start", token = "token"}} {
  gatefold.entry @sequence(%text: tensor<?x?xi32> {gatefold.port = #gatefold.port<input "text" ["batch", "P"]>},
                           %x: tensor<?x?xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "S"]>})
      -> (tensor<?x?xf32> {gatefold.port = #gatefold.port<output "context" ["batch", "S"]>},
          tensor<?x4xf32> {gatefold.port = #gatefold.port<output "h" ["batch", "4"]>},
          tensor<?x?xi32> {gatefold.port = #gatefold.port<output "start" ["batch", "P"]>}) {
    %batch = gatefold.size "batch"
    %zero = arith.constant dense<0.0> : tensor<4xf32>
    %h = gatefold.broadcast %zero axes [1] sizes(%batch) : tensor<4xf32> -> tensor<?x4xf32>
    gatefold.return %x, %h, %text : tensor<?x?xf32>, tensor<?x4xf32>, tensor<?x?xi32>
  }
  gatefold.entry @decode(%token: tensor<?xi32> {gatefold.port = #gatefold.port<input "token" ["batch"]>},
                         %context: tensor<?x?xf32> {gatefold.port = #gatefold.port<input "context" ["batch", "S"]>},
                         %h: tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "4"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "scores" ["batch", "4"]>},
          tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "4"]>}) {
    gatefold.return %h, %h : tensor<?x4xf32>, tensor<?x4xf32>
  }
}

// -----

// A decoder without what it begins with cannot be run by a loop.
// CHECK-LABEL: gatefold.model @Alone
// CHECK-NOT: @generate
gatefold.model @Alone attributes {generation = {first = 1 : i64, limit = 6 : i64, output = "said", token = "token"}} {
  gatefold.entry @decode(%token: tensor<?xi32> {gatefold.port = #gatefold.port<input "token" ["batch"]>},
                         %h: tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "4"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "scores" ["batch", "4"]>},
          tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "4"]>}) {
    gatefold.return %h, %h : tensor<?x4xf32>, tensor<?x4xf32>
  }
}
