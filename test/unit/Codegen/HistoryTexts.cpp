//===- HistoryTexts.cpp - Models with memories that grow ------------------===//
//
// The texts of the models.
//
//===----------------------------------------------------------------------===//

#include "HistoryTexts.h"

using namespace gatefold::test;

/// Keys and values of $D numbers, and the softmax of %s, [.., steps so far], in %w.
static const char *const attentionBegin =
    "%zero = arith.constant dense<0.0> : tensor<f32>\n"
    "%start = arith.constant dense<0> : tensor<i32>\n"
    "%t = gatefold.dim %xs, 1 : tensor<?x8xf32>\n"
    "%none = gatefold.broadcast %zero axes [0, 1] sizes(%t) : tensor<f32> -> tensor<?x8xf32>\n"
    "%ys, %ks, %vs, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x8xf32>)\n"
    "    memories(%k = %none as \"k\" : tensor<?x8xf32>, %v = %none as \"v\" : tensor<?x8xf32>,\n"
    "             %p = %start as \"position\" : tensor<i32>) -> (tensor<?x8xf32>) {\n"
    "  %one = arith.constant dense<1> : tensor<i32>\n"
    "  %n = arith.addi %p, %one : tensor<i32>\n"
    "  %q = gatefold.dot %x, %Q chain : tensor<8xf32>, tensor<8x8xf32> -> tensor<8xf32>\n"
    "  %ke = gatefold.dot %x, %K chain : tensor<8xf32>, tensor<8x8xf32> -> tensor<8xf32>\n"
    "  %ve = gatefold.dot %x, %V chain : tensor<8xf32>, tensor<8x8xf32> -> tensor<8xf32>\n"
    "  %k1 = gatefold.append %k at %p, %ke\n"
    "      : tensor<?x8xf32>, tensor<i32>, tensor<8xf32> -> tensor<?x8xf32>\n"
    "      loc(\"k\"(\"model.fold\":7:3))\n"
    "  %v1 = gatefold.append %v at %p, %ve\n"
    "      : tensor<?x8xf32>, tensor<i32>, tensor<8xf32> -> tensor<?x8xf32>\n"
    "  %kn = gatefold.prefix %k1 count %n : tensor<?x8xf32>, tensor<i32> -> tensor<?x8xf32>\n"
    "  %vn = gatefold.prefix %v1 count %n : tensor<?x8xf32>, tensor<i32> -> tensor<?x8xf32>\n";

static const char *const attentionEnd =
    "  gatefold.yield outputs(%y : tensor<8xf32>)\n"
    "    next(%k1, %v1, %n : tensor<?x8xf32>, tensor<?x8xf32>, tensor<i32>)\n"
    "}";

static ModelText makeAttentionText(const std::string &name, const std::string &middle) {
  return {name,
          {{"xs", "Tx8xf32"}},
          {{"Q", "8x8xf32"}, {"K", "8x8xf32"}, {"V", "8x8xf32"}},
          {{"ys", "Tx8xf32"}},
          attentionBegin + middle + attentionEnd};
}

ModelText gatefold::test::makeAttention() {
  return makeAttentionText(
      "attention",
      "  %s = gatefold.dot %q, %kn chain : tensor<8xf32>, tensor<?x8xf32> -> tensor<?xf32>\n"
      "  %d = gatefold.dim %s, 0 : tensor<?xf32>\n"
      "  %m = gatefold.reduce maximum %s axes [0] lanes : tensor<?xf32> -> tensor<f32>\n"
      "  %mb = gatefold.broadcast %m axes [0] sizes(%d) : tensor<f32> -> tensor<?xf32>\n"
      "  %c = arith.subf %s, %mb : tensor<?xf32>\n"
      "  %e = math.exp %c : tensor<?xf32>\n"
      "  %z = gatefold.reduce sum %e axes [0] lanes : tensor<?xf32> -> tensor<f32>\n"
      "  %zb = gatefold.broadcast %z axes [0] sizes(%d) : tensor<f32> -> tensor<?xf32>\n"
      "  %w = arith.divf %e, %zb : tensor<?xf32>\n"
      "  %y = gatefold.dot %w, %vn chain transposed : tensor<?xf32>, tensor<?x8xf32> -> "
      "tensor<8xf32>\n");
}

/// Two heads of 4 numbers each, without the softmax: every number is exact.
static ModelText makeLinearHeads() {
  return makeAttentionText(
      "linear_heads",
      "  %qh = gatefold.reshape %q replaced 1 : tensor<8xf32> -> tensor<2x4xf32>\n"
      "  %kr = gatefold.reshape %kn replaced 1 : tensor<?x8xf32> -> tensor<?x2x4xf32>\n"
      "  %vr = gatefold.reshape %vn replaced 1 : tensor<?x8xf32> -> tensor<?x2x4xf32>\n"
      "  %kh = gatefold.transpose %kr [1, 0, 2] : tensor<?x2x4xf32> -> tensor<2x?x4xf32>\n"
      "  %vh = gatefold.transpose %vr [1, 0, 2] : tensor<?x2x4xf32> -> tensor<2x?x4xf32>\n"
      "  %s = gatefold.dot %qh, %kh chain mapped 1 : tensor<2x4xf32>, tensor<2x?x4xf32> -> "
      "tensor<2x?xf32>\n"
      "  %yh = gatefold.dot %s, %vh lanes mapped 1 transposed : tensor<2x?xf32>, tensor<2x?x4xf32> "
      "-> tensor<2x4xf32>\n"
      "  %y = gatefold.reshape %yh replaced 2 : tensor<2x4xf32> -> tensor<8xf32>\n");
}

/// The last four values, fewer in the beginning.
static ModelText makeFillingWindow() {
  return {"filling_window",
          {{"xs", "Tx3xf32"}},
          {},
          {{"ys", "Tx3xf32"}, {"firsts", "Tx3xf32"}},
          "%z = arith.constant dense<0.0> : tensor<4x3xf32>\n"
          "%start = arith.constant dense<0> : tensor<i32>\n"
          "%four = arith.constant dense<4> : tensor<i32>\n"
          "%ys, %firsts, %all, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x3xf32>)\n"
          "    memories(%w = %z as \"w\" : tensor<4x3xf32>, %p = %start as \"position\" : "
          "tensor<i32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {\n"
          "  %one = arith.constant dense<1> : tensor<i32>\n"
          "  %n = arith.addi %p, %one : tensor<i32>\n"
          "  %c = arith.minsi %n, %four : tensor<i32>\n"
          "  %old = gatefold.slice %w axis 1 offset 1 size 3 : tensor<4x3xf32> -> tensor<3x3xf32>\n"
          "  %new = gatefold.reshape %x replaced 1 : tensor<3xf32> -> tensor<1x3xf32>\n"
          "  %w1 = gatefold.concat %old, %new axis 1 : tensor<3x3xf32>, tensor<1x3xf32> -> "
          "tensor<4x3xf32>\n"
          "  %m = gatefold.suffix %w1 count %c : tensor<4x3xf32>, tensor<i32> -> tensor<?x3xf32>\n"
          "  %y = gatefold.reduce sum %m axes [1] chain : tensor<?x3xf32> -> tensor<3xf32>\n"
          "  %f = gatefold.slice %m axis 1 offset 0 size 1 : tensor<?x3xf32> -> tensor<1x3xf32>\n"
          "  %g = gatefold.reshape %f replaced 2 : tensor<1x3xf32> -> tensor<3xf32>\n"
          "  gatefold.yield outputs(%y, %g : tensor<3xf32>, tensor<3xf32>)\n"
          "    next(%w1, %n : tensor<4x3xf32>, tensor<i32>)\n"
          "}"};
}

/// Histories of scalars and of bools, read as vectors.
static ModelText makeScalarHistories() {
  return {"scalars_and_bools",
          {{"xs", "Txf32"}, {"flags", "Txi1"}},
          {},
          {{"ys", "Txf32"}, {"zs", "Txf32"}},
          "%zero = arith.constant dense<0.0> : tensor<f32>\n"
          "%no = arith.constant dense<false> : tensor<i1>\n"
          "%start = arith.constant dense<0> : tensor<i64>\n"
          "%t = gatefold.dim %xs, 0 : tensor<?xf32>\n"
          "%h0 = gatefold.broadcast %zero axes [0] sizes(%t) : tensor<f32> -> tensor<?xf32>\n"
          "%b0 = gatefold.broadcast %no axes [0] sizes(%t) : tensor<i1> -> tensor<?xi1>\n"
          "%ys, %zs, %hs, %bs, %last = gatefold.scan axis 0 (%x = %xs : tensor<?xf32>, %f = %flags "
          ": tensor<?xi1>)\n"
          "    memories(%h = %h0 as \"h\" : tensor<?xf32>, %b = %b0 as \"b\" : tensor<?xi1>, %p = "
          "%start as \"position\" : tensor<i64>) -> (tensor<?xf32>, tensor<?xf32>) {\n"
          "  %one = arith.constant dense<1> : tensor<i64>\n"
          "  %n = arith.addi %p, %one : tensor<i64>\n"
          "  %h1 = gatefold.append %h at %p, %x : tensor<?xf32>, tensor<i64>, tensor<f32> -> "
          "tensor<?xf32>\n"
          "  %b1 = gatefold.append %b at %p, %f : tensor<?xi1>, tensor<i64>, tensor<i1> -> "
          "tensor<?xi1>\n"
          "  %hn = gatefold.prefix %h1 count %n : tensor<?xf32>, tensor<i64> -> tensor<?xf32>\n"
          "  %bn = gatefold.prefix %b1 count %n : tensor<?xi1>, tensor<i64> -> tensor<?xi1>\n"
          "  %negative = arith.negf %hn : tensor<?xf32>\n"
          "  %s = arith.select %bn, %hn, %negative : tensor<?xi1>, tensor<?xf32>\n"
          "  %y = gatefold.reduce sum %s axes [0] lanes : tensor<?xf32> -> tensor<f32>\n"
          "  %e = gatefold.slice %s axis 0 offset -1 size 1 : tensor<?xf32> -> tensor<1xf32>\n"
          "  %z = gatefold.reshape %e replaced 1 : tensor<1xf32> -> tensor<f32>\n"
          "  gatefold.yield outputs(%y, %z : tensor<f32>, tensor<f32>)\n"
          "    next(%h1, %b1, %n : tensor<?xf32>, tensor<?xi1>, tensor<i64>)\n"
          "}"};
}

/// A scan over time with another within that has a history of its own; $reverse or nothing.
static ModelText makeNested(const std::string &name, const std::string &reverse) {
  return {
      name,
      {{"xs", "TxSx2xf32"}},
      {},
      {{"ys", "Tx2xf32"}},
      "%zero = arith.constant dense<0.0> : tensor<f32>\n"
      "%start = arith.constant dense<0> : tensor<i32>\n"
      "%z = arith.constant dense<0.0> : tensor<2xf32>\n"
      "%ys, %last = gatefold.scan axis 0 " +
          reverse +
          " (%x = %xs : tensor<?x?x2xf32>)\n"
          "    memories(%h = %z as \"h\" : tensor<2xf32>) -> (tensor<?x2xf32>) {\n"
          "  %s = gatefold.dim %x, 1 : tensor<?x2xf32>\n"
          "  %none = gatefold.broadcast %zero axes [0, 1] sizes(%s) : tensor<f32> -> "
          "tensor<?x2xf32>\n"
          "  %is, %rows, %end = gatefold.scan axis 0 (%r = %x : tensor<?x2xf32>)\n"
          "      memories(%k = %none as \"k\" : tensor<?x2xf32>, %p = %start as \"p\" : "
          "tensor<i32>) -> (tensor<?x2xf32>) {\n"
          "    %one = arith.constant dense<1> : tensor<i32>\n"
          "    %n = arith.addi %p, %one : tensor<i32>\n"
          "    %e = arith.addf %r, %h : tensor<2xf32>\n"
          "    %k1 = gatefold.append %k at %p, %e : tensor<?x2xf32>, tensor<i32>, tensor<2xf32> "
          "-> tensor<?x2xf32>\n"
          "    %m = gatefold.prefix %k1 count %n : tensor<?x2xf32>, tensor<i32> -> "
          "tensor<?x2xf32>\n"
          "    %1 = gatefold.reduce maximum %m axes [1] chain : tensor<?x2xf32> -> "
          "tensor<2xf32>\n"
          "    gatefold.yield outputs(%1 : tensor<2xf32>)\n"
          "      next(%k1, %n : tensor<?x2xf32>, tensor<i32>)\n"
          "  }\n"
          "  %2 = gatefold.reduce maximum %is axes [1] chain : tensor<?x2xf32> -> tensor<2xf32>\n"
          "  %3 = gatefold.reduce minimum %rows axes [1] chain : tensor<?x2xf32> -> tensor<2xf32>\n"
          "  %4 = arith.subf %2, %3 : tensor<2xf32>\n"
          "  gatefold.yield outputs(%4 : tensor<2xf32>) next(%4 : tensor<2xf32>)\n"
          "}"};
}

/// A model that cannot be stepped: its history has as many rows as the sequence.
static ModelText makeReverse() {
  return {"reverse_history",
          {{"xs", "Tx2xf32"}},
          {},
          {{"ys", "Tx2xf32"}},
          "%zero = arith.constant dense<0.0> : tensor<f32>\n"
          "%start = arith.constant dense<0> : tensor<i32>\n"
          "%t = gatefold.dim %xs, 1 : tensor<?x2xf32>\n"
          "%none = gatefold.broadcast %zero axes [0, 1] sizes(%t) : tensor<f32> -> "
          "tensor<?x2xf32>\n"
          "%ys, %all, %last = gatefold.scan axis 0 reverse (%x = %xs : tensor<?x2xf32>)\n"
          "    memories(%k = %none as \"k\" : tensor<?x2xf32>, %p = %start as \"position\" : "
          "tensor<i32>) -> (tensor<?x2xf32>) {\n"
          "  %one = arith.constant dense<1> : tensor<i32>\n"
          "  %n = arith.addi %p, %one : tensor<i32>\n"
          "  %k1 = gatefold.append %k at %p, %x : tensor<?x2xf32>, tensor<i32>, tensor<2xf32> -> "
          "tensor<?x2xf32>\n"
          "  %m = gatefold.prefix %k1 count %n : tensor<?x2xf32>, tensor<i32> -> tensor<?x2xf32>\n"
          "  %a = gatefold.slice %m axis 1 offset -1 size 1 : tensor<?x2xf32> -> tensor<1x2xf32>\n"
          "  %b = gatefold.slice %m axis 1 offset 0 size 1 : tensor<?x2xf32> -> tensor<1x2xf32>\n"
          "  %c = arith.subf %a, %b : tensor<1x2xf32>\n"
          "  %y = gatefold.reshape %c replaced 2 : tensor<1x2xf32> -> tensor<2xf32>\n"
          "  gatefold.yield outputs(%y : tensor<2xf32>)\n"
          "    next(%k1, %n : tensor<?x2xf32>, tensor<i32>)\n"
          "}"};
}

std::vector<ModelText> gatefold::test::makeHistoryTexts() {
  return {makeAttention(),
          makeLinearHeads(),
          makeFillingWindow(),
          makeScalarHistories(),
          makeNested("nested_history", ""),
          makeNested("nested_history_in_reverse", "reverse"),
          makeReverse()};
}
