// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(convert-gatefold-to-loops,func.func(cse))' | FileCheck %s

// Operations of one shape are one loop nest; nothing in between is stored and nothing is read twice.
// The entry stays as the description of its function.
// CHECK-LABEL: gatefold.model @Fused
// CHECK-NEXT:    gatefold.entry @step(tensor<?x16xf32> {{.*}}) -> (tensor<?x16xf32> {{.*}})
// CHECK-LABEL: func.func @Fused.step(
// CHECK-SAME:      %[[X:[^:]*]]: memref<f32>, %[[Y:[^:]*]]: memref<f32>, %[[Z:[^:]*]]: memref<f32>, %{{[^:]*}}: memref<i8>, %{{[^:]*}}: memref<2xi64>, %{{[^:]*}}: memref<2xi64>, %[[BATCH:[^:]*]]: index)
// CHECK-DAG:     %[[XS:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[BATCH]], 16], strides: [16, 1]
// CHECK-DAG:     %[[YS:.*]] = memref.reinterpret_cast %[[Y]] to
// CHECK-DAG:     %[[ZS:.*]] = memref.reinterpret_cast %[[Z]] to
// CHECK:         scf.for %[[I:[^ ]*]] = %{{.*}} to %[[BATCH]]
// CHECK-NEXT:      %[[A:.*]] = vector.load %[[XS]][%[[I]], %{{.*}}] : {{.*}}, vector<16xf32>
// CHECK-NEXT:      %[[B:.*]] = vector.load %[[YS]][%[[I]], %{{.*}}] : {{.*}}, vector<16xf32>
// CHECK-NEXT:      %[[S:.*]] = arith.addf %[[A]], %[[B]] : vector<16xf32>
// CHECK-NEXT:      %[[E:.*]] = math.exp %[[S]] : vector<16xf32>
// CHECK-NEXT:      %[[P:.*]] = arith.mulf %[[E]], %[[A]] : vector<16xf32>
// CHECK-NEXT:      vector.store %[[P]], %[[ZS]][%[[I]], %{{.*}}]
// CHECK-NEXT:    }
// CHECK-NEXT:    return
gatefold.model @Fused {
  gatefold.entry @step(
      %x: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "16"]>},
      %y: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "y" ["batch", "16"]>})
      -> (tensor<?x16xf32> {gatefold.port = #gatefold.port<output "z" ["batch", "16"]>}) {
    %0 = arith.addf %x, %y : tensor<?x16xf32>
    %1 = math.exp %0 : tensor<?x16xf32>
    %2 = arith.mulf %1, %x : tensor<?x16xf32>
    gatefold.return %2 : tensor<?x16xf32>
  }
}

// -----

// Two results of one shape share the nest and its loads.
// CHECK-LABEL: func.func @TwoResults.step(
// CHECK:         %[[X:.*]] = vector.load
// CHECK-NOT:     vector.load
// CHECK:         %[[A:.*]] = arith.addf %[[X]], %[[X]]
// CHECK-NOT:     arith.addf
// CHECK:         vector.store %[[A]]
// CHECK:         vector.store
// CHECK-NOT:     vector.store
// CHECK:         return
gatefold.model @TwoResults {
  gatefold.entry @step(%x: tensor<16xf32> {gatefold.port = #gatefold.port<input "x" ["16"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "a" ["16"]>},
          tensor<16xf32> {gatefold.port = #gatefold.port<output "b" ["16"]>}) {
    %0 = arith.addf %x, %x : tensor<16xf32>
    %1 = arith.negf %0 : tensor<16xf32>
    gatefold.return %0, %1 : tensor<16xf32>, tensor<16xf32>
  }
}

//===----------------------------------------------------------------------===//
// Extents of the last axis
//===----------------------------------------------------------------------===//

// -----

// One element is a scalar.
// CHECK-LABEL: func.func @Extent1.step(
// CHECK-NOT:     vector
// CHECK:         %[[X:.*]] = memref.load
// CHECK:         %[[Y:.*]] = arith.negf %[[X]] : f32
// CHECK:         memref.store %[[Y]]
gatefold.model @Extent1 {
  gatefold.entry @step(%x: tensor<1xf32> {gatefold.port = #gatefold.port<input "x" ["1"]>})
      -> (tensor<1xf32> {gatefold.port = #gatefold.port<output "y" ["1"]>}) {
    %0 = arith.negf %x : tensor<1xf32>
    gatefold.return %0 : tensor<1xf32>
  }
}

// -----

// Fewer than sixteen are one masked vector.
// CHECK-LABEL: func.func @Extent3.step(
// CHECK-NOT:     scf.for
// CHECK:         %[[M:.*]] = vector.constant_mask [3] : vector<16xi1>
// CHECK:         vector.maskedload %{{.*}}[%{{.*}}], %[[M]], %{{.*}}
// CHECK:         vector.maskedstore %{{.*}}[%{{.*}}], %[[M]], %{{.*}}
gatefold.model @Extent3 {
  gatefold.entry @step(%x: tensor<3xf32> {gatefold.port = #gatefold.port<input "x" ["3"]>})
      -> (tensor<3xf32> {gatefold.port = #gatefold.port<output "y" ["3"]>}) {
    %0 = arith.negf %x : tensor<3xf32>
    gatefold.return %0 : tensor<3xf32>
  }
}

// -----

// Sixteen are one vector, without a mask.
// CHECK-LABEL: func.func @Extent16.step(
// CHECK-NOT:     scf.for
// CHECK-NOT:     mask
// CHECK:         vector.load
// CHECK-NOT:     mask
// CHECK:         vector.store
gatefold.model @Extent16 {
  gatefold.entry @step(%x: tensor<16xf32> {gatefold.port = #gatefold.port<input "x" ["16"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<output "y" ["16"]>}) {
    %0 = arith.negf %x : tensor<16xf32>
    gatefold.return %0 : tensor<16xf32>
  }
}

// -----

// More than sixteen are a loop whose mask says what is left.
// CHECK-LABEL: func.func @Extent20.step(
// CHECK-DAG:     %[[C20:.*]] = arith.constant 20 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK:         scf.for %[[I:[^ ]*]] = %{{.*}} to %[[C20]] step %[[C16]]
// CHECK:           %[[LEFT:.*]] = arith.subi %[[C20]], %[[I]]
// CHECK:           %[[M:.*]] = vector.create_mask %[[LEFT]] : vector<16xi1>
// CHECK:           vector.maskedload %{{.*}}[%[[I]]], %[[M]]
// CHECK:           vector.maskedstore %{{.*}}[%[[I]]], %[[M]]
gatefold.model @Extent20 {
  gatefold.entry @step(%x: tensor<20xf32> {gatefold.port = #gatefold.port<input "x" ["20"]>})
      -> (tensor<20xf32> {gatefold.port = #gatefold.port<output "y" ["20"]>}) {
    %0 = arith.negf %x : tensor<20xf32>
    gatefold.return %0 : tensor<20xf32>
  }
}

// -----

// A multiple of sixteen is a loop without masks.
// CHECK-LABEL: func.func @Extent64.step(
// CHECK-NOT:     mask
// CHECK:         scf.for %[[I:[^ ]*]] =
// CHECK-NEXT:      vector.load %{{.*}}[%[[I]]]
// CHECK-NEXT:      arith.negf
// CHECK-NEXT:      vector.store %{{.*}}[%[[I]]]
gatefold.model @Extent64 {
  gatefold.entry @step(%x: tensor<64xf32> {gatefold.port = #gatefold.port<input "x" ["64"]>})
      -> (tensor<64xf32> {gatefold.port = #gatefold.port<output "y" ["64"]>}) {
    %0 = arith.negf %x : tensor<64xf32>
    gatefold.return %0 : tensor<64xf32>
  }
}

// -----

// A dynamic extent is a loop with a mask.
// CHECK-LABEL: func.func @ExtentDynamic.step(
// CHECK-SAME:      %[[S:[^:]*]]: index)
// CHECK:         scf.for %[[I:[^ ]*]] = %{{.*}} to %[[S]] step %{{.*}}
// CHECK:           %[[LEFT:.*]] = arith.subi %[[S]], %[[I]]
// CHECK:           vector.create_mask %[[LEFT]] : vector<16xi1>
gatefold.model @ExtentDynamic {
  gatefold.entry @step(%x: tensor<?xf32> {gatefold.port = #gatefold.port<input "x" ["S"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "y" ["S"]>}) {
    %0 = arith.negf %x : tensor<?xf32>
    gatefold.return %0 : tensor<?xf32>
  }
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

// -----

// A bool is a byte in memory.
// CHECK-LABEL: func.func @Bool.step(
// CHECK-SAME:      %{{[^:]*}}: memref<i8>, %{{[^:]*}}: memref<i8>,
// CHECK:         %[[BYTES:.*]] = vector.load {{.*}}, vector<16xi8>
// CHECK:         %[[BITS:.*]] = arith.cmpi ne, %[[BYTES]], %{{.*}} : vector<16xi8>
// CHECK:         %[[NOT:.*]] = arith.xori %[[BITS]], %{{.*}} : vector<16xi1>
// CHECK:         %[[WIDE:.*]] = arith.extui %[[NOT]] : vector<16xi1> to vector<16xi8>
// CHECK:         vector.store %[[WIDE]]
gatefold.model @Bool {
  gatefold.entry @step(%x: tensor<16xi1> {gatefold.port = #gatefold.port<input "x" ["16"]>})
      -> (tensor<16xi1> {gatefold.port = #gatefold.port<output "y" ["16"]>}) {
    %true = arith.constant dense<true> : tensor<16xi1>
    %0 = arith.xori %x, %true : tensor<16xi1>
    gatefold.return %0 : tensor<16xi1>
  }
}

// -----

// Constants of one value are in the code, others in constant data.
// CHECK:       memref.global "private" constant @[[NUMBERS:.*]] : memref<4xf32> = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> {alignment = 64 : i64}
// CHECK:       memref.global "private" constant @[[FLAGS:.*]] : memref<2xi8> = dense<[1, 0]>
// CHECK-LABEL: func.func @Constants.step(
// CHECK-DAG:     memref.get_global @[[NUMBERS]]
// CHECK-DAG:     memref.get_global @[[FLAGS]]
// CHECK-DAG:     arith.constant 5.000000e-01 : f32
gatefold.model @Constants {
  gatefold.entry @step(%x: tensor<4xf32> {gatefold.port = #gatefold.port<input "x" ["4"]>})
      -> (tensor<4xf32> {gatefold.port = #gatefold.port<output "y" ["4"]>},
          tensor<2xi1> {gatefold.port = #gatefold.port<output "b" ["2"]>}) {
    %0 = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    %1 = arith.constant dense<0.5> : tensor<4xf32>
    %2 = arith.constant dense<[true, false]> : tensor<2xi1>
    %3 = arith.addf %x, %0 : tensor<4xf32>
    %4 = arith.mulf %3, %1 : tensor<4xf32>
    gatefold.return %4, %2 : tensor<4xf32>, tensor<2xi1>
  }
}

// -----

// A new memory may lie where the old one does: it is written when all else has been read.
// CHECK-LABEL: func.func @Swap.step(
// CHECK-SAME:      %[[A:[^:]*]]: memref<f32>, %[[B:[^:]*]]: memref<f32>, %[[NEXT_A:[^:]*]]: memref<f32>, %[[NEXT_B:[^:]*]]: memref<f32>,
// CHECK-DAG:     %[[OLD_A:.*]] = memref.reinterpret_cast %[[A]] to
// CHECK-DAG:     %[[OLD_B:.*]] = memref.reinterpret_cast %[[B]] to
// CHECK-DAG:     %[[NEW_A:.*]] = memref.reinterpret_cast %[[NEXT_A]] to
// CHECK-DAG:     %[[NEW_B:.*]] = memref.reinterpret_cast %[[NEXT_B]] to
// CHECK-DAG:     vector.load %[[OLD_A]][
// CHECK-DAG:     vector.load %[[OLD_B]][
// CHECK:         vector.store %{{.*}}, %[[COPY_B:.*]][%{{.*}}] : memref<16xf32>,
// CHECK:         vector.store %{{.*}}, %[[COPY_A:.*]][%{{.*}}] : memref<16xf32>,
// CHECK-DAG:     %[[B_VALUE:.*]] = vector.load %[[COPY_B]]
// CHECK-DAG:     %[[A_VALUE:.*]] = vector.load %[[COPY_A]]
// CHECK:         vector.store %[[B_VALUE]], %[[NEW_A]]
// CHECK:         vector.store %[[A_VALUE]], %[[NEW_B]]
gatefold.model @Swap {
  gatefold.entry @step(
      %a: tensor<16xf32> {gatefold.port = #gatefold.port<memory "a" ["16"]>},
      %b: tensor<16xf32> {gatefold.port = #gatefold.port<memory "b" ["16"]>})
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<memory "a" ["16"]>},
          tensor<16xf32> {gatefold.port = #gatefold.port<memory "b" ["16"]>}) {
    gatefold.return %b, %a : tensor<16xf32>, tensor<16xf32>
  }
}

// -----

// Memories that are not given are written where the caller wants them.
// CHECK-LABEL: func.func @First.init(
// CHECK-SAME:      %[[FIRST:.*]]: memref<f32>, %{{.*}}: memref<i8>
// CHECK:         %[[NEW:.*]] = memref.reinterpret_cast %[[FIRST]] to
// CHECK:         vector.store %{{.*}}, %[[NEW]][
// CHECK-NOT:     vector.store
// CHECK:       func.func @First.init.workspace
// CHECK-NEXT:    %[[NOTHING:.*]] = arith.constant 0 : index
// CHECK-NEXT:    return %[[NOTHING]]
gatefold.model @First {
  gatefold.entry @init()
      -> (tensor<16xf32> {gatefold.port = #gatefold.port<memory "a" ["16"]>}) {
    %0 = arith.constant dense<2.0> : tensor<16xf32>
    gatefold.return %0 : tensor<16xf32>
  }
}

// -----

// What costs much and is used twice would have a buffer; where one nest has all uses, nothing is
// stored.
// CHECK-LABEL: func.func @UsedTwice.step(
// CHECK-NOT:     memref.view
// CHECK:         %[[E:.*]] = math.exp
// CHECK-NOT:     math.exp
// CHECK:         %[[S:.*]] = arith.addf %[[E]]
// CHECK:         %[[D:.*]] = arith.divf %[[E]], %[[S]]
// CHECK-COUNT-1: vector.store %[[D]]
// CHECK-NOT:     vector.store
// CHECK:         return
gatefold.model @UsedTwice {
  gatefold.entry @step(
      %x: tensor<?x16xf32> {gatefold.port = #gatefold.port<input "x" ["batch", "16"]>})
      -> (tensor<?x16xf32> {gatefold.port = #gatefold.port<output "y" ["batch", "16"]>}) {
    %0 = math.exp %x : tensor<?x16xf32>
    %1 = arith.addf %0, %x : tensor<?x16xf32>
    %2 = arith.divf %0, %1 : tensor<?x16xf32>
    gatefold.return %2 : tensor<?x16xf32>
  }
}
