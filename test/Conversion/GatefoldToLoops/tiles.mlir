// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse))' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(convert-gatefold-to-loops{most-sums=6},func.func(cse))' | FileCheck %s --check-prefix=FEW

// A product with panels and its epilogue, for six rows at a time: the sums of several rows are made
// by a function and wait in memory; those of a single row stay in registers. The epilogue is there
// once.
// CHECK-LABEL: func.func @Tile.step(
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C6:.*]] = arith.constant 6 : index
// CHECK:         scf.for
// CHECK:           scf.for %[[ROW:[^ ]*]] = %{{.*}} to %[[BATCH:[^ ]*]] step %[[C6]]
// CHECK:             %[[LEFT:.*]] = arith.subi %[[BATCH]], %[[ROW]]
// CHECK:             %[[COUNT:.*]] = arith.minsi %[[LEFT]], %[[C6]]
// CHECK-DAG:         %[[X:.*]] = memref.reinterpret_cast {{.*}} strided<[?, 1], offset: ?>>
// CHECK-DAG:         %[[W:.*]] = memref.reinterpret_cast {{.*}} strided<[0, 64, 16, 1], offset: ?>>
// CHECK-DAG:         %[[SUMS:.*]] = memref.view {{.*}} to memref<6x4x16xf32>
// CHECK:             arith.cmpi sgt, %[[COUNT]], %[[C1]]
// CHECK:             %[[STORED:.*]] = scf.if
// CHECK:               func.call @gatefold.multiply.6x1x4.f32(%[[X]], %[[W]], %[[SUMS]], %[[COUNT]], %{{.*}})
// CHECK:             scf.for %[[I:[^ ]*]] = %{{.*}} to %[[COUNT]]
// CHECK:               arith.cmpi slt, %[[I]], %[[STORED]]
// CHECK:               %[[SUM:.*]]:4 = scf.if
// CHECK-COUNT-4:         vector.load %[[SUMS]]
// CHECK:                 scf.yield
// CHECK:               } else {
// CHECK:                 scf.for
// CHECK-COUNT-4:           math.fma
// CHECK:               arith.mulf %[[SUM]]#0, %[[SUM]]#1
// CHECK-NOT:           arith.mulf
// CHECK:         return

// Six rows, then four, then pairs; how many it did it returns.
// CHECK-LABEL: func.func private @gatefold.multiply.6x1x4.f32(
// CHECK-SAME:      memref<?x?xf32, strided<[?, 1], offset: ?>>
// CHECK-SAME:      memref<1x?x4x16xf32, strided<[0, 64, 16, 1], offset: ?>>
// CHECK-SAME:      memref<6x4x16xf32>
// CHECK:         %[[MOST:.*]] = scf.for
// CHECK:           scf.for
// CHECK-COUNT-24:    math.fma
// CHECK:           scf.yield
// CHECK:         %[[FOURS:.*]] = scf.for %{{.*}} = %[[MOST]] to
// CHECK:           scf.for
// CHECK-COUNT-16:    math.fma
// CHECK:           scf.yield
// CHECK:         %[[PAIRS:.*]] = scf.for %{{.*}} = %[[FOURS]] to
// CHECK:           scf.for
// CHECK-COUNT-8:     math.fma
// CHECK-NOT:         math.fma
// CHECK:         return %[[PAIRS]]

// Where few sums fit in registers, rows are multiplied by themselves.
// FEW-LABEL: func.func @Tile.step(
// FEW-NOT:     call
// FEW:         arith.mulf
// FEW-NOT:   func.func private
gatefold.model @Tile {
  gatefold.weight @W : tensor<2x3x4x16xf32>
  gatefold.entry @step(%x: tensor<?x3xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "3"]>})
      -> (tensor<?x20xf32> {gatefold.port = #gatefold.port<output "y" ["batch", "20"]>}) {
    %W = gatefold.read @W : tensor<2x3x4x16xf32>
    %0 = gatefold.fuse {
      %1:4 = gatefold.dots %x panels %W : tensor<?x3xf32> panels tensor<2x3x4x16xf32> -> tensor<?x20xf32>, tensor<?x20xf32>, tensor<?x20xf32>, tensor<?x20xf32>
      %2 = arith.mulf %1#0, %1#1 : tensor<?x20xf32>
      gatefold.keep %2 : tensor<?x20xf32>
    } : tensor<?x20xf32>
    gatefold.return %0 : tensor<?x20xf32>
  }
}

// -----

// In a scan every other step walks the panels backwards.
// CHECK-LABEL: func.func @Turns.sequence(
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK:         scf.for %[[T:[^ ]*]] = %{{.*}} step %[[C1]] iter_args
// CHECK:           %[[PARITY:.*]] = arith.andi %[[T]], %[[C1]]
// CHECK:           %[[ODD:.*]] = arith.cmpi eq, %[[PARITY]], %[[C1]]
// CHECK:           scf.for %[[P:[^ ]*]] = %{{.*}} to %[[C2]] step %[[C1]]
// CHECK:             %[[BACK:.*]] = arith.subi %[[C1]], %[[P]]
// CHECK:             %[[PANEL:.*]] = arith.select %[[ODD]], %[[BACK]], %[[P]]
// CHECK:             arith.muli %[[PANEL]], %{{.*}}
gatefold.model @Turns {
  gatefold.weight @W : tensor<2x32x4x16xf32>
  gatefold.entry @sequence(%x: tensor<?x5x32xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "5", "32"]>},
                           %h: tensor<?x32xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "32"]>})
      -> (tensor<?x5x32xf32> {gatefold.port = #gatefold.port<output "y" ["batch", "5", "32"]>},
          tensor<?x32xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "32"]>}) {
    %W = gatefold.read @W : tensor<2x32x4x16xf32>
    %0:2 = gatefold.scan axis 1 (%x_0 = %x : tensor<?x5x32xf32>) memories(%h_1 = %h as "h" : tensor<?x32xf32>) -> (tensor<?x5x32xf32>) {
      %1 = gatefold.fuse {
        %2:4 = gatefold.dots %h_1 panels %W : tensor<?x32xf32> panels tensor<2x32x4x16xf32> -> tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
        %3 = arith.mulf %2#0, %2#1 : tensor<?x32xf32>
        %4 = arith.mulf %2#2, %2#3 : tensor<?x32xf32>
        %5 = arith.addf %3, %4 : tensor<?x32xf32>
        %6 = arith.addf %5, %x_0 : tensor<?x32xf32>
        gatefold.keep %6 : tensor<?x32xf32>
      } : tensor<?x32xf32>
      gatefold.yield outputs(%1 : tensor<?x32xf32>) next(%1 : tensor<?x32xf32>)
    }
    gatefold.return %0#0, %0#1 : tensor<?x5x32xf32>, tensor<?x32xf32>
  }
}
