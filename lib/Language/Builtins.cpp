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
    {"exp", Kind::Exp, Rule::Elementwise, 1, 1, "", "e to the power of x"},
    {"expm1", Kind::Expm1, Rule::Elementwise, 1, 1, "", "exp(x) - 1, exact near 0"},
    {"log", Kind::Log, Rule::Elementwise, 1, 1, "", "natural logarithm"},
    {"log1p", Kind::Log1p, Rule::Elementwise, 1, 1, "", "log(1 + x), exact near 0"},
    {"sqrt", Kind::Sqrt, Rule::Elementwise, 1, 1, "", "square root"},
    {"sin", Kind::Sin, Rule::Elementwise, 1, 1, "", "sine of radians"},
    {"cos", Kind::Cos, Rule::Elementwise, 1, 1, "", "cosine of radians"},
    {"tanh", Kind::Tanh, Rule::Elementwise, 1, 1, "", "hyperbolic tangent"},
    {"erf", Kind::Erf, Rule::Elementwise, 1, 1, "", "error function"},
    {"floor", Kind::Floor, Rule::Elementwise, 1, 1, "", "largest integer not above x"},
    {"ceil", Kind::Ceil, Rule::Elementwise, 1, 1, "", "smallest integer not below x"},
    {"round", Kind::Round, Rule::Elementwise, 1, 1, "", "nearest integer, halves to the even one"},
    {"abs", Kind::Abs, Rule::Elementwise, 1, 1, "", "absolute value, also of integers"},
    {"min", Kind::ReduceMin, Rule::Reduction, 1, 1, "axis", "smallest element"},
    {"min", Kind::Minimum, Rule::ElementwisePair, 2, 2, "", "smaller of two, elementwise"},
    {"max", Kind::ReduceMax, Rule::Reduction, 1, 1, "axis", "largest element"},
    {"max", Kind::Maximum, Rule::ElementwisePair, 2, 2, "", "larger of two, elementwise"},
    {"sum", Kind::Sum, Rule::Reduction, 1, 1, "axis", "sum of the elements"},
    {"mean", Kind::Mean, Rule::Reduction, 1, 1, "axis", "mean of the elements"},
    {"prod", Kind::Product, Rule::Reduction, 1, 1, "axis", "product of the elements"},
    {"any", Kind::Any, Rule::Reduction, 1, 1, "axis", "whether any element is true"},
    {"all", Kind::All, Rule::Reduction, 1, 1, "axis", "whether all elements are true"},
    {"cumsum", Kind::CumulativeSum, Rule::Along, 1, 1, "axis",
     "sums of the elements up to each, along the last axis or `axis`"},
    {"cumprod", Kind::CumulativeProduct, Rule::Along, 1, 1, "axis",
     "products of the elements up to each, along the last axis or `axis`"},
    {"argmax", Kind::ArgMax, Rule::ArgMax, 1, 1, "",
     "index of the largest element along the last axis, as a token"},
    {"join", Kind::Join, Rule::Join, 1, anyNumber, "",
     "arguments one behind the other along the last axis"},
    {"stack", Kind::Stack, Rule::Stack, 1, anyNumber, "",
     "arguments of one shape along a new first axis"},
    {"split", Kind::Split, Rule::Split, 2, 2, "",
     "split(x, N): the last axis D becomes two, [N, D / N]"},
    {"flatten", Kind::Flatten, Rule::Flatten, 1, 1, "", "all axes become one"},
    {"transpose", Kind::Transpose, Rule::Transpose, 1, 1, "", "swaps the last two axes"},
    {"permute", Kind::Permute, Rule::Permute, 2, anyNumber, "",
     "permute(x, 2, 0, 1): the axes in another order"},
    {"reshape", Kind::Reshape, Rule::Reshape, 2, anyNumber, "",
     "reshape(x, A, B * C): other axes over the same elements"},
    {"reverse", Kind::Reverse, Rule::Along, 1, 1, "axis",
     "the last axis or `axis` from its end to its start"},
    {"windows", Kind::Windows, Rule::Windows, 2, 2, "stride dilation axis",
     "windows(x, K): the last axis or `axis` becomes two, [n, K], with all n windows of K "
     "elements"},
    {"pad", Kind::Pad, Rule::Pad, 3, 3, "value axis",
     "pad(x, before, after): so many elements more along the last axis or `axis`, 0 or `value`"},
    {"reflect", Kind::Reflect, Rule::Pad, 3, 3, "axis",
     "reflect(x, before, after): so many elements more, mirrored at the first and the last one"},
    {"range", Kind::Range, Rule::Range, 1, 1, "", "the integers from 0 to N - 1"},
    {"f32", Kind::ToF32, Rule::Convert, 1, 1, "", "as 32-bit floating point"},
    {"i32", Kind::ToI32, Rule::Convert, 1, 1, "", "as 32-bit integer, toward zero"},
    {"i64", Kind::ToI64, Rule::Convert, 1, 1, "", "as 64-bit integer, toward zero"},
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
