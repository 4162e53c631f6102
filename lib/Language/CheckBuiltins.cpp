//===- CheckBuiltins.cpp - Calls of builtins ----------------------*- C++ -*-===//
//
// One function for each rule of the table of builtins; those on shapes are in
// CheckShapeBuiltins.cpp.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

using namespace gatefold;
using namespace gatefold::checking;

/// How many of the arguments in front are values; the others are sizes.
static size_t countValues(const Builtin &builtin, size_t arguments) {
  switch (builtin.rule) {
  case BuiltinRule::Range:
    return 0;
  case BuiltinRule::Split:
  case BuiltinRule::Permute:
  case BuiltinRule::Reshape:
  case BuiltinRule::Windows:
  case BuiltinRule::Pad:
    return 1;
  default:
    return arguments;
  }
}

Type DeclarationChecker::callBuiltin(CallExpression &call, llvm::StringRef name) {
  const Builtin &builtin = *findBuiltin(name, call.arguments.size());
  call.target.kind = CallTarget::Kind::Builtin;
  call.target.builtin = &builtin;
  if (!checkBuiltinArguments(call, builtin))
    return Type::invalid();
  for (const ExpressionPtr &argument : call.arguments)
    if (argument->type.isInvalid())
      return Type::invalid();
  for (size_t i = 0; i < countValues(builtin, call.arguments.size()); ++i)
    call.target.arguments.push_back(call.arguments[i].get());
  return typeOfBuiltin(call, builtin);
}

Type DeclarationChecker::typeOfBuiltin(CallExpression &call, const Builtin &builtin) {
  Expression &first = *call.arguments[0];
  switch (builtin.rule) {
  case BuiltinRule::Elementwise:
    return needsFloat(call, first, builtin.kind == BuiltinKind::Abs) ? first.type : Type::invalid();
  case BuiltinRule::ElementwisePair:
    return typeOfPair(call);
  case BuiltinRule::Reduction:
    return typeOfReduction(call, builtin);
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
  case BuiltinRule::Permute:
    return typeOfPermute(call);
  case BuiltinRule::Reshape:
    return typeOfReshape(call);
  case BuiltinRule::Along: {
    const bool isReverse = builtin.kind == BuiltinKind::Reverse;
    if (!adapt(first, Element::F32) || (!isReverse && !needsFloat(call, first, true)) ||
        !checkOnlyAxis(call, first))
      return Type::invalid();
    return first.type;
  }
  case BuiltinRule::Windows:
    return typeOfWindows(call);
  case BuiltinRule::Pad:
    return typeOfPad(call, builtin);
  case BuiltinRule::Range:
    return typeOfRange(call);
  case BuiltinRule::Convert:
    return typeOfConversion(call, builtin);
  }
  llvm_unreachable("every rule is listed");
}

Type DeclarationChecker::typeOfPair(CallExpression &call) {
  Expression &first = *call.arguments[0], &second = *call.arguments[1];
  Element element = agree(call, first, second);
  if (element == Element::Invalid || !needsFloat(call, first, true) ||
      !needsFloat(call, second, true))
    return Type::invalid();
  return elementwise(call, first, second, first.type.element);
}

/// Checks the number of positional arguments and the names of the others.
bool DeclarationChecker::checkBuiltinArguments(CallExpression &call, const Builtin &builtin) {
  const std::string name = quoted(builtin.name);
  llvm::SmallVector<llvm::StringRef> known;
  builtin.parameters.split(known, ' ', -1, /*KeepEmpty=*/false);
  bool isValid = true;
  llvm::StringMap<SourceRange> seen;
  for (const NamedArgument &argument : call.named) {
    const std::string &given = argument.name.text;
    if (!llvm::is_contained(known, given)) {
      Diagnostic &message = error(argument.name.range, name + " has no parameter " + quoted(given));
      if (known.size() == 1)
        message.withHint("the axis is given as `axis = 0`");
      else if (!known.empty())
        hintNearest(message, given, std::vector<std::string>(known.begin(), known.end()));
      isValid = false;
    } else if (!seen.try_emplace(given, argument.name.range).second) {
      error(argument.name.range, "parameter " + quoted(given) + " is given twice");
      isValid = false;
    } else if (given != "axis" && argument.value->type.isInvalid()) {
      isValid = false;
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
  Expression &argument = *call.arguments[0];
  const bool isLogical = builtin.kind == BuiltinKind::Any || builtin.kind == BuiltinKind::All;
  if (isLogical && argument.type.element != Element::Bool) {
    error(argument.range, quoted(builtin.name) + " needs bool, found " + argument.type.str())
        .withHint("compare the elements with something");
    return Type::invalid();
  }
  if (!isLogical && !needsFloat(call, argument, builtin.kind != BuiltinKind::Mean))
    return Type::invalid();
  if (!needsAxes(call, argument, 1) || !checkAxes(call, argument))
    return Type::invalid();
  Type type = Type::scalar(argument.type.element);
  for (auto [axis, size] : llvm::enumerate(argument.type.dims))
    if (!llvm::is_contained(call.target.axes, static_cast<int64_t>(axis)))
      type.dims.push_back(size);
  return type;
}

/// Fills in the axes of a reduction: those that `axis` says, or all.
bool DeclarationChecker::checkAxes(CallExpression &call, const Expression &argument) {
  Expression *value = findNamed(call, "axis");
  std::vector<int64_t> &axes = call.target.axes;
  if (!value) {
    for (unsigned axis = 0; axis < argument.type.rank(); ++axis)
      axes.push_back(axis);
    return true;
  }
  llvm::SmallVector<Expression *> given{value};
  if (auto *several = llvm::dyn_cast<TupleExpression>(value)) {
    given.clear();
    for (const ExpressionPtr &element : several->elements)
      given.push_back(element.get());
  }
  for (Expression *element : given) {
    std::optional<int64_t> axis = checkAxis(*element, argument);
    if (!axis)
      return false;
    if (llvm::is_contained(axes, *axis)) {
      error(element->range, "axis " + textOf(*element) + " is given twice");
      return false;
    }
    axes.push_back(*axis);
  }
  llvm::sort(axes);
  return true;
}

/// Fills in the axis of what works along one: the one that `axis` says, or the last.
bool DeclarationChecker::checkOnlyAxis(CallExpression &call, const Expression &argument) {
  if (!needsAxes(call, argument, 1))
    return false;
  Expression *value = findNamed(call, "axis");
  std::optional<int64_t> axis =
      value ? checkAxis(*value, argument) : static_cast<int64_t>(argument.type.rank()) - 1;
  if (axis)
    call.target.axes.push_back(*axis);
  return axis.has_value();
}

/// The axis that `value` says, counted from the front.
std::optional<int64_t> DeclarationChecker::checkAxis(Expression &value,
                                                     const Expression &argument) {
  auto *sign = llvm::dyn_cast<UnaryExpression>(&value);
  const bool isNegative = sign && sign->op == UnaryOperator::Negate;
  auto *number = llvm::dyn_cast<NumberExpression>(isNegative ? sign->operand.get() : &value);
  if (!number || !number->isInteger) {
    error(value.range, "expected an integer for `axis`, found " + quoted(textOf(value)));
    return std::nullopt;
  }
  const auto rank = static_cast<int64_t>(argument.type.rank());
  const double written = isNegative ? -number->value : number->value;
  if (written >= static_cast<double>(rank) || written < -static_cast<double>(rank)) {
    error(value.range, quoted(textOf(argument)) + " is " + argument.type.str() +
                           " and has no axis " + textOf(value))
        .withHint(rank == 1 ? "its only axis is 0"
                            : "its axes are 0 to " + std::to_string(rank - 1) + ", or -1 to -" +
                                  std::to_string(rank) + " from the end");
    return std::nullopt;
  }
  const auto axis = static_cast<int64_t>(written);
  return axis < 0 ? axis + rank : axis;
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

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
  const auto *binary = llvm::dyn_cast<BinaryExpression>(&argument);
  const bool isRemainder = binary && binary->op == BinaryOperator::Modulo;
  const Element whole = target == Element::F32 ? Element::I32 : target;
  if (!adapt(argument, isRemainder ? whole : isSize(argument) ? target : Element::F32))
    return Type::invalid();
  return {target, argument.type.dims};
}
