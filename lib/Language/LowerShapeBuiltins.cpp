//===- LowerShapeBuiltins.cpp - Calls of builtins on shapes -------*- C++ -*-===//
//
// Builtins that move elements without changing them.
//
//===----------------------------------------------------------------------===//

#include "LowerValue.h"

using namespace gatefold;
using namespace gatefold::lowering;

//===----------------------------------------------------------------------===//
// Several values, other axes
//===----------------------------------------------------------------------===//

LoweredValue lowering::concatenate(ValueBuilder &build, llvm::ArrayRef<LoweredValue> parts,
                                   int64_t axis, const Shape &shape) {
  const bool isFramed = llvm::any_of(parts, [](const LoweredValue &part) { return part.isFramed; });
  llvm::SmallVector<mlir::Value> tensors;
  for (const LoweredValue &part : parts)
    tensors.push_back(build.expand(part, part.element, part.shape, isFramed).tensor);
  return build.value(ir::ConcatOp::create(build.builder, build.location, tensors, axis),
                     parts[0].element, shape, isFramed);
}

static LoweredValue lowerStack(ValueBuilder &build, llvm::ArrayRef<LoweredValue> arguments,
                               const Shape &shape) {
  Element element = Element::F32;
  for (const LoweredValue &argument : arguments)
    if (!argument.isNumber())
      element = argument.element;
  llvm::SmallVector<LoweredValue> parts;
  for (const LoweredValue &argument : arguments)
    parts.push_back(build.insertAxis(build.asTensor(argument, element), 0));
  return concatenate(build, parts, shape.size() - 1, shape);
}

LoweredValue lowering::reshape(ValueBuilder &build, const LoweredValue &input, const Shape &shape,
                               uint64_t replaced) {
  mlir::Value reshaped = ir::ReshapeOp::create(build.builder, build.location,
                                               build.typeOf(input.element, shape, input.isFramed),
                                               input.tensor, replaced);
  return build.value(reshaped, input.element, shape, input.isFramed);
}

static LoweredValue lowerTranspose(ValueBuilder &build, const LoweredValue &input,
                                   const Shape &shape) {
  const int64_t swapped[] = {1, 0};
  mlir::Value transposed =
      ir::TransposeOp::create(build.builder, build.location, input.tensor, swapped);
  return build.value(transposed, input.element, shape, input.isFramed);
}

static LoweredValue lowerPermute(ValueBuilder &build, const LoweredValue &input,
                                 llvm::ArrayRef<int64_t> axes, const Shape &shape) {
  mlir::Value permuted = ir::TransposeOp::create(build.builder, build.location, input.tensor, axes);
  return build.value(permuted, input.element, shape, input.isFramed);
}

static LoweredValue lowerReshape(ValueBuilder &build, const LoweredValue &input,
                                 const Shape &shape) {
  const uint64_t kept = countKept(input.shape, shape);
  return reshape(build, build.asTensor(input), shape, input.rank() - kept);
}

//===----------------------------------------------------------------------===//
// Along one axis
//===----------------------------------------------------------------------===//

static LoweredValue lowerReverse(ValueBuilder &build, const LoweredValue &input, int64_t axis) {
  LoweredValue result = input;
  result.tensor =
      ir::ReverseOp::create(build.builder, build.location, input.tensor, input.rank() - 1 - axis);
  return result;
}

static LoweredValue lowerWindows(ValueBuilder &build, const LoweredValue &input, int64_t axis,
                                 llvm::ArrayRef<int64_t> sizes, const Shape &shape) {
  mlir::Value windows =
      ir::WindowsOp::create(build.builder, build.location, input.tensor, input.rank() - 1 - axis,
                            sizes[0], sizes[1], sizes[2]);
  return build.value(windows, input.element, shape, input.isFramed);
}

static LoweredValue lowerPad(ValueBuilder &build, const BuiltinCall &call) {
  const LoweredValue &input = call.arguments[0];
  const LoweredValue around =
      call.arguments.size() > 1 ? call.arguments[1] : LoweredValue::makeNumber(0);
  const int64_t axis = call.axes[0];
  auto border = [&](int64_t size) {
    Shape shape = input.shape;
    shape[axis] = Dim::constant(size);
    LoweredValue part =
        build.expand(around, input.element, shape, input.isFramed || around.isFramed);
    part.element = input.element;
    return part;
  };
  llvm::SmallVector<LoweredValue> parts{input};
  if (call.sizes[0] > 0)
    parts.insert(parts.begin(), border(call.sizes[0]));
  if (call.sizes[1] > 0)
    parts.push_back(border(call.sizes[1]));
  return parts.size() == 1 ? input
                           : concatenate(build, parts, input.rank() - 1 - axis, call.result);
}

/// The elements next to the first and the last one, from the inside to the outside.
static LoweredValue lowerReflect(ValueBuilder &build, const BuiltinCall &call) {
  const LoweredValue &input = call.arguments[0];
  const int64_t axis = call.axes[0];
  const Dim one = Dim::constant(1), last = input.shape[axis] - one;
  llvm::SmallVector<LoweredValue> parts{input};
  if (const Dim before = Dim::constant(call.sizes[0]); call.sizes[0] > 0)
    parts.insert(parts.begin(),
                 lowerReverse(build, lowerRange(build, input, axis, one, before + one), axis));
  if (const Dim after = Dim::constant(call.sizes[1]); call.sizes[1] > 0)
    parts.push_back(lowerReverse(build, lowerRange(build, input, axis, last - after, last), axis));
  return parts.size() == 1 ? input
                           : concatenate(build, parts, input.rank() - 1 - axis, call.result);
}

LoweredValue lowering::lowerShapeBuiltin(ValueBuilder &build, BuiltinKind builtin,
                                         const BuiltinCall &call) {
  if (builtin == BuiltinKind::Range)
    return lowerCount(build, call.result[0]);
  const LoweredValue &first = call.arguments[0];
  switch (builtin) {
  case BuiltinKind::Join:
    return concatenate(build, call.arguments, 0, call.result);
  case BuiltinKind::Stack:
    return lowerStack(build, call.arguments, call.result);
  case BuiltinKind::Split:
    return reshape(build, first, call.result, 1);
  case BuiltinKind::Flatten:
    return first.rank() == 1 ? first : reshape(build, first, call.result, first.rank());
  case BuiltinKind::Transpose:
    return lowerTranspose(build, first, call.result);
  case BuiltinKind::Permute:
    return lowerPermute(build, first, call.axes, call.result);
  case BuiltinKind::Reshape:
    return lowerReshape(build, first, call.result);
  case BuiltinKind::Reverse:
    return lowerReverse(build, first, call.axes[0]);
  case BuiltinKind::Windows:
    return lowerWindows(build, first, call.axes[0], call.sizes, call.result);
  case BuiltinKind::Pad:
    return lowerPad(build, call);
  default:
    return lowerReflect(build, call);
  }
}
