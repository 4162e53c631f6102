// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-derive-prefill))' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-derive-prefill,gatefold-derive-prefill))' | FileCheck %s

// The scores need weights of their own, which are not read; what is fixed stays outside of the loop.
// CHECK-LABEL: gatefold.model @Say
// CHECK:       gatefold.entry @decode(
// CHECK:       gatefold.entry @prefill(%token: tensor<?xi32> {gatefold.port = #gatefold.port<input "token" ["generate"]>}, %context: tensor<?xf32> {gatefold.port = #gatefold.port<input "context" ["S"]>}, %h: tensor<8xf32> {gatefold.port = #gatefold.port<memory "h" ["8"]>}, %said: tensor<?x8xf32> {gatefold.port = #gatefold.port<memory "said" ["capacity", "8"]>}, %position: tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>}) -> (tensor<8xf32> {gatefold.port = #gatefold.port<memory "h" ["8"]>}, tensor<?x8xf32> {gatefold.port = #gatefold.port<memory "said" ["capacity", "8"]>}, tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>}) {
// CHECK-NOT:     @U
// CHECK:         %[[E:.*]] = gatefold.read @E
// CHECK:         %[[READ:.*]] = gatefold.reduce sum %context
// CHECK:         %[[LAST:.*]]:3 = gatefold.scan axis 0 (%[[ONE:.*]] = %token : tensor<?xi32>) memories(%[[H:.*]] = %h as "h" : tensor<8xf32>, %[[SAID:.*]] = %said as "said" : tensor<?x8xf32>, %[[PLACE:.*]] = %position as "position" : tensor<i32>)
// CHECK-NOT:       gatefold.reduce sum %context
// CHECK:           gatefold.gather %[[E]][%[[ONE]]]
// CHECK:           gatefold.append %[[SAID]] at %[[PLACE]]
// CHECK:           %[[NEXT:.*]] = math.sin
// CHECK-NOT:       gatefold.dot
// CHECK:           gatefold.yield next(%[[NEXT]],
// CHECK:         gatefold.return %[[LAST]]#0, %[[LAST]]#1, %[[LAST]]#2
// CHECK-NOT:   gatefold.entry @prefill
gatefold.model @Say attributes {generation = {first = 1 : i64, limit = 9 : i64, output = "words", prompt = "prompt", token = "token"}} {
  gatefold.weight @E : tensor<23x8xf32>
  gatefold.weight @U : tensor<23x8xf32>
  gatefold.entry @decode(
      %token: tensor<i32> {gatefold.port = #gatefold.port<input "token" []>},
      %context: tensor<?xf32> {gatefold.port = #gatefold.port<input "context" ["S"]>},
      %h: tensor<8xf32> {gatefold.port = #gatefold.port<memory "h" ["8"]>},
      %said: tensor<?x8xf32> {gatefold.port = #gatefold.port<memory "said" ["capacity", "8"]>},
      %position: tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>})
      -> (tensor<23xf32> {gatefold.port = #gatefold.port<output "scores" ["23"]>},
          tensor<8xf32> {gatefold.port = #gatefold.port<memory "h" ["8"]>},
          tensor<?x8xf32> {gatefold.port = #gatefold.port<memory "said" ["capacity", "8"]>},
          tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>}) {
    %E = gatefold.read @E : tensor<23x8xf32>
    %U = gatefold.read @U : tensor<23x8xf32>
    %row = gatefold.gather %E[%token] : tensor<23x8xf32>, tensor<i32> -> tensor<8xf32>
    %one = arith.constant dense<1> : tensor<i32>
    %next = arith.addi %position, %one : tensor<i32>
    %more = gatefold.append %said at %position, %row : tensor<?x8xf32>, tensor<i32>, tensor<8xf32> -> tensor<?x8xf32>
    %read = gatefold.reduce sum %context axes [0] lanes : tensor<?xf32> -> tensor<f32>
    %wide = gatefold.broadcast %read axes [0] : tensor<f32> -> tensor<8xf32>
    %0 = arith.addf %h, %row : tensor<8xf32>
    %1 = arith.addf %0, %wide : tensor<8xf32>
    %h1 = math.sin %1 : tensor<8xf32>
    %scores = gatefold.dot %h1, %U chain : tensor<8xf32>, tensor<23x8xf32> -> tensor<23xf32>
    gatefold.return %scores, %h1, %more, %next : tensor<23xf32>, tensor<8xf32>, tensor<?x8xf32>, tensor<i32>
  }
}

// -----

// Without a prompt there is nothing to read.
// CHECK-LABEL: gatefold.model @NoPrompt
// CHECK-NOT:   gatefold.entry @prefill
gatefold.model @NoPrompt attributes {generation = {first = 1 : i64, limit = 9 : i64, output = "words", token = "token"}} {
  gatefold.entry @decode(%token: tensor<i32> {gatefold.port = #gatefold.port<input "token" []>}, %h: tensor<8xf32> {gatefold.port = #gatefold.port<memory "h" ["8"]>})
      -> (tensor<8xf32> {gatefold.port = #gatefold.port<output "scores" ["8"]>}, tensor<8xf32> {gatefold.port = #gatefold.port<memory "h" ["8"]>}) {
    gatefold.return %h, %h : tensor<8xf32>, tensor<8xf32>
  }
}

// -----

// Without memories, only the last token counts.
// CHECK-LABEL: gatefold.model @NoMemories
// CHECK-NOT:   gatefold.entry @prefill
gatefold.model @NoMemories attributes {generation = {first = 1 : i64, limit = 9 : i64, output = "words", prompt = "prompt", token = "token"}} {
  gatefold.weight @E : tensor<8x8xf32>
  gatefold.entry @decode(%token: tensor<i32> {gatefold.port = #gatefold.port<input "token" []>})
      -> (tensor<8xf32> {gatefold.port = #gatefold.port<output "scores" ["8"]>}) {
    %E = gatefold.read @E : tensor<8x8xf32>
    %row = gatefold.gather %E[%token] : tensor<8x8xf32>, tensor<i32> -> tensor<8xf32>
    gatefold.return %row : tensor<8xf32>
  }
}
