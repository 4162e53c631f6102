// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-fuse-elementwise)))' | FileCheck %s

// What hangs on products of one shape becomes their epilogue. What does not stays outside, and only
// what others read is kept.
// CHECK-LABEL: gatefold.model @Epilogue
// CHECK:         %[[B:.*]] = arith.negf %b
// CHECK:         %[[R:.*]]:2 = gatefold.fuse {
// CHECK:           %[[X:.*]]:2 = gatefold.dots %x
// CHECK:           %[[H:.*]]:2 = gatefold.dots %h
// CHECK:           %[[I:.*]] = arith.addf %[[X]]#0, %[[H]]#0
// CHECK:           %[[G:.*]] = arith.addf %[[X]]#1, %[[H]]#1
// CHECK:           %[[T:.*]] = math.tanh %[[G]]
// CHECK:           %[[P:.*]] = arith.mulf %[[I]], %[[T]]
// CHECK:           %[[Y:.*]] = arith.addf %[[P]], %[[B]]
// CHECK:           gatefold.keep %[[T]], %[[Y]]
// CHECK-NEXT:    }
// CHECK:         gatefold.return %[[R]]#1, %[[R]]#0
gatefold.model @Epilogue {
  gatefold.weight @W : tensor<2x3x2x16xf32>
  gatefold.weight @U : tensor<2x20x2x16xf32>
  gatefold.entry @sequence(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>},
                           %h: tensor<20xf32> {gatefold.port = #gatefold.port<input "h" ["20"]>},
                           %b: tensor<20xf32> {gatefold.port = #gatefold.port<input "b" ["20"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>},
          tensor<20xf32> {gatefold.port = #gatefold.port<output "g" ["20"]>}) {
    %W = gatefold.read @W : tensor<2x3x2x16xf32>
    %U = gatefold.read @U : tensor<2x20x2x16xf32>
    %0:2 = gatefold.dots %x panels %W : tensor<3xf32> panels tensor<2x3x2x16xf32> -> tensor<20xf32>, tensor<20xf32>
    %1:2 = gatefold.dots %h panels %U : tensor<20xf32> panels tensor<2x20x2x16xf32> -> tensor<20xf32>, tensor<20xf32>
    %2 = arith.addf %0#0, %1#0 : tensor<20xf32>
    %3 = arith.addf %0#1, %1#1 : tensor<20xf32>
    %4 = math.tanh %3 : tensor<20xf32>
    %5 = arith.mulf %2, %4 : tensor<20xf32>
    %6 = arith.negf %b : tensor<20xf32>
    %7 = arith.addf %5, %6 : tensor<20xf32>
    gatefold.return %7, %4 : tensor<20xf32>, tensor<20xf32>
  }
}

// -----

// A product of what an epilogue gives needs all units of it: a second nest begins.
// CHECK-LABEL: gatefold.model @Twice
// CHECK:         %[[R:.*]]:2 = gatefold.fuse {
// CHECK:           gatefold.dots %h
// CHECK:           %[[Z:.*]] = math.tanh
// CHECK:           %[[RH:.*]] = arith.mulf
// CHECK:           gatefold.keep %[[Z]], %[[RH]]
// CHECK:         %[[Y:.*]] = gatefold.fuse {
// CHECK:           %[[N:.*]] = gatefold.dots %[[R]]#1
// CHECK:           %[[T:.*]] = math.tanh %[[N]]
// CHECK:           %[[M:.*]] = arith.mulf %[[R]]#0, %[[T]]
// CHECK:           gatefold.keep %[[M]]
// CHECK:         gatefold.return %[[Y]]
gatefold.model @Twice {
  gatefold.weight @U : tensor<2x20x2x16xf32>
  gatefold.weight @V : tensor<2x20x1x16xf32>
  gatefold.entry @sequence(%h: tensor<20xf32> {gatefold.port = #gatefold.port<input "h" ["20"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %U = gatefold.read @U : tensor<2x20x2x16xf32>
    %V = gatefold.read @V : tensor<2x20x1x16xf32>
    %0:2 = gatefold.dots %h panels %U : tensor<20xf32> panels tensor<2x20x2x16xf32> -> tensor<20xf32>, tensor<20xf32>
    %1 = math.tanh %0#0 : tensor<20xf32>
    %2 = arith.mulf %0#1, %h : tensor<20xf32>
    %3 = gatefold.dots %2 panels %V : tensor<20xf32> panels tensor<2x20x1x16xf32> -> tensor<20xf32>
    %4 = math.tanh %3 : tensor<20xf32>
    %5 = arith.mulf %1, %4 : tensor<20xf32>
    gatefold.return %5 : tensor<20xf32>
  }
}

// -----

// A reduction stands between a product and what divides by it, which stays outside.
// CHECK-LABEL: gatefold.model @Norm
// CHECK:         %[[A:.*]] = gatefold.fuse {
// CHECK:           gatefold.dots
// CHECK:           %[[S:.*]] = arith.addf
// CHECK:           gatefold.keep %[[S]]
// CHECK:         %[[SUM:.*]] = gatefold.reduce sum %[[A]]
// CHECK:         %[[ALL:.*]] = gatefold.broadcast %[[SUM]]
// CHECK:         %[[Y:.*]] = arith.divf %[[A]], %[[ALL]]
// CHECK:         gatefold.return %[[Y]]
gatefold.model @Norm {
  gatefold.weight @U : tensor<2x20x1x16xf32>
  gatefold.entry @sequence(%h: tensor<20xf32> {gatefold.port = #gatefold.port<input "h" ["20"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %U = gatefold.read @U : tensor<2x20x1x16xf32>
    %0 = gatefold.dots %h panels %U : tensor<20xf32> panels tensor<2x20x1x16xf32> -> tensor<20xf32>
    %1 = arith.addf %0, %h : tensor<20xf32>
    %2 = gatefold.reduce sum %1 axes [0] lanes : tensor<20xf32> -> tensor<f32>
    %3 = gatefold.broadcast %2 axes [0] : tensor<f32> -> tensor<20xf32>
    %4 = arith.divf %1, %3 : tensor<20xf32>
    gatefold.return %4 : tensor<20xf32>
  }
}

// -----

// What reads the results in front of the last operation of the nest is moved behind it.
// CHECK-LABEL: gatefold.model @Moved
// CHECK:         %[[R:.*]]:2 = gatefold.fuse {
// CHECK:         gatefold.reduce sum %[[R]]#0
// CHECK:         gatefold.return
gatefold.model @Moved {
  gatefold.weight @U : tensor<2x20x1x16xf32>
  gatefold.entry @sequence(%h: tensor<20xf32> {gatefold.port = #gatefold.port<input "h" ["20"]>})
      -> (tensor<f32> {gatefold.port = #gatefold.port<output "s" []>},
          tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %U = gatefold.read @U : tensor<2x20x1x16xf32>
    %0 = gatefold.dots %h panels %U : tensor<20xf32> panels tensor<2x20x1x16xf32> -> tensor<20xf32>
    %1 = arith.addf %0, %h : tensor<20xf32>
    %2 = gatefold.reduce sum %1 axes [0] lanes : tensor<20xf32> -> tensor<f32>
    %3 = math.tanh %0 : tensor<20xf32>
    gatefold.return %2, %3 : tensor<f32>, tensor<20xf32>
  }
}

// -----

// Products without an epilogue, and elementwise work without a product, stay as they are.
// CHECK-LABEL: gatefold.model @Plain
// CHECK-NOT:     gatefold.fuse
// CHECK:         gatefold.return
gatefold.model @Plain {
  gatefold.weight @U : tensor<2x20x1x16xf32>
  gatefold.entry @sequence(%h: tensor<20xf32> {gatefold.port = #gatefold.port<input "h" ["20"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "p" ["20"]>},
          tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %U = gatefold.read @U : tensor<2x20x1x16xf32>
    %0 = gatefold.dots %h panels %U : tensor<20xf32> panels tensor<2x20x1x16xf32> -> tensor<20xf32>
    %1 = math.tanh %h : tensor<20xf32>
    %2 = arith.mulf %1, %h : tensor<20xf32>
    gatefold.return %0, %2 : tensor<20xf32>, tensor<20xf32>
  }
}

// -----

// A product that could be computed early waits for the nest that uses it.
// CHECK-LABEL: gatefold.model @Late
// CHECK:         %[[A:.*]] = gatefold.fuse {
// CHECK:           gatefold.dots %x
// CHECK:           gatefold.keep
// CHECK:         %[[Y:.*]] = gatefold.fuse {
// CHECK-DAG:       gatefold.dots %h
// CHECK-DAG:       gatefold.dots %[[A]]
// CHECK:           gatefold.keep
// CHECK:         gatefold.return %[[Y]]
gatefold.model @Late {
  gatefold.weight @U : tensor<2x20x1x16xf32>
  gatefold.entry @sequence(%x: tensor<20xf32> {gatefold.port = #gatefold.port<input "x" ["20"]>},
                           %h: tensor<20xf32> {gatefold.port = #gatefold.port<input "h" ["20"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %U = gatefold.read @U : tensor<2x20x1x16xf32>
    %0 = gatefold.dots %h panels %U : tensor<20xf32> panels tensor<2x20x1x16xf32> -> tensor<20xf32>
    %1 = gatefold.dots %x panels %U : tensor<20xf32> panels tensor<2x20x1x16xf32> -> tensor<20xf32>
    %2 = math.tanh %1 : tensor<20xf32>
    %3 = gatefold.dots %2 panels %U : tensor<20xf32> panels tensor<2x20x1x16xf32> -> tensor<20xf32>
    %4 = arith.addf %0, %3 : tensor<20xf32>
    gatefold.return %4 : tensor<20xf32>
  }
}
