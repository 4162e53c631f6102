// RUN: gatefold-opt %s | gatefold-opt | FileCheck %s

// CHECK-LABEL: gatefold.model @Fusion
// CHECK:         gatefold.dots %h by [%{{.*}}, %{{.*}}] : tensor<20xf32> by [tensor<32x20xf32>, tensor<32x20xf32>] -> tensor<32xf32>, tensor<32xf32>
// CHECK:         gatefold.fuse {
// CHECK:           gatefold.dots %h panels %{{.*}} : tensor<20xf32> panels tensor<2x20x2x16xf32> -> tensor<20xf32>, tensor<20xf32>
// CHECK:           gatefold.keep %{{.*}} : tensor<20xf32>
// CHECK-NEXT:    } : tensor<20xf32>
gatefold.model @Fusion {
  gatefold.weight @U_i : tensor<32x20xf32>
  gatefold.weight @U_f : tensor<32x20xf32>
  gatefold.weight @U : tensor<2x20x2x16xf32>
  gatefold.entry @sequence(%h: tensor<20xf32> {gatefold.port = #gatefold.port<input "h" ["20"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %U_i = gatefold.read @U_i : tensor<32x20xf32>
    %U_f = gatefold.read @U_f : tensor<32x20xf32>
    %U = gatefold.read @U : tensor<2x20x2x16xf32>
    %i, %f = gatefold.dots %h by [%U_i, %U_f] : tensor<20xf32> by [tensor<32x20xf32>, tensor<32x20xf32>] -> tensor<32xf32>, tensor<32xf32>
    %y = gatefold.fuse {
      %a, %b = gatefold.dots %h panels %U : tensor<20xf32> panels tensor<2x20x2x16xf32> -> tensor<20xf32>, tensor<20xf32>
      %0 = arith.addf %a, %b : tensor<20xf32>
      gatefold.keep %0 : tensor<20xf32>
    } : tensor<20xf32>
    gatefold.return %y : tensor<20xf32>
  }
}
