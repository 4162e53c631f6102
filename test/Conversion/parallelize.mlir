// RUN: gatefold-opt %s --split-input-file --gatefold-parallelize=grain=0 | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --gatefold-parallelize=grain=1000000 | FileCheck %s --check-prefix=LARGE
// RUN: gatefold-opt %s --split-input-file --gatefold-parallelize=grain=0 --remarks-filter=parallelize 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: gatefold-opt %s --split-input-file --gatefold-parallelize="grain=0 side-by-side=0" | FileCheck %s --check-prefix=NONE

// A member runs its part of the turns of a loop; the bounds are found in front of all loops. Each
// step reads what the step before it wrote, and the buffers swap roles: one barrier a step is
// enough. What the first member alone has done is seen behind a barrier, too. Walking turns
// backwards stays within the part.
// LARGE-NOT: gatefold.parallel
// LARGE-NOT: gatefold.barrier
// CHECK-LABEL: gatefold.entry @sequence
// CHECK-SAME:    attributes {gatefold.parallel}
// CHECK-LABEL: func.func @Steps.sequence(
// CHECK-SAME:      %[[MEMBER:[^:]*]]: memref<2xi64>, %[[T:[^:]*]]: index)
// CHECK:         %[[NUMBER:.*]] = memref.load %[[MEMBER]][%{{.*}}]
// CHECK:         %[[N:.*]] = arith.index_cast %[[NUMBER]]
// CHECK:         %[[MEMBERS:.*]] = memref.load %[[MEMBER]][%{{.*}}]
// CHECK:         %[[COUNT:.*]] = arith.index_cast %[[MEMBERS]]
// CHECK:         %[[FIRST:.*]] = arith.cmpi eq, %[[N]], %{{.*}}
// CHECK:         %[[FROM:.*]] = arith.divui %{{.*}}, %[[COUNT]]
// CHECK:         %[[TO:.*]] = arith.divui %{{.*}}, %[[COUNT]]
// CHECK:         scf.if %[[FIRST]] {
// CHECK-NEXT:      memref.store
// CHECK-NEXT:    }
// CHECK:         %[[PART:.*]] = arith.muli %{{.*}}, %[[FROM]]
// CHECK:         %[[BEGIN:.*]] = arith.shrui %[[PART]], %{{.*}}
// CHECK:         %[[PARTS:.*]] = arith.muli %{{.*}}, %[[TO]]
// CHECK:         %[[END:.*]] = arith.shrui %[[PARTS]], %{{.*}}
// CHECK:         %[[BOTH:.*]] = arith.addi %[[BEGIN]], %[[END]]
// CHECK:         %[[LAST:.*]] = arith.subi %[[BOTH]], %{{.*}}
// CHECK-NOT:     gatefold.barrier
// CHECK:         scf.for
// CHECK-NEXT:      func.call @gatefold.barrier(%[[MEMBER]], %[[COUNT]])
// CHECK-NEXT:      scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]] step
// CHECK-NEXT:        arith.subi %[[LAST]], %[[I]] {gatefold.from_end}
// CHECK:           } {gatefold.independent}
// CHECK-NOT:       gatefold.barrier
// CHECK:           scf.yield
// CHECK-NOT:     gatefold.barrier
// CHECK:         return
// CHECK:       func.func private @gatefold.barrier(memref<2xi64>, index)
// REMARK: Remark="threads share 1 loop and wait for each other in 1 place"
gatefold.model @Steps {
  gatefold.entry @sequence(tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["T"]>}) -> ()
}
func.func @Steps.sequence(%x: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %t: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  %b = memref.view %bytes[%c64][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  memref.store %zero, %a[%c0] : memref<8xf32>
  %0:2 = scf.for %step = %c0 to %t step %c1 iter_args(%h = %a, %next = %b) -> (memref<8xf32>, memref<8xf32>) {
    scf.for %i = %c0 to %c8 step %c1 {
      %j = arith.subi %c7, %i {gatefold.from_end} : index
      %other = arith.xori %j, %c1 : index
      %v = memref.load %h[%other] : memref<8xf32>
      memref.store %v, %next[%j] : memref<8xf32>
    } {gatefold.independent}
    scf.yield %next, %h : memref<8xf32>, memref<8xf32>
  }
  return
}

// -----

// What only the first member needs it reads alone. Writing what another one may yet have to read
// waits for that, too.
// CHECK-LABEL: func.func @First.step(
// CHECK:         %[[FIRST:.*]] = arith.cmpi eq
// CHECK:         scf.for
// CHECK:         } {gatefold.independent}
// CHECK-NEXT:    call @gatefold.barrier
// CHECK-NEXT:    scf.if %[[FIRST]] {
// CHECK-NEXT:      memref.load
// CHECK-NEXT:      math.sqrt
// CHECK-NEXT:      memref.store
// CHECK-NEXT:      scf.for
// CHECK:             memref.store
// CHECK:           }
// CHECK-NEXT:    }
// CHECK-NOT:     gatefold.barrier
// CHECK:         return
gatefold.model @First {
  gatefold.entry @step(tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["T"]>}) -> ()
}
func.func @First.step(%x: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %t: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  %b = memref.view %bytes[%c64][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  scf.for %i = %c0 to %c8 step %c1 {
    %v = memref.load %a[%i] : memref<8xf32>
    memref.store %v, %b[%i] : memref<8xf32>
  } {gatefold.independent}
  %v = memref.load %x[] : memref<f32>
  %w = math.sqrt %v : f32
  memref.store %w, %a[%c0] : memref<8xf32>
  scf.for %i = %c0 to %c8 step %c1 {
    memref.store %w, %a[%i] : memref<8xf32>
  }
  return
}

// -----

// A buffer of one nest alone is scratch: each member has its own. Of a nest whose outer loop has
// one turn an inner one is divided. A loop with a check stays whole.
// CHECK-LABEL: func.func @Scratch.step(
// CHECK-SAME:      %[[STATUS:[^:]*]]: memref<2xi64>, %{{[^:]*}}: memref<2xi64>, %[[BATCH:[^:]*]]: index)
// CHECK:         %[[OWN:.*]] = memref.alloca() {alignment = 64 : i64} : memref<16xf32>
// CHECK:         %[[FIRST:.*]] = arith.cmpi eq
// CHECK:         %[[BEGIN:.*]] = arith.shrui
// CHECK:         %[[END:.*]] = arith.shrui
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[BATCH]]
// CHECK-NEXT:      scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
// CHECK:             memref.store %{{.*}}, %[[OWN]]
// CHECK:         scf.if %[[FIRST]] {
// CHECK-NEXT:      scf.for %{{.*}} = %{{.*}} to %[[BATCH]]
// CHECK:               memref.store %{{.*}}, %[[STATUS]]
// REMARK: Remark="one thread runs a loop alone: it has a check"
gatefold.model @Scratch {
  gatefold.entry @step(tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["batch"]>}) -> ()
}
func.func @Scratch.step(%x: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %batch: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %site = arith.constant 1 : i64
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  scf.for %row = %c0 to %batch step %c1 {
    scf.for %i = %c0 to %c8 step %c1 {
      %own = memref.view %bytes[%c64][] {gatefold.bytes = affine_map<()[s0] -> (64)>} : memref<?xi8> to memref<16xf32>
      %v = memref.load %x[] : memref<f32>
      memref.store %v, %own[%c0] : memref<16xf32>
      %w = memref.load %own[%c0] : memref<16xf32>
      memref.store %w, %a[%i] : memref<8xf32>
    } {gatefold.independent}
  } {gatefold.independent}
  scf.for %row = %c0 to %batch step %c1 {
    scf.for %i = %c0 to %c8 step %c1 {
      memref.store %site, %status[%c0] : memref<2xi64>
    } {gatefold.independent}
  } {gatefold.independent}
  return
}

// -----

// The caller may give a memory and its next value one address; other arguments lie apart.
// CHECK-LABEL: func.func @InPlace.step(
// CHECK:         scf.for
// CHECK:         } {gatefold.independent}
// CHECK-NOT:     gatefold.barrier
// CHECK:         scf.for
// CHECK:         } {gatefold.independent}
// CHECK:         call @gatefold.barrier
// CHECK:         scf.for
// CHECK:         } {gatefold.independent}
gatefold.model @InPlace {
  gatefold.entry @step(tensor<?xf32> {gatefold.port = #gatefold.port<memory "h" ["batch"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "y" ["batch"]>}, tensor<?xf32> {gatefold.port = #gatefold.port<memory "h" ["batch"]>})
}
func.func @InPlace.step(%h: memref<f32>, %y: memref<f32>, %next: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %batch: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  %ys = memref.reinterpret_cast %y to offset: [0], sizes: [8], strides: [1] : memref<f32> to memref<8xf32>
  %nexts = memref.reinterpret_cast %next to offset: [0], sizes: [8], strides: [1] : memref<f32> to memref<8xf32>
  scf.for %i = %c0 to %c8 step %c1 {
    %v = memref.load %h[] : memref<f32>
    memref.store %v, %a[%i] : memref<8xf32>
  } {gatefold.independent}
  scf.for %i = %c0 to %c8 step %c1 {
    %v = memref.load %h[] : memref<f32>
    memref.store %v, %ys[%i] : memref<8xf32>
  } {gatefold.independent}
  scf.for %i = %c0 to %c8 step %c1 {
    memref.store %zero, %nexts[%i] : memref<8xf32>
  } {gatefold.independent}
  return
}

// -----

// Two loops over time that need nothing of each other: of two members each runs one, without
// waiting, and takes no turns of the other one's steps. One member alone runs both, more than two
// share the steps of both. What needs both comes behind a barrier of all.
// CHECK-LABEL: func.func @Directions.sequence(
// CHECK-SAME:      %[[MEMBER:[^:]*]]: memref<2xi64>, %[[T:[^:]*]]: index)
// CHECK:         %[[NUMBER:.*]] = arith.index_cast
// CHECK:         %[[COUNT:.*]] = arith.index_cast
// CHECK:         %[[SEVERAL:.*]] = arith.cmpi ugt, %[[COUNT]], %{{.*}}
// CHECK:         %[[FEW:.*]] = arith.cmpi ule, %[[COUNT]], %{{.*}}
// CHECK:         %[[SIDE:.*]] = arith.andi %[[SEVERAL]], %[[FEW]]
// CHECK:         %[[RUNNER:.*]] = arith.remui %{{.*}}, %[[COUNT]]
// CHECK:         %[[RUNS:.*]] = arith.cmpi eq, %[[NUMBER]], %[[RUNNER]]
// CHECK:         %[[PART:.*]] = arith.select %[[RUNS]]
// CHECK:         arith.select %[[SIDE]], %[[PART]]
// CHECK:         %[[WRITES:.*]] = arith.select %[[SIDE]], %[[RUNS]]
// CHECK:         %[[WITHIN:.*]] = arith.select %[[SIDE]], %{{.*}}, %[[COUNT]]
// CHECK:         scf.if %[[WRITES]] {
// CHECK:         } {gatefold.side_by_side}
// CHECK-NOT:     @gatefold.barrier(%[[MEMBER]], %[[COUNT]])
// CHECK:         scf.for
// CHECK-NEXT:      func.call @gatefold.barrier(%[[MEMBER]], %[[WITHIN]])
// CHECK:         } {gatefold.side_by_side}
// CHECK-NOT:     @gatefold.barrier(%[[MEMBER]], %[[COUNT]])
// CHECK:         scf.for
// CHECK-NEXT:      func.call @gatefold.barrier(%[[MEMBER]], %[[WITHIN]])
// CHECK:         } {gatefold.side_by_side}
// CHECK-NEXT:    call @gatefold.barrier(%[[MEMBER]], %[[COUNT]])
// CHECK:         scf.for
// CHECK-NOT:     @gatefold.barrier(
// CHECK:         return
// REMARK: Remark="runs beside 1 other loop, each on a thread of its own, where there are no more threads than loops"
// NONE-LABEL: func.func @Directions.sequence(
// NONE-NOT:     side_by_side
gatefold.model @Directions {
  gatefold.entry @sequence(tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["T"]>}) -> ()
}
func.func @Directions.sequence(%x: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %t: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c192 = arith.constant 192 : index
  %zero = arith.constant 0.0 : f32
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  %b = memref.view %bytes[%c64][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  memref.store %zero, %a[%c0] : memref<8xf32>
  %0:2 = scf.for %step = %c0 to %t step %c1 iter_args(%h = %a, %next = %b) -> (memref<8xf32>, memref<8xf32>) {
    scf.for %i = %c0 to %c8 step %c1 {
      %other = arith.xori %i, %c1 : index
      %v = memref.load %h[%other] : memref<8xf32>
      memref.store %v, %next[%i] : memref<8xf32>
    } {gatefold.independent}
    scf.yield %next, %h : memref<8xf32>, memref<8xf32>
  }
  %c = memref.view %bytes[%c128][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  %d = memref.view %bytes[%c192][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  memref.store %zero, %c[%c0] : memref<8xf32>
  %1:2 = scf.for %step = %c0 to %t step %c1 iter_args(%h = %c, %next = %d) -> (memref<8xf32>, memref<8xf32>) {
    scf.for %i = %c0 to %c8 step %c1 {
      %other = arith.xori %i, %c1 : index
      %v = memref.load %h[%other] : memref<8xf32>
      memref.store %v, %next[%i] : memref<8xf32>
    } {gatefold.independent}
    scf.yield %next, %h : memref<8xf32>, memref<8xf32>
  }
  scf.for %i = %c0 to %c8 step %c1 {
    %forward = memref.load %0#0[%i] : memref<8xf32>
    %backward = memref.load %1#0[%i] : memref<8xf32>
    %sum = arith.addf %forward, %backward : f32
    memref.store %sum, %0#1[%i] : memref<8xf32>
  } {gatefold.independent}
  return
}

// -----

// Loops of which one needs the other, and members that would read for themselves what another one
// writes at that time: all members share each loop.
// CHECK-LABEL: func.func @Chain.sequence(
// CHECK-NOT:     side_by_side
// CHECK:         return
gatefold.model @Chain {
  gatefold.entry @sequence(tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["T"]>}) -> ()
}
func.func @Chain.sequence(%x: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %t: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  %b = memref.view %bytes[%c64][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  scf.for %step = %c0 to %t step %c1 {
    scf.for %i = %c0 to %c8 step %c1 {
      %v = memref.load %a[%i] : memref<8xf32>
      memref.store %v, %a[%i] : memref<8xf32>
    } {gatefold.independent}
  }
  scf.for %step = %c0 to %t step %c1 {
    scf.for %i = %c0 to %c8 step %c1 {
      %v = memref.load %a[%i] : memref<8xf32>
      memref.store %v, %b[%i] : memref<8xf32>
    } {gatefold.independent}
  }
  return
}

// -----

// CHECK-LABEL: func.func @Reader.sequence(
// CHECK-NOT:     side_by_side
// CHECK:         return
gatefold.model @Reader {
  gatefold.entry @sequence(tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["T"]>}) -> ()
}
func.func @Reader.sequence(%x: memref<f32>, %workspace: memref<i8>, %status: memref<2xi64>, %member: memref<2xi64>, %t: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %most = arith.constant 9223372036854775807 : index
  %bytes = memref.reinterpret_cast %workspace to offset: [0], sizes: [%most], strides: [1] : memref<i8> to memref<?xi8>
  %a = memref.view %bytes[%c0][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  %b = memref.view %bytes[%c64][] {gatefold.bytes = affine_map<()[s0] -> (32)>} : memref<?xi8> to memref<8xf32>
  scf.for %step = %c0 to %t step %c1 {
    %v = memref.load %a[%step] : memref<8xf32>
    %isOn = arith.cmpf ogt, %v, %zero : f32
    scf.if %isOn {
      scf.for %i = %c0 to %c8 step %c1 {
        memref.store %v, %a[%i] : memref<8xf32>
      } {gatefold.independent}
    }
  }
  scf.for %step = %c0 to %t step %c1 {
    scf.for %i = %c0 to %c8 step %c1 {
      memref.store %zero, %b[%i] : memref<8xf32>
    } {gatefold.independent}
  }
  return
}
