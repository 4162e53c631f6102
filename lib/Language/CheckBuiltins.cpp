//===- CheckBuiltins.cpp - Calls of builtins ----------------------*- C++ -*-===//
//
// One function for each rule of the table of builtins.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

using namespace gatefold;
using namespace gatefold::checking;

Type DeclarationChecker::callBuiltin(CallExpression &call, llvm::StringRef name) {
  const Builtin &builtin = *findBuiltin(name, call.arguments.size());
  call.target.kind = CallTarget::Kind::Builtin;
  call.target.builtin = &builtin;
  if (!checkBuiltinArguments(call, builtin))
    return Type::invalid();
  for (const ExpressionPtr &argument : call.arguments) {
    if (argument->type.isInvalid())
      return Type::invalid();
    call.target.arguments.push_back(argument.get());
  }
  Expression &first = *call.arguments[0];
  const bool alsoIntegers = builtin.kind != BuiltinKind::Mean;
  switch (builtin.rule) {
  case BuiltinRule::Elementwise:
    return needsFloat(call, first, builtin.kind == BuiltinKind::Abs) ? first.type : Type::invalid();
  case BuiltinRule::ElementwisePair: {
    Expression &second = *call.arguments[1];
    Element element = agree(call, first, second);
    if (element == Element::Invalid || !needsFloat(call, first, true) ||
        !needsFloat(call, second, true))
      return Type::invalid();
    return elementwise(call, first, second, first.type.element);
  }
  case BuiltinRule::Reduction:
    return needsFloat(call, first, alsoIntegers) ? typeOfReduction(call, builtin) : Type::invalid();
  case BuiltinRule::ArgMax: {
    if (!needsFloat(call, first, true) || !needsAxes(call, first, 1))
      return Type::invalid();
    Type type = first.type;
    type.element = Element::Token;
    type.dims.pop_back();
    return type;
  }
  case BuiltinRule::Join:
    return typeOfJoin(call);
  case BuiltinRule::Stack:
    return typeOfStack(call);
  case BuiltinRule::Split:
    return typeOfSplit(call);
  case BuiltinRule::Flatten:
    return typeOfFlatten(call);
  case BuiltinRule::Transpose: {
    if (!needsAxes(call, first, 2))
      return Type::invalid();
    Type type = first.type;
    std::swap(type.dims[type.rank() - 1], type.dims[type.rank() - 2]);
    return type;
  }
  case BuiltinRule::Convert:
    return typeOfConversion(call, builtin);
  }
  llvm_unreachable("every rule is listed");
}

/// Checks the number of positional arguments and that no other than `axis` is named.
bool DeclarationChecker::checkBuiltinArguments(CallExpression &call, const Builtin &builtin) {
  const std::string name = quoted(builtin.name);
  bool isValid = true;
  bool seenAxis = false;
  for (const NamedArgument &argument : call.named) {
    if (!builtin.takesAxis || argument.name.text != "axis") {
      Diagnostic &message =
          error(argument.name.range, name + " has no parameter " + quoted(argument.name.text));
      if (builtin.takesAxis)
        message.withHint("the axis is given as `axis = 0`");
      isValid = false;
    } else if (seenAxis) {
      error(argument.name.range, "parameter `axis` is given twice");
      isValid = false;
    } else {
      seenAxis = true;
    }
  }
  const size_t found = call.arguments.size();
  if (found >= builtin.minArguments && found <= builtin.maxArguments)
    return isValid;
  std::string expected;
  for (const Builtin &other : allBuiltins())
    if (other.name == builtin.name) {
      const unsigned least = other.minArguments;
      expected += (expected.empty() ? "" : " or ") +
                  (other.maxArguments == anyNumber ? "at least " : std::string()) +
                  std::to_string(least);
    }
  error(call.range, name + " takes " + expected +
                        (expected == "1" || found == 0 ? " argument" : " arguments") + ", found " +
                        std::to_string(found));
  return false;
}

bool DeclarationChecker::needsFloat(CallExpression &call, Expression &argument, bool alsoIntegers) {
  if (!adapt(argument, Element::F32))
    return false;
  const Element element = argument.type.element;
  if (element == Element::F32 ||
      (alsoIntegers && (element == Element::I32 || element == Element::I64)))
    return true;
  const std::string text = textOf(argument);
  error(argument.range, quoted(textOf(*call.callee)) + " needs " +
                            (alsoIntegers ? "numbers" : "f32") + ", found " + argument.type.str())
      .withHint(element == Element::Token ? "write `f32(i32(" + text + "))`"
                                          : "write `f32(" + text + ")`");
  return false;
}

bool DeclarationChecker::needsAxes(CallExpression &call, const Expression &argument,
                                   unsigned count) {
  if (argument.type.rank() >= count)
    return true;
  error(argument.range, quoted(textOf(*call.callee)) + " needs at least " + std::to_string(count) +
                            (count == 1 ? " axis" : " axes") + ", but " + quoted(textOf(argument)) +
                            " is " + argument.type.str());
  return false;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Type DeclarationChecker::typeOfReduction(CallExpression &call, const Builtin &builtin) {
  const Expression &argument = *call.arguments[0];
  if (!needsAxes(call, argument, 1))
    return Type::invalid();
  Type type = argument.type;
  if (call.named.empty()) {
    for (unsigned axis = 0; axis < type.rank(); ++axis)
      call.target.axes.push_back(axis);
    type.dims.clear();
    return type;
  }
  std::optional<int64_t> axis = checkAxis(call, argument);
  if (!axis)
    return Type::invalid();
  call.target.axes.push_back(*axis);
  type.dims.erase(type.dims.begin() + *axis);
  return type;
}

/// The `axis` of a call, counted from the front.
std::optional<int64_t> DeclarationChecker::checkAxis(CallExpression &call,
                                                     const Expression &argument) {
  Expression *value = call.named[0].value.get();
  auto *sign = llvm::dyn_cast<UnaryExpression>(value);
  const bool isNegative = sign && sign->op == UnaryOperator::Negate;
  auto *number = llvm::dyn_cast<NumberExpression>(isNegative ? sign->operand.get() : value);
  if (!number || !number->isInteger) {
    error(value->range, "expected an integer for `axis`, found " + quoted(textOf(*value)));
    return std::nullopt;
  }
  const auto rank = static_cast<int64_t>(argument.type.rank());
  const double written = isNegative ? -number->value : number->value;
  if (written >= static_cast<double>(rank) || written < -static_cast<double>(rank)) {
    error(value->range, quoted(textOf(argument)) + " is " + argument.type.str() +
                            " and has no axis " + textOf(*value))
        .withHint(rank == 1 ? "its only axis is 0"
                            : "its axes are 0 to " + std::to_string(rank - 1) + ", or -1 to -" +
                                  std::to_string(rank) + " from the end");
    return std::nullopt;
  }
  const auto axis = static_cast<int64_t>(written);
  return axis < 0 ? axis + rank : axis;
}

//===----------------------------------------------------------------------===//
// Shapes
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

Type DeclarationChecker::typeOfConversion(CallExpression &call, const Builtin &builtin) {
  Expression &argument = *call.arguments[0];
  const Element target = builtin.kind == BuiltinKind::ToF32   ? Element::F32
                         : builtin.kind == BuiltinKind::ToI32 ? Element::I32
                                                              : Element::I64;
  if (argument.type.element == Element::Token && target != Element::I32) {
    error(call.range, "a token converts to i32 only")
        .withHint("write `" + builtin.name + "(i32(" + textOf(argument) + "))`");
    return Type::invalid();
  }
  if (!adapt(argument, isSize(argument) ? target : Element::F32))
    return Type::invalid();
  return {target, argument.type.dims};
}
