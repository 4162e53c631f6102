//===- CompiledElementwiseTest.cpp - Elementwise operations, compiled -----===//
//
// Elementwise arithmetic, functions, comparisons and conversions, alone and fused.
//
//===----------------------------------------------------------------------===//

#include "CompiledCases.h"

using namespace gatefold::test;

static const std::vector<int64_t> aroundVectors{1, 3, 16, 17, 64};

/// `op` of two tensors.
static ModelText makeBinary(const std::string &op, const std::string &element) {
  std::string name = op + "_" + element;
  std::replace(name.begin(), name.end(), '.', '_');
  std::replace(name.begin(), name.end(), ' ', '_');
  name.erase(std::remove(name.begin(), name.end(), ','), name.end());
  const std::string type = "tensor<?x19x" + element + ">";
  const bool compares = op.find("cmp") != std::string::npos;
  return {name,
          {{"a", "Tx19x" + element, 40}, {"b", "Tx19x" + element, 40}},
          {},
          {{"y", "Tx19x" + (compares ? "i1" : element)}},
          "%y = " + op + " %a, %b : " + type};
}

/// `function` of numbers from -1 to 1.
static ModelText makeUnary(const std::string &function) {
  return {function,
          {{"x", "Tx19xf32"}},
          {},
          {{"y", "Tx19xf32"}},
          "%y = math." + function + " %x : tensor<?x19xf32>"};
}

/// `function` of numbers from 1 to 2.
static ModelText makeUnaryOfPositive(const std::string &function) {
  return {function,
          {{"x", "Tx19xf32"}},
          {},
          {{"y", "Tx19xf32"}},
          "%1 = arith.constant dense<1.5> : tensor<f32>\n"
          "%2 = gatefold.dim %x, 1 : tensor<?x19xf32>\n"
          "%3 = gatefold.broadcast %1 axes [0, 1] sizes(%2) : tensor<f32> -> tensor<?x19xf32>\n"
          "%4 = arith.constant dense<0.5> : tensor<f32>\n"
          "%5 = gatefold.broadcast %4 axes [0, 1] sizes(%2) : tensor<f32> -> tensor<?x19xf32>\n"
          "%6 = arith.mulf %x, %5 : tensor<?x19xf32>\n"
          "%7 = arith.addf %6, %3 : tensor<?x19xf32>\n"
          "%y = math." +
              function + " %7 : tensor<?x19xf32>"};
}

static std::vector<ModelText> makeOperations() {
  std::vector<ModelText> models;
  for (const char *op :
       {"arith.addf", "arith.subf", "arith.mulf", "arith.divf", "arith.maximumf", "arith.minimumf",
        "arith.maxnumf", "arith.minnumf", "arith.remf", "arith.cmpf olt,", "arith.cmpf une,"})
    models.push_back(makeBinary(op, "f32"));
  for (const char *op : {"arith.addi", "arith.subi", "arith.muli", "arith.maxsi", "arith.minsi",
                         "arith.cmpi slt,", "arith.cmpi eq,"})
    models.push_back(makeBinary(op, "i32"));
  models.push_back(makeBinary("arith.addi", "i64"));
  models.push_back(makeBinary("arith.mulf", "f64"));
  for (const char *op : {"arith.andi", "arith.ori", "arith.xori"})
    models.push_back(makeBinary(op, "i1"));
  for (const char *function :
       {"exp", "expm1", "tanh", "erf", "sin", "cos", "absf", "floor", "ceil", "round", "roundeven"})
    models.push_back(makeUnary(function));
  for (const char *function : {"log", "log1p", "sqrt", "rsqrt", "log2"})
    models.push_back(makeUnaryOfPositive(function));
  return models;
}

GATEFOLD_COMPILED_TESTS(CompiledOperation, makeOperations());

/// A division whose divisor lies in memory, since it is the same for all of a batch.
static ModelText makeDivision(const std::string &op) {
  return {op,
          {{"a", "Tx19xi32", 100}},
          {},
          {{"y", "Tx19xi32"}},
          "%t = gatefold.dim %a, 1 : tensor<?x19xi32>\n"
          "%n = arith.constant dense<[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, "
          "18, 19]> : tensor<19xi32>\n"
          "%1 = arith.addi %n, %n : tensor<19xi32>\n"
          "%2 = gatefold.broadcast %1 axes [1] sizes(%t) : tensor<19xi32> -> tensor<?x19xi32>\n"
          "%y = arith." +
              op + " %a, %2 : tensor<?x19xi32>"};
}

GATEFOLD_COMPILED_TESTS(CompiledDivision,
                        std::vector<ModelText>({makeDivision("divsi"), makeDivision("remsi")}));

GATEFOLD_COMPILED_TESTS(
    CompiledFusion,
    join({forEach({"gate",
                   {{"x", "Tx$Hxf32"}, {"y", "Tx$Hxf32"}},
                   {{"b", "$Hxf32"}},
                   {{"z", "Tx$Hxf32"}, {"s", "Tx$Hxf32"}},
                   "%t = gatefold.dim %x, 1 : tensor<?x$Hxf32>\n"
                   "%1 = gatefold.broadcast %b axes [1] sizes(%t) : tensor<$Hxf32> -> "
                   "tensor<?x$Hxf32>\n"
                   "%s = arith.addf %x, %1 : tensor<?x$Hxf32>\n"
                   "%2 = math.tanh %s : tensor<?x$Hxf32>\n"
                   "%3 = arith.negf %y : tensor<?x$Hxf32>\n"
                   "%4 = math.exp %3 : tensor<?x$Hxf32>\n"
                   "%5 = arith.mulf %2, %4 : tensor<?x$Hxf32>\n"
                   "%z = arith.addf %5, %2 : tensor<?x$Hxf32>"},
                  "H", aroundVectors),
          {{"select",
            {{"a", "SxNxf32"}, {"b", "SxNxf32"}},
            {},
            {{"y", "SxNxf32"}, {"c", "SxNxi1"}},
            "%c = arith.cmpf olt, %a, %b : tensor<?x?xf32>\n"
            "%y = arith.select %c, %a, %b : tensor<?x?xi1>, tensor<?x?xf32>"},
           {"bool_in_and_out",
            {{"a", "Tx20xi1"}, {"b", "Tx20xi1"}, {"x", "Tx20xf32"}},
            {},
            {{"c", "Tx20xi1"}, {"y", "Tx20xf32"}},
            "%c = arith.andi %a, %b : tensor<?x20xi1>\n"
            "%z = arith.uitofp %a : tensor<?x20xi1> to tensor<?x20xf32>\n"
            "%y = arith.select %b, %x, %z : tensor<?x20xi1>, tensor<?x20xf32>"},
           {"conversions",
            {{"i", "Tx18xi32", 1000}, {"l", "Tx18xi64", 1000}},
            {},
            {{"y", "Tx18xf32"}, {"m", "Tx18xi64"}, {"d", "Tx18xf64"}},
            "%y = arith.sitofp %i : tensor<?x18xi32> to tensor<?x18xf32>\n"
            "%w = arith.extsi %i : tensor<?x18xi32> to tensor<?x18xi64>\n"
            "%m = arith.addi %w, %l : tensor<?x18xi64>\n"
            "%d = arith.extf %y : tensor<?x18xf32> to tensor<?x18xf64>"},
           {"power",
            {{"x", "Tx5xf32"}},
            {},
            {{"y", "Tx5xf32"}},
            "%1 = math.absf %x : tensor<?x5xf32>\n"
            "%y = math.powf %1, %x : tensor<?x5xf32>"},
           {"scalars",
            {{"x", "f32"}, {"t", "Txf32"}},
            {},
            {{"y", "f32"}, {"u", "Txf32"}},
            "%1 = math.exp %x : tensor<f32>\n"
            "%y = arith.addf %1, %x : tensor<f32>\n"
            "%n = gatefold.dim %t, 0 : tensor<?xf32>\n"
            "%2 = gatefold.broadcast %y axes [0] sizes(%n) : tensor<f32> -> tensor<?xf32>\n"
            "%u = arith.mulf %t, %2 : tensor<?xf32>"},
           {"input_returned",
            {{"x", "Tx5xf32"}},
            {{"W", "3xf32"}},
            {{"x", "Tx5xf32"}, {"W", "3xf32"}},
            ""},
           {"constants",
            {{"x", "Tx4xf32"}},
            {},
            {{"y", "Tx4xf32"}, {"k", "3xi32"}, {"z", "2x2xf32"}, {"c", "4xi1"}},
            "%b = arith.constant dense<[1.0, -2.0, 0.5, 4.0]> : tensor<4xf32>\n"
            "%t = gatefold.dim %x, 1 : tensor<?x4xf32>\n"
            "%1 = gatefold.broadcast %b axes [1] sizes(%t) : tensor<4xf32> -> tensor<?x4xf32>\n"
            "%y = arith.mulf %x, %1 : tensor<?x4xf32>\n"
            "%k = arith.constant dense<[3, 1, 2]> : tensor<3xi32>\n"
            "%z = arith.constant dense<7.5> : tensor<2x2xf32>\n"
            "%c = arith.constant dense<[true, false, false, true]> : tensor<4xi1>"},
           {"sizes_as_numbers",
            {{"x", "Sxf32"}},
            {},
            {{"y", "Sxf32"}},
            "%n = gatefold.dim %x, 0 : tensor<?xf32>\n"
            "%i = arith.index_cast %n : index to i64\n"
            "%f = arith.sitofp %i : i64 to f32\n"
            "%s = tensor.from_elements %f : tensor<f32>\n"
            "%b = gatefold.broadcast %s axes [0] sizes(%n) : tensor<f32> -> tensor<?xf32>\n"
            "%y = arith.divf %x, %b : tensor<?xf32>"}}}));
