// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold-derive-entries))' | FileCheck %s

// The memory of a scan becomes an argument and a result of `sequence` and `step`, `init` makes its
// first value.
// CHECK-LABEL: gatefold.model @Sum {
gatefold.model @Sum {
  // CHECK:      gatefold.entry @sequence(
  // CHECK-SAME:     %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>}
  // CHECK-SAME:     %h: tensor<3xf32> {gatefold.port = #gatefold.port<memory "sum.h" ["3"]>})
  // CHECK-SAME:     -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "3"]>}
  // CHECK-SAME:     tensor<3xf32> {gatefold.port = #gatefold.port<memory "sum.h" ["3"]>})
  // CHECK:        %[[SCAN:.*]]:2 = gatefold.scan axis 0 (%{{.*}} = %xs : tensor<?x3xf32>)
  // CHECK-SAME:       memories(%{{.*}} = %h as "sum.h" : tensor<3xf32>)
  // CHECK:        gatefold.return %[[SCAN]]#0, %[[SCAN]]#1
  gatefold.entry @sequence(
      %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>})
      -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "3"]>}) {
    %h0 = arith.constant dense<0.0> : tensor<3xf32>
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)
        memories(%h = %h0 as "sum.h" : tensor<3xf32>) -> (tensor<?x3xf32>) {
      %n = arith.addf %x, %h : tensor<3xf32>
      gatefold.yield outputs(%n : tensor<3xf32>) next(%n : tensor<3xf32>)
    }
    gatefold.return %ys : tensor<?x3xf32>
  }
  // CHECK:      gatefold.entry @step(
  // CHECK-SAME:     %xs: tensor<3xf32> {gatefold.port = #gatefold.port<input "xs" ["3"]>}
  // CHECK-SAME:     %h: tensor<3xf32> {gatefold.port = #gatefold.port<memory "sum.h" ["3"]>})
  // CHECK-SAME:     -> (tensor<3xf32> {gatefold.port = #gatefold.port<output "ys" ["3"]>}
  // CHECK-SAME:     tensor<3xf32> {gatefold.port = #gatefold.port<memory "sum.h" ["3"]>})
  // CHECK-NOT:    gatefold.scan
  // CHECK:        %[[NEXT:.*]] = arith.addf %xs, %h : tensor<3xf32>
  // CHECK:        gatefold.return %[[NEXT]], %[[NEXT]]
  // CHECK:      gatefold.entry @init() -> (tensor<3xf32> {gatefold.port = #gatefold.port<memory "sum.h" ["3"]>})
  // CHECK:        %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<3xf32>
  // CHECK:        gatefold.return %[[ZERO]]
}

// -----

// What maps over time loses the time axis; what does not depend on time stays as it is.
// CHECK-LABEL: gatefold.model @Mapped {
// CHECK:      gatefold.entry @step(
// CHECK-DAG:    %[[W:.*]] = gatefold.read @W : tensor<4x3xf32>
// CHECK-DAG:    %[[B:.*]] = gatefold.read @b : tensor<4xf32>
// CHECK:        %[[DOT:.*]] = gatefold.dot %xs, %[[W]] chain : tensor<3xf32>, tensor<4x3xf32> -> tensor<4xf32>
// CHECK-NOT:    gatefold.broadcast
// CHECK:        %[[SUM:.*]] = arith.addf %[[DOT]], %[[B]] : tensor<4xf32>
// CHECK:        %[[ROWS:.*]] = gatefold.broadcast %[[SUM]] axes [1] : tensor<4xf32> -> tensor<2x4xf32>
// CHECK:        %[[TABLE:.*]] = gatefold.read @table : tensor<9x4xf32>
// CHECK:        %[[ROW:.*]] = gatefold.gather %[[TABLE]][%words] : tensor<9x4xf32>, tensor<i32> -> tensor<4xf32>
// CHECK:        gatefold.return %[[ROWS]], %[[ROW]]
// A model without memories needs no `init`.
// CHECK-NOT:  gatefold.entry
gatefold.model @Mapped {
  gatefold.weight @W : tensor<4x3xf32>
  gatefold.weight @b : tensor<4xf32>
  gatefold.weight @table : tensor<9x4xf32>
  gatefold.entry @sequence(
      %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>},
      %words: tensor<?xi32> {gatefold.port = #gatefold.port<input "words" ["T"]>})
      -> (tensor<?x2x4xf32> {gatefold.port = #gatefold.port<output "rows" ["T", "2", "4"]>},
          tensor<?x4xf32> {gatefold.port = #gatefold.port<output "row" ["T", "4"]>}) {
    %W = gatefold.read @W : tensor<4x3xf32>
    %b = gatefold.read @b : tensor<4xf32>
    %0 = gatefold.dot %xs, %W chain : tensor<?x3xf32>, tensor<4x3xf32> -> tensor<?x4xf32>
    %t = gatefold.dim %xs, 1 : tensor<?x3xf32>
    %1 = gatefold.broadcast %b axes [1] sizes(%t) : tensor<4xf32> -> tensor<?x4xf32>
    %2 = arith.addf %0, %1 : tensor<?x4xf32>
    %3 = gatefold.broadcast %2 axes [1] : tensor<?x4xf32> -> tensor<?x2x4xf32>
    %table = gatefold.read @table : tensor<9x4xf32>
    %4 = gatefold.gather %table[%words] : tensor<9x4xf32>, tensor<?xi32> -> tensor<?x4xf32>
    gatefold.return %3, %4 : tensor<?x2x4xf32>, tensor<?x4xf32>
  }
}

// -----

// A broadcast along time and along other axes keeps the others.
// CHECK-LABEL: gatefold.model @BroadcastInTwoWays {
// CHECK:      gatefold.entry @step(
// CHECK:        %[[B:.*]] = gatefold.broadcast %{{.*}} axes [1] : tensor<3xf32> -> tensor<2x3xf32>
// CHECK:        gatefold.return %[[B]]
gatefold.model @BroadcastInTwoWays {
  gatefold.entry @sequence(
      %xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>},
      %b: tensor<3xf32> {gatefold.port = #gatefold.port<input "b" ["3"]>})
      -> (tensor<?x2x3xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "2", "3"]>}) {
    %t = gatefold.dim %xs, 0 : tensor<?xf32>
    %0 = gatefold.broadcast %b axes [1, 2] sizes(%t) : tensor<3xf32> -> tensor<?x2x3xf32>
    gatefold.return %0 : tensor<?x2x3xf32>
  }
}

// -----

// A final memory that the model returns is the memory after this step.
// CHECK-LABEL: gatefold.model @Last {
// CHECK:      gatefold.entry @step(%xs: {{.*}}, %h: {{.*}}) -> (tensor<f32> {gatefold.port = #gatefold.port<output "last" []>}
// CHECK:        %[[NEXT:.*]] = arith.addf %xs, %h : tensor<f32>
// CHECK:        %[[LAST:.*]] = math.exp %[[NEXT]] : tensor<f32>
// CHECK:        gatefold.return %[[LAST]], %[[NEXT]]
gatefold.model @Last {
  gatefold.entry @sequence(%xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>})
      -> (tensor<f32> {gatefold.port = #gatefold.port<output "last" []>}) {
    %h0 = arith.constant dense<0.0> : tensor<f32>
    %last = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)
        memories(%h = %h0 as "h" : tensor<f32>) {
      %n = arith.addf %x, %h : tensor<f32>
      gatefold.yield next(%n : tensor<f32>)
    }
    %0 = math.exp %last : tensor<f32>
    gatefold.return %0 : tensor<f32>
  }
}

// -----

// Inputs that are the same at every step go to `init`, which computes the first memories from them
// and from weights.
// CHECK-LABEL: gatefold.model @Start {
// CHECK:      gatefold.entry @step(%xs: {{.*}}, %start: {{.*}}, %h: {{.*}})
// CHECK:      gatefold.entry @init(%start: tensor<3xf32> {gatefold.port = #gatefold.port<input "start" ["3"]>})
// CHECK-SAME:     -> (tensor<3xf32> {gatefold.port = #gatefold.port<memory "h" ["3"]>})
// CHECK-DAG:    %[[W:.*]] = gatefold.read @W : tensor<3xf32>
// CHECK-DAG:    %[[E:.*]] = math.tanh %start : tensor<3xf32>
// CHECK:        %[[H:.*]] = arith.mulf %[[E]], %[[W]] : tensor<3xf32>
// CHECK:        gatefold.return %[[H]]
gatefold.model @Start {
  gatefold.weight @W : tensor<3xf32>
  gatefold.entry @sequence(
      %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>},
      %start: tensor<3xf32> {gatefold.port = #gatefold.port<input "start" ["3"]>})
      -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "3"]>}) {
    %W = gatefold.read @W : tensor<3xf32>
    %0 = math.tanh %start : tensor<3xf32>
    %h0 = arith.mulf %0, %W : tensor<3xf32>
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)
        memories(%h = %h0 as "h" : tensor<3xf32>) -> (tensor<?x3xf32>) {
      %n = arith.addf %x, %h : tensor<3xf32>
      gatefold.yield outputs(%n : tensor<3xf32>) next(%n : tensor<3xf32>)
    }
    gatefold.return %ys : tensor<?x3xf32>
  }
}

// -----

// Several scans: their memories follow each other, and a step runs one body after the other.
// CHECK-LABEL: gatefold.model @Layers {
// CHECK:      gatefold.entry @sequence(%xs: {{.*}}, %h: {{.*}}<memory "l0.h" []>}, %h_0: {{.*}}<memory "l1.h" []>})
// CHECK:      gatefold.entry @step(%xs: {{.*}}, %h: {{.*}}<memory "l0.h" []>}, %h_0: {{.*}}<memory "l1.h" []>})
// CHECK:        %[[A:.*]] = arith.addf %xs, %h : tensor<f32>
// CHECK:        %[[N:.*]] = arith.negf %[[A]] : tensor<f32>
// CHECK:        %[[B:.*]] = arith.mulf %[[N]], %h_0 : tensor<f32>
// CHECK:        gatefold.return %[[B]], %[[A]], %[[B]]
// CHECK:      gatefold.entry @init() -> ({{.*}}<memory "l0.h" []>}, {{.*}}<memory "l1.h" []>})
// CHECK-DAG:    %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-DAG:    %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK:        gatefold.return %[[ZERO]], %[[ONE]]
gatefold.model @Layers {
  gatefold.entry @sequence(%xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %zero = arith.constant dense<0.0> : tensor<f32>
    %one = arith.constant dense<1.0> : tensor<f32>
    %as, %last0 = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)
        memories(%h = %zero as "l0.h" : tensor<f32>) -> (tensor<?xf32>) {
      %n = arith.addf %x, %h : tensor<f32>
      gatefold.yield outputs(%n : tensor<f32>) next(%n : tensor<f32>)
    }
    %ns = arith.negf %as : tensor<?xf32>
    %ys, %last1 = gatefold.scan axis 0 (%x = %ns : tensor<?xf32>)
        memories(%h = %one as "l1.h" : tensor<f32>) -> (tensor<?xf32>) {
      %n = arith.mulf %x, %h : tensor<f32>
      gatefold.yield outputs(%n : tensor<f32>) next(%n : tensor<f32>)
    }
    gatefold.return %ys : tensor<?xf32>
  }
}

// -----

// A scan over something fixed is no scan over time: it stays, in `step` as in `sequence`, and may
// make a first memory; the constants inside it go with it.
// CHECK-LABEL: gatefold.model @FixedScan {
// CHECK:      gatefold.entry @sequence(%xs: {{.*}}, %memory: {{.*}}, %h: {{.*}}<memory "h" []>})
// CHECK:      gatefold.entry @step(%xs: {{.*}}, %memory: {{.*}}, %h: {{.*}}<memory "h" []>})
// CHECK:        gatefold.scan axis 0 (%{{.*}} = %memory : tensor<4xf32>)
// CHECK:        arith.addf %xs, %h : tensor<f32>
// CHECK:      gatefold.entry @init(%memory: {{.*}})
// CHECK-DAG:    %[[CAPTURED:.*]] = arith.constant dense<3.000000e+00> : tensor<f32>
// CHECK-DAG:    %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK:        %[[END:.*]] = gatefold.scan axis 0 (%[[M:.*]] = %memory : tensor<4xf32>) memories(%[[S:.*]] = %[[ZERO]] as "s" : tensor<f32>)
// CHECK:          %[[INSIDE:.*]] = arith.constant dense<2.000000e+00> : tensor<f32>
// CHECK:          %[[P:.*]] = arith.mulf %[[M]], %[[INSIDE]]
// CHECK:          %[[Q:.*]] = arith.addf %[[P]], %[[CAPTURED]]
// CHECK:          arith.maximumf %[[S]], %[[Q]] : tensor<f32>
// CHECK:        gatefold.return %[[END]]
gatefold.model @FixedScan {
  gatefold.entry @sequence(
      %xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>},
      %memory: tensor<4xf32> {gatefold.port = #gatefold.port<input "memory" ["4"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %zero = arith.constant dense<0.0> : tensor<f32>
    %three = arith.constant dense<3.0> : tensor<f32>
    %h0 = gatefold.scan axis 0 (%m = %memory : tensor<4xf32>)
        memories(%s = %zero as "s" : tensor<f32>) {
      %two = arith.constant dense<2.0> : tensor<f32>
      %p = arith.mulf %m, %two : tensor<f32>
      %q = arith.addf %p, %three : tensor<f32>
      %n = arith.maximumf %s, %q : tensor<f32>
      gatefold.yield next(%n : tensor<f32>)
    }
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)
        memories(%h = %h0 as "h" : tensor<f32>) -> (tensor<?xf32>) {
      %n = arith.addf %x, %h : tensor<f32>
      gatefold.yield outputs(%n : tensor<f32>) next(%n : tensor<f32>)
    }
    gatefold.return %ys : tensor<?xf32>
  }
}

// -----

// Scans without memories are their bodies too, and there is nothing for `init` to make.
// CHECK-LABEL: gatefold.model @NoMemories {
// CHECK:      gatefold.entry @step(%xs: {{[^,]*}})
// CHECK:        %[[Y:.*]] = gatefold.reduce sum %xs axes [0] lanes : tensor<3xf32> -> tensor<f32>
// CHECK:        gatefold.return %[[Y]]
// CHECK-NOT:  gatefold.entry
gatefold.model @NoMemories {
  gatefold.entry @sequence(
      %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %ys = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>) -> (tensor<?xf32>) {
      %y = gatefold.reduce sum %x axes [0] lanes : tensor<3xf32> -> tensor<f32>
      gatefold.yield outputs(%y : tensor<f32>)
    }
    gatefold.return %ys : tensor<?xf32>
  }
}

// -----

// An input along another dimension, such as a text that is attended to, is whole at every step.
// CHECK-LABEL: gatefold.model @OtherDimension {
// CHECK:      gatefold.entry @step(%text: tensor<?xf32> {gatefold.port = #gatefold.port<input "text" ["S"]>},
// CHECK-SAME:   %xs: tensor<f32> {gatefold.port = #gatefold.port<input "xs" []>})
// CHECK:        %[[SUM:.*]] = gatefold.reduce sum %text axes [0] lanes : tensor<?xf32> -> tensor<f32>
// CHECK:        %[[Y:.*]] = arith.addf %xs, %[[SUM]]
// CHECK:        gatefold.return %[[Y]]
gatefold.model @OtherDimension {
  gatefold.entry @sequence(
      %text: tensor<?xf32> {gatefold.port = #gatefold.port<input "text" ["S"]>},
      %xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %ys = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>) -> (tensor<?xf32>) {
      %sum = gatefold.reduce sum %text axes [0] lanes : tensor<?xf32> -> tensor<f32>
      %y = arith.addf %x, %sum : tensor<f32>
      gatefold.yield outputs(%y : tensor<f32>)
    }
    gatefold.return %ys : tensor<?xf32>
  }
}

//===----------------------------------------------------------------------===//
// Refusals: the model keeps its `sequence` as it is and says why there is no `step`.
//===----------------------------------------------------------------------===//

// -----

// CHECK-LABEL: gatefold.model @Reverse attributes {why_no_step = "`scan reverse` needs the whole sequence (cell.fold:7:3)"}
// CHECK:      gatefold.entry @sequence(
// CHECK:        gatefold.scan axis 0 reverse
// CHECK-NOT:  gatefold.entry
gatefold.model @Reverse {
  gatefold.entry @sequence(%xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %h0 = arith.constant dense<0.0> : tensor<f32>
    %ys, %last = gatefold.scan axis 0 reverse (%x = %xs : tensor<?xf32>)
        memories(%h = %h0 as "h" : tensor<f32>) -> (tensor<?xf32>) {
      gatefold.yield outputs(%h : tensor<f32>) next(%x : tensor<f32>)
    } loc("cell.fold":7:3)
    gatefold.return %ys : tensor<?xf32>
  }
}

// -----

// CHECK-LABEL: gatefold.model @NoTime attributes {why_no_step = "no input has a free leading dimension to step along"}
// CHECK-NOT:  gatefold.entry @step
gatefold.model @NoTime {
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>})
      -> (tensor<3xf32> {gatefold.port = #gatefold.port<output "y" ["3"]>}) {
    gatefold.return %x : tensor<3xf32>
  }
}

// -----

// CHECK-LABEL: gatefold.model @ReduceOverTime attributes {why_no_step = "work along time needs the whole sequence (mean.fold:2:10)"}
// CHECK-NOT:  gatefold.entry @step
gatefold.model @ReduceOverTime {
  gatefold.entry @sequence(%xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>})
      -> (tensor<f32> {gatefold.port = #gatefold.port<output "y" []>}) {
    %0 = gatefold.reduce sum %xs axes [0] lanes : tensor<?xf32> -> tensor<f32> loc("mean.fold":2:10)
    gatefold.return %0 : tensor<f32>
  }
}

// -----

// Two uses of time in one operation, here every step with every other.
// CHECK-LABEL: gatefold.model @WindowsOverTime attributes {why_no_step = "taking windows along time needs the whole sequence (conv.fold:2:3)"}
// CHECK-NOT: @step
gatefold.model @WindowsOverTime {
  gatefold.entry @sequence(
      %xs: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "4"]>})
      -> (tensor<4xf32> {gatefold.port = #gatefold.port<output "y" ["4"]>}) {
    %0 = gatefold.windows %xs axis 1 size 2 : tensor<?x4xf32> -> tensor<?x2x4xf32> loc("conv.fold":2:3)
    %1 = gatefold.reduce sum %0 axes [1, 2] chain : tensor<?x2x4xf32> -> tensor<4xf32>
    gatefold.return %1 : tensor<4xf32>
  }
}

// -----

// Windows, reversals and running sums of other axes are taken step by step.
// CHECK-LABEL: gatefold.model @WindowsOfEachStep
// CHECK:         gatefold.entry @step(
// CHECK:           gatefold.windows %{{.*}} axis 0 size 2 : tensor<4xf32> -> tensor<3x2xf32>
// CHECK:           gatefold.reverse %{{.*}} axis 1 : tensor<3x2xf32>
// CHECK:           gatefold.cumulate sum %{{.*}} axis 0 : tensor<3x2xf32>
gatefold.model @WindowsOfEachStep {
  gatefold.entry @sequence(
      %xs: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "4"]>})
      -> (tensor<?x3x2xf32> {gatefold.port = #gatefold.port<output "y" ["T", "3", "2"]>}) {
    %0 = gatefold.windows %xs axis 0 size 2 : tensor<?x4xf32> -> tensor<?x3x2xf32>
    %1 = gatefold.reverse %0 axis 1 : tensor<?x3x2xf32>
    %2 = gatefold.cumulate sum %1 axis 0 : tensor<?x3x2xf32>
    gatefold.return %2 : tensor<?x3x2xf32>
  }
}

// -----

// CHECK-LABEL: gatefold.model @AllPairs attributes {why_no_step = "work along time needs the whole sequence (pairs.fold:3:1)"}
gatefold.model @AllPairs {
  gatefold.entry @sequence(
      %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>})
      -> (tensor<?x?xf32> {gatefold.port = #gatefold.port<output "y" ["T", "T"]>}) {
    %0 = gatefold.dot %xs, %xs chain : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<?x?xf32> loc("pairs.fold":3:1)
    gatefold.return %0 : tensor<?x?xf32>
  }
}

// -----

// CHECK-LABEL: gatefold.model @Encoder attributes {why_no_step = "the scan starts from, or reads at every step, what is known only at the end of the sequence (two.fold:9:3)"}
// CHECK-NOT:  gatefold.entry @step
gatefold.model @Encoder {
  gatefold.entry @sequence(%xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %h0 = arith.constant dense<0.0> : tensor<f32>
    %last = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)
        memories(%h = %h0 as "encoder.h" : tensor<f32>) {
      gatefold.yield next(%x : tensor<f32>)
    }
    %ys, %end = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)
        memories(%h = %last as "decoder.h" : tensor<f32>) -> (tensor<?xf32>) {
      gatefold.yield outputs(%h : tensor<f32>) next(%x : tensor<f32>)
    } loc("two.fold":9:3)
    gatefold.return %ys : tensor<?xf32>
  }
}

// -----

// The whole sequence inside a step.
// CHECK-LABEL: gatefold.model @Captured attributes {why_no_step = "the scan starts from, or reads at every step, what is known only at the end of the sequence (attend.fold:4:5)"}
gatefold.model @Captured {
  gatefold.entry @sequence(
      %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>})
      -> (tensor<?x?xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "T"]>}) {
    %ys = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>) -> (tensor<?x?xf32>) {
      %0 = gatefold.dot %x, %xs chain : tensor<3xf32>, tensor<?x3xf32> -> tensor<?xf32>
      gatefold.yield outputs(%0 : tensor<?xf32>)
    } loc("attend.fold":4:5)
    gatefold.return %ys : tensor<?x?xf32>
  }
}

// -----

// CHECK-LABEL: gatefold.model @Length attributes {why_no_step = "the number of steps is known at the end only (mean.fold:5:1)"}
gatefold.model @Length {
  gatefold.entry @sequence(%xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>})
      -> (tensor<i64> {gatefold.port = #gatefold.port<output "n" []>}) {
    %t = gatefold.dim %xs, 0 : tensor<?xf32>
    %0 = arith.index_cast %t : index to i64 loc("mean.fold":5:1)
    %1 = tensor.from_elements %0 : tensor<i64>
    gatefold.return %1 : tensor<i64>
  }
}

// -----

// The number of steps as the size of another axis.
// CHECK-LABEL: gatefold.model @LengthOfRow attributes {why_no_step = "the number of steps is known at the end only (row.fold:5:1)"}
gatefold.model @LengthOfRow {
  gatefold.entry @sequence(%xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>},
      %b: tensor<3xf32> {gatefold.port = #gatefold.port<input "b" ["3"]>})
      -> (tensor<3x?xf32> {gatefold.port = #gatefold.port<output "n" ["3", "T"]>}) {
    %t = gatefold.dim %xs, 0 : tensor<?xf32>
    %0 = gatefold.broadcast %b axes [0] sizes(%t) : tensor<3xf32> -> tensor<3x?xf32> loc("row.fold":5:1)
    gatefold.return %0 : tensor<3x?xf32>
  }
}

// -----

// CHECK-LABEL: gatefold.model @LastForAll attributes {why_no_step = "a value of one step is used at all of them (last.fold:8:1)"}
gatefold.model @LastForAll {
  gatefold.entry @sequence(%xs: tensor<?xf32> {gatefold.port = #gatefold.port<input "xs" ["T"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %h0 = arith.constant dense<0.0> : tensor<f32>
    %last = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)
        memories(%h = %h0 as "h" : tensor<f32>) {
      gatefold.yield next(%x : tensor<f32>)
    }
    %t = gatefold.dim %xs, 0 : tensor<?xf32>
    %0 = gatefold.broadcast %last axes [0] sizes(%t) : tensor<f32> -> tensor<?xf32> loc("last.fold":8:1)
    gatefold.return %0 : tensor<?xf32>
  }
}

// -----

// CHECK-LABEL: gatefold.model @LastMeetsEarlier attributes {why_no_step = "a final memory meets values of earlier steps (last.fold:8:1)"}
gatefold.model @LastMeetsEarlier {
  gatefold.entry @sequence(
      %xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "3"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %h0 = arith.constant dense<0.0> : tensor<3xf32>
    %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)
        memories(%h = %h0 as "h" : tensor<3xf32>) {
      gatefold.yield next(%x : tensor<3xf32>)
    }
    %0 = gatefold.dot %xs, %last lanes : tensor<?x3xf32>, tensor<3xf32> -> tensor<?xf32> loc("last.fold":8:1)
    gatefold.return %0 : tensor<?xf32>
  }
}

// -----

// CHECK-LABEL: gatefold.model @OtherAxis attributes {why_no_step = "the scan does not run along the time of the inputs (axis.fold:3:1)"}
gatefold.model @OtherAxis {
  gatefold.entry @sequence(
      %xs: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "4"]>})
      -> (tensor<4xf32> {gatefold.port = #gatefold.port<output "ys" ["4"]>}) {
    %zero = arith.constant dense<0.0> : tensor<f32>
    %h0 = arith.constant dense<0.0> : tensor<4xf32>
    %last = gatefold.scan axis 0 (%x = %xs : tensor<?x4xf32>)
        memories(%h = %h0 as "h" : tensor<4xf32>) {
      gatefold.yield next(%x : tensor<4xf32>)
    }
    %ys, %sum = gatefold.scan axis 0 (%x = %last : tensor<4xf32>)
        memories(%s = %zero as "s" : tensor<f32>) -> (tensor<4xf32>) {
      %n = arith.addf %s, %x : tensor<f32>
      gatefold.yield outputs(%n : tensor<f32>) next(%n : tensor<f32>)
    } loc("axis.fold":3:1)
    gatefold.return %ys : tensor<4xf32>
  }
}

// -----

// Two scans of one cell have a memory each, and each memory a name.
// CHECK-LABEL: gatefold.model @ScannedTwice
// CHECK: gatefold.entry @step(
// CHECK-SAME: #gatefold.port<memory "cell.h" ["4"]>
// CHECK-SAME: #gatefold.port<memory "cell.h.2" ["4"]>
gatefold.model @ScannedTwice {
  gatefold.entry @sequence(%xs: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "4"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "4"]>}) {
    %h0 = arith.constant dense<0.0> : tensor<4xf32>
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x4xf32>)
        memories(%h = %h0 as "cell.h" : tensor<4xf32>) -> (tensor<?x4xf32>) {
      %n = arith.addf %x, %h : tensor<4xf32>
      gatefold.yield outputs(%n : tensor<4xf32>) next(%n : tensor<4xf32>)
    }
    %zs, %end = gatefold.scan axis 0 (%y = %ys : tensor<?x4xf32>)
        memories(%h = %h0 as "cell.h" : tensor<4xf32>) -> (tensor<?x4xf32>) {
      %n = arith.addf %y, %h : tensor<4xf32>
      gatefold.yield outputs(%n : tensor<4xf32>) next(%n : tensor<4xf32>)
    }
    gatefold.return %zs : tensor<?x4xf32>
  }
}

// -----

// The size of another axis of an input over time is not known to @init.
// CHECK-LABEL: gatefold.model @SizeOfInput attributes {why_no_step = "an initial memory needs the size of an input that runs over time (size.fold:4:3)"}
gatefold.model @SizeOfInput {
  gatefold.entry @sequence(%xs: tensor<?x?xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "S"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "ys" ["T"]>}) {
    %size = gatefold.dim %xs, 0 : tensor<?x?xf32>
    %n = arith.index_cast %size : index to i32
    %f = arith.sitofp %n : i32 to f32
    %h0 = tensor.from_elements %f : tensor<f32>
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x?xf32>)
        memories(%h = %h0 as "h" : tensor<f32>) -> (tensor<?xf32>) {
      %s = gatefold.reduce sum %x axes [0] lanes : tensor<?xf32> -> tensor<f32>
      %next = arith.addf %h, %s : tensor<f32>
      gatefold.yield outputs(%next : tensor<f32>) next(%next : tensor<f32>)
    } loc("size.fold":4:3)
    gatefold.return %ys : tensor<?xf32>
  }
}

// -----

// A memory whose size only the caller knows cannot be carried from step to step.
// CHECK-LABEL: gatefold.model @FreeMemory attributes {why_no_step = "a memory has no static shape ({{.*}}derive-entries.mlir:{{[0-9]+}}:18)"}
gatefold.model @FreeMemory {
  gatefold.entry @sequence(%xs: tensor<?x?xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "S"]>},
                           %h0: tensor<?xf32> {gatefold.port = #gatefold.port<input "h0" ["S"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "last" ["S"]>}) {
    %last = gatefold.scan axis 0 (%x = %xs : tensor<?x?xf32>)
        memories(%h = %h0 as "h" : tensor<?xf32>) {
      gatefold.yield next(%x : tensor<?xf32>)
    }
    gatefold.return %last : tensor<?xf32>
  }
}

// -----

// Attention of one step is that of all steps without their axis; what its queries are compared with stays.
// CHECK-LABEL: gatefold.model @Attention {
// CHECK:         gatefold.entry @step(
// CHECK:           gatefold.attend count %{{.*}} queries(%{{.*}} = %{{.*}} [] : tensor<4xf32>)
// CHECK-SAME:          keys(%{{.*}} = %{{.*}} [] : tensor<?x4xf32>) values(%{{.*}} [] : tensor<?x4xf32>) -> tensor<4xf32>
gatefold.model @Attention {
  gatefold.entry @sequence(
      %xs: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "xs" ["T", "4"]>},
      %memory: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "memory" ["S", "4"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "ys" ["T", "4"]>}) {
    %ys = gatefold.attend count %n queries(%q = %xs [0] : tensor<?x4xf32>)
        keys(%k = %memory [] : tensor<?x4xf32>) values(%memory [] : tensor<?x4xf32>) -> tensor<?x4xf32> {
      %score = gatefold.dot %q, %k lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
      gatefold.score %score : tensor<?xf32>
    }
    gatefold.return %ys : tensor<?x4xf32>
  }
}
