// RUN: gatefold-opt %s --convert-loops-to-llvm | FileCheck %s

// A memref becomes an address. Strides that a type tells are constants; those that it does not tell
// are values beside the address. An index of 0 and a stride of 1 cost nothing, and what is constant in
// indices comes last.

gatefold.model @M {
  gatefold.entry @sequence(tensor<?x?x3xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "T", "3"]>})
      -> (tensor<f32> {gatefold.port = #gatefold.port<output "y" []>})
}

// CHECK:       llvm.mlir.global private constant @numbers(dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>) {{.*}}alignment = 64
memref.global "private" constant @numbers : memref<2x2xf32> = dense<[[1.0, 2.0], [3.0, 4.0]]> {alignment = 64}

// CHECK-LABEL: llvm.func @M_sequence(
// CHECK-SAME:      %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %[[WORKSPACE:[^:]*]]: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr)
func.func @M.sequence(%x: memref<f32>, %y: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>,
               %batch: index, %t: index) {
  // CHECK:         %[[X:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
  // CHECK:         %[[Y:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
  // CHECK:         %[[BATCH:.*]] = llvm.load %{{.*}} : !llvm.ptr -> i64
  // CHECK:         %[[T:.*]] = llvm.load %{{.*}} : !llvm.ptr -> i64
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %most = arith.constant 9223372036854775807 : index
  %three = arith.constant 3 : index
  %row = arith.muli %t, %three : index

  // The second of the steps, a window whose rows lie `row` apart.
  // CHECK:         %[[ROW:.*]] = llvm.mul %[[T]]
  // CHECK:         %[[STEP:.*]] = llvm.getelementptr %[[X]][%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %step = memref.reinterpret_cast %x to offset: [%three], sizes: [%batch, 3], strides: [%row, 1]
      : memref<f32> to memref<?x3xf32, strided<[?, 1], offset: ?>>
  // CHECK:         %[[DOWN:.*]] = llvm.mul %{{.*}}, %[[ROW]] overflow<nsw>
  // CHECK:         %[[FIRST:.*]] = llvm.getelementptr %[[STEP]][%[[DOWN]]]
  // CHECK-NEXT:    %[[A:.*]] = llvm.load %[[FIRST]] {alignment = 4 : i64} : !llvm.ptr -> f32
  %a = memref.load %step[%one, %zero] : memref<?x3xf32, strided<[?, 1], offset: ?>>

  // A buffer in the workspace, whose outer stride depends on a size.
  // CHECK:         %[[BUFFER:.*]] = llvm.getelementptr %[[WORKSPACE]][%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  // CHECK:         %[[SIXTEEN:.*]] = llvm.mlir.constant(16 : i64)
  // CHECK:         %[[STRIDE:.*]] = llvm.mul %[[SIXTEEN]], %[[T]]
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1]
      : memref<i8> to memref<?xi8>
  %buffer = memref.view %bytes[%three][%batch, %t] : memref<?xi8> to memref<?x?x16xf32>
  // CHECK:         %[[OUTER:.*]] = llvm.mul %{{.*}}, %[[STRIDE]]
  // CHECK:         %[[FIRST:.*]] = llvm.getelementptr %[[BUFFER]][%[[OUTER]]]
  // CHECK:         %[[INNER:.*]] = llvm.mul %[[BATCH]], %{{.*}}
  // CHECK:         %[[SECOND:.*]] = llvm.getelementptr %[[FIRST]][%[[INNER]]]
  // CHECK:         %[[BEHIND:.*]] = llvm.mlir.constant(32 : i64)
  // CHECK:         %[[THIRD:.*]] = llvm.getelementptr %[[SECOND]][%[[BEHIND]]]
  // CHECK-NEXT:    %[[VECTOR:.*]] = llvm.load %[[THIRD]] {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
  %two = arith.constant 2 : index
  %place = arith.addi %batch, %two : index
  %v = vector.load %buffer[%one, %place, %zero] : memref<?x?x16xf32>, vector<16xf32>
  %mask = vector.constant_mask [5] : vector<16xi1>
  // CHECK:         llvm.intr.masked.store %[[VECTOR]], %{{.*}}, %{{.*}} {alignment = 4 : i32}
  vector.maskedstore %buffer[%zero, %one, %zero], %mask, %v
      : memref<?x?x16xf32>, vector<16xi1>, vector<16xf32>

  // Blocks take an address and the strides that go with it.
  // CHECK:         llvm.br ^[[BLOCK:.*]](%[[BUFFER]], %[[STRIDE]] : !llvm.ptr, i64)
  cf.br ^next(%buffer : memref<?x?x16xf32>)
  // CHECK:       ^[[BLOCK]](%[[AGAIN:.*]]: !llvm.ptr, %[[OTHER:.*]]: i64):
^next(%again: memref<?x?x16xf32>):
  // CHECK:         llvm.mul %{{.*}}, %[[OTHER]]
  // CHECK:         llvm.getelementptr %[[AGAIN]]
  vector.store %v, %again[%one, %zero, %zero] : memref<?x?x16xf32>, vector<16xf32>

  // CHECK:         %[[NUMBERS:.*]] = llvm.mlir.addressof @numbers
  // CHECK:         %[[PLACE:.*]] = llvm.getelementptr %[[NUMBERS]][%{{.*}}]
  // CHECK-NEXT:    %[[B:.*]] = llvm.load %[[PLACE]]
  %numbers = memref.get_global @numbers : memref<2x2xf32>
  %b = memref.load %numbers[%zero, %one] : memref<2x2xf32>
  %c = arith.addf %a, %b : f32
  // CHECK:         llvm.store %{{.*}}, %[[Y]] {alignment = 4 : i64} : f32, !llvm.ptr
  memref.store %c, %y[] : memref<f32>
  return
}

func.func @M.sequence.workspace(%batch: index, %t: index) -> index {
  return %t : index
}
