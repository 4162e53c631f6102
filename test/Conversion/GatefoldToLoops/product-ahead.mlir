// RUN: gatefold-opt %s --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse))' | FileCheck %s
// RUN: gatefold-opt %s --pass-pipeline='builtin.module(convert-gatefold-to-loops{most-sums=6},func.func(cse))' | FileCheck %s --check-prefix=FEW

// One example: while a recurrence reads its panels, it does its part of the product of the next
// block. Blocks have eight steps then, and the product of the first one alone is computed at once.
// CHECK-LABEL: func.func @Ahead.sequence(
// CHECK-SAME:      %[[BATCH:[a-z0-9]*]]: index, %[[T:[a-z0-9]*]]: index)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C32:.*]] = arith.constant 32 : index
// CHECK-DAG:     %[[ONE:.*]] = arith.cmpi eq, %[[BATCH]], %[[C1]]
// CHECK-DAG:     %[[LONG:.*]] = arith.cmpi sge, %[[T]], %[[C16]]
// CHECK:         %[[ON:.*]] = arith.andi %[[ONE]], %[[LONG]]
// CHECK:         %[[MOST:.*]] = arith.select %[[ON]], %[[C8]], %[[C0]]
// CHECK:         %[[LENGTH:.*]] = arith.select %[[ON]], %[[C8]], %[[C32]]
// CHECK:         scf.for %[[BEGIN:[^ ]*]] = %[[C0]] to %[[T]] step %[[LENGTH]]
// CHECK:           %[[SIZE:.*]] = arith.minsi %{{.*}}, %[[LENGTH]]
// CHECK:           %[[ATMOST:.*]] = arith.minsi %[[SIZE]], %[[MOST]]
// CHECK:           %[[DONE:.*]] = arith.minsi %[[BEGIN]],
// CHECK:           %[[TILES:.*]] = arith.divui
// The rows of this block that are not there yet.
// CHECK:           scf.for %{{.*}} = %[[DONE]] to %[[SIZE]]
// The loop over its steps: whether sums continue, four rows beside four of the host's steps, and what
// is left of these.
// CHECK:           scf.for %[[STEP:[^ ]*]] = %[[C0]] to %[[SIZE]] step %[[C1]]
// CHECK:             %[[CONTINUES:.*]] = arith.cmpi ne, %[[STEP]], %[[C0]]
// CHECK:             scf.for %{{[^ ]*}} = %[[C0]] to %[[TILES]]
// CHECK:               %[[MASK:.*]] = vector.broadcast %[[CONTINUES]] : i1 to vector<16xi1>
// CHECK-COUNT-16:      vector.maskedload %{{.*}}, %[[MASK]]
// CHECK:               scf.for
// CHECK-COUNT-32:        math.fma
// CHECK-NOT:             math.fma
// CHECK:                 scf.yield
// CHECK-COUNT-16:      vector.store
// CHECK:             scf.for
// CHECK-COUNT-4:       math.fma
// CHECK-NOT:           math.fma
// CHECK:               scf.yield
// CHECK:         return

// Without registers for both there is nothing beside.
// FEW-LABEL: func.func @Ahead.sequence(
// FEW-NOT:     vector.maskedload
// FEW:         return
gatefold.model @Ahead {
  gatefold.weight @W : tensor<8x128x4x16xf32>
  gatefold.weight @U : tensor<8x128x4x16xf32>
  gatefold.entry @sequence(
      %x: tensor<?x?x128xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "T", "128"]>},
      %h: tensor<?x128xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "128"]>})
      -> (tensor<?x?x128xf32> {gatefold.port = #gatefold.port<output "y" ["batch", "T", "128"]>},
          tensor<?x128xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "128"]>}) {
    %W = gatefold.read @W : tensor<8x128x4x16xf32>
    %U = gatefold.read @U : tensor<8x128x4x16xf32>
    %y:2 = gatefold.blocks axis 1 of 32 (%xs = %x : tensor<?x?x128xf32>)
        memories(%a = %h as "h" : tensor<?x128xf32>) -> (tensor<?x?x128xf32>) {
      %0:4 = gatefold.dots %xs panels %W : tensor<?x?x128xf32> panels tensor<8x128x4x16xf32>
          -> tensor<?x?x128xf32>, tensor<?x?x128xf32>, tensor<?x?x128xf32>, tensor<?x?x128xf32>
      %1:2 = gatefold.scan axis 1 (%p = %0#0 : tensor<?x?x128xf32>, %q = %0#1 : tensor<?x?x128xf32>,
          %r = %0#2 : tensor<?x?x128xf32>, %s = %0#3 : tensor<?x?x128xf32>)
          memories(%b = %a as "h" : tensor<?x128xf32>) -> (tensor<?x?x128xf32>) {
        %n = gatefold.fuse {
          %2:4 = gatefold.dots %b panels %U : tensor<?x128xf32> panels tensor<8x128x4x16xf32>
              -> tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>
          %3 = arith.addf %2#0, %p : tensor<?x128xf32>
          %4 = arith.addf %2#1, %q : tensor<?x128xf32>
          %5 = arith.addf %2#2, %r : tensor<?x128xf32>
          %6 = arith.addf %2#3, %s : tensor<?x128xf32>
          %7 = arith.mulf %3, %4 : tensor<?x128xf32>
          %8 = arith.mulf %5, %6 : tensor<?x128xf32>
          %9 = arith.addf %7, %8 : tensor<?x128xf32>
          gatefold.keep %9 : tensor<?x128xf32>
        } : tensor<?x128xf32>
        gatefold.yield outputs(%n : tensor<?x128xf32>) next(%n : tensor<?x128xf32>)
      }
      gatefold.yield outputs(%1#0 : tensor<?x?x128xf32>) next(%1#1 : tensor<?x128xf32>)
    }
    gatefold.return %y#0, %y#1 : tensor<?x?x128xf32>, tensor<?x128xf32>
  }
}
