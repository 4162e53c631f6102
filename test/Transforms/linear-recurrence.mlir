// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-linear-recurrence{fast=true chunk=8})))' | FileCheck %s
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-linear-recurrence{chunk=8})))' --remarks-filter=linear-recurrence 2>&1 >/dev/null | FileCheck %s --check-prefix=EXACT
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-linear-recurrence{chunk=8})))' | FileCheck %s --check-prefix=UNMARKED
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-linear-recurrence{fast=true})))' --remarks-filter=linear-recurrence 2>&1 >/dev/null | FileCheck %s --check-prefix=SMALL
// RUN: gatefold-opt %s --split-input-file --pass-pipeline='builtin.module(gatefold.model(gatefold.entry(gatefold-linear-recurrence{fast=true chunk=8},gatefold-distribute-scan)))' | FileCheck %s --check-prefix=CHUNKS

// Gated linear attention: a decay for each row, an outer product, and a query. The chunks have what
// a step reads of the others' keys from a loop over a matrix of them, and the state once.
// CHECK-LABEL: gatefold.model @Gated
// CHECK: gatefold.scan {{.*}} attributes {gatefold.chunks = {net.S = 8 : i64}} {
// EXACT: S is linear in its last value with elementwise coefficients: no product has to be in the loop
// EXACT: Missed{{.*}}S is written by outer products: in chunks, it would be read and written 8 times less; sums would have another order (`--fast`)
// UNMARKED-NOT: gatefold.chunks
// SMALL: Missed{{.*}}no chunked form of S: its 20 elements are too few
// CHUNKS-LABEL: gatefold.model @Gated
// CHUNKS:      gatefold.blocks axis 0 of 64 {{.*}} memories(%[[S:.*]] = %S as "net.S" : tensor<5x4xf32>)
// CHUNKS:        %[[Y:.*]]:2 = gatefold.blocks axis 0 of 8 (%[[K:.*]] = %{{.*}} : tensor<?x5xf32>, %[[V:.*]] = %{{.*}} : tensor<?x4xf32>, %[[A:.*]] = %{{.*}} : tensor<?x5xf32>, %[[Q:.*]] = %{{.*}} : tensor<?x5xf32>) memories(%[[OLD:.*]] = %[[S]] as "net.S" : tensor<5x4xf32>) -> (tensor<?x4xf32>) {
// CHUNKS:          %[[W:.*]]:4 = gatefold.scan axis 0 (%[[K0:.*]] = %[[K]] : tensor<?x5xf32>, %[[A0:.*]] = %[[A]] : tensor<?x5xf32>, %[[ROW:.*]] = %{{.*}} : tensor<?x?xf32>, %[[Q0:.*]] = %[[Q]] : tensor<?x5xf32>) memories(%[[KEYS:.*]] = %{{.*}} as "keys" : tensor<?x5xf32>, %[[WHOLE:.*]] = %{{.*}} as "whole" : tensor<5xf32>)
// CHUNKS:            %[[KEPT:.*]] = arith.mulf %{{.*}}, %[[KEYS]] : tensor<?x5xf32>
// CHUNKS:            %[[NEXT:.*]] = arith.addf %[[KEPT]], %{{.*}} : tensor<?x5xf32>
// CHUNKS:            %[[ALL:.*]] = arith.mulf %[[A0]], %[[WHOLE]] : tensor<5xf32>
// CHUNKS:            %[[SCORES:.*]] = gatefold.dot %[[Q0]], %[[NEXT]] lanes : tensor<5xf32>, tensor<?x5xf32> -> tensor<?xf32>
// CHUNKS:            %[[FADED:.*]] = arith.mulf %[[Q0]], %[[ALL]] : tensor<5xf32>
// CHUNKS:            gatefold.yield outputs(%[[SCORES]], %[[FADED]] : tensor<?xf32>, tensor<5xf32>) next(%[[NEXT]], %[[ALL]] : tensor<?x5xf32>, tensor<5xf32>)
// CHUNKS:          %[[WITHIN:.*]] = gatefold.dot %[[W]]#0, %[[V]] chain transposed : tensor<?x?xf32>, tensor<?x4xf32> -> tensor<?x4xf32>
// CHUNKS:          %[[BEFORE:.*]] = gatefold.dot %[[W]]#1, %[[OLD]] chain transposed : tensor<?x5xf32>, tensor<5x4xf32> -> tensor<?x4xf32>
// CHUNKS:          %[[READ:.*]] = arith.addf %[[WITHIN]], %[[BEFORE]] : tensor<?x4xf32>
// CHUNKS:          %[[COLUMNS:.*]] = gatefold.transpose %[[W]]#2 [1, 0] : tensor<?x5xf32> -> tensor<5x?xf32>
// CHUNKS:          %[[ADDED:.*]] = gatefold.dot %[[COLUMNS]], %[[V]] chain transposed : tensor<5x?xf32>, tensor<?x4xf32> -> tensor<5x4xf32>
// CHUNKS:          %[[LEFT:.*]] = arith.mulf %{{.*}}, %[[OLD]] : tensor<5x4xf32>
// CHUNKS:          %[[NEW:.*]] = arith.addf %[[LEFT]], %[[ADDED]] : tensor<5x4xf32>
// CHUNKS:          gatefold.yield outputs(%[[READ]] : tensor<?x4xf32>) next(%[[NEW]] : tensor<5x4xf32>)
// CHUNKS:        gatefold.yield outputs(%[[Y]]#0 : tensor<?x4xf32>) next(%[[Y]]#1 : tensor<5x4xf32>)
gatefold.model @Gated {
  gatefold.entry @sequence(%q: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "q" ["T", "5"]>},
                           %k: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "k" ["T", "5"]>},
                           %v: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "v" ["T", "4"]>},
                           %a: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "a" ["T", "5"]>},
                           %s: tensor<5x4xf32> {gatefold.port = #gatefold.port<memory "net.S" ["5", "4"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "y" ["T", "4"]>},
          tensor<5x4xf32> {gatefold.port = #gatefold.port<memory "net.S" ["5", "4"]>}) {
    %ys, %last = gatefold.scan axis 0 (%q0 = %q : tensor<?x5xf32>, %k0 = %k : tensor<?x5xf32>, %v0 = %v : tensor<?x4xf32>, %a0 = %a : tensor<?x5xf32>)
        memories(%S = %s as "net.S" : tensor<5x4xf32>) -> (tensor<?x4xf32>) {
      %0 = gatefold.broadcast %a0 axes [0] : tensor<5xf32> -> tensor<5x4xf32>
      %1 = arith.mulf %0, %S : tensor<5x4xf32>
      %2 = gatefold.broadcast %k0 axes [0] : tensor<5xf32> -> tensor<5x4xf32>
      %3 = gatefold.broadcast %v0 axes [1] : tensor<4xf32> -> tensor<5x4xf32>
      %4 = arith.mulf %2, %3 : tensor<5x4xf32>
      %5 = arith.addf %1, %4 : tensor<5x4xf32>
      %6 = gatefold.dot %q0, %5 lanes transposed : tensor<5xf32>, tensor<5x4xf32> -> tensor<4xf32>
      gatefold.yield outputs(%6 : tensor<4xf32>) next(%5 : tensor<5x4xf32>)
    }
    gatefold.return %ys, %last : tensor<?x4xf32>, tensor<5x4xf32>
  }
}

// -----

// Nothing decays, keys are the last axis, and the state in front of the step is read: the state is
// turned once, and a step does not see its own key.
// CHECK-LABEL: gatefold.model @Plain
// CHECK: gatefold.scan {{.*}} attributes {gatefold.chunks = {net.S = 8 : i64}} {
// CHUNKS-LABEL: gatefold.model @Plain
// CHUNKS:      %[[TURNED:.*]] = gatefold.transpose %{{.*}} [1, 0] : tensor<4x5xf32> -> tensor<5x4xf32>
// CHUNKS:      gatefold.blocks axis 0 of 8 (%[[K:.*]] = %{{.*}} : tensor<?x5xf32>, %[[V:.*]] = %{{.*}} : tensor<?x4xf32>, %[[Q:.*]] = %{{.*}} : tensor<?x5xf32>) memories(%[[OLD:.*]] = %[[TURNED]] as "net.S" : tensor<5x4xf32>)
// CHUNKS:        %[[SEEN:.*]] = arith.cmpi slt, %{{.*}}, %{{.*}} : tensor<?x?xi32>
// CHUNKS:        %[[ALL:.*]] = gatefold.dot %[[Q]], %[[K]] lanes : tensor<?x5xf32>, tensor<?x5xf32> -> tensor<?x?xf32>
// CHUNKS:        arith.select %[[SEEN]], %[[ALL]], %{{.*}} : tensor<?x?xi1>, tensor<?x?xf32>
// CHUNKS:        %[[NEW:.*]] = arith.addf %[[OLD]], %{{.*}} : tensor<5x4xf32>
// CHUNKS:        gatefold.yield
// CHUNKS:      gatefold.transpose %{{.*}} [1, 0] : tensor<5x4xf32> -> tensor<4x5xf32>
gatefold.model @Plain {
  gatefold.entry @sequence(%k: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "k" ["T", "5"]>},
                           %v: tensor<?x4xf32> {gatefold.port = #gatefold.port<input "v" ["T", "4"]>},
                           %s: tensor<4x5xf32> {gatefold.port = #gatefold.port<memory "net.S" ["4", "5"]>})
      -> (tensor<?x4xf32> {gatefold.port = #gatefold.port<output "y" ["T", "4"]>},
          tensor<4x5xf32> {gatefold.port = #gatefold.port<memory "net.S" ["4", "5"]>}) {
    %ys, %last = gatefold.scan axis 0 (%k0 = %k : tensor<?x5xf32>, %v0 = %v : tensor<?x4xf32>)
        memories(%S = %s as "net.S" : tensor<4x5xf32>) -> (tensor<?x4xf32>) {
      %0 = gatefold.broadcast %k0 axes [1] : tensor<5xf32> -> tensor<4x5xf32>
      %1 = gatefold.broadcast %v0 axes [0] : tensor<4xf32> -> tensor<4x5xf32>
      %2 = arith.mulf %0, %1 : tensor<4x5xf32>
      %3 = arith.subf %S, %2 : tensor<4x5xf32>
      %4 = gatefold.dot %k0, %S lanes : tensor<5xf32>, tensor<4x5xf32> -> tensor<4xf32>
      gatefold.yield outputs(%4 : tensor<4xf32>) next(%3 : tensor<4x5xf32>)
    }
    gatefold.return %ys, %last : tensor<?x4xf32>, tensor<4x5xf32>
  }
}

// -----

// The delta rule corrects what is there, so the state is in the way; a hidden state goes through
// tanh; a state whose every element decays on its own, and is returned, stays.
// CHECK-LABEL: gatefold.model @Others
// CHECK-NOT: gatefold.chunks
// EXACT: S is linear in its last value with coefficients that mix elements
// EXACT: Missed{{.*}}no chunked form of S: what is added to it is computed from it
// EXACT: Missed{{.*}}h is not linear in its last value: `tanh` is on the way
// EXACT: M is linear in its last value with elementwise coefficients
// EXACT: Missed{{.*}}no chunked form of M: it is a result of every step
// EXACT: Missed{{.*}}no chunked form of re and im: they depend on each other
// EXACT: n is linear in its last value with elementwise coefficients
// EXACT-NOT: no chunked form of n
gatefold.model @Others {
  gatefold.entry @sequence(%k: tensor<?x5xf32> {gatefold.port = #gatefold.port<input "k" ["T", "5"]>},
                           %m: tensor<?x5x5xf32> {gatefold.port = #gatefold.port<input "m" ["T", "5", "5"]>},
                           %s: tensor<5x5xf32> {gatefold.port = #gatefold.port<memory "net.S" ["5", "5"]>},
                           %h: tensor<5xf32> {gatefold.port = #gatefold.port<memory "net.h" ["5"]>})
      -> (tensor<?x5x5xf32> {gatefold.port = #gatefold.port<output "y" ["T", "5", "5"]>}) {
    %r:7 = gatefold.scan axis 0 (%k0 = %k : tensor<?x5xf32>, %m0 = %m : tensor<?x5x5xf32>)
        memories(%S = %s as "net.S" : tensor<5x5xf32>, %H = %h as "net.h" : tensor<5xf32>,
                 %M = %s as "net.M" : tensor<5x5xf32>, %re = %s as "net.re" : tensor<5x5xf32>,
                 %im = %s as "net.im" : tensor<5x5xf32>, %n = %h as "net.n" : tensor<5xf32>)
        -> (tensor<?x5x5xf32>) {
      %0 = gatefold.dot %k0, %S lanes : tensor<5xf32>, tensor<5x5xf32> -> tensor<5xf32>
      %1 = gatefold.broadcast %0 axes [0] : tensor<5xf32> -> tensor<5x5xf32>
      %2 = gatefold.broadcast %k0 axes [1] : tensor<5xf32> -> tensor<5x5xf32>
      %3 = arith.mulf %1, %2 : tensor<5x5xf32>
      %4 = arith.subf %S, %3 : tensor<5x5xf32>
      %5 = arith.addf %H, %k0 : tensor<5xf32>
      %6 = math.tanh %5 : tensor<5xf32>
      %7 = arith.mulf %m0, %M : tensor<5x5xf32>
      %8 = arith.addf %7, %m0 : tensor<5x5xf32>
      %9 = arith.mulf %m0, %re : tensor<5x5xf32>
      %10 = arith.subf %9, %im : tensor<5x5xf32>
      %11 = arith.mulf %m0, %re : tensor<5x5xf32>
      %12 = arith.addf %11, %im : tensor<5x5xf32>
      %13 = arith.divf %n, %k0 : tensor<5xf32>
      gatefold.yield outputs(%8 : tensor<5x5xf32>) next(%4, %6, %8, %10, %12, %13 : tensor<5x5xf32>, tensor<5xf32>, tensor<5x5xf32>, tensor<5x5xf32>, tensor<5x5xf32>, tensor<5xf32>)
    }
    gatefold.return %r#0 : tensor<?x5x5xf32>
  }
}
