//===- CheckInstances.cpp - Instances and how they are loaded -----*- C++ -*-===//
//
// `encoder = Lstm[256, 512] load torch(layer = 1) from "encoder."`
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::checking;

using Kind = Declaration::Kind;

/// What the value of an assignment spells if it makes instances: the declaration with its
/// dimensions, and how many there are in `Block[D] * 12`.
std::pair<Expression *, Expression *> DeclarationChecker::spellingOf(AssignStatement &statement) {
  auto *product = llvm::dyn_cast<BinaryExpression>(statement.value.get());
  if (product && product->op == BinaryOperator::Multiply)
    return {product->left.get(), product->right.get()};
  return {statement.value.get(), nullptr};
}

const Declaration *DeclarationChecker::findInstantiated(Expression &value) {
  auto *name = llvm::dyn_cast<NameExpression>(&value);
  auto *index = llvm::dyn_cast<IndexExpression>(&value);
  if (index)
    name = llvm::dyn_cast<NameExpression>(index->base.get());
  if (!name || name->name.primed || findLocal(name->name.text) || findNumber(name->name.text))
    return nullptr;
  return names.findDeclaration(name->name.text, declaration.fromLibrary);
}

/// Reports a value that can only mean an instance, `name = Lsmt[256, 512]`, when nothing has the
/// name.
bool DeclarationChecker::reportUnknownInstance(const AssignStatement &statement) {
  Expression *spelling = statement.value.get();
  if (auto *product = llvm::dyn_cast<BinaryExpression>(spelling);
      product && product->op == BinaryOperator::Multiply && statement.load)
    spelling = product->left.get();
  auto *name = llvm::dyn_cast<NameExpression>(spelling);
  auto *index = llvm::dyn_cast<IndexExpression>(spelling);
  if (index)
    name = llvm::dyn_cast<NameExpression>(index->base.get());
  if (!name || (!index && !statement.load) || name->name.primed)
    return false;
  const Name &spelled = name->name;
  if (findLocal(spelled.text) || findNumber(spelled.text) || isBuiltin(spelled.text) ||
      definitions.contains(spelled.text))
    return false;
  if (mayBeUnread(spelled))
    return true;
  std::vector<std::string> candidates = names.declarationNames(Kind::Layer);
  llvm::append_range(candidates, names.declarationNames(Kind::Cell));
  const std::string nearest = nearestName(spelled.text, candidates);
  if (nearest.empty() && !statement.load)
    return false; // as likely the index of an unknown value
  Diagnostic &message = error(spelled.range, "unknown layer or cell " + quoted(spelled.text));
  hintNearest(message, spelled.text, candidates);
  return true;
}

bool DeclarationChecker::mayOwn(SourceRange range, const Declaration &callee) {
  const std::string name = quoted(callee.name.text);
  if (callee.kind == Kind::Function) {
    error(range, name + " is a function and has no instances")
        .withHint("call it: `" + callee.name.text + "(...)`");
  } else if (callee.kind == Kind::Model) {
    error(range, name + " is a model and cannot be part of anything")
        .withHint("make it a `layer` or a `cell`");
  } else if (declaration.kind == Kind::Function) {
    error(range, "a function owns no instances, " + name + " is a " + nounOf(callee.kind))
        .withHint("make this function a `layer`");
  } else if (declaration.kind == Kind::Layer && callee.kind == Kind::Cell) {
    error(range, "a layer has no memory, but " + name + " is a cell")
        .withHint("make this layer a `cell`, or a `model` that scans the cell");
  } else {
    return true;
  }
  return false;
}

void DeclarationChecker::checkInstance(AssignStatement &statement, const Declaration &callee) {
  const auto [spelling, number] = spellingOf(statement);
  std::optional<DimBindings> dimensions;
  if (!blocks.empty())
    error(statement.range, "an instance is made outside of `when` and `for`")
        .withHint("make it above the block; `" + callee.name.text +
                  "[...] * N` makes one for every turn");
  else if (mayOwn(statement.value->range, callee))
    dimensions = checkDimArguments(callee, *spelling);
  std::optional<Dim> count = number ? checkArraySize(*number) : std::nullopt;
  if (number && !count)
    dimensions = std::nullopt;
  for (const Name &name : statement.names) {
    Symbol *instance =
        define(dimensions ? SymbolKind::Instance : SymbolKind::Local, name, Type::invalid());
    statement.symbols.push_back(instance);
    if (!dimensions)
      continue;
    instance->declaration = &callee;
    instance->dimensions = *dimensions;
    instance->count = count;
    declaration.remembersAll |= callee.remembersAll;
    declaration.countsSteps |= callee.countsSteps;
  }
  if (!statement.load)
    return;
  if (statement.names.size() > 1 && statement.load->prefix)
    error(statement.load->prefixRange,
          counted(statement.names.size(), "instance") + " cannot be loaded from one place")
        .withHint(
            "leave `from` out where their names begin those of their tensors, or write a line "
            "for each");
  const auto outer = this->dimensions;
  if (number)
    this->dimensions["index"] = addSymbol(SymbolKind::Dimension, "index", statement.load->range,
                                          Type::scalar(Element::Number));
  checkLoad(*statement.load, callee);
  checkPrefix(*statement.load, number != nullptr);
  this->dimensions = outer;
}

/// How many instances an array has.
std::optional<Dim> DeclarationChecker::checkArraySize(Expression &count) {
  std::optional<Dim> size = checkSize(count);
  if (!size || !isAxisSize(diagnostics, count.range, *size) ||
      !requireStatic(count.range, *size, "the number of instances"))
    return std::nullopt;
  return size;
}

std::optional<DimBindings> DeclarationChecker::checkDimArguments(const Declaration &callee,
                                                                 Expression &spelling) {
  auto *index = llvm::dyn_cast<IndexExpression>(&spelling);
  const size_t given = index ? index->items.size() : 0;
  const size_t most = callee.dimParameters.size();
  const size_t least = llvm::count_if(callee.dimParameters,
                                      [](const DimParameter &dim) { return !dim.defaultValue; });
  DimBindings result;
  bool isValid = true;
  for (size_t i = 0; i < given; ++i) {
    IndexItem &item = index->items[i];
    if (item.kind != IndexItem::Kind::At) {
      error(item.range, "expected a size for a dimension of " + quoted(callee.name.text));
      isValid = false;
      continue;
    }
    std::optional<Dim> size = checkSize(*item.first);
    isValid &= size && isAxisSize(diagnostics, item.range, *size) &&
               (callee.kind == Kind::Function ||
                requireStatic(item.range, *size, "a dimension of an instance"));
    if (!size)
      continue;
    item.isStatic = true;
    item.begin = *size;
    if (i < most)
      result[callee.dimParameters[i].name.text] = *size;
  }
  if (given > most || (callee.kind != Kind::Function && given < least)) {
    error(spelling.range, quoted(callee.name.text) + " has " + counted(most, "dimension") +
                              ", found " + std::to_string(given))
        .note(callee.name.range, "it is declared here");
    return std::nullopt;
  }
  for (size_t i = given; i < most && callee.kind != Kind::Function; ++i) {
    const DimParameter &dim = callee.dimParameters[i];
    if (dim.defaultValue) {
      result[dim.name.text] = Dim::constant(*dim.defaultValue);
      continue;
    }
    error(spelling.range, quoted(callee.name.text) + " needs a size for " + quoted(dim.name.text))
        .note(dim.name.range, "it is named here");
    isValid = false;
  }
  return isValid ? std::optional(result) : std::nullopt;
}

/// Reports braces in a prefix that nothing is put in place of.
void DeclarationChecker::checkPrefix(const LoadClause &load, bool isArray) {
  llvm::StringRef rest = load.prefix ? llvm::StringRef(*load.prefix) : "";
  while (isArray && rest.contains("{index}"))
    rest = rest.substr(rest.find("{index}") + strlen("{index}"));
  if (!rest.contains('{') || !rest.substr(rest.find('{')).contains('}'))
    return;
  Diagnostic &message =
      error(load.prefixRange, isArray ? "the prefix of an array knows `{index}` alone"
                                      : "the prefix of one instance has no parameters");
  if (rest.contains("{index}"))
    message.withHint("`{index}` is the place in an array of instances: `parts = Lstm[8, 8] * 4`");
}

void DeclarationChecker::checkLoad(LoadClause &load, const Declaration &callee) {
  if (isUnread(load.binding))
    return;
  std::vector<std::string> candidates;
  for (const auto &binding : names.file.bindings) {
    const Declaration *target = names.findDeclaration(binding->target.text, binding->fromLibrary);
    if (target != &callee || (declaration.fromLibrary && !binding->fromLibrary))
      continue;
    candidates.push_back(binding->name.text);
    const bool isNearer = !load.declaration || !binding->fromLibrary;
    if (binding->name.text == load.binding.text && isNearer)
      load.declaration = binding.get();
  }
  if (!load.declaration && mayBeUnread(load.binding))
    return;
  if (!load.declaration) {
    Diagnostic &message = error(load.binding.range, "unknown binding " + quoted(load.binding.text) +
                                                        " for " + quoted(callee.name.text));
    hintNearest(message, load.binding.text, candidates);
    if (message.hint.empty() && !candidates.empty())
      message.withHint("bindings for " + quoted(callee.name.text) + ": " +
                       llvm::join(candidates, ", "));
    return;
  }
  checkLoadArguments(load);
}

void DeclarationChecker::checkLoadArguments(LoadClause &load) {
  std::vector<std::string> parameters;
  llvm::StringMap<SourceRange> seen;
  for (const auto &parameter : load.declaration->parameters)
    parameters.push_back(parameter.name.text);
  for (NamedArgument &argument : load.arguments) {
    const std::string &name = argument.name.text;
    auto [first, isNew] = seen.try_emplace(name, argument.name.range);
    std::optional<Dim> size = checkSize(*argument.value);
    const bool isKnown =
        size && (size->asConstant() || size->names() == std::vector<std::string>{"index"});
    if (!isNew) {
      error(argument.name.range, "argument " + quoted(name) + " is given twice")
          .note(first->second, "it is given here first");
    } else if (!llvm::is_contained(parameters, name)) {
      Diagnostic &message = error(argument.name.range, "binding " + quoted(load.binding.text) +
                                                           " has no parameter " + quoted(name))
                                .note(load.declaration->name.range, "the binding is declared here");
      hintNearest(message, name, parameters);
    } else if (isKnown) {
      load.values[name] = *size;
    } else if (size) {
      error(argument.value->range,
            "expected an integer for " + quoted(name) + ", found " + quoted(size->str()));
    }
  }
  for (const auto &parameter : load.declaration->parameters) {
    const std::string &name = parameter.name.text;
    if (parameter.defaultValue)
      load.values.try_emplace(name, Dim::constant(*parameter.defaultValue));
    else if (!seen.contains(name))
      error(load.range,
            "binding " + quoted(load.binding.text) + " needs a value for " + quoted(name))
          .note(parameter.name.range, "the parameter is declared here");
  }
}
