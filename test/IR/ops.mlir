// RUN: gatefold-opt %s | FileCheck %s
// RUN: gatefold-opt %s | gatefold-opt | FileCheck %s
// RUN: gatefold-opt %s --mlir-print-op-generic | gatefold-opt | FileCheck %s

// Every operation is read and printed as written.

// CHECK-LABEL: gatefold.model @Tagger attributes {ignored = ["step"], why_no_step = "a reason"}
gatefold.model @Tagger attributes {ignored = ["step"], why_no_step = "a reason"} {
  // CHECK: gatefold.weight @out.W : tensor<5x8xf32> from "'dense.weight'"
  gatefold.weight @out.W : tensor<5x8xf32> from "'dense.weight'"
  // CHECK: gatefold.weight @bias : tensor<f32>{{$}}
  gatefold.weight @bias : tensor<f32>

  // CHECK: gatefold.entry @step(%x: tensor<8xf32> {gatefold.port = #gatefold.port<input "x" ["8"]>},
  // CHECK-SAME: %h: tensor<8xf32> {gatefold.port = #gatefold.port<memory "gru.h" ["8"]>})
  // CHECK-SAME: -> (tensor<f32> {gatefold.port = #gatefold.port<output "p" []>},
  // CHECK-SAME: tensor<8xf32> {gatefold.port = #gatefold.port<memory "gru.h" ["8"]>}) {
  gatefold.entry @step(
      %a: tensor<8xf32> {gatefold.port = #gatefold.port<input "x" ["8"]>},
      %b: tensor<8xf32> {gatefold.port = #gatefold.port<memory "gru.h" ["8"]>})
      -> (tensor<f32> {gatefold.port = #gatefold.port<output "p" []>},
          tensor<8xf32> {gatefold.port = #gatefold.port<memory "gru.h" ["8"]>}) {
    // CHECK: %[[BIAS:.*]] = gatefold.read @bias : tensor<f32>
    %bias = gatefold.read @bias : tensor<f32>
    // CHECK: gatefold.return %[[BIAS]], %x : tensor<f32>, tensor<8xf32>
    gatefold.return %bias, %a : tensor<f32>, tensor<8xf32>
  }

  // CHECK: gatefold.entry @init() {
  gatefold.entry @init() {
    // CHECK: gatefold.size "batch"
    %0 = gatefold.size "batch"
    // CHECK: gatefold.return{{$}}
    gatefold.return
  }
}

// An entry that became a function keeps its ports and the texts of its checks.
// CHECK-LABEL: gatefold.model @Lowered
gatefold.model @Lowered {
  // CHECK: gatefold.entry @step(tensor<8xf32> {gatefold.port = #gatefold.port<input "x" ["8"]>})
  // CHECK-SAME: attributes {checks = ["`x` is {0}"]}
  gatefold.entry @step(tensor<8xf32> {gatefold.port = #gatefold.port<input "x" ["8"]>})
      attributes {checks = ["`x` is {0}"]}
}

// CHECK-LABEL: func.func @scan(
// CHECK-SAME:    %[[XS:.*]]: tensor<?x3xf32>, %[[YS:.*]]: tensor<?xi32>, %[[H0:.*]]: tensor<3xf32>, %[[C0:.*]]: tensor<f32>
func.func @scan(%xs: tensor<?x3xf32>, %ys: tensor<?xi32>, %h0: tensor<3xf32>, %c0: tensor<f32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<f32>) {
  // CHECK: %{{.*}}:3 = gatefold.scan axis 0 (%[[X:.*]] = %[[XS]] : tensor<?x3xf32>, %[[Y:.*]] = %[[YS]] : tensor<?xi32>)
  // CHECK-SAME: memories(%h = %[[H0]] as "inner.h" : tensor<3xf32>, %c = %[[C0]] as "inner.c" : tensor<f32>)
  // CHECK-SAME: -> (tensor<?x3xf32>) {
  %0:3 = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>, %y = %ys : tensor<?xi32>)
      memories(%h = %h0 as "inner.h" : tensor<3xf32>, %c = %c0 as "inner.c" : tensor<f32>)
      -> (tensor<?x3xf32>) {
    // CHECK: gatefold.yield outputs(%[[X]] : tensor<3xf32>) next(%h, %c : tensor<3xf32>, tensor<f32>)
    gatefold.yield outputs(%x : tensor<3xf32>) next(%h, %c : tensor<3xf32>, tensor<f32>)
  }
  return %0#0, %0#1, %0#2 : tensor<?x3xf32>, tensor<3xf32>, tensor<f32>
}

// CHECK-LABEL: func.func @scan_reverse_without_memories
func.func @scan_reverse_without_memories(%xs: tensor<2x?x3xf32>) -> tensor<2x?x3xf32> {
  // CHECK: gatefold.scan axis 1 reverse (%[[X:.*]] = %{{.*}} : tensor<2x?x3xf32>) -> (tensor<2x?x3xf32>) {
  %0 = gatefold.scan axis 1 reverse (%x = %xs : tensor<2x?x3xf32>) -> (tensor<2x?x3xf32>) {
    // CHECK: gatefold.yield outputs(%[[X]] : tensor<2x3xf32>){{$}}
    gatefold.yield outputs(%x : tensor<2x3xf32>)
  }
  return %0 : tensor<2x?x3xf32>
}

// CHECK-LABEL: func.func @scan_without_outputs
func.func @scan_without_outputs(%xs: tensor<4xf32>, %s0: tensor<f32>) -> tensor<f32> {
  // CHECK: gatefold.scan axis 0 (%{{.*}} = %{{.*}} : tensor<4xf32>) memories(%s = %{{.*}} as "s" : tensor<f32>)
  // CHECK-SAME: attributes {note = "kept"} {
  %0 = gatefold.scan axis 0 (%x = %xs : tensor<4xf32>) memories(%s = %s0 as "s" : tensor<f32>)
      attributes {note = "kept"} {
    // CHECK: gatefold.yield next(%{{.*}} : tensor<f32>)
    gatefold.yield next(%x : tensor<f32>)
  }
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @scan_of_nothing
func.func @scan_of_nothing(%xs: tensor<4xf32>) {
  // CHECK: gatefold.scan axis 0 (%{{.*}} = %{{.*}} : tensor<4xf32>) {
  // CHECK-NEXT: gatefold.yield{{$}}
  gatefold.scan axis 0 (%x = %xs : tensor<4xf32>) {
  }
  return
}

// CHECK-LABEL: func.func @products
func.func @products(%x: tensor<13xf32>, %W: tensor<20x13xf32>, %p: tensor<?x7xf32>,
                    %v: tensor<?x7x8xf32>, %table: tensor<400x64xf32>, %words: tensor<?xi32>,
                    %tables: tensor<?x400x64xf32>) {
  // CHECK: gatefold.dot %{{.*}}, %{{.*}} chain : tensor<13xf32>, tensor<20x13xf32> -> tensor<20xf32>
  %0 = gatefold.dot %x, %W chain : tensor<13xf32>, tensor<20x13xf32> -> tensor<20xf32>
  // CHECK: gatefold.dot %{{.*}}, %{{.*}} lanes mapped 1 transposed : tensor<?x7xf32>, tensor<?x7x8xf32> -> tensor<?x8xf32>
  %1 = gatefold.dot %p, %v lanes mapped 1 transposed : tensor<?x7xf32>, tensor<?x7x8xf32> -> tensor<?x8xf32>
  // CHECK: gatefold.reduce sum %{{.*}} axes [0] lanes : tensor<20xf32> -> tensor<f32>
  %2 = gatefold.reduce sum %0 axes [0] lanes : tensor<20xf32> -> tensor<f32>
  // CHECK: gatefold.reduce product %{{.*}} axes [0, 2] chain : tensor<?x7x8xf32> -> tensor<7xf32>
  %3 = gatefold.reduce product %v axes [0, 2] chain : tensor<?x7x8xf32> -> tensor<7xf32>
  // CHECK: gatefold.reduce maximum %{{.*}} axes [1] chain
  %4 = gatefold.reduce maximum %p axes [1] chain : tensor<?x7xf32> -> tensor<7xf32>
  // CHECK: gatefold.reduce minimum %{{.*}} axes [] chain
  %5 = gatefold.reduce minimum %p axes [] chain : tensor<?x7xf32> -> tensor<?x7xf32>
  // CHECK: gatefold.cumulate sum %{{.*}} axis 1 : tensor<?x7xf32>
  %9 = gatefold.cumulate sum %p axis 1 : tensor<?x7xf32>
  // CHECK: gatefold.argmax %{{.*}} : tensor<?x7xf32> -> tensor<?xi32>
  %6 = gatefold.argmax %p : tensor<?x7xf32> -> tensor<?xi32>
  // CHECK: gatefold.gather %{{.*}}[%{{.*}}] : tensor<400x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %7 = gatefold.gather %table[%words] : tensor<400x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  // CHECK: gatefold.gather %{{.*}}[%{{.*}}] mapped 1 : tensor<?x400x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %8 = gatefold.gather %tables[%words] mapped 1 : tensor<?x400x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return
}

// CHECK-LABEL: func.func @shapes
func.func @shapes(%x: tensor<?x12xf32>, %b: tensor<13xf32>, %m: tensor<3x4xf32>) {
  // CHECK: %[[T:.*]] = gatefold.dim %{{.*}}, 1 : tensor<?x12xf32>
  %t = gatefold.dim %x, 1 : tensor<?x12xf32>
  // CHECK: gatefold.broadcast %{{.*}} axes [1] sizes(%[[T]]) : tensor<13xf32> -> tensor<?x13xf32>
  %0 = gatefold.broadcast %b axes [1] sizes(%t) : tensor<13xf32> -> tensor<?x13xf32>
  // CHECK: gatefold.broadcast %{{.*}} axes [0, 2] : tensor<13xf32> -> tensor<2x13x5xf32>
  %1 = gatefold.broadcast %b axes [0, 2] : tensor<13xf32> -> tensor<2x13x5xf32>
  // CHECK: gatefold.concat %{{.*}}, %{{.*}} axis 0 : tensor<?x12xf32>, tensor<?x13xf32> -> tensor<?x25xf32>
  %2 = gatefold.concat %x, %0 axis 0 : tensor<?x12xf32>, tensor<?x13xf32> -> tensor<?x25xf32>
  // CHECK: gatefold.slice %{{.*}} axis 0 offset 4 size 8 : tensor<?x12xf32> -> tensor<?x8xf32>
  %3 = gatefold.slice %x axis 0 offset 4 size 8 : tensor<?x12xf32> -> tensor<?x8xf32>
  // CHECK: gatefold.slice %{{.*}} axis 1 offset -1 size 1 : tensor<?x12xf32> -> tensor<1x12xf32>
  %4 = gatefold.slice %x axis 1 offset -1 size 1 : tensor<?x12xf32> -> tensor<1x12xf32>
  // CHECK: gatefold.reshape %{{.*}} replaced 1 : tensor<?x12xf32> -> tensor<?x3x4xf32>
  %5 = gatefold.reshape %x replaced 1 : tensor<?x12xf32> -> tensor<?x3x4xf32>
  // CHECK: gatefold.reshape %{{.*}} replaced 0 : tensor<3x4xf32> -> tensor<3x4x1xf32>
  %6 = gatefold.reshape %m replaced 0 : tensor<3x4xf32> -> tensor<3x4x1xf32>
  // CHECK: gatefold.transpose %{{.*}} [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
  %7 = gatefold.transpose %m [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
  // CHECK: gatefold.reverse %{{.*}} axis 1 : tensor<?x12xf32>
  %8 = gatefold.reverse %x axis 1 : tensor<?x12xf32>
  // CHECK: gatefold.windows %{{.*}} axis 0 size 3 : tensor<?x12xf32> -> tensor<?x10x3xf32>
  %9 = gatefold.windows %x axis 0 size 3 : tensor<?x12xf32> -> tensor<?x10x3xf32>
  // CHECK: gatefold.windows %{{.*}} axis 1 size 3 stride 2 dilation 4 : tensor<?x12xf32> -> tensor<?x3x12xf32>
  %10 = gatefold.windows %x axis 1 size 3 stride 2 dilation 4 : tensor<?x12xf32> -> tensor<?x3x12xf32>
  return
}
