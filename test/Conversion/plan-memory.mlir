// RUN: gatefold-opt %s --split-input-file --allow-unregistered-dialect --gatefold-plan-memory | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --allow-unregistered-dialect --gatefold-plan-memory --remarks-filter=plan-memory 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// %c is needed when %a is not any more, so both have one place. %b is needed with each of them.
// CHECK-LABEL: func.func @Chain.step(
// CHECK-SAME:      %[[BATCH:[^:]*]]: index)
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:     %[[SECOND:.*]] = arith.muli %[[BATCH]], %[[C64]]
// CHECK:         memref.view %{{.*}}[%[[ZERO]]][%[[BATCH]]] {{.*}} : memref<?xi8> to memref<?x16xf32>
// CHECK:         memref.view %{{.*}}[%[[SECOND]]][%[[BATCH]]]
// CHECK:         memref.view %{{.*}}[%[[ZERO]]][%[[BATCH]]]
// CHECK-LABEL: func.func @Chain.step.workspace(
// CHECK-SAME:      %[[BATCH:[^:]*]]: index)
// CHECK:         %[[C128:.*]] = arith.constant 128 : index
// CHECK:         %[[BYTES:.*]], %{{.*}} = arith.mului_extended %[[BATCH]], %[[C128]]
// CHECK-NOT:     arith.mului_extended
// REMARK:      remark: [Analysis] count {{.*}} | buffers=3
// REMARK:      remark: [Analysis] count {{.*}} | buffers that share room=1
// REMARK:      remark: [Analysis] count {{.*}} | bytes for one example and 100 of all else=128
// REMARK:      remark: [Analysis] count {{.*}} | bytes of the same without sharing=192
// REMARK:      remark: [Analysis] plan-memory | Category:plan-memory | Function=step | Remark="the workspace takes 128 * batch bytes, all of them needed at one time"
// REMARK:      remark: [Passed] plan-memory | Category:plan-memory | Function=step | Remark="1 of 3 buffers lie where others do at other times: side by side they would take 192 * batch bytes"
gatefold.model @Chain {
  gatefold.entry @step(tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["batch"]>}) -> ()
}
func.func @Chain.step(%x: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %batch: index) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %size = arith.muli %batch, %c64 : index
  %0 = arith.addi %size, %size : index
  %a = memref.view %bytes[%c0][%batch] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>} : memref<?xi8> to memref<?x16xf32>
  "use"(%x, %a) : (memref<f32>, memref<?x16xf32>) -> ()
  %b = memref.view %bytes[%size][%batch] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>} : memref<?xi8> to memref<?x16xf32>
  "use"(%a, %b) : (memref<?x16xf32>, memref<?x16xf32>) -> ()
  %c = memref.view %bytes[%0][%batch] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>} : memref<?xi8> to memref<?x16xf32>
  "use"(%b, %c) : (memref<?x16xf32>, memref<?x16xf32>) -> ()
  return
}
func.func @Chain.step.workspace(%batch: index) -> index {
  %c192 = arith.constant 192 : index
  %size = arith.muli %batch, %c192 : index
  return %size : index
}

// -----

// A window is the buffer: %a is needed as long as %row, so nothing shares. Bytes are rounded up to
// where the next buffer may begin.
// CHECK-LABEL: func.func @Window.step(
// CHECK-DAG:     %[[FIRST:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[SECOND:.*]] = arith.constant 448 : index
// CHECK:         memref.view %{{.*}}[%[[FIRST]]][] {{.*}} to memref<100xf32>
// CHECK:         memref.view %{{.*}}[%[[SECOND]]][] {{.*}} to memref<50xf32>
// CHECK-LABEL: func.func @Window.step.workspace(
// CHECK:         %[[BYTES:.*]] = arith.constant 704 : index
// CHECK:         return %[[BYTES]]
// REMARK: "the workspace takes 704 bytes, all of them needed at one time"
gatefold.model @Window {
  gatefold.entry @step() -> ()
}
func.func @Window.step(%workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %c1024 = arith.constant 1024 : index
  %a = memref.view %bytes[%c1024][] {gatefold.bytes = affine_map<() -> (400)>} : memref<?xi8> to memref<100xf32>
  "use"(%a) : (memref<100xf32>) -> ()
  %row = memref.reinterpret_cast %a to offset: [50], sizes: [10], strides: [1] : memref<100xf32> to memref<10xf32, strided<[1], offset: 50>>
  %b = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (200)>} : memref<?xi8> to memref<50xf32>
  "use"(%b) : (memref<50xf32>) -> ()
  "use"(%row) : (memref<10xf32, strided<[1], offset: 50>>) -> ()
  return
}
func.func @Window.step.workspace() -> index {
  %c4096 = arith.constant 4096 : index
  return %c4096 : index
}

// -----

// %outside is needed in every turn, though the text needs it before %a only. %a and %b are buffers of
// a turn and share room, and so does %after with %outside, which no turn needs any more.
// CHECK-LABEL: func.func @Loop.step(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C128:.*]] = arith.constant 128 : index
// CHECK:         memref.view %{{.*}}[%[[ZERO]]][] {{.*}} to memref<32xf32>
// CHECK:         scf.for
// CHECK:           memref.view %{{.*}}[%[[C128]]][] {{.*}} to memref<16xf32>
// CHECK:           memref.view %{{.*}}[%[[C128]]][] {{.*}} to memref<16xf32>
// CHECK:         memref.view %{{.*}}[%[[ZERO]]][] {{.*}} to memref<32xf32>
// CHECK-LABEL: func.func @Loop.step.workspace(
// CHECK:         arith.constant 192 : index
// REMARK: "the workspace takes 192 bytes, all of them needed at one time"
gatefold.model @Loop {
  gatefold.entry @step() -> ()
}
func.func @Loop.step(%workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  %c384 = arith.constant 384 : index
  %outside = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (128)>} : memref<?xi8> to memref<32xf32>
  "use"(%outside) : (memref<32xf32>) -> ()
  scf.for %i = %c0 to %c128 step %c1 {
    "use"(%outside) : (memref<32xf32>) -> ()
    %a = memref.view %bytes[%c128][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%a) : (memref<16xf32>) -> ()
    %b = memref.view %bytes[%c256][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%b) : (memref<16xf32>) -> ()
  }
  %after = memref.view %bytes[%c384][] {gatefold.bytes = affine_map<() -> (128)>} : memref<?xi8> to memref<32xf32>
  "use"(%after) : (memref<32xf32>) -> ()
  return
}
func.func @Loop.step.workspace() -> index {
  %c512 = arith.constant 512 : index
  return %c512 : index
}

// -----

// The two buffers of a memory that swap roles keep apart from each other, from what a turn needs and,
// as either may be the loop's result, from what is needed until its last use. Behind that, %last has
// the place of one of them.
// CHECK-LABEL: func.func @Carried.step(
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:     %[[C128:.*]] = arith.constant 128 : index
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : index
// CHECK:         %[[ONE:.*]] = memref.view %{{.*}}[%[[ZERO]]]
// CHECK:         %[[TWO:.*]] = memref.view %{{.*}}[%[[C64]]]
// CHECK:         scf.for {{.*}} iter_args(%{{.*}} = %[[ONE]], %{{.*}} = %[[TWO]])
// CHECK:           memref.view %{{.*}}[%[[C128]]]
// CHECK:         memref.view %{{.*}}[%[[C128]]]
// CHECK:         memref.view %{{.*}}[%[[ZERO]]]
// CHECK-LABEL: func.func @Carried.step.workspace(
// CHECK:         arith.constant 192 : index
// REMARK: "the workspace takes 192 bytes, all of them needed at one time"
gatefold.model @Carried {
  gatefold.entry @step() -> ()
}
func.func @Carried.step(%workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c192 = arith.constant 192 : index
  %c256 = arith.constant 256 : index
  %one = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
  %two = memref.view %bytes[%c64][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
  "use"(%one) : (memref<16xf32>) -> ()
  %end:2 = scf.for %i = %c0 to %c128 step %c1 iter_args(%this = %one, %next = %two) -> (memref<16xf32>, memref<16xf32>) {
    %inside = memref.view %bytes[%c128][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%inside, %this, %next) : (memref<16xf32>, memref<16xf32>, memref<16xf32>) -> ()
    scf.yield %next, %this : memref<16xf32>, memref<16xf32>
  }
  %until = memref.view %bytes[%c192][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
  "use"(%until) : (memref<16xf32>) -> ()
  "use"(%end#0) : (memref<16xf32>) -> ()
  %last = memref.view %bytes[%c256][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
  "use"(%last) : (memref<16xf32>) -> ()
  return
}
func.func @Carried.step.workspace() -> index {
  %c320 = arith.constant 320 : index
  return %c320 : index
}

// -----

// A buffer that a turn hands to the next one is needed in all of the loop, wherever its view stands.
// CHECK-LABEL: func.func @Handed.step(
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:     %[[C128:.*]] = arith.constant 128 : index
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : index
// CHECK:         memref.view %{{.*}}[%[[ZERO]]]
// CHECK:         scf.for
// CHECK:           memref.view %{{.*}}[%[[C128]]]
// CHECK:           memref.view %{{.*}}[%[[C64]]]
// CHECK-LABEL: func.func @Handed.step.workspace(
// CHECK:         arith.constant 192 : index
gatefold.model @Handed {
  gatefold.entry @step() -> ()
}
func.func @Handed.step(%workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %first = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
  %end = scf.for %i = %c0 to %c128 step %c1 iter_args(%this = %first) -> (memref<16xf32>) {
    %a = memref.view %bytes[%c64][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%this, %a) : (memref<16xf32>, memref<16xf32>) -> ()
    %b = memref.view %bytes[%c128][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%a, %b) : (memref<16xf32>, memref<16xf32>) -> ()
    scf.yield %b : memref<16xf32>
  }
  return
}
func.func @Handed.step.workspace() -> index {
  %c192 = arith.constant 192 : index
  return %c192 : index
}

// -----

// What the two branches of a condition need, they do not need at one time.
// CHECK-LABEL: func.func @Branches.step(
// CHECK:         %[[ZERO:.*]] = arith.constant 0 : index
// CHECK:         memref.view %{{.*}}[%[[ZERO]]]
// CHECK:         memref.view %{{.*}}[%[[ZERO]]]
// CHECK-LABEL: func.func @Branches.step.workspace(
// CHECK:         arith.constant 64 : index
gatefold.model @Branches {
  gatefold.entry @step() -> ()
}
func.func @Branches.step(%workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %yes = "condition"() : () -> i1
  scf.if %yes {
    %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%a) : (memref<16xf32>) -> ()
  } else {
    %b = memref.view %bytes[%c64][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%b) : (memref<16xf32>) -> ()
  }
  return
}
func.func @Branches.step.workspace() -> index {
  %c128 = arith.constant 128 : index
  return %c128 : index
}

// -----

// A row for each of T steps may be more than one row, or less: for T = 0, nothing. The two never share
// room that is there for one of them only; %longer, which is more than %long for all T, does.
// CHECK-LABEL: func.func @Sizes.sequence(
// CHECK-SAME:      %[[BATCH:[^:]*]]: index, %[[T:[^:]*]]: index)
// CHECK:         memref.view %{{.*}}[[[ZERO:%[a-z0-9_]*]]][%[[BATCH]], %[[T]]] {{.*}} to memref<?x?x16xf32>
// CHECK:         memref.view %{{.*}}[[[BEHIND:%[a-z0-9_]*]]][%[[BATCH]]] {{.*}} to memref<?x16xf32>
// CHECK:         memref.view %{{.*}}[[[ZERO]]][%[[BATCH]], %[[T]]] {{.*}} to memref<?x?x32xf32>
// CHECK-LABEL: func.func @Sizes.sequence.workspace(
// CHECK-SAME:      %[[BATCH:[^:]*]]: index, %[[T:[^:]*]]: index)
// CHECK:         arith.mului_extended %[[BATCH]], %[[T]]
// CHECK-NOT:     arith.maxui
// CHECK:         return
// REMARK: "the workspace takes 64 * batch + 128 * batch * T bytes, all of them needed at one time"
// REMARK: "1 of 3 buffers lie
gatefold.model @Sizes {
  gatefold.entry @sequence(tensor<?x?xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "T"]>}) -> ()
}
func.func @Sizes.sequence(%x: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %batch: index, %T: index) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %long = memref.view %bytes[%c0][%batch, %T] {gatefold.bytes = affine_map<()[s0, s1] -> (s0 * s1 * 64)>} : memref<?xi8> to memref<?x?x16xf32>
  "use"(%long) : (memref<?x?x16xf32>) -> ()
  %row = memref.view %bytes[%c0][%batch] {gatefold.bytes = affine_map<()[s0, s1] -> (s0 * 64)>} : memref<?xi8> to memref<?x16xf32>
  "use"(%row) : (memref<?x16xf32>) -> ()
  %longer = memref.view %bytes[%c0][%batch, %T] {gatefold.bytes = affine_map<()[s0, s1] -> (s0 * s1 * 128)>} : memref<?xi8> to memref<?x?x32xf32>
  "use"(%longer, %row) : (memref<?x?x32xf32>, memref<?x16xf32>) -> ()
  return
}
func.func @Sizes.sequence.workspace(%batch: index, %T: index) -> index {
  return %batch : index
}

// -----

// Which of two buffers that share room is the larger one hangs on T: the workspace has room for either.
// CHECK-LABEL: func.func @Either.sequence(
// CHECK:         memref.view %{{.*}}[[[ZERO:%[a-z0-9_]*]]][%{{.*}}]
// CHECK:         memref.view %{{.*}}[[[ZERO]]][]
// CHECK-LABEL: func.func @Either.sequence.workspace(
// CHECK:         %[[BOTH:.*]] = arith.maxui
// CHECK:         return %[[BOTH]]
// REMARK: "the workspace takes the largest of 64 * T, 640 bytes, all of them needed at one time"
gatefold.model @Either {
  gatefold.entry @sequence(tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["T"]>}) -> ()
}
func.func @Either.sequence(%x: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %T: index) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %a = memref.view %bytes[%c0][%T] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>} : memref<?xi8> to memref<?x16xf32>
  "use"(%a) : (memref<?x16xf32>) -> ()
  %b = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<()[s0] -> (640)>} : memref<?xi8> to memref<160xf32>
  "use"(%b) : (memref<160xf32>) -> ()
  return
}
func.func @Either.sequence.workspace(%T: index) -> index {
  return %T : index
}

// -----

// For a small T, %d does not fit below %c, where %b is not needed any more.
// REMARK: "the workspace takes {{.*}} bytes"
// REMARK: [Missed]{{.*}}"no more than the largest of 192 * T, 640 + 128 * T bytes are needed at one time, but which of two buffers is larger hangs on the sizes"
gatefold.model @Unordered {
  gatefold.entry @sequence(tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["T"]>}) -> ()
}
func.func @Unordered.sequence(%x: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %T: index) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<()[s0] -> (640)>} : memref<?xi8> to memref<160xf32>
  "use"(%a) : (memref<160xf32>) -> ()
  %b = memref.view %bytes[%c0][%T] {gatefold.bytes = affine_map<()[s0] -> (s0 * 64)>} : memref<?xi8> to memref<?x16xf32>
  "use"(%a, %b) : (memref<160xf32>, memref<?x16xf32>) -> ()
  %c = memref.view %bytes[%c0][%T] {gatefold.bytes = affine_map<()[s0] -> (s0 * 128)>} : memref<?xi8> to memref<?x32xf32>
  "use"(%b, %c) : (memref<?x16xf32>, memref<?x32xf32>) -> ()
  %d = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<()[s0] -> (640)>} : memref<?xi8> to memref<160xf32>
  "use"(%c, %d) : (memref<?x32xf32>, memref<160xf32>) -> ()
  return
}
func.func @Unordered.sequence.workspace(%T: index) -> index {
  return %T : index
}

// -----

// A workspace in which lies something whose size is not known is left alone.
// CHECK-LABEL: func.func @Unknown.step(
// CHECK:         %[[C1024:.*]] = arith.constant 1024 : index
// CHECK:         memref.view %{{.*}}[%[[C1024]]]
// CHECK-LABEL: func.func @Unknown.step.workspace(
// CHECK:         arith.constant 4096 : index
// REMARK-NOT: the workspace takes
gatefold.model @Unknown {
  gatefold.entry @step() -> ()
}
func.func @Unknown.step(%workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %c1024 = arith.constant 1024 : index
  %a = memref.view %bytes[%c1024][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
  %b = memref.view %bytes[%c0][] : memref<?xi8> to memref<16xf32>
  "use"(%a, %b) : (memref<16xf32>, memref<16xf32>) -> ()
  return
}
func.func @Unknown.step.workspace() -> index {
  %c4096 = arith.constant 4096 : index
  return %c4096 : index
}

// -----

// Threads are done with %a at the first barrier behind its last use, so %b may not take its place
// but %held may. What a turn of a loop uses behind its last barrier it may still use when the next one
// begins: %d, which is never needed with %c by one thread, lies apart from it.
// CHECK-LABEL: func.func @Barrier.step(
// CHECK-DAG:     %[[A:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[B:.*]] = arith.constant 64 : index
// CHECK-DAG:     %[[C:.*]] = arith.constant 128 : index
// CHECK:         memref.view %{{.*}}[%[[A]]][] {{.*}} to memref<16xf32>
// CHECK:         memref.view %{{.*}}[%[[B]]][] {{.*}} to memref<16xf32>
// CHECK:         call @gatefold.barrier
// CHECK:         memref.view %{{.*}}[%[[A]]][] {{.*}} to memref<16xf32>
// CHECK:         scf.for
// CHECK:           memref.view %{{.*}}[%[[C]]][]
// CHECK:           call @gatefold.barrier
// CHECK:           memref.view %{{.*}}[%[[B]]][]
// CHECK-LABEL: func.func @Barrier.step.workspace(
// CHECK:         %[[BYTES:.*]] = arith.constant 192 : index
// REMARK: "the workspace takes 192 bytes, all of them needed at one time"
gatefold.model @Barrier {
  gatefold.entry @step() -> ()
}
func.func @Barrier.step(%workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
  "use"(%a) : (memref<16xf32>) -> ()
  %b = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
  "use"(%b) : (memref<16xf32>) -> ()
  func.call @gatefold.barrier(%member, %c1) : (memref<2xi64>, index) -> ()
  %held = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
  scf.for %i = %c0 to %c1 step %c1 {
    %c = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%held, %c) : (memref<16xf32>, memref<16xf32>) -> ()
    func.call @gatefold.barrier(%member, %c1) : (memref<2xi64>, index) -> ()
    %d = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%d) : (memref<16xf32>) -> ()
  }
  return
}
func.func @Barrier.step.workspace() -> index {
  %c320 = arith.constant 320 : index
  return %c320 : index
}
func.func private @gatefold.barrier(memref<2xi64>, index)

// -----

// Between operations that members run side by side a barrier of one of them tells the others
// nothing: what either needs lies apart until all have met.
// CHECK-LABEL: func.func @Tasks.step(
// CHECK:         memref.view %{{.*}}[%[[A:.*]]][] {{.*}} to memref<16xf32>
// CHECK-NOT:     memref.view %{{.*}}[%[[A]]][]
// CHECK:         call @gatefold.barrier(%{{.*}}) : (
// CHECK-LABEL: func.func @Tasks.step.workspace(
// CHECK:         arith.constant 128 : index
gatefold.model @Tasks {
  gatefold.entry @step() -> ()
}
func.func @Tasks.step(%workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>) {
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %c1 step %c1 {
    %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%a) : (memref<16xf32>) -> ()
  } {gatefold.side_by_side}
  func.call @gatefold.barrier(%member, %c1) {gatefold.side_by_side} : (memref<2xi64>, index) -> ()
  scf.for %i = %c0 to %c1 step %c1 {
    %b = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
    "use"(%b) : (memref<16xf32>) -> ()
  } {gatefold.side_by_side}
  func.call @gatefold.barrier(%member, %c1) : (memref<2xi64>, index) -> ()
  %c = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<() -> (64)>} : memref<?xi8> to memref<16xf32>
  "use"(%c) : (memref<16xf32>) -> ()
  return
}
func.func @Tasks.step.workspace() -> index {
  %c320 = arith.constant 320 : index
  return %c320 : index
}
func.func private @gatefold.barrier(memref<2xi64>, index)
