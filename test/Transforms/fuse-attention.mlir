// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-fuse-attention)))' | FileCheck %s

// A product by a scale is what is done for each pair of a query and a key.
// CHECK-LABEL: gatefold.model @Scaled
// CHECK-NOT:    math.exp
// CHECK:        %[[Y:.*]] = gatefold.attend count %[[N:.*]] queries(%[[Q:.*]] = %q [] : tensor<64xf32>)
// CHECK-SAME:       keys(%[[K:.*]] = %keys [] : tensor<?x64xf32>) values(%values [] : tensor<?x32xf32>) -> tensor<32xf32> {
// CHECK-NEXT:     %[[DOT:.*]] = gatefold.dot %[[Q]], %[[K]] lanes : tensor<64xf32>, tensor<?x64xf32> -> tensor<?xf32>
// CHECK-NEXT:     %[[CST:.*]] = arith.constant dense<8.000000e+00> : tensor<f32>
// CHECK-NEXT:     %[[SCALE:.*]] = gatefold.broadcast %[[CST]] axes [0] sizes(%[[N]]) : tensor<f32> -> tensor<?xf32>
// CHECK-NEXT:     %[[SCORE:.*]] = arith.divf %[[DOT]], %[[SCALE]] : tensor<?xf32>
// CHECK-NEXT:     gatefold.score %[[SCORE]] : tensor<?xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   gatefold.return %[[Y]]
gatefold.model @Scaled {
  gatefold.entry @sequence(
      %q: tensor<64xf32> {gatefold.port = #gatefold.port<input "q" ["64"]>},
      %keys: tensor<?x64xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "64"]>},
      %values: tensor<?x32xf32> {gatefold.port = #gatefold.port<input "values" ["S", "32"]>})
      -> (tensor<32xf32> {gatefold.port = #gatefold.port<output "y" ["32"]>}) {
    %s = gatefold.dim %keys, 1 : tensor<?x64xf32>
    %0 = gatefold.dot %q, %keys chain : tensor<64xf32>, tensor<?x64xf32> -> tensor<?xf32>
    %c = arith.constant dense<8.0> : tensor<f32>
    %1 = gatefold.broadcast %c axes [0] sizes(%s) : tensor<f32> -> tensor<?xf32>
    %2 = arith.divf %0, %1 : tensor<?xf32>
    %3 = gatefold.reduce maximum %2 axes [0] lanes : tensor<?xf32> -> tensor<f32>
    %4 = gatefold.broadcast %3 axes [0] sizes(%s) : tensor<f32> -> tensor<?xf32>
    %5 = arith.subf %2, %4 : tensor<?xf32>
    %6 = math.exp %5 : tensor<?xf32>
    %7 = gatefold.reduce sum %6 axes [0] lanes : tensor<?xf32> -> tensor<f32>
    %8 = gatefold.broadcast %7 axes [0] sizes(%s) : tensor<f32> -> tensor<?xf32>
    %9 = arith.divf %6, %8 : tensor<?xf32>
    %10 = gatefold.dot %9, %values chain transposed : tensor<?xf32>, tensor<?x32xf32> -> tensor<32xf32>
    gatefold.return %10 : tensor<32xf32>
  }
}

// -----

// Additive scores in a decoder: the projection of the keys stays in front, where it can leave the
// scan; the tanh, which needs the state, is in the one pass.
// CHECK-LABEL: gatefold.model @Additive
// CHECK:        gatefold.scan
// CHECK:          %[[Q:.*]] = gatefold.dot %{{.*}}, %{{.*}} chain
// CHECK:          %[[K:.*]] = gatefold.dot %memory, %{{.*}} chain
// CHECK-NEXT:     %[[Y:.*]] = gatefold.attend count %[[N:.*]] queries(%[[VA:.*]] = %{{.*}} [] : tensor<16xf32>, %[[QA:.*]] = %[[Q]] [] : tensor<16xf32>)
// CHECK-SAME:         keys(%[[KA:.*]] = %[[K]] [] : tensor<?x16xf32>) values(%memory [] : tensor<?x16xf32>)
// CHECK-NEXT:       %[[B:.*]] = gatefold.broadcast %[[QA]] axes [1] sizes(%[[N]]) : tensor<16xf32> -> tensor<?x16xf32>
// CHECK-NEXT:       %[[SUM:.*]] = arith.addf %[[B]], %[[KA]] : tensor<?x16xf32>
// CHECK-NEXT:       %[[TANH:.*]] = math.tanh %[[SUM]] : tensor<?x16xf32>
// CHECK-NEXT:       %[[SCORE:.*]] = gatefold.dot %[[VA]], %[[TANH]] lanes : tensor<16xf32>, tensor<?x16xf32> -> tensor<?xf32>
// CHECK-NEXT:       gatefold.score %[[SCORE]]
// CHECK-NEXT:     }
// CHECK-NEXT:     gatefold.yield outputs(%[[Y]] : tensor<16xf32>)
gatefold.model @Additive {
  gatefold.weight @W : tensor<16x16xf32>
  gatefold.weight @U : tensor<16x16xf32>
  gatefold.weight @v : tensor<16xf32>
  gatefold.entry @sequence(
      %xs: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "16"]>},
      %memory: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "memory" ["S", "16"]>},
      %h0: tensor<16xf32> {gatefold.port = #gatefold.port<memory "h" ["16"]>})
      -> (tensor<?x16xf32> {gatefold.port = #gatefold.port<output "y" ["T", "16"]>},
          tensor<16xf32> {gatefold.port = #gatefold.port<memory "h" ["16"]>}) {
    %W = gatefold.read @W : tensor<16x16xf32>
    %U = gatefold.read @U : tensor<16x16xf32>
    %v = gatefold.read @v : tensor<16xf32>
    %s = gatefold.dim %memory, 1 : tensor<?x16xf32>
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x16xf32>)
        memories(%h = %h0 as "h" : tensor<16xf32>) -> (tensor<?x16xf32>) {
      %0 = gatefold.dot %h, %W chain : tensor<16xf32>, tensor<16x16xf32> -> tensor<16xf32>
      %1 = gatefold.dot %memory, %U chain : tensor<?x16xf32>, tensor<16x16xf32> -> tensor<?x16xf32>
      %2 = gatefold.broadcast %0 axes [1] sizes(%s) : tensor<16xf32> -> tensor<?x16xf32>
      %3 = arith.addf %2, %1 : tensor<?x16xf32>
      %4 = math.tanh %3 : tensor<?x16xf32>
      %5 = gatefold.dot %v, %4 chain : tensor<16xf32>, tensor<?x16xf32> -> tensor<?xf32>
      %6 = gatefold.reduce maximum %5 axes [0] lanes : tensor<?xf32> -> tensor<f32>
      %7 = gatefold.broadcast %6 axes [0] sizes(%s) : tensor<f32> -> tensor<?xf32>
      %8 = arith.subf %5, %7 : tensor<?xf32>
      %9 = math.exp %8 : tensor<?xf32>
      %10 = gatefold.reduce sum %9 axes [0] lanes : tensor<?xf32> -> tensor<f32>
      %11 = gatefold.broadcast %10 axes [0] sizes(%s) : tensor<f32> -> tensor<?xf32>
      %12 = arith.divf %9, %11 : tensor<?xf32>
      %13 = gatefold.dot %12, %memory chain transposed : tensor<?xf32>, tensor<?x16xf32> -> tensor<16xf32>
      gatefold.yield outputs(%13 : tensor<16xf32>) next(%x : tensor<16xf32>)
    }
    gatefold.return %ys, %last : tensor<?x16xf32>, tensor<16xf32>
  }
}

// -----

// Heads and queries are mapped; a mask is computed for each pair from the places of both.
// CHECK-LABEL: gatefold.model @Masked
// CHECK:        gatefold.attend count %[[N:.*]] queries(%[[P:.*]] = %places [1] : tensor<?xi32>, %[[Q:.*]] = %qs [0, 1] : tensor<8x?x4xf32>)
// CHECK-SAME:       keys(%[[R:.*]] = %times [] : tensor<?xi32>, %[[K:.*]] = %keys [0] : tensor<8x?x4xf32>)
// CHECK-SAME:       values(%values [0] : tensor<8x?x4xf32>) -> tensor<8x?x4xf32> {
// CHECK-NEXT:     %[[PB:.*]] = gatefold.broadcast %[[P]] axes [0] sizes(%[[N]]) : tensor<i32> -> tensor<?xi32>
// CHECK-NEXT:     %[[SEEN:.*]] = arith.cmpi sle, %[[R]], %[[PB]] : tensor<?xi32>
// CHECK:          %[[DOT:.*]] = gatefold.dot %[[Q]], %[[K]] lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
// CHECK:          %[[LOW:.*]] = gatefold.broadcast %{{.*}} axes [0] sizes(%[[N]]) : tensor<f32> -> tensor<?xf32>
// CHECK:          arith.select %[[SEEN]], %[[DOT]], %[[LOW]] : tensor<?xi1>, tensor<?xf32>
gatefold.model @Masked {
  gatefold.entry @sequence(
      %qs: tensor<8x?x4xf32> {gatefold.port = #gatefold.port<input "qs" ["8", "T", "4"]>},
      %places: tensor<?xi32> {gatefold.port = #gatefold.port<input "places" ["T"]>},
      %keys: tensor<8x?x4xf32> {gatefold.port = #gatefold.port<input "keys" ["8", "S", "4"]>},
      %times: tensor<?xi32> {gatefold.port = #gatefold.port<input "times" ["S"]>},
      %values: tensor<8x?x4xf32> {gatefold.port = #gatefold.port<input "values" ["8", "S", "4"]>})
      -> (tensor<8x?x4xf32> {gatefold.port = #gatefold.port<output "y" ["8", "T", "4"]>}) {
    %t = gatefold.size "T"
    %s = gatefold.size "S"
    %0 = gatefold.dot %qs, %keys chain mapped 1 : tensor<8x?x4xf32>, tensor<8x?x4xf32> -> tensor<8x?x?xf32>
    %1 = gatefold.broadcast %times axes [1] sizes(%t) : tensor<?xi32> -> tensor<?x?xi32>
    %2 = gatefold.broadcast %places axes [0] sizes(%s) : tensor<?xi32> -> tensor<?x?xi32>
    %3 = arith.cmpi sle, %1, %2 : tensor<?x?xi32>
    %4 = gatefold.broadcast %3 axes [2] : tensor<?x?xi1> -> tensor<8x?x?xi1>
    %c = arith.constant dense<-1.0e30> : tensor<f32>
    %5 = gatefold.broadcast %c axes [0, 1, 2] sizes(%t, %s) : tensor<f32> -> tensor<8x?x?xf32>
    %6 = arith.select %4, %0, %5 : tensor<8x?x?xi1>, tensor<8x?x?xf32>
    %7 = gatefold.reduce maximum %6 axes [0] lanes : tensor<8x?x?xf32> -> tensor<8x?xf32>
    %8 = gatefold.broadcast %7 axes [0] sizes(%s) : tensor<8x?xf32> -> tensor<8x?x?xf32>
    %9 = arith.subf %6, %8 : tensor<8x?x?xf32>
    %10 = math.exp %9 : tensor<8x?x?xf32>
    %11 = gatefold.reduce sum %10 axes [0] lanes : tensor<8x?x?xf32> -> tensor<8x?xf32>
    %12 = gatefold.broadcast %11 axes [0] sizes(%s) : tensor<8x?xf32> -> tensor<8x?x?xf32>
    %13 = arith.divf %10, %12 : tensor<8x?x?xf32>
    %14 = gatefold.dot %13, %values chain mapped 1 transposed : tensor<8x?x?xf32>, tensor<8x?x4xf32> -> tensor<8x?x4xf32>
    gatefold.return %14 : tensor<8x?x4xf32>
  }
}

// -----

// The division may stand behind the product. A sum over the axis of a key is in the region, too;
// what is expensive and made of the keys alone is not.
// CHECK-LABEL: gatefold.model @Distance
// CHECK:        %[[EXP:.*]] = math.exp2 %widths : tensor<20xf32>
// CHECK-NEXT:   %[[Y:.*]] = gatefold.attend count %[[N:.*]] queries(%[[Q:.*]] = %q [] : tensor<4xf32>)
// CHECK-SAME:       keys(%[[K:.*]] = %keys [] : tensor<20x4xf32>, %[[W:.*]] = %[[EXP]] [] : tensor<20xf32>)
// CHECK:          %[[D:.*]] = arith.subf
// CHECK-NEXT:     %[[SQUARE:.*]] = arith.mulf %[[D]], %[[D]] : tensor<?x4xf32>
// CHECK-NEXT:     %[[SUM:.*]] = gatefold.reduce sum %[[SQUARE]] axes [0] lanes : tensor<?x4xf32> -> tensor<?xf32>
// CHECK-NEXT:     arith.mulf %[[SUM]], %[[W]] : tensor<?xf32>
// CHECK:        gatefold.return %[[Y]]
gatefold.model @Distance {
  gatefold.entry @sequence(
      %q: tensor<4xf32> {gatefold.port = #gatefold.port<input "q" ["4"]>},
      %keys: tensor<20x4xf32> {gatefold.port = #gatefold.port<input "keys" ["20", "4"]>},
      %widths: tensor<20xf32> {gatefold.port = #gatefold.port<input "widths" ["20"]>})
      -> (tensor<4xf32> {gatefold.port = #gatefold.port<output "y" ["4"]>}) {
    %0 = gatefold.broadcast %q axes [1] : tensor<4xf32> -> tensor<20x4xf32>
    %1 = arith.subf %0, %keys : tensor<20x4xf32>
    %2 = arith.mulf %1, %1 : tensor<20x4xf32>
    %3 = gatefold.reduce sum %2 axes [0] chain : tensor<20x4xf32> -> tensor<20xf32>
    %4 = math.exp2 %widths : tensor<20xf32>
    %5 = arith.mulf %3, %4 : tensor<20xf32>
    %6 = gatefold.reduce maximum %5 axes [0] lanes : tensor<20xf32> -> tensor<f32>
    %7 = gatefold.broadcast %6 axes [0] : tensor<f32> -> tensor<20xf32>
    %8 = arith.subf %5, %7 : tensor<20xf32>
    %9 = math.exp %8 : tensor<20xf32>
    %10 = gatefold.reduce sum %9 axes [0] lanes : tensor<20xf32> -> tensor<f32>
    %11 = gatefold.dot %9, %keys lanes transposed : tensor<20xf32>, tensor<20x4xf32> -> tensor<4xf32>
    %12 = gatefold.broadcast %10 axes [0] : tensor<f32> -> tensor<4xf32>
    %13 = arith.divf %11, %12 : tensor<4xf32>
    gatefold.return %13 : tensor<4xf32>
  }
}

// -----

// Shares that are an output, too, have to be there: nothing changes.
// CHECK-LABEL: gatefold.model @Shown
// CHECK-NOT:    gatefold.attend
gatefold.model @Shown {
  gatefold.entry @sequence(
      %s: tensor<20xf32> {gatefold.port = #gatefold.port<input "s" ["20"]>},
      %values: tensor<20x4xf32> {gatefold.port = #gatefold.port<input "values" ["20", "4"]>})
      -> (tensor<4xf32> {gatefold.port = #gatefold.port<output "y" ["4"]>},
          tensor<20xf32> {gatefold.port = #gatefold.port<output "shares" ["20"]>}) {
    %0 = gatefold.reduce maximum %s axes [0] lanes : tensor<20xf32> -> tensor<f32>
    %1 = gatefold.broadcast %0 axes [0] : tensor<f32> -> tensor<20xf32>
    %2 = arith.subf %s, %1 : tensor<20xf32>
    %3 = math.exp %2 : tensor<20xf32>
    %4 = gatefold.reduce sum %3 axes [0] lanes : tensor<20xf32> -> tensor<f32>
    %5 = gatefold.broadcast %4 axes [0] : tensor<f32> -> tensor<20xf32>
    %6 = arith.divf %3, %5 : tensor<20xf32>
    %7 = gatefold.dot %6, %values lanes transposed : tensor<20xf32>, tensor<20x4xf32> -> tensor<4xf32>
    gatefold.return %7, %6 : tensor<4xf32>, tensor<20xf32>
  }
}
