// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse))' | FileCheck %s

// One loop over the keys; nothing but the values of one block of scores outlives a turn of it. The
// sixteen scores are one vector, the largest and the sum so far go from turn to turn.
// CHECK-LABEL: func.func @Additive.step(
// CHECK-DAG:     %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK:         %[[LAST:.*]]:2 = scf.for %[[S:[^ ]*]] = %[[C0]] to %{{.*}} step %[[C16]]
// CHECK-SAME:        iter_args(%[[MAX:[^ ]*]] = %[[LOW]], %[[SUMS:.*]] = %{{.*}}) -> (f32, vector<16xf32>)
// CHECK:           vector.create_mask
// Four keys at a time share what is loaded of the query.
// CHECK:           scf.for
// CHECK:             %{{.*}}:4 = scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-4:       math.tanh %{{.*}} : vector<16xf32>
// CHECK-NOT:       scf.for
// CHECK:           %[[SCORES:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : vector<16xi1>, vector<16xf32>
// CHECK:           %[[BEFORE:.*]] = vector.broadcast %[[MAX]]
// CHECK:           arith.cmpf ugt, %[[SCORES]], %[[BEFORE]] : vector<16xf32>
// CHECK:           %[[FACTOR:.*]]:2 = scf.if
// CHECK:           %[[SHARES:.*]] = math.exp %{{.*}} : vector<16xf32>
// CHECK:           math.fma %[[SUMS]], %{{.*}}, %[[SHARES]] : vector<16xf32>
// A whole block takes sixteen rows of the values, the last one those that are left.
// CHECK:           scf.if
// CHECK-COUNT-16:    math.fma
// CHECK:           } else {
// CHECK:             scf.for
// CHECK:               math.fma
// CHECK:         arith.divf
gatefold.model @Additive {
  gatefold.entry @step(
      %q: tensor<32xf32> {gatefold.port = #gatefold.port<input "q" ["32"]>},
      %keys: tensor<?x32xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "32"]>},
      %v: tensor<32xf32> {gatefold.port = #gatefold.port<input "v" ["32"]>},
      %values: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "values" ["S", "16"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "y" ["16"]>}) {
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<32xf32>, %b = %v [] : tensor<32xf32>)
        keys(%k = %keys [] : tensor<?x32xf32>) values(%values [] : tensor<?x16xf32>) -> tensor<16xf32> {
      %0 = gatefold.broadcast %a axes [1] sizes(%n) : tensor<32xf32> -> tensor<?x32xf32>
      %1 = arith.addf %0, %k : tensor<?x32xf32>
      %2 = math.tanh %1 : tensor<?x32xf32>
      %3 = gatefold.dot %b, %2 lanes : tensor<32xf32>, tensor<?x32xf32> -> tensor<?xf32>
      gatefold.score %3 : tensor<?xf32>
    }
    gatefold.return %y : tensor<16xf32>
  }
}

// -----

// With a multiple of sixteen keys no block is incomplete: there are no masks.
// CHECK-LABEL: func.func @Whole.step(
// CHECK-NOT:     mask
// CHECK:         scf.for {{.*}} -> (f32, vector<16xf32>)
// CHECK-NOT:     mask
// CHECK:         return
gatefold.model @Whole {
  gatefold.entry @step(
      %q: tensor<16xf32> {gatefold.port = #gatefold.port<input "q" ["16"]>},
      %keys: tensor<32x16xf32> {gatefold.port = #gatefold.port<input "keys" ["32", "16"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "y" ["16"]>}) {
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<16xf32>)
        keys(%k = %keys [] : tensor<32x16xf32>) values(%keys [] : tensor<32x16xf32>) -> tensor<16xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<16xf32>, tensor<?x16xf32> -> tensor<?xf32>
      gatefold.score %0 : tensor<?xf32>
    }
    gatefold.return %y : tensor<16xf32>
  }
}
