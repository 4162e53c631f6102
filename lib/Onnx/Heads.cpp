//===- Heads.cpp - Heads of attention ----------------------------*- C++ -*-===//
//
// Splits, merges and groups them.
//
//===----------------------------------------------------------------------===//

#include "Heads.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::onnx;

std::optional<Dim> onnx::divideWhole(const Dim &size, const Dim &divisor) {
  std::optional<Dim> exact = size.dividedBy(divisor), floor = size.floorDividedBy(divisor);
  return exact && floor && *exact == *floor ? exact : std::nullopt;
}

Value onnx::splitHeads(Builder &builder, Value x, int64_t heads) {
  std::optional<Dim> size;
  if (x->rank() == 3 && heads > 0)
    size = divideWhole(x->shape[2], Dim::constant(heads));
  if (!size)
    fail("a tensor of shape " + spellShape(x->shape) + " does not divide into " +
         llvm::Twine(heads) + " heads");
  return builder.reshape(x, {x->shape[0], x->shape[1], Dim::constant(heads), *size});
}

Value onnx::mergeHeads(Builder &builder, Value x) {
  return builder.reshape(x, {x->shape[0], x->shape[1], x->shape[2] * x->shape[3]});
}

Value onnx::groupHeads(Builder &builder, Value x, int64_t axis, const Dim &groups) {
  std::optional<Dim> shared = divideWhole(x->shape[axis], groups);
  if (!shared)
    fail(x->shape[axis].str() + " heads of queries do not share " + groups.str() +
         " heads of keys");
  Shape shape = x->shape;
  shape[axis] = *shared;
  shape.insert(shape.begin() + axis, groups);
  return builder.reshape(x, shape);
}

double onnx::defaultScale(const Dim &size) {
  std::optional<int64_t> number = size.asConstant();
  if (!number || *number < 1)
    fail("vectors of " + size.str() + " elements, a size that has to be known");
  return 1 / std::sqrt(static_cast<double>(*number));
}
