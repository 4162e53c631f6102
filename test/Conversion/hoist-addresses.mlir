// RUN: gatefold-opt %s --pass-pipeline='builtin.module(llvm.func(gatefold-hoist-addresses))' | FileCheck %s

// A loop over rows and one over columns. What depends on the row alone leaves the inner loop, and
// what depends on nothing both; equal addresses become one.
// CHECK-LABEL: llvm.func @rows(
// CHECK-SAME:      %[[X:[^:]*]]: !llvm.ptr, %[[N:[^:]*]]: i64)
// CHECK:         %[[SQUARE:.*]] = llvm.mul %[[N]], %[[N]]
// CHECK:         %[[START:.*]] = llvm.getelementptr %[[X]][%[[SQUARE]]]
// CHECK:         llvm.br ^[[ROWS:.*]](
// CHECK:       ^[[ROWS]](%[[I:.*]]: i64):
// CHECK:         llvm.cond_br %{{.*}}, ^[[ROW:.*]], ^{{.*}}
// CHECK:       ^[[ROW]]:
// CHECK-NEXT:    %[[DOWN:.*]] = llvm.mul %[[I]], %[[N]]
// CHECK-NEXT:    %[[LINE:.*]] = llvm.getelementptr %[[START]][%[[DOWN]]]
// CHECK-NEXT:    llvm.br ^[[COLUMNS:.*]](
// CHECK:       ^[[COLUMNS]](%[[J:.*]]: i64):
// CHECK:         llvm.cond_br
// What depends on the column stays, for instructions to take in.
// CHECK:         %[[PLACE:.*]] = llvm.getelementptr %[[LINE]][%[[J]]]
// CHECK-NEXT:    %[[VALUE:.*]] = llvm.load %[[PLACE]] : !llvm.ptr -> f32
// CHECK-NEXT:    llvm.store %[[VALUE]], %[[PLACE]]
// CHECK-NOT:     llvm.mul
llvm.func @rows(%x: !llvm.ptr, %n: i64) {
  %zero = llvm.mlir.constant(0 : i64) : i64
  llvm.br ^rows(%zero : i64)
^rows(%i: i64):
  %more = llvm.icmp "slt" %i, %n : i64
  llvm.cond_br %more, ^row, ^end
^row:
  llvm.br ^columns(%zero : i64)
^columns(%j: i64):
  %again = llvm.icmp "slt" %j, %n : i64
  llvm.cond_br %again, ^column, ^next
^column:
  %square = llvm.mul %n, %n : i64
  %start = llvm.getelementptr %x[%square] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %down = llvm.mul %i, %n : i64
  %line = llvm.getelementptr %start[%down] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %place = llvm.getelementptr %line[%j] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %value = llvm.load %place : !llvm.ptr -> f32
  %down2 = llvm.mul %i, %n : i64
  %line2 = llvm.getelementptr %start[%down2] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %place2 = llvm.getelementptr %line2[%j] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  llvm.store %value, %place2 : f32, !llvm.ptr
  %one = llvm.mlir.constant(1 : i64) : i64
  %after = llvm.add %j, %one : i64
  llvm.br ^columns(%after : i64)
^next:
  %step = llvm.mlir.constant(1 : i64) : i64
  %below = llvm.add %i, %step : i64
  llvm.br ^rows(%below : i64)
^end:
  llvm.return
}

// Products that differ in what they promise are two, and one that nothing uses is none.
// CHECK-LABEL: llvm.func @distinct(
// CHECK-COUNT-2: llvm.mul
// CHECK-NOT:     llvm.mul
llvm.func @distinct(%n: i64, %p: !llvm.ptr) {
  %0 = llvm.mul %n, %n overflow<nsw> : i64
  %1 = llvm.mul %n, %n : i64
  %2 = llvm.mul %n, %1 : i64
  llvm.store %0, %p : i64, !llvm.ptr
  llvm.br ^end
^end:
  llvm.store %1, %p : i64, !llvm.ptr
  llvm.return
}
