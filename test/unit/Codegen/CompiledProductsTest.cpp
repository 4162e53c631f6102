//===- CompiledProductsTest.cpp - Products and reductions, compiled -------===//
//
// Every form of a product and of a reduction, with extents around the width of a vector.
//
//===----------------------------------------------------------------------===//

#include "CompiledCases.h"

using namespace gatefold::test;

static const std::vector<int64_t> aroundVectors{1, 3, 16, 17, 20, 64};

/// Products of a vector or of rows with a weight, in both orders.
static std::vector<ModelText> makeDots(const std::string &order) {
  return join({
      forEach({"dot_" + order + "_terms",
               {{"x", "Tx$Kxf32"}},
               {{"W", "5x$Kxf32"}},
               {{"y", "Tx5xf32"}},
               "%y = gatefold.dot %x, %W " + order +
                   " : tensor<?x$Kxf32>, tensor<5x$Kxf32> -> tensor<?x5xf32>"},
              "K", aroundVectors),
      forEach({"dot_" + order + "_outputs",
               {{"x", "Tx7xf32"}},
               {{"W", "$Mx7xf32"}},
               {{"y", "Tx$Mxf32"}},
               "%y = gatefold.dot %x, %W " + order +
                   " : tensor<?x7xf32>, tensor<$Mx7xf32> -> tensor<?x$Mxf32>"},
              "M", aroundVectors),
      forEach({"dot_" + order + "_transposed",
               {{"x", "Tx9xf32"}},
               {{"W", "9x$Lxf32"}},
               {{"y", "Tx$Lxf32"}},
               "%y = gatefold.dot %x, %W " + order +
                   " transposed : tensor<?x9xf32>, tensor<9x$Lxf32> -> tensor<?x$Lxf32>"},
              "L", aroundVectors),
      forEach({"dot_" + order + "_panels",
               {{"x", "Tx9xf32"}},
               {{"W", "$Px9x16xf32"}},
               {{"y", "Tx$Px16xf32"}},
               "%y = gatefold.dot %x, %W " + order +
                   " transposed : tensor<?x9xf32>, tensor<$Px9x16xf32> -> tensor<?x$Px16xf32>"},
              "P", {1, 3, 4, 9}),
      forEach({"dot_" + order + "_narrow_panels",
               {{"x", "Tx9xf32"}},
               {{"W", "2x5x9x$Lxf32"}},
               {{"y", "Tx2x5x$Lxf32"}},
               "%y = gatefold.dot %x, %W " + order +
                   " transposed : tensor<?x9xf32>, tensor<2x5x9x$Lxf32> -> tensor<?x2x5x$Lxf32>"},
              "L", {1, 5, 17}),
      {{"dot_" + order + "_two_values",
        {{"a", "Sx6xf32"}, {"b", "Nx6xf32"}},
        {},
        {{"y", "SxNxf32"}},
        "%y = gatefold.dot %a, %b " + order +
            " : tensor<?x6xf32>, tensor<?x6xf32> -> tensor<?x?xf32>"},
       {"dot_" + order + "_mapped",
        {{"a", "SxNxf32"}, {"b", "Sx4xNxf32"}},
        {},
        {{"y", "Sx4xf32"}},
        "%y = gatefold.dot %a, %b " + order +
            " mapped 1 : tensor<?x?xf32>, tensor<?x4x?xf32> -> tensor<?x4xf32>"},
       {"dot_" + order + "_mapped_transposed",
        {{"a", "2x3xSxf32"}, {"b", "2xSxNxf32"}},
        {},
        {{"y", "2x3xNxf32"}},
        "%y = gatefold.dot %a, %b " + order +
            " mapped 1 transposed : tensor<2x3x?xf32>, tensor<2x?x?xf32> -> tensor<2x3x?xf32>"},
       {"dot_" + order + "_of_scalar_result",
        {{"a", "Sxf32"}, {"b", "Sxf32"}},
        {},
        {{"y", "f32"}},
        "%y = gatefold.dot %a, %b " + order + " : tensor<?xf32>, tensor<?xf32> -> tensor<f32>"},
       {"dot_" + order + "_weight_first",
        {{"x", "Tx5xf32"}},
        {{"W", "4x5xf32"}},
        {{"y", "4xTxf32"}},
        "%y = gatefold.dot %W, %x " + order +
            " : tensor<4x5xf32>, tensor<?x5xf32> -> tensor<4x?xf32>"},
       {"dot_" + order + "_of_transposed_operand",
        {{"x", "5xSxf32"}},
        {{"W", "4x5xf32"}},
        {{"y", "Sx4xf32"}},
        "%t = gatefold.transpose %x [1, 0] : tensor<5x?xf32> -> tensor<?x5xf32>\n"
        "%y = gatefold.dot %t, %W " +
            order + " : tensor<?x5xf32>, tensor<4x5xf32> -> tensor<?x4xf32>"},
       {"dot_" + order + "_of_slices",
        {{"x", "Tx20xf32"}},
        {{"W", "6x40xf32"}},
        {{"y", "Tx6xf32"}},
        "%a = gatefold.slice %x axis 0 offset 3 size 17 : tensor<?x20xf32> -> tensor<?x17xf32>\n"
        "%b = gatefold.slice %W axis 0 offset 5 size 17 : tensor<6x40xf32> -> tensor<6x17xf32>\n"
        "%y = gatefold.dot %a, %b " +
            order + " : tensor<?x17xf32>, tensor<6x17xf32> -> tensor<?x6xf32>"},
       {"dot_" + order + "_double",
        {{"x", "Tx20xf64"}, {"W", "3x20xf64"}},
        {},
        {{"y", "Tx3xf64"}},
        "%y = gatefold.dot %x, %W " + order +
            " : tensor<?x20xf64>, tensor<3x20xf64> -> tensor<?x3xf64>"}},
  });
}

GATEFOLD_COMPILED_TESTS(CompiledDot, join({makeDots("chain"), makeDots("lanes")}));

/// Products with weights in panels of 16 bits, alone and with an epilogue.
static std::vector<ModelText> makeShortPanels(const std::string &element) {
  const std::string round = "%s = arith.truncf %P : tensor<2x9x3x16xf32> to tensor<2x9x3x16x" +
                            element +
                            ">\n"
                            "%a, %b, %c = gatefold.dots %x panels %s : tensor<?x9xf32> panels "
                            "tensor<2x9x3x16x" +
                            element + "> -> tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>";
  return {{"panels_of_" + element,
           {{"x", "Tx9xf32"}},
           {{"P", "2x9x3x16xf32"}},
           {{"a", "Tx32xf32"}, {"b", "Tx32xf32"}, {"c", "Tx32xf32"}},
           round},
          {"fused_panels_of_" + element,
           {{"x", "Tx9xf32"}},
           {{"P", "2x9x3x16xf32"}},
           {{"y", "Tx32xf32"}},
           round + "\n%0 = arith.mulf %a, %b : tensor<?x32xf32>\n"
                   "%y = arith.addf %0, %c : tensor<?x32xf32>"}};
}

GATEFOLD_COMPILED_TESTS(CompiledShortPanels,
                        join({makeShortPanels("bf16"), makeShortPanels("f16")}));

/// Products with panels of bytes, alone and with an epilogue.
static std::vector<ModelText> makeBytePanels() {
  const std::string multiply =
      "%forty = arith.constant dense<4.0e1> : tensor<7x12xf32>\n"
      "%forties = arith.constant dense<4.0e1> : tensor<2x3x3x64xf32>\n"
      "%0 = arith.mulf %x, %forty : tensor<7x12xf32>\n"
      "%1 = arith.fptosi %0 : tensor<7x12xf32> to tensor<7x12xi8>\n"
      "%2 = arith.mulf %P, %forties : tensor<2x3x3x64xf32>\n"
      "%3 = arith.fptosi %2 : tensor<2x3x3x64xf32> to tensor<2x3x3x64xi8>\n"
      "%a, %b, %c = gatefold.dots %1 panels %3 : tensor<7x12xi8> panels tensor<2x3x3x64xi8>"
      " -> tensor<7x32xi32>, tensor<7x32xi32>, tensor<7x32xi32>\n";
  return {{"panels_of_bytes",
           {{"x", "7x12xf32"}},
           {{"P", "2x3x3x64xf32"}},
           {{"a", "7x32xi32"}, {"b", "7x32xi32"}, {"c", "7x32xi32"}},
           multiply},
          {"fused_panels_of_bytes",
           {{"x", "7x12xf32"}},
           {{"P", "2x3x3x64xf32"}},
           {{"y", "7x32xf32"}},
           multiply + "%4 = arith.subi %a, %b : tensor<7x32xi32>\n"
                      "%5 = arith.addi %4, %c : tensor<7x32xi32>\n"
                      "%y = arith.sitofp %5 : tensor<7x32xi32> to tensor<7x32xf32>"}};
}

GATEFOLD_COMPILED_TESTS(CompiledBytePanels, makeBytePanels());

static std::vector<ModelText> makeReductions(const std::string &kind, const std::string &order) {
  const std::string reduce = "gatefold.reduce " + kind + " ", end = " " + order + " : ";
  return join({
      forEach({"reduce_" + kind + "_" + order,
               {{"x", "Tx$Kxf32"}},
               {},
               {{"y", "Txf32"}},
               "%y = " + reduce + "%x axes [0]" + end + "tensor<?x$Kxf32> -> tensor<?xf32>"},
              "K", aroundVectors),
      forEach({"reduce_" + kind + "_" + order + "_outer",
               {{"x", "Sx$Kxf32"}},
               {},
               {{"y", "$Kxf32"}},
               "%y = " + reduce + "%x axes [1]" + end + "tensor<?x$Kxf32> -> tensor<$Kxf32>"},
              "K", {1, 16, 20}),
      {{"reduce_" + kind + "_" + order + "_all",
        {{"x", "SxNxf32"}},
        {},
        {{"y", "f32"}},
        "%y = " + reduce + "%x axes [0, 1]" + end + "tensor<?x?xf32> -> tensor<f32>"},
       {"reduce_" + kind + "_" + order + "_apart",
        {{"x", "3xSx5xf32"}},
        {},
        {{"y", "Sxf32"}},
        "%y = " + reduce + "%x axes [0, 2]" + end + "tensor<3x?x5xf32> -> tensor<?xf32>"},
       {"reduce_" + kind + "_" + order + "_none",
        {{"x", "Tx5xf32"}},
        {},
        {{"y", "Tx5xf32"}},
        "%y = " + reduce + "%x axes []" + end + "tensor<?x5xf32> -> tensor<?x5xf32>"},
       {"reduce_" + kind + "_" + order + "_integers",
        {{"x", "Tx20xi32"}},
        {},
        {{"y", "Txi32"}},
        "%y = " + reduce + "%x axes [0]" + end + "tensor<?x20xi32> -> tensor<?xi32>"}},
  });
}

GATEFOLD_COMPILED_TESTS(CompiledReduce,
                        join({makeReductions("sum", "chain"), makeReductions("sum", "lanes"),
                              makeReductions("product", "lanes"),
                              makeReductions("maximum", "lanes"),
                              makeReductions("minimum", "chain")}));

GATEFOLD_COMPILED_TESTS(
    CompiledArgMax, join({forEach({"argmax",
                                   {{"x", "Tx$Kxf32"}},
                                   {},
                                   {{"y", "Txi32"}},
                                   "%y = gatefold.argmax %x : tensor<?x$Kxf32> -> tensor<?xi32>"},
                                  "K", aroundVectors),
                          {{"argmax_integers", // many of them equal
                            {{"x", "SxNxi32"}},
                            {},
                            {{"y", "Sxi32"}},
                            "%y = gatefold.argmax %x : tensor<?x?xi32> -> tensor<?xi32>"}}}));
