//===- CheckCalls.cpp - Calls of functions and instances ----------*- C++ -*-===//
//
// Finds what a call calls, matches arguments with parameters, maps over extra leading axes, and
// finds the callee's dimensions from the shapes of the arguments.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

using namespace gatefold;
using namespace gatefold::checking;

using Kind = Declaration::Kind;

//===----------------------------------------------------------------------===//
// What is called
//===----------------------------------------------------------------------===//

/// Whether the call is of a builtin that nothing hides.
bool DeclarationChecker::callsBuiltin(const CallExpression &call) const {
  const auto *callee = llvm::dyn_cast<NameExpression>(call.callee.get());
  if (!callee || callee->name.primed || !isBuiltin(callee->name.text))
    return false;
  return !findLocal(callee->name.text) &&
         !names.findDeclaration(callee->name.text, declaration.fromLibrary);
}

void DeclarationChecker::checkArguments(CallExpression &call) {
  for (const ExpressionPtr &argument : call.arguments)
    checkExpression(*argument);
  // The axes of a builtin are checked with its shape.
  const bool takesAxes = callsBuiltin(call);
  for (const NamedArgument &argument : call.named)
    if (!takesAxes || argument.name.text != "axis")
      checkExpression(*argument.value);
}

Type DeclarationChecker::typeOfCall(CallExpression &call) {
  checkArguments(call);
  auto *callee = llvm::dyn_cast<NameExpression>(call.callee.get());
  auto *explicitDims = llvm::dyn_cast<IndexExpression>(call.callee.get());
  if (explicitDims)
    callee = llvm::dyn_cast<NameExpression>(explicitDims->base.get());
  if (!callee || callee->name.primed) {
    error(call.callee->range, quoted(textOf(*call.callee)) + " cannot be called");
    return Type::invalid();
  }
  const Name &name = callee->name;
  if (Symbol *local = findLocal(name.text)) {
    callee->symbol = local;
    local->used = true;
    if (local->kind == SymbolKind::Instance && !explicitDims)
      return callInstance(call, *local);
    if (local->kind == SymbolKind::Instance)
      error(call.callee->range, "the dimensions of " + quoted(name.text) + " are already given")
          .note(local->definition, "the instance is made here");
    else if (local->kind == SymbolKind::Memories || !local->type.isInvalid())
      error(name.range, quoted(name.text) + " is a value and cannot be called")
          .note(local->definition, "it is defined here");
    return Type::invalid();
  }
  if (isUnread(name))
    return Type::invalid();
  if (const Declaration *declared = names.findDeclaration(name.text, declaration.fromLibrary))
    return callFunction(call, *declared);
  if (isBuiltin(name.text) && !explicitDims)
    return callBuiltin(call, name.text);
  if (isBuiltin(name.text))
    error(call.callee->range, "the builtin " + quoted(name.text) + " has no dimensions");
  else if (!reportIfLater(name))
    reportUnknown(name, "function", {SymbolKind::Instance}, true);
  return Type::invalid();
}

/// The type of a call within an expression, where one value is expected.
Type DeclarationChecker::typeOfOnlyResult(CallExpression &call) {
  Type type = typeOfCall(call);
  const CallTarget &target = call.target;
  if (type.isInvalid() || target.results.size() <= 1)
    return type;
  const std::string text = textOf(*call.callee);
  error(call.range, quoted(text) + " has " + counted(target.results.size(), "result") +
                        ", but one value is expected here")
      .note(target.declaration->name.range,
            quoted(target.declaration->name.text) + " is declared here")
      .withHint("name its results on a line of its own: `a, b = " + text + "(...)`");
  return Type::invalid();
}

Type DeclarationChecker::callFunction(CallExpression &call, const Declaration &callee) {
  const std::string &name = callee.name.text;
  if (callee.kind == Kind::Model) {
    error(call.callee->range, quoted(name) + " is a model and cannot be called")
        .note(callee.name.range, "it is declared here");
    return Type::invalid();
  }
  if (callee.kind != Kind::Function) {
    error(call.callee->range,
          quoted(name) + " is a " + nounOf(callee.kind) + "; calls need an instance of it")
        .note(callee.name.range, "it is declared here")
        .withHint("make one on a line of its own: `name = " + name +
                  (callee.dimParameters.empty() ? "`" : "[...]`"));
    return Type::invalid();
  }
  DimBindings known;
  if (llvm::isa<IndexExpression>(*call.callee)) {
    std::optional<DimBindings> given = checkDimArguments(callee, *call.callee);
    if (!given)
      return Type::invalid();
    known = *given;
  }
  call.target.kind = CallTarget::Kind::Function;
  return callDeclaration(call, callee, std::move(known));
}

Type DeclarationChecker::callInstance(CallExpression &call, Symbol &instance) {
  const Declaration &callee = *instance.declaration;
  if (callee.kind == Kind::Cell && declaration.kind == Kind::Model) {
    error(call.range, quoted(instance.name) + " is a cell and runs once per time step")
        .note(instance.definition, "the instance is made here")
        .withHint("`scan " + instance.name + "(...)` runs it along a sequence");
    return Type::invalid();
  }
  if (instance.count) {
    error(call.callee->range, quoted(instance.name) + " is an array of instances, not one")
        .note(instance.definition, "the instances are made here")
        .withHint("walk it: `for part in " + instance.name + " { x = part(x) }`");
    return Type::invalid();
  }
  if (callee.kind == Kind::Cell) {
    if (!advancesOnce(call, instance))
      return Type::invalid();
    const Symbol *whole = instance.array ? instance.array : &instance;
    auto [first, isNew] = advanced.try_emplace(whole, call.range);
    if (!isNew) {
      error(call.range, quoted(instance.name) + " is advanced twice in one step")
          .note(first->second, "it is advanced here first")
          .withHint("keep its value under a name, or make a second instance");
      return Type::invalid();
    }
  }
  call.target.kind = CallTarget::Kind::Instance;
  call.target.instance = &instance;
  return callDeclaration(call, callee, instance.dimensions);
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

Type DeclarationChecker::callDeclaration(CallExpression &call, const Declaration &callee,
                                         DimBindings known) {
  CallTarget &target = call.target;
  target.declaration = &callee;
  target.dimensions = known;
  if (names.brokenSignatures.contains(&callee) || callee.results.empty())
    return Type::invalid();
  std::vector<Expression *> arguments;
  if (!matchArguments(call, callee, arguments))
    return Type::invalid();
  bool isValid = true;
  for (auto [argument, parameter] : llvm::zip_equal(arguments, callee.parameters))
    if (argument)
      isValid &= matchElement(*argument, parameter, callee);
  if (!isValid || !mapArguments(call, callee, arguments))
    return Type::invalid();
  Unifier unifier(callee, known);
  if (!unify(unifier, call.range, callee, arguments, target.extraAxes))
    return Type::invalid();
  target.dimensions = unifier.bindings();
  for (auto [argument, parameter] : llvm::zip_equal(arguments, callee.parameters))
    target.arguments.push_back(argument ? argument : parameter.defaultValue.get());
  for (const ResultSyntax &declared : callee.results) {
    Type result = unifier.inCallersTerms(declared.resolved);
    if (!isExpressible(call.range, callee, result))
      return Type::invalid();
    llvm::SmallVector<Dim, 4> shape(target.mapped.begin(), target.mapped.end());
    shape.append(result.dims.begin(), result.dims.end());
    target.results.push_back({result.element, std::move(shape)});
  }
  return target.results[0];
}

/// Fills `arguments` with one entry a parameter, null where the default is taken.
bool DeclarationChecker::matchArguments(CallExpression &call, const Declaration &callee,
                                        std::vector<Expression *> &arguments) {
  const std::string name = quoted(callee.name.text);
  const size_t count = callee.parameters.size();
  arguments.assign(count, nullptr);
  if (call.arguments.size() > count) {
    error(call.range, name + " takes " + counted(count, "argument") + ", found " +
                          std::to_string(call.arguments.size()))
        .note(callee.name.range, name + " is declared here");
    return false;
  }
  for (auto [i, argument] : llvm::enumerate(call.arguments))
    arguments[i] = argument.get();
  bool isValid = true;
  std::vector<std::string> known;
  for (const Parameter &parameter : callee.parameters)
    known.push_back(parameter.name.text);
  for (const NamedArgument &argument : call.named) {
    auto found = llvm::find(known, argument.name.text);
    if (found == known.end()) {
      Diagnostic &message =
          error(argument.name.range, name + " has no parameter " + quoted(argument.name.text))
              .note(callee.name.range, name + " is declared here");
      hintNearest(message, argument.name.text, known);
      isValid = false;
    } else if (Expression *&place = arguments[found - known.begin()]) {
      error(argument.name.range, "parameter " + quoted(argument.name.text) + " is given twice")
          .note(place->range, "it is given here first");
      isValid = false;
    } else {
      place = argument.value.get();
    }
  }
  for (auto [argument, parameter] : llvm::zip_equal(arguments, callee.parameters)) {
    if (argument || parameter.defaultValue || !isValid)
      continue;
    error(call.range, name + " needs an argument for " + quoted(parameter.name.text))
        .note(parameter.name.range, "the parameter is declared here");
    isValid = false;
  }
  return isValid;
}

bool DeclarationChecker::matchElement(Expression &argument, const Parameter &parameter,
                                      const Declaration &callee) {
  const Element expected = parameter.symbol->type.element;
  if (argument.type.isInvalid() || !adapt(argument, expected))
    return false;
  if (argument.type.element == expected)
    return true;
  const std::string text = textOf(argument);
  Diagnostic &message =
      error(argument.range, quoted(parameter.name.text) + " of " + quoted(callee.name.text) +
                                " needs " + spell(expected).str() + ", found " +
                                argument.type.str())
          .note(parameter.name.range, "the parameter is declared here");
  if (expected == Element::F32 && argument.type.element == Element::Token)
    message.withHint("write `f32(i32(" + text + "))`");
  else if (expected != Element::Bool && expected != Element::Token)
    message.withHint("write `" + spell(expected) + "(" + text + ")`");
  return false;
}

/// Finds the leading axes that the call maps over.
bool DeclarationChecker::mapArguments(CallExpression &call, const Declaration &callee,
                                      llvm::ArrayRef<Expression *> arguments) {
  CallTarget &target = call.target;
  const Expression *mappedBy = nullptr;
  for (auto [argument, parameter] : llvm::zip_equal(arguments, callee.parameters)) {
    const unsigned needed = parameter.symbol->type.rank();
    const unsigned found = argument ? argument->type.rank() : needed;
    target.extraAxes.push_back(found > needed ? found - needed : 0);
    if (found < needed) {
      reportArgument(*argument, parameter, callee, Unifier(callee, target.dimensions), 0);
      return false;
    }
    if (found == needed)
      continue;
    llvm::ArrayRef<Dim> extra(argument->type.dims.data(), found - needed);
    if (callee.kind == Kind::Cell) {
      reportArgument(*argument, parameter, callee, Unifier(callee, target.dimensions), 0)
          .withHint("a call of a cell is one time step and maps over no axes");
      return false;
    }
    if (!mappedBy) {
      mappedBy = argument;
      target.mapped.assign(extra.begin(), extra.end());
    } else if (llvm::ArrayRef<Dim>(target.mapped) != extra) {
      Diagnostic &message = error(call.range, "the arguments of " + quoted(callee.name.text) +
                                                  " have different extra leading axes");
      noteOperand(message, *mappedBy);
      noteOperand(message, *argument);
      return false;
    }
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

bool DeclarationChecker::unify(Unifier &unifier, SourceRange range, const Declaration &callee,
                               llvm::ArrayRef<Expression *> arguments,
                               llvm::ArrayRef<unsigned> extraAxes) {
  auto coreOf = [&](size_t i) {
    return llvm::ArrayRef<Dim>(arguments[i]->type.dims).drop_front(extraAxes[i]);
  };
  for (size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i])
      unifier.bindNames(callee.parameters[i].symbol->type.dims, coreOf(i));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Parameter &parameter = callee.parameters[i];
    if (!arguments[i] || unifier.agree(parameter.symbol->type.dims, coreOf(i)))
      continue;
    reportArgument(*arguments[i], parameter, callee, unifier, extraAxes[i]);
    return false;
  }
  return allBound(unifier, range, callee);
}

bool DeclarationChecker::allBound(Unifier &unifier, SourceRange range, const Declaration &callee) {
  for (const DimParameter &dim : callee.dimParameters)
    if (dim.defaultValue && llvm::is_contained(unifier.open(), dim.name.text))
      unifier.bind(dim.name.text, Dim::constant(*dim.defaultValue));
  std::vector<std::string> open = unifier.open();
  if (open.empty())
    return true;
  const std::string &name = callee.name.text;
  error(range, "the dimension " + quoted(open[0]) + " of " + quoted(name) +
                   " cannot be found from the arguments")
      .note(callee.name.range, quoted(name) + " is declared here")
      .withHint("write it out: `" + name + "[...](...)`");
  return false;
}

Diagnostic &DeclarationChecker::reportArgument(const Expression &argument,
                                               const Parameter &parameter,
                                               const Declaration &callee, const Unifier &unifier,
                                               unsigned extraAxes) {
  Type expected = unifier.inCallersTerms(parameter.symbol->type);
  const std::vector<std::string> open = unifier.open();
  std::string unknown;
  for (const Dim &size : parameter.symbol->type.dims)
    for (const std::string &name : size.names())
      if (unknown.empty() && llvm::is_contained(open, name) && size.asName() != name)
        unknown = name;
  const bool isScanned =
      callee.kind == Kind::Cell && declaration.kind == Kind::Model && !parameter.fixed;
  Diagnostic &message =
      error(argument.range, "shapes do not fit: " + quoted(parameter.name.text) + " of " +
                                quoted(callee.name.text) + " is " + expected.str() +
                                (isScanned ? " at each step" : "") + ", but " +
                                quoted(textOf(argument)) + " is " + argument.type.str());
  message.note(parameter.name.range,
               "the parameter is declared here as " + parameter.symbol->type.str());
  if (llvm::isa<NameExpression>(argument))
    noteOperand(message, argument);
  if (!unknown.empty() && argument.type.rank() - extraAxes == expected.rank())
    message.note({}, quoted(unknown) + " could not be found from the arguments");
  return message;
}

bool DeclarationChecker::isExpressible(SourceRange range, const Declaration &callee,
                                       const Type &type) {
  for (const Dim &size : type.dims) {
    if (!size.isExpressible() || size.numTerms() > 64) {
      error(range, "the size `" + size.str() + "` of the result of " + quoted(callee.name.text) +
                       " has no simple form")
          .withHint("give the divisor a dimension of its own");
      return false;
    }
    if (size.names().empty() && size.asConstant().value_or(0) < 1) {
      error(range, "the result of " + quoted(callee.name.text) + " would have the size " +
                       size.str() + ": expected a whole size of at least 1");
      return false;
    }
  }
  return true;
}
