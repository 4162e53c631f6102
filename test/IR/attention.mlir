// RUN: gatefold-opt %s | gatefold-opt | FileCheck %s
// RUN: gatefold-opt %s --mlir-print-op-generic | gatefold-opt | FileCheck %s
// RUN: gatefold-opt %s --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-batch)))' | FileCheck %s --check-prefix=BATCH

// The region is about one query: with a batch in front, only the lists of mapped axes change.
// CHECK:        %[[Y:.*]] = gatefold.attend count %[[N:.*]] queries(%[[Q:.*]] = %qs [0] : tensor<8x64xf32>, %[[B:.*]] = %slopes [0] : tensor<8xf32>)
// CHECK-SAME:       keys(%[[K:.*]] = %keys [] : tensor<?x64xf32>, %[[T:.*]] = %times [] : tensor<?xf32>)
// CHECK-SAME:       values(%values [0] : tensor<8x?x32xf32>) -> tensor<8x32xf32> {
// CHECK-NEXT:     %[[DOT:.*]] = gatefold.dot %[[Q]], %[[K]] lanes : tensor<64xf32>, tensor<?x64xf32> -> tensor<?xf32>
// CHECK-NEXT:     %[[SLOPE:.*]] = gatefold.broadcast %[[B]] axes [0] sizes(%[[N]]) : tensor<f32> -> tensor<?xf32>
// CHECK-NEXT:     %[[BIAS:.*]] = arith.mulf %[[SLOPE]], %[[T]] : tensor<?xf32>
// CHECK-NEXT:     %[[SCORE:.*]] = arith.addf %[[DOT]], %[[BIAS]] : tensor<?xf32>
// CHECK-NEXT:     gatefold.score %[[SCORE]] : tensor<?xf32>
// CHECK-NEXT:   }
// BATCH:        gatefold.attend count %{{.*}} queries(%{{.*}} = %qs [0, 1] : tensor<?x8x64xf32>, %{{.*}} = %slopes [0, 1] : tensor<?x8xf32>)
// BATCH-SAME:       keys(%{{.*}} = %keys [0] : tensor<?x?x64xf32>, %{{.*}} = %times [0] : tensor<?x?xf32>)
// BATCH-SAME:       values(%values [0, 1] : tensor<?x8x?x32xf32>) -> tensor<?x8x32xf32> {
// BATCH-NEXT:     gatefold.dot %{{.*}}, %{{.*}} lanes : tensor<64xf32>, tensor<?x64xf32> -> tensor<?xf32>
gatefold.model @Biased {
  gatefold.entry @sequence(
      %qs: tensor<8x64xf32> {gatefold.port = #gatefold.port<input "qs" ["8", "64"]>},
      %slopes: tensor<8xf32> {gatefold.port = #gatefold.port<input "slopes" ["8"]>},
      %keys: tensor<?x64xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "64"]>},
      %times: tensor<?xf32> {gatefold.port = #gatefold.port<input "times" ["S"]>},
      %values: tensor<8x?x32xf32> {gatefold.port = #gatefold.port<input "values" ["8", "S", "32"]>})
      -> (tensor<8x32xf32> {gatefold.port = #gatefold.port<output "y" ["8", "32"]>}) {
    %y = gatefold.attend count %n queries(%q = %qs [0] : tensor<8x64xf32>, %b = %slopes [0] : tensor<8xf32>)
        keys(%k = %keys [] : tensor<?x64xf32>, %t = %times [] : tensor<?xf32>)
        values(%values [0] : tensor<8x?x32xf32>) -> tensor<8x32xf32> {
      %0 = gatefold.dot %q, %k lanes : tensor<64xf32>, tensor<?x64xf32> -> tensor<?xf32>
      %1 = gatefold.broadcast %b axes [0] sizes(%n) : tensor<f32> -> tensor<?xf32>
      %2 = arith.mulf %1, %t : tensor<?xf32>
      %3 = arith.addf %0, %2 : tensor<?xf32>
      gatefold.score %3 : tensor<?xf32>
    }
    gatefold.return %y : tensor<8x32xf32>
  }
}
