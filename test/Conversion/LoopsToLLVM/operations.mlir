// RUN: gatefold-opt %s --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(gatefold-expand-math,convert-scf-to-cf),convert-loops-to-llvm)' | FileCheck %s --implicit-check-not='{{ (arith|cf|func|math|memref|scf|ub|vector)\.}}' --implicit-check-not=unrealized_conversion_cast

// Everything that the loops are made of becomes the LLVM dialect: masked vectors, checks, lanes,
// crosswise buffers, constant data, functions of a library. The model stays as a description.
// CHECK:       gatefold.model @All
// CHECK:       llvm.mlir.global private constant @All.sequence.constant0
// CHECK:       llvm.func @All_sequence(
// CHECK-DAG:     llvm.intr.masked.load
// CHECK-DAG:     llvm.intr.masked.store
// CHECK-DAG:     llvm.intr.fma
// CHECK-DAG:     llvm.intr.sin
// CHECK-DAG:     llvm.shufflevector
// CHECK-DAG:     llvm.cond_br
// CHECK:       llvm.func @All_sequence_workspace(
gatefold.model @All {
  gatefold.weight @W : tensor<20x5xf32>
  gatefold.weight @table : tensor<9x5xf32>
  gatefold.entry @sequence(
      %words: tensor<?x?xi32> {gatefold.port = #gatefold.port<input "words" ["batch", "T"]>},
      %flags: tensor<?x4xi1> {gatefold.port = #gatefold.port<input "flags" ["batch", "4"]>},
      %h0: tensor<?x20xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "20"]>})
      -> (tensor<?x?xi32> {gatefold.port = #gatefold.port<output "ys" ["batch", "T"]>},
          tensor<?x4xf32> {gatefold.port = #gatefold.port<output "zs" ["batch", "4"]>},
          tensor<?x20xf32> {gatefold.port = #gatefold.port<memory "h" ["batch", "20"]>}) {
    %W = gatefold.read @W : tensor<20x5xf32>
    %table = gatefold.read @table : tensor<9x5xf32>
    %xs = gatefold.gather %table[%words] : tensor<9x5xf32>, tensor<?x?xi32> -> tensor<?x?x5xf32>
    %ys, %last = gatefold.scan axis 1 (%x = %xs : tensor<?x?x5xf32>)
        memories(%h = %h0 as "h" : tensor<?x20xf32>) -> (tensor<?x?xi32>) {
      %0 = gatefold.dot %x, %W lanes : tensor<?x5xf32>, tensor<20x5xf32> -> tensor<?x20xf32>
      %1 = arith.addf %0, %h : tensor<?x20xf32>
      %2 = math.tanh %1 : tensor<?x20xf32>
      %3 = math.log1p %2 : tensor<?x20xf32>
      %4 = gatefold.argmax %3 : tensor<?x20xf32> -> tensor<?xi32>
      gatefold.yield outputs(%4 : tensor<?xi32>) next(%2 : tensor<?x20xf32>)
    }
    %size = gatefold.size "batch"
    %b = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    %bs = gatefold.broadcast %b axes [1] sizes(%size) : tensor<4xf32> -> tensor<?x4xf32>
    %5 = math.sin %bs : tensor<?x4xf32>
    %6 = arith.select %flags, %bs, %5 : tensor<?x4xi1>, tensor<?x4xf32>
    gatefold.return %ys, %6, %last : tensor<?x?xi32>, tensor<?x4xf32>, tensor<?x20xf32>
  }
}
