// RUN: gatefold-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(gatefold.model(gatefold-derive-entries,gatefold.entry(canonicalize,gatefold-batch)))' | FileCheck %s

// A memory with a row for each step has as many as the caller says, at the border of all entries.
// CHECK-LABEL: gatefold.model @History {
// CHECK:      gatefold.entry @sequence(
// CHECK-SAME:     %k: tensor<?x?x3xf32> {gatefold.port = #gatefold.port<memory "k" ["batch", "capacity", "3"]>}
// CHECK-SAME:     %position: tensor<?xi32> {gatefold.port = #gatefold.port<memory "position" ["batch"]>})
// CHECK:        gatefold.scan axis 1
// CHECK-SAME:     memories(%[[K:.*]] = %k as "k" : tensor<?x?x3xf32>, %[[P:.*]] = %position as "position" : tensor<?xi32>)
// CHECK:          %[[K1:.*]] = gatefold.append %[[K]] at %[[P]], %{{.*}} : tensor<?x?x3xf32>, tensor<?xi32>, tensor<?x3xf32> -> tensor<?x?x3xf32>
// CHECK:          gatefold.prefix %[[K1]] count %{{.*}} : tensor<?x?x3xf32>, tensor<?xi32> -> tensor<?x?x3xf32>
// CHECK:      gatefold.entry @step(
// CHECK-SAME:     %k: tensor<?x?x3xf32> {gatefold.port = #gatefold.port<memory "k" ["batch", "capacity", "3"]>}
// CHECK:        %[[NEXT:.*]] = gatefold.append %k at %position, %xs
// CHECK:        gatefold.return %{{.*}}, %[[NEXT]], %{{.*}}
// CHECK:      gatefold.entry @init() -> (tensor<?x?x3xf32> {gatefold.port = #gatefold.port<memory "k" ["batch", "capacity", "3"]>}
// CHECK:        %[[SIZE:.*]] = gatefold.size "capacity"
// CHECK:        gatefold.broadcast %{{.*}} axes [0, 1] sizes(%[[SIZE]]) : tensor<f32> -> tensor<?x3xf32>
gatefold.model @History {
  gatefold.entry @sequence(
      %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>})
      -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "3"]>}) {
    %zero = arith.constant dense<0.0> : tensor<f32>
    %start = arith.constant dense<0> : tensor<i32>
    %t = gatefold.dim %xs, 1 : tensor<?x3xf32>
    %none = gatefold.broadcast %zero axes [0, 1] sizes(%t) : tensor<f32> -> tensor<?x3xf32>
    %ys, %rows, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)
        memories(%k = %none as "k" : tensor<?x3xf32>, %p = %start as "position" : tensor<i32>)
        -> (tensor<?x3xf32>) {
      %one = arith.constant dense<1> : tensor<i32>
      %n = arith.addi %p, %one : tensor<i32>
      %k1 = gatefold.append %k at %p, %x : tensor<?x3xf32>, tensor<i32>, tensor<3xf32> -> tensor<?x3xf32>
      %m = gatefold.prefix %k1 count %n : tensor<?x3xf32>, tensor<i32> -> tensor<?x3xf32>
      %y = gatefold.reduce maximum %m axes [1] chain : tensor<?x3xf32> -> tensor<3xf32>
      gatefold.yield outputs(%y : tensor<3xf32>) next(%k1, %n : tensor<?x3xf32>, tensor<i32>)
    }
    gatefold.return %ys : tensor<?x3xf32>
  }
}

// -----

// A memory that has a row for each step, but does not get one at each, ties the model to whole
// sequences.
// CHECK-LABEL: gatefold.model @Rows attributes
// CHECK-SAME:      why_no_step = "the scan starts from, or reads at every step, what is known only at the end of the sequence
gatefold.model @Rows {
  gatefold.entry @sequence(
      %xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %zero = arith.constant dense<0.0> : tensor<f32>
    %t = gatefold.dim %xs, 0 : tensor<?xf32>
    %none = gatefold.broadcast %zero axes [0] sizes(%t) : tensor<f32> -> tensor<?xf32>
    %ys, %rows = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)
        memories(%k = %none as "k" : tensor<?xf32>) -> (tensor<?xf32>) {
      %k1 = arith.negf %k : tensor<?xf32>
      gatefold.yield outputs(%x : tensor<f32>) next(%k1 : tensor<?xf32>)
    }
    gatefold.return %ys : tensor<?xf32>
  }
}

// -----

gatefold.model @Taken {
  // expected-error @below {{expected no input with a dimension called `capacity`, which histories have}}
  gatefold.entry @sequence(
      %xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>},
      %c: tensor<?xf32> {gatefold.port = #gatefold.port<input "c" ["capacity"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %zero = arith.constant dense<0.0> : tensor<f32>
    %start = arith.constant dense<0> : tensor<i32>
    %t = gatefold.dim %xs, 0 : tensor<?xf32>
    %none = gatefold.broadcast %zero axes [0] sizes(%t) : tensor<f32> -> tensor<?xf32>
    %ys, %rows, %last = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)
        memories(%k = %none as "k" : tensor<?xf32>, %p = %start as "position" : tensor<i32>) -> (tensor<?xf32>) {
      %k1 = gatefold.append %k at %p, %x : tensor<?xf32>, tensor<i32>, tensor<f32> -> tensor<?xf32>
      gatefold.yield outputs(%x : tensor<f32>) next(%k1, %p : tensor<?xf32>, tensor<i32>)
    }
    gatefold.return %ys : tensor<?xf32>
  }
}
