//===- CompiledScansTest.cpp - Scans, compiled ----------------------------===//
//
// Recurrent models: one scan or several, nested, reverse, with memories of all kinds.
//
//===----------------------------------------------------------------------===//

#include "CompiledCases.h"

using namespace gatefold::test;

/// A recurrent network with $H units.
static const ModelText rnn{
    "rnn",
    {{"xs", "Tx5xf32"}},
    {{"W", "$Hx5xf32"}, {"U", "$Hx$Hxf32"}, {"b", "$Hxf32"}, {"h0", "$Hxf32"}},
    {{"ys", "Tx$Hxf32"}, {"last", "$Hxf32"}},
    "%ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x5xf32>)\n"
    "    memories(%h = %h0 as \"h\" : tensor<$Hxf32>) -> (tensor<?x$Hxf32>) {\n"
    "  %1 = gatefold.dot %x, %W chain : tensor<5xf32>, tensor<$Hx5xf32> -> tensor<$Hxf32>\n"
    "  %2 = gatefold.dot %h, %U chain : tensor<$Hxf32>, tensor<$Hx$Hxf32> -> tensor<$Hxf32>\n"
    "  %3 = arith.addf %1, %2 : tensor<$Hxf32>\n"
    "  %4 = arith.addf %3, %b : tensor<$Hxf32>\n"
    "  %5 = math.tanh %4 : tensor<$Hxf32>\n"
    "  gatefold.yield outputs(%5 : tensor<$Hxf32>) next(%5 : tensor<$Hxf32>)\n"
    "}"};

static std::vector<ModelText> makeScans() {
  return {
      {"swapped_memories",
       {{"xs", "Tx17xf32"}},
       {{"a0", "17xf32"}, {"b0", "17xf32"}},
       {{"ys", "Tx17xf32"}, {"a", "17xf32"}, {"b", "17xf32"}},
       "%ys, %a, %b = gatefold.scan axis 0 (%x = %xs : tensor<?x17xf32>)\n"
       "    memories(%p = %a0 as \"p\" : tensor<17xf32>, %q = %b0 as \"q\" : tensor<17xf32>)\n"
       "    -> (tensor<?x17xf32>) {\n"
       "  %1 = arith.subf %p, %q : tensor<17xf32>\n"
       "  %2 = arith.mulf %1, %x : tensor<17xf32>\n"
       "  gatefold.yield outputs(%2 : tensor<17xf32>)\n"
       "    next(%q, %p : tensor<17xf32>, tensor<17xf32>)\n"
       "}"},
      {"one_value_for_two_memories",
       {{"xs", "Txf32"}},
       {{"z", "f32"}},
       {{"ys", "Txf32"}},
       "%ys, %a, %b = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)\n"
       "    memories(%p = %z as \"p\" : tensor<f32>, %q = %z as \"q\" : tensor<f32>)\n"
       "    -> (tensor<?xf32>) {\n"
       "  %1 = arith.addf %p, %x : tensor<f32>\n"
       "  %2 = arith.mulf %1, %q : tensor<f32>\n"
       "  gatefold.yield outputs(%2 : tensor<f32>) next(%1, %1 : tensor<f32>, tensor<f32>)\n"
       "}"},
      {"kept_memory",
       {{"xs", "Tx3xf32"}},
       {{"z", "3xf32"}},
       {{"ys", "Tx3xf32"}, {"last", "3xf32"}},
       "%ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)\n"
       "    memories(%p = %z as \"p\" : tensor<3xf32>) -> (tensor<?x3xf32>) {\n"
       "  %1 = arith.addf %p, %x : tensor<3xf32>\n"
       "  gatefold.yield outputs(%1 : tensor<3xf32>) next(%p : tensor<3xf32>)\n"
       "}"},
      {"input_as_memory",
       {{"xs", "Tx3xf32"}},
       {{"z", "3xf32"}},
       {{"ys", "Tx3xf32"}},
       "%ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)\n"
       "    memories(%p = %z as \"p\" : tensor<3xf32>) -> (tensor<?x3xf32>) {\n"
       "  gatefold.yield outputs(%p : tensor<3xf32>) next(%x : tensor<3xf32>)\n"
       "}"},
      {"window",
       {{"xs", "Tx3xf32"}},
       {{"taps", "4x3xf32"}},
       {{"ys", "Tx3xf32"}},
       "%z = arith.constant dense<0.0> : tensor<3x3xf32>\n"
       "%ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)\n"
       "    memories(%w = %z as \"w\" : tensor<3x3xf32>) -> (tensor<?x3xf32>) {\n"
       "  %1 = gatefold.reshape %x replaced 1 : tensor<3xf32> -> tensor<1x3xf32>\n"
       "  %2 = gatefold.concat %w, %1 axis 1 : tensor<3x3xf32>, tensor<1x3xf32> -> "
       "tensor<4x3xf32>\n"
       "  %3 = arith.mulf %2, %taps : tensor<4x3xf32>\n"
       "  %4 = gatefold.reduce sum %3 axes [1] chain : tensor<4x3xf32> -> tensor<3xf32>\n"
       "  %5 = gatefold.slice %2 axis 1 offset 1 size 3 : tensor<4x3xf32> -> tensor<3x3xf32>\n"
       "  gatefold.yield outputs(%4 : tensor<3xf32>) next(%5 : tensor<3x3xf32>)\n"
       "}"},
      {"position_and_flag",
       {{"xs", "Txf32"}},
       {},
       {{"ys", "Txf32"}, {"n", "i64"}},
       "%z = arith.constant dense<0> : tensor<i64>\n"
       "%no = arith.constant dense<false> : tensor<i1>\n"
       "%ys, %n, %f = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>)\n"
       "    memories(%p = %z as \"position\" : tensor<i64>, %flag = %no as \"flag\" : tensor<i1>)\n"
       "    -> (tensor<?xf32>) {\n"
       "  %one = arith.constant dense<1> : tensor<i64>\n"
       "  %1 = arith.addi %p, %one : tensor<i64>\n"
       "  %2 = arith.sitofp %1 : tensor<i64> to tensor<f32>\n"
       "  %3 = arith.select %flag, %2, %x : tensor<i1>, tensor<f32>\n"
       "  %yes = arith.constant dense<true> : tensor<i1>\n"
       "  %4 = arith.xori %flag, %yes : tensor<i1>\n"
       "  gatefold.yield outputs(%3 : tensor<f32>) next(%1, %4 : tensor<i64>, tensor<i1>)\n"
       "}"},
      {"matrix_memory",
       {{"ks", "Tx4xf32"}, {"vs", "Tx6xf32"}},
       {},
       {{"ys", "Tx6xf32"}, {"last", "4x6xf32"}},
       "%z = arith.constant dense<0.0> : tensor<4x6xf32>\n"
       "%ys, %last = gatefold.scan axis 0 (%k = %ks : tensor<?x4xf32>, %v = %vs : "
       "tensor<?x6xf32>)\n"
       "    memories(%C = %z as \"C\" : tensor<4x6xf32>) -> (tensor<?x6xf32>) {\n"
       "  %1 = gatefold.broadcast %k axes [0] : tensor<4xf32> -> tensor<4x6xf32>\n"
       "  %2 = gatefold.broadcast %v axes [1] : tensor<6xf32> -> tensor<4x6xf32>\n"
       "  %3 = arith.mulf %1, %2 : tensor<4x6xf32>\n"
       "  %4 = arith.addf %C, %3 : tensor<4x6xf32>\n"
       "  %5 = gatefold.dot %k, %4 chain transposed : tensor<4xf32>, tensor<4x6xf32> -> "
       "tensor<6xf32>\n"
       "  gatefold.yield outputs(%5 : tensor<6xf32>) next(%4 : tensor<4x6xf32>)\n"
       "}"},
      {"without_memory",
       {{"xs", "Tx5xf32"}},
       {},
       {{"ys", "Txf32"}},
       "%ys = gatefold.scan axis 0 (%x = %xs : tensor<?x5xf32>) -> (tensor<?xf32>) {\n"
       "  %1 = gatefold.reduce sum %x axes [0] lanes : tensor<5xf32> -> tensor<f32>\n"
       "  gatefold.yield outputs(%1 : tensor<f32>)\n"
       "}"},
      {"reverse",
       {{"xs", "Tx3xf32"}},
       {},
       {{"ys", "Tx3xf32"}, {"last", "3xf32"}},
       "%z = arith.constant dense<0.0> : tensor<3xf32>\n"
       "%half = arith.constant dense<0.5> : tensor<3xf32>\n"
       "%ys, %last = gatefold.scan axis 0 reverse (%x = %xs : tensor<?x3xf32>)\n"
       "    memories(%h = %z as \"h\" : tensor<3xf32>) -> (tensor<?x3xf32>) {\n"
       "  %1 = arith.mulf %h, %half : tensor<3xf32>\n"
       "  %2 = arith.addf %1, %x : tensor<3xf32>\n"
       "  gatefold.yield outputs(%1 : tensor<3xf32>) next(%2 : tensor<3xf32>)\n"
       "}"},
      {"fixed_input",
       {{"xs", "Tx3xf32"}, {"memory", "Sx3xf32"}, {"start", "3xf32"}},
       {},
       {{"ys", "Tx3xf32"}, {"last", "3xf32"}},
       "%s0 = math.tanh %start : tensor<3xf32>\n"
       "%m = math.absf %memory : tensor<?x3xf32>\n"
       "%ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)\n"
       "    memories(%h = %s0 as \"h\" : tensor<3xf32>) -> (tensor<?x3xf32>) {\n"
       "  %1 = arith.addf %h, %x : tensor<3xf32>\n"
       "  %2 = gatefold.dot %1, %m chain : tensor<3xf32>, tensor<?x3xf32> -> tensor<?xf32>\n"
       "  %3 = math.tanh %2 : tensor<?xf32>\n"
       "  %4 = gatefold.dot %3, %m chain transposed : tensor<?xf32>, tensor<?x3xf32> -> "
       "tensor<3xf32>\n"
       "  %5 = math.tanh %4 : tensor<3xf32>\n"
       "  gatefold.yield outputs(%4 : tensor<3xf32>) next(%5 : tensor<3xf32>)\n"
       "}"},
      {"nested",
       {{"xs", "TxSx6xf32"}},
       {},
       {{"ys", "Txf32"}, {"zs", "TxSx6xf32"}},
       "%z = arith.constant dense<0.0> : tensor<f32>\n"
       "%z6 = arith.constant dense<0.0> : tensor<6xf32>\n"
       "%ys, %zs, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x?x6xf32>)\n"
       "    memories(%h = %z as \"outer.h\" : tensor<f32>)\n"
       "    -> (tensor<?xf32>, tensor<?x?x6xf32>) {\n"
       "  %b = gatefold.broadcast %h axes [0] : tensor<f32> -> tensor<6xf32>\n"
       "  %is, %end = gatefold.scan axis 0 (%r = %x : tensor<?x6xf32>)\n"
       "      memories(%i = %z6 as \"inner.h\" : tensor<6xf32>) -> (tensor<?x6xf32>) {\n"
       "    %1 = arith.addf %i, %r : tensor<6xf32>\n"
       "    %2 = arith.addf %1, %b : tensor<6xf32>\n"
       "    %3 = math.tanh %2 : tensor<6xf32>\n"
       "    gatefold.yield outputs(%3 : tensor<6xf32>) next(%3 : tensor<6xf32>)\n"
       "  }\n"
       "  %4 = gatefold.reduce sum %end axes [0] lanes : tensor<6xf32> -> tensor<f32>\n"
       "  gatefold.yield outputs(%4, %is : tensor<f32>, tensor<?x6xf32>) next(%4 : tensor<f32>)\n"
       "}"},
      {"nested_reads_reshaped_value",
       {{"xs", "Tx2x3xf32"}, {"rs", "Sx6xf32"}},
       {},
       {{"ys", "Tx6xf32"}},
       "%z = arith.constant dense<0.0> : tensor<6xf32>\n"
       "%ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x2x3xf32>)\n"
       "    memories(%h = %z as \"h\" : tensor<6xf32>) -> (tensor<?x6xf32>) {\n"
       "  %end = gatefold.scan axis 0 (%r = %rs : tensor<?x6xf32>)\n"
       "      memories(%i = %z as \"i\" : tensor<6xf32>) {\n"
       "    %1 = gatefold.reshape %x replaced 2 : tensor<2x3xf32> -> tensor<6xf32>\n"
       "    %2 = arith.addf %1, %r : tensor<6xf32>\n"
       "    %3 = arith.maximumf %i, %2 : tensor<6xf32>\n"
       "    gatefold.yield next(%3 : tensor<6xf32>)\n"
       "  }\n"
       "  %4 = gatefold.reshape %x replaced 2 : tensor<2x3xf32> -> tensor<6xf32>\n"
       "  %5 = arith.addf %4, %end : tensor<6xf32>\n"
       "  gatefold.yield outputs(%5 : tensor<6xf32>) next(%5 : tensor<6xf32>)\n"
       "}"},
      {"two_layers",
       {{"xs", "Tx3xf32"}},
       {},
       {{"ys", "Tx3xf32"}, {"middle", "Tx3xf32"}},
       "%z = arith.constant dense<0.0> : tensor<3xf32>\n"
       "%middle, %first = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)\n"
       "    memories(%h = %z as \"l0.h\" : tensor<3xf32>) -> (tensor<?x3xf32>) {\n"
       "  %1 = arith.addf %h, %x : tensor<3xf32>\n"
       "  %2 = math.tanh %1 : tensor<3xf32>\n"
       "  gatefold.yield outputs(%2 : tensor<3xf32>) next(%2 : tensor<3xf32>)\n"
       "}\n"
       "%sum = arith.addf %middle, %xs : tensor<?x3xf32>\n"
       "%ys, %second = gatefold.scan axis 0 (%x = %sum : tensor<?x3xf32>, %m = %middle : "
       "tensor<?x3xf32>)\n"
       "    memories(%h = %z as \"l1.h\" : tensor<3xf32>) -> (tensor<?x3xf32>) {\n"
       "  %1 = arith.mulf %h, %x : tensor<3xf32>\n"
       "  %2 = arith.addf %1, %m : tensor<3xf32>\n"
       "  gatefold.yield outputs(%2 : tensor<3xf32>) next(%2 : tensor<3xf32>)\n"
       "}"},
      {"starts_from_the_end_of_another",
       {{"xs", "Tx3xf32"}},
       {},
       {{"ys", "Tx3xf32"}},
       "%z = arith.constant dense<0.0> : tensor<3xf32>\n"
       "%first = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)\n"
       "    memories(%h = %z as \"encoder.h\" : tensor<3xf32>) {\n"
       "  %1 = arith.addf %h, %x : tensor<3xf32>\n"
       "  gatefold.yield next(%1 : tensor<3xf32>)\n"
       "}\n"
       "%ys, %second = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)\n"
       "    memories(%h = %first as \"decoder.h\" : tensor<3xf32>) -> (tensor<?x3xf32>) {\n"
       "  %1 = arith.subf %h, %x : tensor<3xf32>\n"
       "  gatefold.yield outputs(%1 : tensor<3xf32>) next(%1 : tensor<3xf32>)\n"
       "}"},
      {"scan_over_weights",
       {{"xs", "Tx3xf32"}},
       {{"W", "4x3xf32"}},
       {{"ys", "Tx3xf32"}},
       "%z = arith.constant dense<0.0> : tensor<3xf32>\n"
       "%sum = gatefold.scan axis 0 (%w = %W : tensor<4x3xf32>)\n"
       "    memories(%h = %z as \"sum.h\" : tensor<3xf32>) {\n"
       "  %1 = arith.addf %h, %w : tensor<3xf32>\n"
       "  gatefold.yield next(%1 : tensor<3xf32>)\n"
       "}\n"
       "%t = gatefold.dim %xs, 1 : tensor<?x3xf32>\n"
       "%1 = gatefold.broadcast %sum axes [1] sizes(%t) : tensor<3xf32> -> tensor<?x3xf32>\n"
       "%ys = arith.addf %xs, %1 : tensor<?x3xf32>"},
  };
}

GATEFOLD_COMPILED_TESTS(CompiledScan, join({forEach(rnn, "H", {1, 3, 16, 17, 64}), makeScans()}));
