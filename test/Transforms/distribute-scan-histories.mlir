// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-distribute-scan)))' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-distribute-scan)))' --remarks-filter=distribute-scan 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// The rows of a block are appended first. Then all its steps attend to the rows up to the last one together; each sees
// those up to its own.
// CHECK-LABEL: gatefold.model @Recall
// CHECK:      gatefold.blocks axis 0 of 64 (%[[X:.*]] = %x : tensor<?x4xf32>)
// CHECK:        %[[ROWS:.*]]:3 = gatefold.scan axis 0 (%{{.*}} = %[[X]] : tensor<?x4xf32>)
// CHECK:          gatefold.append
// CHECK-NOT:      gatefold.attend
// CHECK:          gatefold.yield outputs(%[[STEP:.*]] : tensor<i32>) next(%{{.*}}, %[[STEP]]
// CHECK:        %[[LAST:.*]] = gatefold.slice %[[ROWS]]#0 axis 0 offset -1 size 1
// CHECK:        %[[COUNT:.*]] = gatefold.reshape %[[LAST]] replaced 1 : tensor<1xi32> -> tensor<i32>
// CHECK:        %[[KEYS:.*]] = gatefold.prefix %[[ROWS]]#1 count %[[COUNT]]
// CHECK:        %[[SIZE:.*]] = gatefold.dim %[[KEYS]], 1
// CHECK:        %[[ONES:.*]] = gatefold.broadcast %{{.*}} axes [0] sizes(%[[SIZE]]) : tensor<i32> -> tensor<?xi32>
// CHECK:        %[[NUMBERS:.*]] = gatefold.cumulate sum %[[ONES]] axis 0
// CHECK:        gatefold.attend count %[[ALL:.*]] queries(%[[Q:.*]] = %[[X]] [0] : tensor<?x4xf32>, %[[OWN:.*]] = %[[ROWS]]#0 [0] : tensor<?xi32>)
// CHECK-SAME:     keys(%[[K:.*]] = %[[KEYS]] [] : tensor<?x4xf32>, %[[N:.*]] = %[[NUMBERS]] [] : tensor<?xi32>)
// CHECK-SAME:     values(%[[KEYS]] [] : tensor<?x4xf32>) -> tensor<?x4xf32>
// CHECK:          %[[SCORES:.*]] = gatefold.dot %[[Q]], %[[K]] lanes
// CHECK:          %[[OWNS:.*]] = gatefold.broadcast %[[OWN]] axes [0] sizes(%[[ALL]])
// CHECK:          %[[SEEN:.*]] = arith.cmpi sle, %[[N]], %[[OWNS]]
// CHECK:          %[[LOW:.*]] = arith.constant dense<0xFF800000> : tensor<f32>
// CHECK:          %[[HIDDEN:.*]] = gatefold.broadcast %[[LOW]] axes [0] sizes(%[[ALL]])
// CHECK:          %[[MASKED:.*]] = arith.select %[[SEEN]], %[[SCORES]], %[[HIDDEN]]
// CHECK:          gatefold.score %[[MASKED]]
// CHECK:        gatefold.yield outputs(%{{.*}} : tensor<?x4xf32>) next(%[[ROWS]]#1, %[[ROWS]]#2
// REMARK: Category:distribute-scan{{.*}}the product is computed for blocks of 64 steps
gatefold.model @Recall {
  gatefold.entry @sequence(%x: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "x" ["T", "4"]>},
                           %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "keys" ["capacity", "4"]>},
                           %position: tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "y" ["T", "4"]>},
          tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "keys" ["capacity", "4"]>},
          tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>}) {
    %0:3 = gatefold.scan axis 0 (%a = %x : tensor<?x4xf32>)
        memories(%k = %keys as "keys" : tensor<?x4xf32>, %p = %position as "position" : tensor<i32>)
        -> (tensor<?x4xf32>) {
      %one = arith.constant dense<1> : tensor<i32>
      %n = arith.addi %p, %one : tensor<i32>
      %all = gatefold.append %k at %p, %a : tensor<?x4xf32>, tensor<i32>, tensor<4xf32> -> tensor<?x4xf32>
      %rows = gatefold.prefix %all count %n : tensor<?x4xf32>, tensor<i32> -> tensor<?x4xf32>
      %y = gatefold.attend count %count queries(%b = %a [] : tensor<4xf32>) keys(%r = %rows [] : tensor<?x4xf32>)
          values(%rows [] : tensor<?x4xf32>) -> tensor<4xf32> {
        %s = gatefold.dot %b, %r lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
        gatefold.score %s : tensor<?xf32>
      }
      gatefold.yield outputs(%y : tensor<4xf32>) next(%all, %n : tensor<?x4xf32>, tensor<i32>)
    }
    gatefold.return %0#0, %0#1, %0#2 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<i32>
  }
}

// -----

// What a step attends with hangs on what the one before it found: the loop stays.
// CHECK-LABEL: gatefold.model @Chained
// CHECK-NOT:  gatefold.blocks
// CHECK:      gatefold.scan
// CHECK:        gatefold.attend
// CHECK:        gatefold.yield
gatefold.model @Chained {
  gatefold.entry @sequence(%x: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "x" ["T", "4"]>},
                           %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "keys" ["capacity", "4"]>},
                           %position: tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>},
                           %found: tensor<4xf32> {gatefold.port = #gatefold.port<memory "found" ["4"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "y" ["T", "4"]>},
          tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "keys" ["capacity", "4"]>},
          tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>},
          tensor<4xf32> {gatefold.port = #gatefold.port<memory "found" ["4"]>}) {
    %0:4 = gatefold.scan axis 0 (%a = %x : tensor<?x4xf32>)
        memories(%k = %keys as "keys" : tensor<?x4xf32>, %p = %position as "position" : tensor<i32>,
                 %f = %found as "found" : tensor<4xf32>) -> (tensor<?x4xf32>) {
      %one = arith.constant dense<1> : tensor<i32>
      %n = arith.addi %p, %one : tensor<i32>
      %all = gatefold.append %k at %p, %a : tensor<?x4xf32>, tensor<i32>, tensor<4xf32> -> tensor<?x4xf32>
      %rows = gatefold.prefix %all count %n : tensor<?x4xf32>, tensor<i32> -> tensor<?x4xf32>
      %q = arith.addf %a, %f : tensor<4xf32>
      %y = gatefold.attend count %count queries(%b = %q [] : tensor<4xf32>) keys(%r = %rows [] : tensor<?x4xf32>)
          values(%rows [] : tensor<?x4xf32>) -> tensor<4xf32> {
        %s = gatefold.dot %b, %r lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
        gatefold.score %s : tensor<?xf32>
      }
      gatefold.yield outputs(%y : tensor<4xf32>) next(%all, %n, %y : tensor<?x4xf32>, tensor<i32>, tensor<4xf32>)
    }
    gatefold.return %0#0, %0#1, %0#2, %0#3 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<i32>, tensor<4xf32>
  }
}

// -----

// A step numbers the rows that it sees: that is not the same for another number of rows.
// CHECK-LABEL: gatefold.model @Numbered
// CHECK-NOT:  gatefold.blocks
// CHECK:      gatefold.scan
// CHECK:        gatefold.attend
gatefold.model @Numbered {
  gatefold.entry @sequence(%x: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "x" ["T", "4"]>},
                           %keys: tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "keys" ["capacity", "4"]>},
                           %position: tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "y" ["T", "4"]>},
          tensor<?x4xf32> {gatefold.port = #gatefold.port<memory "keys" ["capacity", "4"]>},
          tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>}) {
    %0:3 = gatefold.scan axis 0 (%a = %x : tensor<?x4xf32>)
        memories(%k = %keys as "keys" : tensor<?x4xf32>, %p = %position as "position" : tensor<i32>)
        -> (tensor<?x4xf32>) {
      %one = arith.constant dense<1> : tensor<i32>
      %n = arith.addi %p, %one : tensor<i32>
      %all = gatefold.append %k at %p, %a : tensor<?x4xf32>, tensor<i32>, tensor<4xf32> -> tensor<?x4xf32>
      %rows = gatefold.prefix %all count %n : tensor<?x4xf32>, tensor<i32> -> tensor<?x4xf32>
      %size = gatefold.dim %rows, 1 : tensor<?x4xf32>
      %half = arith.constant dense<0.5> : tensor<f32>
      %steps = gatefold.broadcast %half axes [0] sizes(%size) : tensor<f32> -> tensor<?xf32>
      %places = gatefold.cumulate sum %steps axis 0 : tensor<?xf32>
      %y = gatefold.attend count %count queries(%b = %a [] : tensor<4xf32>)
          keys(%r = %rows [] : tensor<?x4xf32>, %l = %places [] : tensor<?xf32>)
          values(%rows [] : tensor<?x4xf32>) -> tensor<4xf32> {
        %s = gatefold.dot %b, %r lanes : tensor<4xf32>, tensor<?x4xf32> -> tensor<?xf32>
        %t = arith.addf %s, %l : tensor<?xf32>
        gatefold.score %t : tensor<?xf32>
      }
      gatefold.yield outputs(%y : tensor<4xf32>) next(%all, %n : tensor<?x4xf32>, tensor<i32>)
    }
    gatefold.return %0#0, %0#1, %0#2 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<i32>
  }
}
