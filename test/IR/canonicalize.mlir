// RUN: gatefold-opt %s --canonicalize | FileCheck %s

// -- operations that change nothing --

// CHECK-LABEL: func @nothing_changed(
//  CHECK-SAME:     %[[X:.*]]: tensor<?x4xf32>
//  CHECK-NEXT:   return %[[X]], %[[X]], %[[X]], %[[X]], %[[X]]
func.func @nothing_changed(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  %0 = gatefold.broadcast %x axes [] : tensor<?x4xf32> -> tensor<?x4xf32>
  %1 = gatefold.reshape %x replaced 1 : tensor<?x4xf32> -> tensor<?x4xf32>
  %2 = gatefold.transpose %x [0, 1] : tensor<?x4xf32> -> tensor<?x4xf32>
  %3 = gatefold.slice %x axis 0 offset -4 size 4 : tensor<?x4xf32> -> tensor<?x4xf32>
  %4 = gatefold.concat %x axis 1 : tensor<?x4xf32> -> tensor<?x4xf32>
  return %0, %1, %2, %3, %4 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// A slice of a dynamic axis may leave something out.
// CHECK-LABEL: func @slice_of_dynamic(
//       CHECK:   gatefold.slice
func.func @slice_of_dynamic(%x: tensor<?xf32>) -> tensor<4xf32> {
  %0 = gatefold.slice %x axis 0 offset 0 size 4 : tensor<?xf32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -- two of a kind --

// CHECK-LABEL: func @broadcasts(
//  CHECK-SAME:     %[[X:.*]]: tensor<5xf32>, %[[A:.*]]: index, %[[B:.*]]: index
//  CHECK-NEXT:   %[[Y:.*]] = gatefold.broadcast %[[X]] axes [0, 2, 3] sizes(%[[B]], %[[A]])
//  CHECK-SAME:     : tensor<5xf32> -> tensor<?x?x5x2xf32>
//  CHECK-NEXT:   return %[[Y]]
func.func @broadcasts(%x: tensor<5xf32>, %a: index, %b: index) -> tensor<?x?x5x2xf32> {
  %0 = gatefold.broadcast %x axes [0, 2] sizes(%a) : tensor<5xf32> -> tensor<?x5x2xf32>
  %1 = gatefold.broadcast %0 axes [3] sizes(%b) : tensor<?x5x2xf32> -> tensor<?x?x5x2xf32>
  return %1 : tensor<?x?x5x2xf32>
}

// The inner broadcast's axis moves behind the outer one's.
// CHECK-LABEL: func @broadcasts_interleaved(
//  CHECK-SAME:     %[[X:.*]]: tensor<5xf32>, %[[A:.*]]: index, %[[B:.*]]: index
//  CHECK-NEXT:   %[[Y:.*]] = gatefold.broadcast %[[X]] axes [1, 2] sizes(%[[A]], %[[B]])
//  CHECK-SAME:     : tensor<5xf32> -> tensor<?x?x5xf32>
//  CHECK-NEXT:   return %[[Y]]
func.func @broadcasts_interleaved(%x: tensor<5xf32>, %a: index, %b: index) -> tensor<?x?x5xf32> {
  %0 = gatefold.broadcast %x axes [1] sizes(%a) : tensor<5xf32> -> tensor<?x5xf32>
  %1 = gatefold.broadcast %0 axes [1] sizes(%b) : tensor<?x5xf32> -> tensor<?x?x5xf32>
  return %1 : tensor<?x?x5xf32>
}

// CHECK-LABEL: func @slices(
//  CHECK-SAME:     %[[X:.*]]: tensor<12xf32>, %[[Y:.*]]: tensor<?xf32>
//  CHECK-DAG:    gatefold.slice %[[X]] axis 0 offset 5 size 2
//  CHECK-DAG:    gatefold.slice %[[X]] axis 0 offset 9 size 1
//  CHECK-DAG:    gatefold.slice %[[Y]] axis 0 offset -4 size 2
//   CHECK-NOT:   gatefold.slice
func.func @slices(%x: tensor<12xf32>, %y: tensor<?xf32>) -> (tensor<2xf32>, tensor<1xf32>, tensor<2xf32>) {
  %0 = gatefold.slice %x axis 0 offset 4 size 6 : tensor<12xf32> -> tensor<6xf32>
  %1 = gatefold.slice %0 axis 0 offset 1 size 2 : tensor<6xf32> -> tensor<2xf32>
  %2 = gatefold.slice %0 axis 0 offset -1 size 1 : tensor<6xf32> -> tensor<1xf32>
  %3 = gatefold.slice %y axis 0 offset -5 size 5 : tensor<?xf32> -> tensor<5xf32>
  %4 = gatefold.slice %3 axis 0 offset 1 size 2 : tensor<5xf32> -> tensor<2xf32>
  return %1, %2, %4 : tensor<2xf32>, tensor<1xf32>, tensor<2xf32>
}

// CHECK-LABEL: func @slices_of_two_axes(
// CHECK-COUNT-2: gatefold.slice
func.func @slices_of_two_axes(%x: tensor<4x4xf32>) -> tensor<2x2xf32> {
  %0 = gatefold.slice %x axis 0 offset 1 size 2 : tensor<4x4xf32> -> tensor<4x2xf32>
  %1 = gatefold.slice %0 axis 1 offset 1 size 2 : tensor<4x2xf32> -> tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}

// An empty range behind the end has no offset from the end.
// CHECK-LABEL: func @slices_empty_at_the_end(
// CHECK-COUNT-2: gatefold.slice
func.func @slices_empty_at_the_end(%x: tensor<?xf32>) -> tensor<0xf32> {
  %0 = gatefold.slice %x axis 0 offset -2 size 2 : tensor<?xf32> -> tensor<2xf32>
  %1 = gatefold.slice %0 axis 0 offset 2 size 0 : tensor<2xf32> -> tensor<0xf32>
  return %1 : tensor<0xf32>
}

// CHECK-LABEL: func @reshapes(
//  CHECK-SAME:     %[[X:.*]]: tensor<?x2x12xf32>
//  CHECK-NEXT:   %[[Y:.*]] = gatefold.reshape %[[X]] replaced 2 : tensor<?x2x12xf32> -> tensor<?x6x4xf32>
//  CHECK-NEXT:   return %[[Y]]
func.func @reshapes(%x: tensor<?x2x12xf32>) -> tensor<?x6x4xf32> {
  %0 = gatefold.reshape %x replaced 1 : tensor<?x2x12xf32> -> tensor<?x2x3x4xf32>
  %1 = gatefold.reshape %0 replaced 3 : tensor<?x2x3x4xf32> -> tensor<?x6x4xf32>
  return %1 : tensor<?x6x4xf32>
}

// Back and forth is nothing.
// CHECK-LABEL: func @reshapes_back(
//  CHECK-SAME:     %[[X:.*]]: tensor<12xf32>
//  CHECK-NEXT:   return %[[X]]
func.func @reshapes_back(%x: tensor<12xf32>) -> tensor<12xf32> {
  %0 = gatefold.reshape %x replaced 1 : tensor<12xf32> -> tensor<3x4xf32>
  %1 = gatefold.reshape %0 replaced 2 : tensor<3x4xf32> -> tensor<12xf32>
  return %1 : tensor<12xf32>
}

// CHECK-LABEL: func @transposes(
//  CHECK-SAME:     %[[X:.*]]: tensor<2x3x4xf32>
//  CHECK-NEXT:   %[[Y:.*]] = gatefold.transpose %[[X]] [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
//  CHECK-NEXT:   return %[[Y]]
func.func @transposes(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = gatefold.transpose %x [1, 0] : tensor<2x3x4xf32> -> tensor<2x4x3xf32>
  %1 = gatefold.transpose %0 [1, 0, 2] : tensor<2x4x3xf32> -> tensor<4x2x3xf32>
  return %1 : tensor<4x2x3xf32>
}

// -- constants --

// CHECK-LABEL: func @broadcast_of_constant(
//  CHECK-NEXT:   %[[C:.*]] = arith.constant dense<2.000000e+00> : tensor<3x4xf32>
//  CHECK-NEXT:   return %[[C]]
func.func @broadcast_of_constant() -> tensor<3x4xf32> {
  %0 = arith.constant dense<2.0> : tensor<f32>
  %1 = gatefold.broadcast %0 axes [0, 1] : tensor<f32> -> tensor<3x4xf32>
  return %1 : tensor<3x4xf32>
}

// CHECK-LABEL: func @broadcast_of_constant_to_dynamic(
//       CHECK:   gatefold.broadcast
func.func @broadcast_of_constant_to_dynamic(%n: index) -> tensor<?xf32> {
  %0 = arith.constant dense<2.0> : tensor<f32>
  %1 = gatefold.broadcast %0 axes [0] sizes(%n) : tensor<f32> -> tensor<?xf32>
  return %1 : tensor<?xf32>
}

// -- sizes of axes --

// CHECK-LABEL: func @size_static(
//  CHECK-NEXT:   %[[C:.*]] = arith.constant 4 : index
//  CHECK-NEXT:   return %[[C]]
func.func @size_static(%x: tensor<?x4xf32>) -> index {
  %0 = gatefold.dim %x, 0 : tensor<?x4xf32>
  return %0 : index
}

// CHECK-LABEL: func @size_of_broadcast(
//  CHECK-SAME:     %[[X:.*]]: tensor<?xf32>, %[[A:.*]]: index, %[[B:.*]]: index
//  CHECK-NEXT:   %[[N:.*]] = gatefold.dim %[[X]], 0
//  CHECK-NEXT:   return %[[B]], %[[N]], %[[A]]
func.func @size_of_broadcast(%x: tensor<?xf32>, %a: index, %b: index) -> (index, index, index) {
  %0 = gatefold.broadcast %x axes [0, 2] sizes(%a, %b) : tensor<?xf32> -> tensor<?x?x?xf32>
  %1 = gatefold.dim %0, 0 : tensor<?x?x?xf32>
  %2 = gatefold.dim %0, 1 : tensor<?x?x?xf32>
  %3 = gatefold.dim %0, 2 : tensor<?x?x?xf32>
  return %1, %2, %3 : index, index, index
}

// CHECK-LABEL: func @size_through_operations(
//  CHECK-SAME:     %[[X:.*]]: tensor<?x4xf32>
//  CHECK-NEXT:   %[[N:.*]] = gatefold.dim %[[X]], 1
//  CHECK-NEXT:   return %[[N]]
func.func @size_through_operations(%x: tensor<?x4xf32>) -> index {
  %0 = math.tanh %x : tensor<?x4xf32>
  %1 = arith.mulf %0, %0 : tensor<?x4xf32>
  %2 = gatefold.transpose %1 [1, 0] : tensor<?x4xf32> -> tensor<4x?xf32>
  %3 = gatefold.concat %2, %2 axis 1 : tensor<4x?xf32>, tensor<4x?xf32> -> tensor<8x?xf32>
  %4 = gatefold.slice %3 axis 1 offset 2 size 3 : tensor<8x?xf32> -> tensor<3x?xf32>
  %5 = gatefold.reduce sum %4 axes [1] chain : tensor<3x?xf32> -> tensor<?xf32>
  %6 = gatefold.dim %5, 0 : tensor<?xf32>
  return %6 : index
}

// CHECK-LABEL: func @size_of_scan(
//  CHECK-SAME:     %[[X:.*]]: tensor<?x4xf32>
//       CHECK:   %[[N:.*]] = gatefold.dim %[[X]], 1
//       CHECK:   return %[[N]]
func.func @size_of_scan(%x: tensor<?x4xf32>) -> index {
  %0 = gatefold.scan axis 0 (%v = %x : tensor<?x4xf32>) -> (tensor<?x4x2xf32>) {
    %1 = gatefold.broadcast %v axes [0] : tensor<4xf32> -> tensor<4x2xf32>
    gatefold.yield outputs(%1 : tensor<4x2xf32>)
  }
  %2 = gatefold.dim %0, 2 : tensor<?x4x2xf32>
  return %2 : index
}

// Nothing is known of an axis that two values make together.
// CHECK-LABEL: func @size_of_concat(
//       CHECK:   %[[Y:.*]] = gatefold.concat
//       CHECK:   gatefold.dim %[[Y]], 0
func.func @size_of_concat(%x: tensor<?xf32>) -> index {
  %0 = gatefold.concat %x, %x axis 0 : tensor<?xf32>, tensor<?xf32> -> tensor<?xf32>
  %1 = gatefold.dim %0, 0 : tensor<?xf32>
  return %1 : index
}

// CHECK-LABEL: func @reverse_twice(
//  CHECK-SAME:     %[[X:.*]]: tensor<?xf32>, %[[Y:.*]]: tensor<1x4xf32>
//       CHECK:   %[[Z:.*]] = gatefold.reverse %[[Y]] axis 0
//       CHECK:   return %[[X]], %[[Y]], %[[Z]]
func.func @reverse_twice(%x: tensor<?xf32>, %y: tensor<1x4xf32>)
    -> (tensor<?xf32>, tensor<1x4xf32>, tensor<1x4xf32>) {
  %0 = gatefold.reverse %x axis 0 : tensor<?xf32>
  %1 = gatefold.reverse %0 axis 0 : tensor<?xf32>
  %2 = gatefold.reverse %y axis 1 : tensor<1x4xf32>
  %3 = gatefold.reverse %y axis 0 : tensor<1x4xf32>
  return %1, %2, %3 : tensor<?xf32>, tensor<1x4xf32>, tensor<1x4xf32>
}

// CHECK-LABEL: func @size_behind_windows(
//  CHECK-SAME:     %[[X:.*]]: tensor<?x?xf32>
//   CHECK-DAG:   %[[N:.*]] = gatefold.dim %[[X]], 1
//   CHECK-DAG:   %[[M:.*]] = gatefold.dim %[[X]], 0
//       CHECK:   return %[[N]], %[[M]]
func.func @size_behind_windows(%x: tensor<?x?xf32>) -> (index, index) {
  %0 = gatefold.cumulate product %x axis 0 : tensor<?x?xf32>
  %1 = gatefold.windows %0 axis 0 size 3 : tensor<?x?xf32> -> tensor<?x?x3xf32>
  %2 = gatefold.dim %1, 2 : tensor<?x?x3xf32>
  %3 = gatefold.windows %0 axis 1 size 3 : tensor<?x?xf32> -> tensor<?x3x?xf32>
  %4 = gatefold.dim %3, 0 : tensor<?x3x?xf32>
  return %2, %4 : index, index
}
