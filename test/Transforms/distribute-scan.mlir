// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-distribute-scan)))' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-distribute-scan)))' --remarks-filter=distribute-scan 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-distribute-scan{block=5})))' | FileCheck %s --check-prefix=FIVE

// The product of the input goes in front of the loop, the one of the output behind it.
// CHECK-LABEL: gatefold.model @Rnn
// CHECK:      %[[YS:.*]]:2 = gatefold.blocks axis 0 of 64 (%[[X:.*]] = %x : tensor<?x3xf32>) memories(%[[H:.*]] = %h as "rnn.h" : tensor<4xf32>) -> (tensor<?x2xf32>) {
// CHECK-NEXT:   %[[WX:.*]] = gatefold.dot %[[X]], %[[W:.*]] chain : tensor<?x3xf32>, tensor<4x3xf32> -> tensor<?x4xf32>
// CHECK-NEXT:   %[[HS:.*]]:2 = gatefold.scan axis 0 (%[[A:.*]] = %[[WX]] : tensor<?x4xf32>) memories(%[[B:.*]] = %[[H]] as "rnn.h" : tensor<4xf32>) -> (tensor<?x4xf32>) {
// CHECK-NEXT:     %[[UH:.*]] = gatefold.dot %[[B]], %{{.*}} chain : tensor<4xf32>, tensor<4x4xf32> -> tensor<4xf32>
// CHECK-NEXT:     %[[SUM:.*]] = arith.addf %[[A]], %[[UH]] : tensor<4xf32>
// CHECK-NEXT:     %[[NEXT:.*]] = math.tanh %[[SUM]] : tensor<4xf32>
// CHECK-NEXT:     gatefold.yield outputs(%[[NEXT]] : tensor<4xf32>) next(%[[NEXT]] : tensor<4xf32>)
// CHECK-NEXT:   }
// CHECK-NEXT:   %[[Y:.*]] = gatefold.dot %[[HS]]#0, %{{.*}} chain : tensor<?x4xf32>, tensor<2x4xf32> -> tensor<?x2xf32>
// CHECK-NEXT:   gatefold.yield outputs(%[[Y]] : tensor<?x2xf32>) next(%[[HS]]#1 : tensor<4xf32>)
// CHECK-NEXT: }
// CHECK-NEXT: gatefold.return %[[YS]]#0, %[[YS]]#1
// REMARK: Category:distribute-scan{{.*}}the product is computed for blocks of 64 steps
// REMARK: Category:distribute-scan{{.*}}the product is not hoisted: depends on h
// REMARK: Category:distribute-scan{{.*}}the product is computed for blocks of 64 steps
// FIVE: gatefold.blocks axis 0 of 5
gatefold.model @Rnn {
  gatefold.weight @W : tensor<4x3xf32>
  gatefold.weight @U : tensor<4x4xf32>
  gatefold.weight @V : tensor<2x4xf32>
  gatefold.entry @sequence(%xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "x" ["T", "3"]>},
                           %h0: tensor<4xf32> {gatefold.port = #gatefold.port<memory "rnn.h" ["4"]>})
      -> (tensor<?x2xf32> {gatefold.port = #gatefold.port<output "y" ["T", "2"]>},
          tensor<4xf32> {gatefold.port = #gatefold.port<memory "rnn.h" ["4"]>}) {
    %W = gatefold.read @W : tensor<4x3xf32>
    %U = gatefold.read @U : tensor<4x4xf32>
    %V = gatefold.read @V : tensor<2x4xf32>
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)
        memories(%h = %h0 as "rnn.h" : tensor<4xf32>) -> (tensor<?x2xf32>) {
      %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<4x3xf32> -> tensor<4xf32>
      %1 = gatefold.dot %h, %U chain : tensor<4xf32>, tensor<4x4xf32> -> tensor<4xf32>
      %2 = arith.addf %0, %1 : tensor<4xf32>
      %3 = math.tanh %2 : tensor<4xf32>
      %4 = gatefold.dot %3, %V chain : tensor<4xf32>, tensor<2x4xf32> -> tensor<2xf32>
      gatefold.yield outputs(%4 : tensor<2xf32>) next(%3 : tensor<4xf32>)
    }
    gatefold.return %ys, %last : tensor<?x2xf32>, tensor<4xf32>
  }
}

// -----

// Two recurrences that depend on one another get a loop each. What is elementwise stays with the
// loop that gives it.
// CHECK-LABEL: gatefold.model @Stack
// CHECK:      gatefold.blocks axis 0 of 64 (%{{.*}} = %x : tensor<?x3xf32>) memories(%[[A:.*]] = %a as "first.a" : tensor<4xf32>, %[[B:.*]] = %b as "second.b" : tensor<4xf32>)
// CHECK-NEXT:   %[[WX:.*]] = gatefold.dot
// CHECK-NEXT:   %[[FIRST:.*]]:2 = gatefold.scan axis 0 (%{{.*}} = %[[WX]] : tensor<?x4xf32>) memories(%{{.*}} = %[[A]] as "first.a" : tensor<4xf32>) -> (tensor<?x4xf32>) {
// CHECK-NEXT:     arith.addf
// CHECK-NEXT:     math.tanh
// CHECK-NEXT:     gatefold.yield
// CHECK-NEXT:   }
// CHECK-NEXT:   %[[UY:.*]] = gatefold.dot %[[FIRST]]#0, %{{.*}} chain : tensor<?x4xf32>, tensor<4x4xf32> -> tensor<?x4xf32>
// CHECK-NEXT:   %[[SECOND:.*]]:2 = gatefold.scan axis 0 (%{{.*}} = %[[UY]] : tensor<?x4xf32>) memories(%{{.*}} = %[[B]] as "second.b" : tensor<4xf32>) -> (tensor<?x4xf32>) {
// CHECK-NEXT:     arith.mulf
// CHECK-NEXT:     gatefold.yield
// CHECK-NEXT:   }
// CHECK-NEXT:   gatefold.yield outputs(%[[SECOND]]#0 : tensor<?x4xf32>) next(%[[FIRST]]#1, %[[SECOND]]#1 : tensor<4xf32>, tensor<4xf32>)
gatefold.model @Stack {
  gatefold.weight @W : tensor<4x3xf32>
  gatefold.weight @U : tensor<4x4xf32>
  gatefold.entry @sequence(%xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "x" ["T", "3"]>},
                           %a0: tensor<4xf32> {gatefold.port = #gatefold.port<memory "first.a" ["4"]>},
                           %b0: tensor<4xf32> {gatefold.port = #gatefold.port<memory "second.b" ["4"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "y" ["T", "4"]>},
          tensor<4xf32> {gatefold.port = #gatefold.port<memory "first.a" ["4"]>},
          tensor<4xf32> {gatefold.port = #gatefold.port<memory "second.b" ["4"]>}) {
    %W = gatefold.read @W : tensor<4x3xf32>
    %U = gatefold.read @U : tensor<4x4xf32>
    %ys, %as, %bs = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)
        memories(%a = %a0 as "first.a" : tensor<4xf32>, %b = %b0 as "second.b" : tensor<4xf32>) -> (tensor<?x4xf32>) {
      %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<4x3xf32> -> tensor<4xf32>
      %1 = arith.addf %0, %a : tensor<4xf32>
      %2 = math.tanh %1 : tensor<4xf32>
      %3 = gatefold.dot %2, %U chain : tensor<4xf32>, tensor<4x4xf32> -> tensor<4xf32>
      %4 = arith.mulf %3, %b : tensor<4xf32>
      gatefold.yield outputs(%4 : tensor<4xf32>) next(%1, %4 : tensor<4xf32>, tensor<4xf32>)
    }
    gatefold.return %ys, %as, %bs : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
  }
}

// -----

// Nothing that would be cheaper for many steps at once: left alone. What is the same at every step
// moves out all the same.
// CHECK-LABEL: gatefold.model @Alone
// CHECK:      %[[FIXED:.*]] = gatefold.dot %m, %{{.*}} chain : tensor<5x4xf32>, tensor<4x4xf32> -> tensor<5x4xf32>
// CHECK-NEXT: gatefold.scan axis 0
// CHECK-NOT:  gatefold.blocks
// CHECK:      gatefold.return
// REMARK: Category:distribute-scan{{.*}}the product is the same at every step and computed once
// REMARK: Category:distribute-scan{{.*}}the product is not hoisted: depends on h
gatefold.model @Alone {
  gatefold.weight @U : tensor<4x4xf32>
  gatefold.entry @sequence(%xs: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "x" ["T", "4"]>},
                           %memory: tensor<5x4xf32> {gatefold.port = #gatefold.port<input "m" ["5", "4"]>},
                           %h0: tensor<4xf32> {gatefold.port = #gatefold.port<memory "rnn.h" ["4"]>})
      -> (tensor<?x5xf32> {gatefold.port = #gatefold.port<output "y" ["T", "5"]>},
          tensor<4xf32> {gatefold.port = #gatefold.port<memory "rnn.h" ["4"]>}) {
    %U = gatefold.read @U : tensor<4x4xf32>
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x4xf32>)
        memories(%h = %h0 as "rnn.h" : tensor<4xf32>) -> (tensor<?x5xf32>) {
      %0 = gatefold.dot %memory, %U chain : tensor<5x4xf32>, tensor<4x4xf32> -> tensor<5x4xf32>
      %1 = gatefold.dot %h, %0 lanes : tensor<4xf32>, tensor<5x4xf32> -> tensor<5xf32>
      %2 = gatefold.reduce maximum %1 axes [0] chain : tensor<5xf32> -> tensor<f32>
      %3 = gatefold.broadcast %2 axes [0] : tensor<f32> -> tensor<4xf32>
      %4 = arith.addf %x, %3 : tensor<4xf32>
      gatefold.yield outputs(%1 : tensor<5xf32>) next(%4 : tensor<4xf32>)
    }
    gatefold.return %ys, %last : tensor<?x5xf32>, tensor<4xf32>
  }
}

// -----

// Of two products whose sum is all that the loop needs, one row is stored. The last block comes
// first where the scan is reversed.
// CHECK-LABEL: gatefold.model @Sum
// CHECK:      gatefold.blocks axis 0 of 64 reverse
// CHECK-NEXT:   %[[P:.*]] = gatefold.dot %{{.*}} : tensor<?x3xf32>, tensor<4x3xf32> -> tensor<?x4xf32>
// CHECK-NEXT:   %[[Q:.*]] = gatefold.dot %{{.*}} : tensor<?x3xf32>, tensor<4x3xf32> -> tensor<?x4xf32>
// CHECK-NEXT:   %[[S:.*]] = arith.addf %[[P]], %[[Q]] : tensor<?x4xf32>
// CHECK-NEXT:   gatefold.scan axis 0 reverse (%[[X:.*]] = %[[S]] : tensor<?x4xf32>)
// CHECK-NEXT:     %[[T:.*]] = math.tanh %[[X]] : tensor<4xf32>
// CHECK-NEXT:     arith.mulf %[[T]]
gatefold.model @Sum {
  gatefold.weight @W : tensor<4x3xf32>
  gatefold.weight @V : tensor<4x3xf32>
  gatefold.entry @sequence(%xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "x" ["T", "3"]>},
                           %zs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "z" ["T", "3"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "y" ["T", "4"]>}) {
    %W = gatefold.read @W : tensor<4x3xf32>
    %V = gatefold.read @V : tensor<4x3xf32>
    %h0 = arith.constant dense<1.0> : tensor<4xf32>
    %ys, %last = gatefold.scan axis 0 reverse (%x = %xs : tensor<?x3xf32>, %z = %zs : tensor<?x3xf32>)
        memories(%h = %h0 as "h" : tensor<4xf32>) -> (tensor<?x4xf32>) {
      %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<4x3xf32> -> tensor<4xf32>
      %1 = gatefold.dot %z, %V chain : tensor<3xf32>, tensor<4x3xf32> -> tensor<4xf32>
      %2 = arith.addf %0, %1 : tensor<4xf32>
      %3 = math.tanh %2 : tensor<4xf32>
      %4 = arith.mulf %3, %h : tensor<4xf32>
      gatefold.yield outputs(%4 : tensor<4xf32>) next(%4 : tensor<4xf32>)
    }
    gatefold.return %ys : tensor<?x4xf32>
  }
}

// -----

// Without a recurrence there is no loop.
// CHECK-LABEL: gatefold.model @Plain
// CHECK:      gatefold.blocks axis 0 of 64 (%[[X:.*]] = %x : tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
// CHECK-NEXT:   %[[SIZE:.*]] = gatefold.dim %[[X]], 1 : tensor<?x3xf32>
// CHECK-NEXT:   %[[Y:.*]] = math.tanh %[[X]] : tensor<?x3xf32>
// CHECK-NEXT:   %[[B:.*]] = gatefold.broadcast %{{.*}} axes [1] sizes(%[[SIZE]]) : tensor<3xf32> -> tensor<?x3xf32>
// CHECK-NEXT:   gatefold.yield outputs(%[[Y]], %[[B]] : tensor<?x3xf32>, tensor<?x3xf32>)
gatefold.model @Plain {
  gatefold.weight @b : tensor<3xf32>
  gatefold.entry @sequence(%xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "x" ["T", "3"]>})
      -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<output "y" ["T", "3"]>},
          tensor<?x3xf32> {gatefold.port = #gatefold.port<output "z" ["T", "3"]>}) {
    %b = gatefold.read @b : tensor<3xf32>
    %ys:2 = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
      %0 = math.tanh %x : tensor<3xf32>
      gatefold.yield outputs(%0, %b : tensor<3xf32>, tensor<3xf32>)
    }
    gatefold.return %ys#0, %ys#1 : tensor<?x3xf32>, tensor<?x3xf32>
  }
}

// -----

// A history grows step by step, and so does what reads it; the products on both sides do not. What
// is read of it is too many rows to leave the loop, so that the sum is in the loop of the history.
// CHECK-LABEL: gatefold.model @History
// CHECK:      gatefold.blocks axis 0 of {{.*}} memories(%{{.*}} = %{{.*}} as "k" : tensor<?x4xf32>, %{{.*}} = %{{.*}} as "n" : tensor<i32>)
// CHECK-NEXT:   %[[K:.*]] = gatefold.dot
// CHECK-NEXT:   %[[Y:.*]]:3 = gatefold.scan axis 0 (%{{.*}} = %[[K]] : tensor<?x4xf32>)
// CHECK:          gatefold.append
// CHECK:          gatefold.prefix
// CHECK:          gatefold.reduce sum
// CHECK:          gatefold.yield
// CHECK:        gatefold.dot %[[Y]]#0
gatefold.model @History {
  gatefold.weight @W : tensor<4x3xf32>
  gatefold.weight @V : tensor<4x4xf32>
  gatefold.entry @sequence(%xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "x" ["T", "3"]>},
                           %k0: tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "k" ["capacity", "4"]>},
                           %n0: tensor<i32> {gatefold.port = #gatefold.port<memory "n" []>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "y" ["T", "4"]>},
          tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "k" ["capacity", "4"]>},
          tensor<i32> {gatefold.port = #gatefold.port<memory "n" []>}) {
    %W = gatefold.read @W : tensor<4x3xf32>
    %V = gatefold.read @V : tensor<4x4xf32>
    %one = arith.constant dense<1> : tensor<i32>
    %ys, %ks, %ns = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)
        memories(%k = %k0 as "k" : tensor<?x4xf32>, %n = %n0 as "n" : tensor<i32>) -> (tensor<?x4xf32>) {
      %0 = gatefold.dot %x, %W chain : tensor<3xf32>, tensor<4x3xf32> -> tensor<4xf32>
      %k1 = gatefold.append %k at %n, %0 : tensor<?x4xf32>, tensor<i32>, tensor<4xf32> -> tensor<?x4xf32>
      %n1 = arith.addi %n, %one : tensor<i32>
      %rows = gatefold.prefix %k1 count %n1 : tensor<?x4xf32>, tensor<i32> -> tensor<?x4xf32>
      %sum = gatefold.reduce sum %rows axes [1] chain : tensor<?x4xf32> -> tensor<4xf32>
      %y = gatefold.dot %sum, %V chain : tensor<4xf32>, tensor<4x4xf32> -> tensor<4xf32>
      gatefold.yield outputs(%y : tensor<4xf32>) next(%k1, %n1 : tensor<?x4xf32>, tensor<i32>)
    }
    gatefold.return %ys, %ks, %ns : tensor<?x4xf32>, tensor<?x4xf32>, tensor<i32>
  }
}

// -----

// An inner scan that needs no step before it runs for all steps side by side.
// CHECK-LABEL: gatefold.model @Inner
// CHECK:      gatefold.blocks axis 0 of 64 (%[[X:.*]] = %x : tensor<?x6x3xf32>)
// CHECK:        %[[INNER:.*]] = gatefold.scan axis 1 (%{{.*}} = %[[X]] : tensor<?x6x3xf32>) memories(%{{.*}} = %{{.*}} as "inner" : tensor<?x3xf32>)
// CHECK-NEXT:     arith.addf %{{.*}} : tensor<?x3xf32>
// CHECK:        gatefold.scan axis 0 (%{{.*}} = %[[INNER]] : tensor<?x3xf32>) memories(%{{.*}} = %{{.*}} as "outer" : tensor<3xf32>)
gatefold.model @Inner {
  gatefold.entry @sequence(%xs: tensor<?x6x3xf32> {gatefold.port = #gatefold.port<input "x" ["T", "6", "3"]>})
      -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<output "y" ["T", "3"]>}) {
    %zero = arith.constant dense<0.0> : tensor<3xf32>
    %ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x6x3xf32>)
        memories(%h = %zero as "outer" : tensor<3xf32>) -> (tensor<?x3xf32>) {
      %sum = gatefold.scan axis 0 (%e = %x : tensor<6x3xf32>) memories(%s = %zero as "inner" : tensor<3xf32>) {
        %n = arith.addf %e, %s : tensor<3xf32>
        gatefold.yield next(%n : tensor<3xf32>)
      }
      %0 = arith.mulf %sum, %h : tensor<3xf32>
      gatefold.yield outputs(%0 : tensor<3xf32>) next(%0 : tensor<3xf32>)
    }
    gatefold.return %ys : tensor<?x3xf32>
  }
}

// -----

// A window, the value of the step before and a counter need no loop: their values at all steps of a
// block are known at once.
// CHECK-LABEL: gatefold.model @Memories
// CHECK:      gatefold.blocks axis 0 of 64 (%[[X:.*]] = %x : tensor<?x3xf32>) memories(%[[W:.*]] = %w as "w" : tensor<2x3xf32>, %[[P:.*]] = %p as "p" : tensor<3xf32>, %[[N:.*]] = %n as "n" : tensor<i32>)
// CHECK-NOT:    gatefold.scan
// CHECK:        %[[ALL:.*]] = gatefold.concat %[[W]], %{{.*}} axis 1 : tensor<2x3xf32>, tensor<?x3xf32> -> tensor<?x3xf32>
// CHECK-NEXT:   gatefold.windows %[[ALL]] axis 1 size 3 : tensor<?x3xf32> -> tensor<?x3x3xf32>
// CHECK:        gatefold.slice %[[ALL]] axis 1 offset -2 size 2
// CHECK:        gatefold.cumulate sum
// CHECK:        gatefold.gather
// CHECK-NOT:    gatefold.scan
// REMARK: the memory w needs no loop
gatefold.model @Memories {
  gatefold.weight @table : tensor<9x3xf32>
  gatefold.entry @sequence(%xs: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "x" ["T", "3"]>},
                           %w0: tensor<2x3xf32> {gatefold.port = #gatefold.port<memory "w" ["2", "3"]>},
                           %p0: tensor<3xf32> {gatefold.port = #gatefold.port<memory "p" ["3"]>},
                           %n0: tensor<i32> {gatefold.port = #gatefold.port<memory "n" []>})
      -> (tensor<?x3xf32> {gatefold.port = #gatefold.port<output "y" ["T", "3"]>},
          tensor<2x3xf32> {gatefold.port = #gatefold.port<memory "w" ["2", "3"]>},
          tensor<3xf32> {gatefold.port = #gatefold.port<memory "p" ["3"]>},
          tensor<i32> {gatefold.port = #gatefold.port<memory "n" []>}) {
    %table = gatefold.read @table : tensor<9x3xf32>
    %one = arith.constant dense<1> : tensor<i32>
    %ys, %ws, %ps, %ns = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)
        memories(%w = %w0 as "w" : tensor<2x3xf32>, %p = %p0 as "p" : tensor<3xf32>, %n = %n0 as "n" : tensor<i32>)
        -> (tensor<?x3xf32>) {
      %row = gatefold.broadcast %x axes [1] : tensor<3xf32> -> tensor<1x3xf32>
      %all = gatefold.concat %w, %row axis 1 : tensor<2x3xf32>, tensor<1x3xf32> -> tensor<3x3xf32>
      %w1 = gatefold.slice %all axis 1 offset 1 size 2 : tensor<3x3xf32> -> tensor<2x3xf32>
      %sum = gatefold.reduce sum %all axes [1] chain : tensor<3x3xf32> -> tensor<3xf32>
      %n1 = arith.addi %n, %one : tensor<i32>
      %place = gatefold.gather %table[%n] : tensor<9x3xf32>, tensor<i32> -> tensor<3xf32>
      %0 = arith.addf %sum, %p : tensor<3xf32>
      %1 = arith.addf %0, %place : tensor<3xf32>
      gatefold.yield outputs(%1 : tensor<3xf32>) next(%w1, %x, %n1 : tensor<2x3xf32>, tensor<3xf32>, tensor<i32>)
    }
    gatefold.return %ys, %ws, %ps, %ns : tensor<?x3xf32>, tensor<2x3xf32>, tensor<3xf32>, tensor<i32>
  }
}
