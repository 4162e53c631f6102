// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-fuse-gates)))' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-fuse-gates{max-gates=2})))' | FileCheck %s --check-prefix=TWO

// Five gates of one operand become one product; where only two fit, three. Each keeps its matrix.
// CHECK-LABEL: gatefold.model @FiveGates
// CHECK:         %[[P:.*]]:5 = gatefold.dots %h by [%[[A:.*]], %[[B:.*]], %[[C:.*]], %[[D:.*]], %[[E:.*]]] : tensor<20xf32>
// CHECK-NOT:     gatefold.dot
// CHECK:         arith.addf %[[P]]#0, %[[P]]#4
// CHECK:         arith.mulf %{{.*}}, %[[P]]#1
// TWO-LABEL: gatefold.model @FiveGates
// TWO:         gatefold.dots %h by [%{{[^,]*}}, %{{[^,]*}}] :
// TWO:         gatefold.dots %h by [%{{[^,]*}}, %{{[^,]*}}] :
// TWO:         gatefold.dot %h,
gatefold.model @FiveGates {
  gatefold.weight @A : tensor<32x20xf32>
  gatefold.weight @B : tensor<32x20xf32>
  gatefold.weight @C : tensor<32x20xf32>
  gatefold.weight @D : tensor<32x20xf32>
  gatefold.weight @E : tensor<32x20xf32>
  gatefold.entry @sequence(%h: tensor<20xf32> {gatefold.port = #gatefold.port<input "h" ["20"]>})
      -> (tensor<32xf32> {gatefold.port = #gatefold.port<output "y" ["32"]>}) {
    %A = gatefold.read @A : tensor<32x20xf32>
    %0 = gatefold.dot %h, %A chain : tensor<20xf32>, tensor<32x20xf32> -> tensor<32xf32>
    %B = gatefold.read @B : tensor<32x20xf32>
    %1 = gatefold.dot %h, %B chain : tensor<20xf32>, tensor<32x20xf32> -> tensor<32xf32>
    %C = gatefold.read @C : tensor<32x20xf32>
    %2 = gatefold.dot %h, %C chain : tensor<20xf32>, tensor<32x20xf32> -> tensor<32xf32>
    %D = gatefold.read @D : tensor<32x20xf32>
    %3 = gatefold.dot %h, %D chain : tensor<20xf32>, tensor<32x20xf32> -> tensor<32xf32>
    %E = gatefold.read @E : tensor<32x20xf32>
    %4 = gatefold.dot %h, %E chain : tensor<20xf32>, tensor<32x20xf32> -> tensor<32xf32>
    %5 = arith.addf %0, %4 : tensor<32xf32>
    %6 = arith.mulf %5, %1 : tensor<32xf32>
    %7 = arith.addf %6, %2 : tensor<32xf32>
    %8 = arith.addf %7, %3 : tensor<32xf32>
    gatefold.return %8 : tensor<32xf32>
  }
}

// -----

// Other operands and other numbers of rows make products of their own.
// CHECK-LABEL: gatefold.model @Apart
// CHECK:         gatefold.dots %x by [%{{.*}}, %{{.*}}] : tensor<20xf32> by [tensor<32x20xf32>, tensor<32x20xf32>]
// CHECK:         gatefold.dot %y, %{{.*}} chain : tensor<20xf32>, tensor<32x20xf32>
// CHECK:         gatefold.dots %x by [%{{.*}}, %{{.*}}] : tensor<20xf32> by [tensor<16x20xf32>, tensor<16x20xf32>]
gatefold.model @Apart {
  gatefold.weight @A : tensor<32x20xf32>
  gatefold.weight @B : tensor<32x20xf32>
  gatefold.weight @C : tensor<16x20xf32>
  gatefold.weight @D : tensor<16x20xf32>
  gatefold.entry @sequence(%x: tensor<20xf32> {gatefold.port = #gatefold.port<input "x" ["20"]>},
                           %y: tensor<20xf32> {gatefold.port = #gatefold.port<input "y" ["20"]>}) {
    %A = gatefold.read @A : tensor<32x20xf32>
    %B = gatefold.read @B : tensor<32x20xf32>
    %C = gatefold.read @C : tensor<16x20xf32>
    %D = gatefold.read @D : tensor<16x20xf32>
    %0 = gatefold.dot %x, %A chain : tensor<20xf32>, tensor<32x20xf32> -> tensor<32xf32>
    %1 = gatefold.dot %y, %A chain : tensor<20xf32>, tensor<32x20xf32> -> tensor<32xf32>
    %2 = gatefold.dot %x, %C chain : tensor<20xf32>, tensor<16x20xf32> -> tensor<16xf32>
    %3 = gatefold.dot %x, %D chain : tensor<20xf32>, tensor<16x20xf32> -> tensor<16xf32>
    %4 = gatefold.dot %x, %B chain : tensor<20xf32>, tensor<32x20xf32> -> tensor<32xf32>
    gatefold.return
  }
}

// -----

// A product in lanes and products of two computed values stay alone.
// CHECK-LABEL: gatefold.model @Refused
// CHECK-NOT:     gatefold.dots
// CHECK:         gatefold.return
gatefold.model @Refused {
  gatefold.weight @A : tensor<20x20xf32>
  gatefold.weight @B : tensor<20x20xf32>
  gatefold.entry @sequence(%x: tensor<20xf32> {gatefold.port = #gatefold.port<input "x" ["20"]>},
                           %m: tensor<20x20xf32> {gatefold.port = #gatefold.port<input "m" ["20", "20"]>}) {
    %A = gatefold.read @A : tensor<20x20xf32>
    %B = gatefold.read @B : tensor<20x20xf32>
    %0 = gatefold.dot %x, %A lanes : tensor<20xf32>, tensor<20x20xf32> -> tensor<20xf32>
    %1 = gatefold.dot %x, %B lanes : tensor<20xf32>, tensor<20x20xf32> -> tensor<20xf32>
    %2 = gatefold.dot %x, %m chain : tensor<20xf32>, tensor<20x20xf32> -> tensor<20xf32>
    %3 = gatefold.dot %x, %A chain transposed : tensor<20xf32>, tensor<20x20xf32> -> tensor<20xf32>
    gatefold.return
  }
}
