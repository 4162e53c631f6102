// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse))' | FileCheck %s

// One loop over blocks of 64 keys; nothing outlives a turn of it but the largest score and the sum so
// far.
// CHECK-LABEL: func.func @Additive.step(
// CHECK-DAG:     %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK:         memref.store %[[LOW]], %[[MAX:.*]][%[[C0]]] : memref<1xf32>
// CHECK:         vector.store %{{.*}}, %[[SUMS:.*]][%[[C0]], %[[C0]]] : memref<1x16xf32>
// CHECK:         scf.for %[[S:[^ ]*]] = %[[C0]] to %{{.*}} step %[[C64]] {
// Sixteen scores are one vector.
// CHECK:           %[[LARGEST:.*]] = scf.for {{.*}} -> (vector<16xf32>)
// CHECK:             vector.create_mask
// Four keys at a time share what is loaded of the query.
// CHECK:             scf.for
// CHECK:               %{{.*}}:4 = scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-4:         math.tanh %{{.*}} : vector<16xf32>
// CHECK-NOT:         scf.for
// CHECK:             %[[SCORES:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : vector<16xi1>, vector<16xf32>
// CHECK:             vector.store %[[SCORES]], %[[SHARES:[a-z_0-9]*]]
// CHECK:             arith.maximumf %{{.*}}, %[[SCORES]] : vector<16xf32>
// CHECK:           %[[LAST:.*]] = memref.load %[[MAX]]
// CHECK:           %[[BEFORE:.*]] = vector.broadcast %[[LAST]]
// CHECK:           arith.cmpf ugt, %[[LARGEST]], %[[BEFORE]] : vector<16xf32>
// CHECK:           %[[FACTOR:.*]]:2 = scf.if
// CHECK:           %{{.*}}:3 = scf.for {{.*}} -> (vector<16xf32>, vector<16xi32>, vector<16xi1>)
// CHECK:             %[[SHARE:.*]] = math.exp %{{.*}} : vector<16xf32>
// CHECK:             vector.store %[[SHARE]], %[[SHARES]]
// CHECK:             arith.addf %{{.*}}, %[[SHARE]] : vector<16xf32>
// CHECK:           vector.store %{{.*}}, %[[SUMS]]
// A block whose shares are all 0 changes nothing.
// CHECK:           %[[CHANGED:.*]] = vector.reduction <or>
// CHECK:           %[[GONE:.*]] = vector.reduction <or>
// Then come the values of the block, the last of which may be shorter; a key without a share adds nothing.
// CHECK:           scf.if %[[GONE]] {
// CHECK:             scf.for {{.*}} -> (vector<16xf32>)
// CHECK:               memref.load %[[SHARES]]
// CHECK:               %[[THERE:.*]] = arith.cmpf une
// CHECK:               %[[SUM:.*]] = math.fma
// CHECK-NEXT:          arith.select %[[THERE]], %[[SUM]]
// CHECK:             scf.if %[[CHANGED]] {
// CHECK-NEXT:          vector.store
// CHECK:           } else {
// CHECK:               math.fma
// CHECK-NEXT:          scf.yield
// CHECK:             scf.if %[[CHANGED]] {
// CHECK-NEXT:          vector.store
// CHECK:         arith.divf
gatefold.model @Additive {
  gatefold.entry @step(
      %q: tensor<32xf32> {gatefold.port = #gatefold.port<input "q" ["32"]>},
      %keys: tensor<?x32xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "32"]>},
      %v: tensor<32xf32> {gatefold.port = #gatefold.port<input "v" ["32"]>},
      %values: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "values" ["S", "16"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "y" ["16"]>}) {
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<32xf32>, %b = %v [] : tensor<32xf32>)
        keys(%k = %keys [] : tensor<?x32xf32>) values(%values [] : tensor<?x16xf32>) -> tensor<16xf32> {
      %0 = gatefold.broadcast %a axes [1] sizes(%n) : tensor<32xf32> -> tensor<?x32xf32>
      %1 = arith.addf %0, %k : tensor<?x32xf32>
      %2 = math.tanh %1 : tensor<?x32xf32>
      %3 = gatefold.dot %b, %2 lanes : tensor<32xf32>, tensor<?x32xf32> -> tensor<?xf32>
      gatefold.score %3 : tensor<?xf32>
    }
    gatefold.return %y : tensor<16xf32>
  }
}

// -----

// With a multiple of sixteen keys no vector is incomplete: there are no masks.
// CHECK-LABEL: func.func @Whole.step(
// CHECK-NOT:     mask
// CHECK:         scf.for {{.*}} -> (vector<16xf32>)
// CHECK-NOT:     mask
// CHECK:         return
gatefold.model @Whole {
  gatefold.entry @step(
      %q: tensor<16xf32> {gatefold.port = #gatefold.port<input "q" ["16"]>},
      %keys: tensor<32x16xf32> {gatefold.port = #gatefold.port<input "keys" ["32", "16"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "y" ["16"]>}) {
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<16xf32>)
        keys(%k = %keys [] : tensor<32x16xf32>) values(%keys [] : tensor<32x16xf32>) -> tensor<16xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<16xf32>, tensor<?x16xf32> -> tensor<?xf32>
      gatefold.score %0 : tensor<?xf32>
    }
    gatefold.return %y : tensor<16xf32>
  }
}

// -----

// Keys are turned, so that an element of sixteen keys is one vector, and the rows of values, which
// have gaps between them, are laid side by side. Then 64 queries go over them together, and four of
// these at a time share what is loaded. Queries that are left over go one by one.
// CHECK-LABEL: func.func @Tiled.step(
// CHECK:         scf.for
// CHECK:           vector.store
// CHECK-COUNT-16:      vector.load %{{.*}}, vector<16xf32>
// CHECK-COUNT-64:      vector.shuffle
// CHECK-COUNT-16:      vector.store %{{.*}} : memref<1x16x1x64xf32>, vector<16xf32>
// CHECK:         scf.for %[[FIRST:.*]] = %c0 to %{{.*}} step %c64
// CHECK:           scf.for %{{.*}} = %[[FIRST]] to %[[END:.*]] step %c1
// CHECK:             memref.store %{{.*}}, %{{.*}} : memref<64xf32>
// CHECK:           scf.for %{{.*}} = %c0 to %c64 step %c64
// CHECK:             scf.for %{{.*}} = %[[FIRST]] to %[[WHOLE:.*]] step %c4
// Two vectors of keys for each of the four, a lane of the sum after the other.
// CHECK:               scf.for %{{.*}} = %c0 to %c64 step %c32
// CHECK:                 scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK-COUNT-8:           math.fma
// CHECK-NEXT:              arith.addi
// CHECK:               %{{.*}}:4 = scf.for
// CHECK-COUNT-4:         arith.maximumf
// CHECK:               %{{.*}}:9 = scf.for
// CHECK-COUNT-4:         math.exp %{{.*}} : vector<16xf32>
// CHECK:               %{{.*}}:4 = scf.for
// CHECK:                 vector.load %{{.*}} : memref<{{.*}}>, vector<16xf32>
// CHECK-COUNT-4:         math.fma
// CHECK:             scf.for %{{.*}} = %[[WHOLE]] to %[[END]] step %c1
// CHECK:           scf.for %{{.*}} = %[[FIRST]] to %[[END]] step %c1
// CHECK:             arith.divf
// CHECK:         } {gatefold.independent}
gatefold.model @Tiled {
  gatefold.entry @step(
      %q: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "q" ["T", "16"]>},
      %keys: tensor<64x2x16xf32> {gatefold.port = #gatefold.port<input "keys" ["64", "2", "16"]>})
      -> (tensor<?x16xf32> {gatefold.port = #gatefold.port<output "y" ["T", "16"]>}) {
    %0 = gatefold.transpose %keys [1, 0, 2] : tensor<64x2x16xf32> -> tensor<2x64x16xf32>
    %1 = gatefold.slice %0 axis 2 offset 1 size 1 : tensor<2x64x16xf32> -> tensor<1x64x16xf32>
    %2 = gatefold.reshape %1 replaced 3 : tensor<1x64x16xf32> -> tensor<64x16xf32>
    %y = gatefold.attend count %n queries(%a = %q [0] : tensor<?x16xf32>)
        keys(%k = %2 [] : tensor<64x16xf32>) values(%2 [] : tensor<64x16xf32>) -> tensor<?x16xf32> {
      %3 = gatefold.dot %a, %k lanes : tensor<16xf32>, tensor<?x16xf32> -> tensor<?xf32>
      gatefold.score %3 : tensor<?xf32>
    }
    gatefold.return %y : tensor<?x16xf32>
  }
}

// -----

// A mask that hangs on no score is looked at first. A block that it hides is left out where shares
// would be 0, since the largest score is far above.
// CHECK-LABEL: func.func @Masked.step(
// CHECK:         scf.for %[[S:.*]] = %c0 to %{{.*}} step %c64 {
// CHECK:           %[[SHOWN:.*]] = scf.for {{.*}} -> (i1) {
// CHECK-NOT:         math.fma
// CHECK:             arith.cmpi sle
// CHECK:             vector.reduction <or>
// CHECK:           %[[LAST:.*]] = memref.load
// CHECK:           %[[DISTANCE:.*]] = arith.subf %{{.*}}, %[[LAST]] : f32
// CHECK:           %[[MAY_COUNT:.*]] = arith.cmpf ugt, %[[DISTANCE]]
// CHECK:           %[[NEEDED:.*]] = arith.ori %[[SHOWN]], %[[MAY_COUNT]]
// CHECK:           scf.if %[[NEEDED]] {
// CHECK:             math.fma
gatefold.model @Masked {
  gatefold.entry @step(
      %q: tensor<16xf32> {gatefold.port = #gatefold.port<input "q" ["16"]>},
      %place: tensor<i32> {gatefold.port = #gatefold.port<input "place" []>},
      %keys: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "16"]>},
      %times: tensor<?xi32> {gatefold.port = #gatefold.port<input "times" ["S"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "y" ["16"]>}) {
    %y = gatefold.attend count %n queries(%a = %q [] : tensor<16xf32>, %p = %place [] : tensor<i32>)
        keys(%k = %keys [] : tensor<?x16xf32>, %t = %times [] : tensor<?xi32>)
        values(%keys [] : tensor<?x16xf32>) -> tensor<16xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<16xf32>, tensor<?x16xf32> -> tensor<?xf32>
      %1 = gatefold.broadcast %p axes [0] sizes(%n) : tensor<i32> -> tensor<?xi32>
      %2 = arith.cmpi sle, %t, %1 : tensor<?xi32>
      %3 = arith.constant dense<-1.0e30> : tensor<f32>
      %4 = gatefold.broadcast %3 axes [0] sizes(%n) : tensor<f32> -> tensor<?xf32>
      %5 = arith.select %2, %0, %4 : tensor<?xi1>, tensor<?xf32>
      gatefold.score %5 : tensor<?xf32>
    }
    gatefold.return %y : tensor<16xf32>
  }
}

// -----

// Of two masks each hides: a block is left out if no key is shown by both.
// CHECK-LABEL: func.func @Window.step(
// CHECK:           %[[SHOWN:.*]] = scf.for {{.*}} -> (i1) {
// CHECK-NOT:         math.fma
// CHECK:             %[[BEFORE:.*]] = arith.cmpi sle
// CHECK:             %[[NEAR:.*]] = arith.cmpi sge
// CHECK:             %[[BOTH:.*]] = arith.andi %[[BEFORE]], %[[NEAR]] : vector<16xi1>
// CHECK:             vector.reduction <or>, %[[BOTH]]
// CHECK:           scf.if %[[SHOWN]] {
// CHECK:             math.fma
gatefold.model @Window {
  gatefold.entry @step(
      %q: tensor<16xf32> {gatefold.port = #gatefold.port<input "q" ["16"]>},
      %first: tensor<i32> {gatefold.port = #gatefold.port<input "first" []>},
      %place: tensor<i32> {gatefold.port = #gatefold.port<input "place" []>},
      %keys: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "keys" ["S", "16"]>},
      %times: tensor<?xi32> {gatefold.port = #gatefold.port<input "times" ["S"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "y" ["16"]>}) {
    %y = gatefold.attend count %n
        queries(%a = %q [] : tensor<16xf32>, %f = %first [] : tensor<i32>, %p = %place [] : tensor<i32>)
        keys(%k = %keys [] : tensor<?x16xf32>, %t = %times [] : tensor<?xi32>)
        values(%keys [] : tensor<?x16xf32>) -> tensor<16xf32> {
      %0 = gatefold.dot %a, %k lanes : tensor<16xf32>, tensor<?x16xf32> -> tensor<?xf32>
      %1 = gatefold.broadcast %f axes [0] sizes(%n) : tensor<i32> -> tensor<?xi32>
      %2 = arith.cmpi sge, %t, %1 : tensor<?xi32>
      %3 = arith.constant dense<0xFF800000> : tensor<f32>
      %4 = gatefold.broadcast %3 axes [0] sizes(%n) : tensor<f32> -> tensor<?xf32>
      %5 = arith.select %2, %0, %4 : tensor<?xi1>, tensor<?xf32>
      %6 = gatefold.broadcast %p axes [0] sizes(%n) : tensor<i32> -> tensor<?xi32>
      %7 = arith.cmpi sle, %t, %6 : tensor<?xi32>
      %8 = arith.select %7, %5, %4 : tensor<?xi1>, tensor<?xf32>
      gatefold.score %8 : tensor<?xf32>
    }
    gatefold.return %y : tensor<16xf32>
  }
}
