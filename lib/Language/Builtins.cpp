//===- Builtins.cpp - The functions the language brings along -----*- C++ -*-===//
//
// The table of builtins and look-up by name.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Builtins.h"

using namespace gatefold;

using Kind = BuiltinKind;
using Rule = BuiltinRule;

static constexpr Builtin builtins[] = {
    {"exp", Kind::Exp, Rule::Elementwise, 1, 1, false, "e to the power of x"},
    {"expm1", Kind::Expm1, Rule::Elementwise, 1, 1, false, "exp(x) - 1, exact near 0"},
    {"log", Kind::Log, Rule::Elementwise, 1, 1, false, "natural logarithm"},
    {"log1p", Kind::Log1p, Rule::Elementwise, 1, 1, false, "log(1 + x), exact near 0"},
    {"sqrt", Kind::Sqrt, Rule::Elementwise, 1, 1, false, "square root"},
    {"sin", Kind::Sin, Rule::Elementwise, 1, 1, false, "sine of radians"},
    {"cos", Kind::Cos, Rule::Elementwise, 1, 1, false, "cosine of radians"},
    {"tanh", Kind::Tanh, Rule::Elementwise, 1, 1, false, "hyperbolic tangent"},
    {"erf", Kind::Erf, Rule::Elementwise, 1, 1, false, "error function"},
    {"floor", Kind::Floor, Rule::Elementwise, 1, 1, false, "largest integer not above x"},
    {"ceil", Kind::Ceil, Rule::Elementwise, 1, 1, false, "smallest integer not below x"},
    {"round", Kind::Round, Rule::Elementwise, 1, 1, false,
     "nearest integer, halves to the even one"},
    {"abs", Kind::Abs, Rule::Elementwise, 1, 1, false, "absolute value, also of integers"},
    {"min", Kind::ReduceMin, Rule::Reduction, 1, 1, true, "smallest element"},
    {"min", Kind::Minimum, Rule::ElementwisePair, 2, 2, false, "smaller of two, elementwise"},
    {"max", Kind::ReduceMax, Rule::Reduction, 1, 1, true, "largest element"},
    {"max", Kind::Maximum, Rule::ElementwisePair, 2, 2, false, "larger of two, elementwise"},
    {"sum", Kind::Sum, Rule::Reduction, 1, 1, true, "sum of the elements"},
    {"mean", Kind::Mean, Rule::Reduction, 1, 1, true, "mean of the elements"},
    {"prod", Kind::Product, Rule::Reduction, 1, 1, true, "product of the elements"},
    {"argmax", Kind::ArgMax, Rule::ArgMax, 1, 1, false,
     "index of the largest element along the last axis, as a token"},
    {"join", Kind::Join, Rule::Join, 1, anyNumber, false,
     "arguments one behind the other along the last axis"},
    {"stack", Kind::Stack, Rule::Stack, 1, anyNumber, false,
     "arguments of one shape along a new first axis"},
    {"split", Kind::Split, Rule::Split, 2, 2, false,
     "split(x, N): the last axis D becomes two, [N, D / N]"},
    {"flatten", Kind::Flatten, Rule::Flatten, 1, 1, false, "all axes become one"},
    {"transpose", Kind::Transpose, Rule::Transpose, 1, 1, false, "swaps the last two axes"},
    {"f32", Kind::ToF32, Rule::Convert, 1, 1, false, "as 32-bit floating point"},
    {"i32", Kind::ToI32, Rule::Convert, 1, 1, false, "as 32-bit integer, toward zero"},
    {"i64", Kind::ToI64, Rule::Convert, 1, 1, false, "as 64-bit integer, toward zero"},
};

llvm::ArrayRef<Builtin> gatefold::allBuiltins() { return builtins; }

const Builtin *gatefold::findBuiltin(llvm::StringRef name, unsigned arguments) {
  const Builtin *first = nullptr;
  for (const Builtin &builtin : builtins) {
    if (builtin.name != name)
      continue;
    if (builtin.minArguments <= arguments && arguments <= builtin.maxArguments)
      return &builtin;
    first = first ? first : &builtin;
  }
  return first;
}

bool gatefold::isBuiltin(llvm::StringRef name) { return findBuiltin(name, 0) != nullptr; }
