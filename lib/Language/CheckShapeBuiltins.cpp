//===- CheckShapeBuiltins.cpp - Calls of builtins on shapes -------*- C++ -*-===//
//
// The rules of builtins that move elements: which sizes they make of which.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

using namespace gatefold;
using namespace gatefold::checking;

//===----------------------------------------------------------------------===//
// Several arguments, other axes
//===----------------------------------------------------------------------===//

/// Makes the arguments agree in their element type.
bool DeclarationChecker::sameElements(CallExpression &call) {
  Expression &first = *call.arguments[0];
  for (const ExpressionPtr &argument : call.arguments)
    if (agree(call, first, *argument) == Element::Invalid)
      return false;
  for (const ExpressionPtr &argument : call.arguments)
    if (!adapt(*argument,
               first.type.element == Element::Number ? Element::F32 : first.type.element))
      return false;
  return true;
}

Type DeclarationChecker::typeOfJoin(CallExpression &call) {
  Expression &first = *call.arguments[0];
  for (const ExpressionPtr &argument : call.arguments)
    if (!needsAxes(call, *argument, 1))
      return Type::invalid();
  if (!sameElements(call))
    return Type::invalid();
  Type type = first.type;
  for (const ExpressionPtr &argument : llvm::drop_begin(call.arguments)) {
    llvm::ArrayRef<Dim> dims = argument->type.dims;
    if (dims.drop_back() != llvm::ArrayRef<Dim>(type.dims).drop_back()) {
      Diagnostic &message = error(
          argument->range, "shapes do not fit: `join` needs all axes but the last to be equal");
      noteOperand(message, first);
      noteOperand(message, *argument);
      return Type::invalid();
    }
    type.dims.back() = type.dims.back() + dims.back();
  }
  if (!isAxisSize(diagnostics, call.range, type.dims.back()))
    return Type::invalid();
  return type;
}

Type DeclarationChecker::typeOfStack(CallExpression &call) {
  Expression &first = *call.arguments[0];
  if (!sameElements(call))
    return Type::invalid();
  for (const ExpressionPtr &argument : llvm::drop_begin(call.arguments)) {
    if (argument->type == first.type)
      continue;
    Diagnostic &message =
        error(argument->range, "shapes do not fit: `stack` needs arguments of one shape");
    noteOperand(message, first);
    noteOperand(message, *argument);
    return Type::invalid();
  }
  Type type = first.type;
  type.dims.insert(type.dims.begin(), Dim::constant(call.arguments.size()));
  return type;
}

Type DeclarationChecker::typeOfSplit(CallExpression &call) {
  const Expression &value = *call.arguments[0];
  Expression &parts = *call.arguments[1];
  std::optional<Dim> count = checkSize(parts);
  if (!count || !isAxisSize(diagnostics, parts.range, *count) || !needsAxes(call, value, 1))
    return Type::invalid();
  Type type = value.type;
  std::optional<Dim> part = type.dims.back().dividedBy(*count);
  if (!part || (part->names().empty() && !part->asConstant())) {
    Diagnostic &message =
        error(call.range, "the last axis of " + quoted(textOf(value)) + ", " +
                              type.dims.back().str() + ", does not split into " + count->str());
    noteOperand(message, value);
    return Type::invalid();
  }
  if (!part->names().empty())
    declaration.divisions.push_back({call.range, *part});
  type.dims.back() = *count;
  type.dims.push_back(*part);
  return type;
}

Type DeclarationChecker::typeOfFlatten(CallExpression &call) {
  const Expression &argument = *call.arguments[0];
  if (!needsAxes(call, argument, 1))
    return Type::invalid();
  Dim size = Dim::constant(1);
  for (const Dim &axis : argument.type.dims)
    size = size * axis;
  if (!isAxisSize(diagnostics, call.range, size))
    return Type::invalid();
  return {argument.type.element, {size}};
}

Type DeclarationChecker::typeOfPermute(CallExpression &call) {
  const Expression &value = *call.arguments[0];
  const size_t rank = value.type.rank();
  Type type = Type::scalar(value.type.element);
  std::vector<int64_t> &axes = call.target.axes;
  for (const ExpressionPtr &argument : llvm::drop_begin(call.arguments)) {
    std::optional<int64_t> axis = checkAxis(*argument, value);
    if (!axis)
      return Type::invalid();
    if (llvm::is_contained(axes, *axis)) {
      error(argument->range, "axis " + textOf(*argument) + " is given twice");
      return Type::invalid();
    }
    axes.push_back(*axis);
    type.dims.push_back(value.type.dims[*axis]);
  }
  if (axes.size() == rank)
    return type;
  Diagnostic &message =
      error(call.range, "`permute` needs every axis of " + quoted(textOf(value)) + ", found " +
                            std::to_string(axes.size()) + " of " + std::to_string(rank));
  noteOperand(message, value);
  return Type::invalid();
}

/// The product of all sizes.
static Dim countElements(const Type &type) {
  Dim count = Dim::constant(1);
  for (const Dim &size : type.dims)
    count = count * size;
  return count;
}

Type DeclarationChecker::typeOfReshape(CallExpression &call) {
  Expression &value = *call.arguments[0];
  if (!adapt(value, Element::F32))
    return Type::invalid();
  Type type = Type::scalar(value.type.element);
  for (const ExpressionPtr &argument : llvm::drop_begin(call.arguments)) {
    std::optional<Dim> size = checkSize(*argument);
    if (!size || !isAxisSize(diagnostics, argument->range, *size))
      return Type::invalid();
    type.dims.push_back(*size);
  }
  const Dim before = countElements(value.type), after = countElements(type);
  if (before == after)
    return type;
  Diagnostic &message =
      error(call.range, "`reshape` keeps the number of elements, but " + quoted(textOf(value)) +
                            " has " + before.str() + " and " + type.str() + " has " + after.str());
  noteOperand(message, value);
  return Type::invalid();
}

//===----------------------------------------------------------------------===//
// Windows and borders
//===----------------------------------------------------------------------===//

Type DeclarationChecker::typeOfWindows(CallExpression &call) {
  Expression &value = *call.arguments[0];
  if (!adapt(value, Element::F32) || !checkOnlyAxis(call, value))
    return Type::invalid();
  for (Expression *size :
       {call.arguments[1].get(), findNamed(call, "stride"), findNamed(call, "dilation")}) {
    std::optional<Dim> given = size ? checkSize(*size) : Dim::constant(1);
    if (!given || (size && !isAxisSize(diagnostics, size->range, *given)))
      return Type::invalid();
    call.target.sizes.push_back(*given);
  }
  const Dim &size = call.target.sizes[0], &stride = call.target.sizes[1];
  const Dim one = Dim::constant(1);
  Type type = value.type;
  Dim &axis = type.dims[call.target.axes[0]];
  const Dim reach = call.target.sizes[2] * (size - one) + one;
  std::optional<Dim> steps = (axis - reach).floorDividedBy(stride);
  const Dim count = steps.value_or(Dim()) + one;
  if (count.asConstant().value_or(1) < 1) {
    Diagnostic &message = error(call.range, "a window reaches over " + reach.str() +
                                                " elements, but the axis has " + axis.str());
    noteOperand(message, value);
    return Type::invalid();
  }
  axis = count;
  type.dims.insert(type.dims.begin() + call.target.axes[0] + 1, size);
  return type;
}

/// What `pad` puts around a value: a scalar of its element type.
bool DeclarationChecker::checkPadValue(CallExpression &call) {
  Expression &value = *call.arguments[0];
  Expression *around = findNamed(call, "value");
  if (!around)
    return adapt(value, Element::F32);
  if (agree(call, value, *around) == Element::Invalid || !adapt(value, Element::F32) ||
      !adapt(*around, Element::F32))
    return false;
  call.target.arguments.push_back(around);
  if (around->type.rank() == 0)
    return true;
  error(around->range, "`value` of `pad` is a scalar, found " + around->type.str());
  return false;
}

Type DeclarationChecker::typeOfPad(CallExpression &call, const Builtin &builtin) {
  Expression &value = *call.arguments[0];
  const bool isReflect = builtin.kind == BuiltinKind::Reflect;
  if (!(isReflect ? adapt(value, Element::F32) : checkPadValue(call)) ||
      !checkOnlyAxis(call, value))
    return Type::invalid();
  Type type = value.type;
  Dim &axis = type.dims[call.target.axes[0]];
  const std::optional<int64_t> known = axis.asConstant();
  for (const ExpressionPtr &argument : llvm::drop_begin(call.arguments)) {
    std::optional<Dim> size = checkSize(*argument);
    if (!size)
      return Type::invalid();
    const std::optional<int64_t> number = size->asConstant();
    if (number && *number < 0) {
      error(argument->range, "expected a size of at least 0, found " + size->str());
      return Type::invalid();
    }
    if (isReflect && number && known && *number >= *known) {
      Diagnostic &message = error(
          argument->range, "an axis of size " + std::to_string(*known) + " reflects at most " +
                               std::to_string(*known - 1) + " elements, found " + size->str());
      noteOperand(message, value);
      return Type::invalid();
    }
    call.target.sizes.push_back(*size);
  }
  axis = axis + call.target.sizes[0] + call.target.sizes[1];
  return isAxisSize(diagnostics, call.range, axis) ? type : Type::invalid();
}

Type DeclarationChecker::typeOfRange(CallExpression &call) {
  Expression &argument = *call.arguments[0];
  std::optional<Dim> size = checkSize(argument);
  if (!size || !isAxisSize(diagnostics, argument.range, *size))
    return Type::invalid();
  return {Element::I32, {*size}};
}
