//===- CompiledAttentionTest.cpp - Attention in one pass, compiled --------===//
//
// Means that are weighted by softmaxes of many kinds of scores, with extents around the width of a
// vector. The optimiser makes one pass of each; the interpreter runs them as they are written.
//
//===----------------------------------------------------------------------===//

#include "CompiledCases.h"

using namespace gatefold::test;

/// The softmax of %scores, whose type is "tensor<`lead``keys`xf32>", and its product by %values,
/// `values`xf32 with as many axes mapped. %s is the number of keys.
static std::string meanOf(const std::string &lead, const std::string &keys,
                          const std::string &values, int mapped) {
  std::string scores = "tensor<" + lead + keys + "xf32>", rest = "tensor<" + lead + "f32>";
  std::string sizes = keys == "?" ? "sizes(%s) " : "";
  std::string width = values.substr(values.rfind('x') + 1);
  return "%largest = gatefold.reduce maximum %scores axes [0] lanes : " + scores + " -> " + rest +
         "\n%lb = gatefold.broadcast %largest axes [0] " + sizes + ": " + rest + " -> " + scores +
         "\n%difference = arith.subf %scores, %lb : " + scores +
         "\n%powers = math.exp %difference : " + scores +
         "\n%sum = gatefold.reduce sum %powers axes [0] lanes : " + scores + " -> " + rest +
         "\n%sb = gatefold.broadcast %sum axes [0] " + sizes + ": " + rest + " -> " + scores +
         "\n%shares = arith.divf %powers, %sb : " + scores +
         "\n%y = gatefold.dot %shares, %values chain mapped " + std::to_string(mapped) +
         " transposed : " + scores + ", tensor<" + values + "xf32> -> tensor<" + lead + width +
         "xf32>\n";
}

static const std::string numKeys = "%s = gatefold.dim %values, 1 : tensor<?x$Vxf32>\n";

/// Products of queries and keys of several widths, and values of several.
static std::vector<ModelText> makeProducts() {
  ModelText widths{"product_width",
                   {{"q", "Tx$Dxf32"}, {"keys", "Sx$Dxf32"}, {"values", "Sx5xf32"}},
                   {},
                   {{"y", "Tx5xf32"}},
                   "%s = gatefold.dim %values, 1 : tensor<?x5xf32>\n"
                   "%scores = gatefold.dot %q, %keys chain : tensor<?x$Dxf32>, tensor<?x$Dxf32> "
                   "-> tensor<?x?xf32>\n" +
                       meanOf("?x", "?", "?x5", 0)};
  ModelText values{"product_values",
                   {{"q", "Tx4xf32"}, {"keys", "Sx4xf32"}, {"values", "Sx$Vxf32"}},
                   {},
                   {{"y", "Tx$Vxf32"}},
                   numKeys +
                       "%scores = gatefold.dot %q, %keys lanes : tensor<?x4xf32>, tensor<?x4xf32> "
                       "-> tensor<?x?xf32>\n" +
                       meanOf("?x", "?", "?x$V", 0)};
  ModelText fixed{"product_fixed_keys",
                  {{"q", "Tx20xf32"}},
                  {{"keys", "$Sx20xf32"}, {"values", "$Sx17xf32"}},
                  {{"y", "Tx17xf32"}},
                  "%scores = gatefold.dot %q, %keys chain : tensor<?x20xf32>, tensor<$Sx20xf32> "
                  "-> tensor<?x$Sxf32>\n" +
                      meanOf("?x", "$S", "$Sx17", 0)};
  return join({forEach(widths, "D", {1, 16, 20, 64}), forEach(values, "V", {1, 3, 16, 20, 100}),
               forEach(fixed, "S", {1, 5, 16, 20, 48, 64, 150})});
}

/// Scores that are no product alone.
static std::vector<ModelText> makeScores() {
  ModelText additive{"additive",
                     {{"q", "Tx$Axf32"}, {"keys", "Sx$Axf32"}, {"values", "Sx8xf32"}},
                     {{"v", "$Axf32"}},
                     {{"y", "Tx8xf32"}},
                     "%s = gatefold.dim %values, 1 : tensor<?x8xf32>\n"
                     "%t = gatefold.dim %q, 1 : tensor<?x$Axf32>\n"
                     "%qb = gatefold.broadcast %q axes [1] sizes(%s) : tensor<?x$Axf32> -> "
                     "tensor<?x?x$Axf32>\n"
                     "%kb = gatefold.broadcast %keys axes [2] sizes(%t) : tensor<?x$Axf32> -> "
                     "tensor<?x?x$Axf32>\n"
                     "%added = arith.addf %qb, %kb : tensor<?x?x$Axf32>\n"
                     "%bent = math.tanh %added : tensor<?x?x$Axf32>\n"
                     "%scores = gatefold.dot %bent, %v chain : tensor<?x?x$Axf32>, tensor<$Axf32> "
                     "-> tensor<?x?xf32>\n" +
                         meanOf("?x", "?", "?x8", 0)};
  ModelText distance{"distance",
                     {{"q", "Tx9xf32"}, {"keys", "Sx9xf32"}, {"values", "Sx8xf32"}},
                     {},
                     {{"y", "Tx8xf32"}},
                     "%s = gatefold.dim %values, 1 : tensor<?x8xf32>\n"
                     "%t = gatefold.dim %q, 1 : tensor<?x9xf32>\n"
                     "%qb = gatefold.broadcast %q axes [1] sizes(%s) : tensor<?x9xf32> -> "
                     "tensor<?x?x9xf32>\n"
                     "%kb = gatefold.broadcast %keys axes [2] sizes(%t) : tensor<?x9xf32> -> "
                     "tensor<?x?x9xf32>\n"
                     "%d = arith.subf %qb, %kb : tensor<?x?x9xf32>\n"
                     "%square = arith.mulf %d, %d : tensor<?x?x9xf32>\n"
                     "%all = gatefold.reduce sum %square axes [0] chain : tensor<?x?x9xf32> -> "
                     "tensor<?x?xf32>\n"
                     "%scores = arith.negf %all : tensor<?x?xf32>\n" +
                         meanOf("?x", "?", "?x8", 0)};
  ModelText given{"given",
                  {{"scores", "TxSxf32"}, {"values", "Sx6xf32"}},
                  {},
                  {{"y", "Tx6xf32"}},
                  "%s = gatefold.dim %values, 1 : tensor<?x6xf32>\n" + meanOf("?x", "?", "?x6", 0)};
  ModelText wide{"dynamic_width",
                 {{"q", "TxNxf32"}, {"keys", "SxNxf32"}, {"values", "SxNxf32"}},
                 {},
                 {{"y", "TxNxf32"}},
                 "%s = gatefold.dim %values, 1 : tensor<?x?xf32>\n"
                 "%scores = gatefold.dot %q, %keys chain : tensor<?x?xf32>, tensor<?x?xf32> -> "
                 "tensor<?x?xf32>\n" +
                     meanOf("?x", "?", "?x?", 0)};
  return join({forEach(additive, "A", {1, 10, 16, 33}), {distance, given, wide}});
}

/// Heads and queries are mapped, a mask hides what comes later and what an input hides, and a bias
/// hangs on the head and the distance.
static std::vector<ModelText> makeHeads() {
  ModelText masked{"masked_heads",
                   {{"q", "Tx2x4xf32"},
                    {"place", "Txi32", 40},
                    {"keys", "Sx2x4xf32"},
                    {"time", "Sxi32", 40},
                    {"open", "Sxi1"},
                    {"given", "Sx2x4xf32"}},
                   {{"slope", "2xf32"}},
                   {{"y", "2xTx4xf32"}},
                   R"(
%s = gatefold.dim %keys, 2 : tensor<?x2x4xf32>
%t = gatefold.dim %q, 2 : tensor<?x2x4xf32>
%qh = gatefold.transpose %q [1, 0, 2] : tensor<?x2x4xf32> -> tensor<2x?x4xf32>
%kh = gatefold.transpose %keys [1, 0, 2] : tensor<?x2x4xf32> -> tensor<2x?x4xf32>
%values = gatefold.transpose %given [1, 0, 2] : tensor<?x2x4xf32> -> tensor<2x?x4xf32>
%products = gatefold.dot %qh, %kh chain mapped 1 : tensor<2x?x4xf32>, tensor<2x?x4xf32> -> tensor<2x?x?xf32>
%pb = gatefold.broadcast %place axes [0] sizes(%s) : tensor<?xi32> -> tensor<?x?xi32>
%tb = gatefold.broadcast %time axes [1] sizes(%t) : tensor<?xi32> -> tensor<?x?xi32>
%distance = arith.subi %pb, %tb : tensor<?x?xi32>
%zero = arith.constant dense<0> : tensor<i32>
%zb = gatefold.broadcast %zero axes [0, 1] sizes(%t, %s) : tensor<i32> -> tensor<?x?xi32>
%before = arith.cmpi sge, %distance, %zb : tensor<?x?xi32>
%ob = gatefold.broadcast %open axes [1] sizes(%t) : tensor<?xi1> -> tensor<?x?xi1>
%seen = arith.andi %before, %ob : tensor<?x?xi1>
%seen2 = gatefold.broadcast %seen axes [2] : tensor<?x?xi1> -> tensor<2x?x?xi1>
%far = arith.sitofp %distance : tensor<?x?xi32> to tensor<?x?xf32>
%fb = gatefold.broadcast %far axes [2] : tensor<?x?xf32> -> tensor<2x?x?xf32>
%slb = gatefold.broadcast %slope axes [0, 1] sizes(%t, %s) : tensor<2xf32> -> tensor<2x?x?xf32>
%bias = arith.mulf %fb, %slb : tensor<2x?x?xf32>
%with = arith.addf %products, %bias : tensor<2x?x?xf32>
%low = arith.constant dense<-1.0e30> : tensor<f32>
%lowb = gatefold.broadcast %low axes [0, 1, 2] sizes(%t, %s) : tensor<f32> -> tensor<2x?x?xf32>
%scores = arith.select %seen2, %with, %lowb : tensor<2x?x?xi1>, tensor<2x?x?xf32>
)" + meanOf("2x?x", "?", "2x?x4", 1)};
  return {masked};
}

/// Each query sees some of 200 keys that lie side by side, up to the one at its own place. With few
/// of them most blocks of keys are hidden as a whole.
static std::vector<ModelText> makeWindows() {
  ModelText window{"window_hidden",
                   {{"q", "Tx4xf32"}, {"place", "Txi32", 200}},
                   {{"keys", "200x4xf32"}, {"values", "200x6xf32"}},
                   {{"y", "Tx6xf32"}},
                   R"(
%t = gatefold.dim %q, 1 : tensor<?x4xf32>
%one = arith.constant dense<1> : tensor<200xi32>
%times = gatefold.cumulate sum %one axis 0 : tensor<200xi32>
%products = gatefold.dot %q, %keys chain : tensor<?x4xf32>, tensor<200x4xf32> -> tensor<?x200xf32>
%pb = gatefold.broadcast %place axes [0] : tensor<?xi32> -> tensor<?x200xi32>
%tb = gatefold.broadcast %times axes [1] sizes(%t) : tensor<200xi32> -> tensor<?x200xi32>
%distance = arith.subi %pb, %tb : tensor<?x200xi32>
%now = arith.constant dense<-1> : tensor<i32>
%zb = gatefold.broadcast %now axes [0, 1] sizes(%t) : tensor<i32> -> tensor<?x200xi32>
%before = arith.cmpi sge, %distance, %zb : tensor<?x200xi32>
%far = arith.constant dense<$L> : tensor<i32>
%fb = gatefold.broadcast %far axes [0, 1] sizes(%t) : tensor<i32> -> tensor<?x200xi32>
%near = arith.cmpi slt, %distance, %fb : tensor<?x200xi32>
%seen = arith.andi %before, %near : tensor<?x200xi1>
%low = arith.constant dense<-1.0e30> : tensor<f32>
%lowb = gatefold.broadcast %low axes [0, 1] sizes(%t) : tensor<f32> -> tensor<?x200xf32>
%scores = arith.select %seen, %products, %lowb : tensor<?x200xi1>, tensor<?x200xf32>
)" + meanOf("?x", "200", "200x6", 0)};
  ModelText infinite = window;
  infinite.name = "window_infinitely_hidden";
  size_t number = infinite.body.find("-1.0e30");
  infinite.body.replace(number, 7, "0xFF800000");
  return join({forEach(window, "L", {20, 500}), forEach(infinite, "L", {20, 500})});
}

/// Scores that are infinite or no numbers where `predicate` holds of a random number and `limit`.
static ModelText makeSpecial(const std::string &name, const std::string &limit,
                             const std::string &score) {
  return {"special_" + name,
          {{"x", "TxSxf32"}, {"values", "Sx6xf32"}},
          {},
          {{"y", "Tx6xf32"}},
          "%s = gatefold.dim %values, 1 : tensor<?x6xf32>\n"
          "%t = gatefold.dim %x, 1 : tensor<?x?xf32>\n"
          "%c = arith.constant dense<" +
              limit +
              "> : tensor<f32>\n"
              "%cb = gatefold.broadcast %c axes [0, 1] sizes(%t, %s) : tensor<f32> -> "
              "tensor<?x?xf32>\n"
              "%is = arith.cmpf olt, %x, %cb : tensor<?x?xf32>\n"
              "%special = arith.constant dense<" +
              score +
              "> : tensor<f32>\n"
              "%specials = gatefold.broadcast %special axes [0, 1] sizes(%t, %s) : tensor<f32> -> "
              "tensor<?x?xf32>\n"
              "%scores = arith.select %is, %specials, %x : tensor<?x?xi1>, tensor<?x?xf32>\n" +
              meanOf("?x", "?", "?x6", 0)};
}

static std::vector<ModelText> makeSpecials() {
  return {makeSpecial("some_hidden", "0.5", "0xFF800000"),
          makeSpecial("most_hidden", "0.95", "0xFF800000"),
          makeSpecial("all_hidden", "2.0", "0xFF800000"),
          makeSpecial("some_infinite", "-0.95", "0x7F800000"),
          makeSpecial("some_no_numbers", "-0.95", "0x7FC00000"),
          makeSpecial("huge", "-0.5", "3.0e38"),
          makeSpecial("very_small", "0.5", "-3.0e38")};
}

GATEFOLD_COMPILED_TESTS(AttentionProduct, makeProducts());
GATEFOLD_COMPILED_TESTS(AttentionScore, makeScores());
GATEFOLD_COMPILED_TESTS(AttentionHeads, makeHeads());
GATEFOLD_COMPILED_TESTS(AttentionWindow, makeWindows());
GATEFOLD_COMPILED_TESTS(AttentionSpecial, makeSpecials());
