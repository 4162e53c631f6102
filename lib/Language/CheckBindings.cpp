//===- CheckBindings.cpp - How weights lie in a checkpoint --------*- C++ -*-===//
//
// Checks that a binding gives every weight of its target a value, and that the values are well
// formed. The shapes of the tensors are known only when a checkpoint is read.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::checking;

namespace {

/// Checks one binding.
class BindingChecker {
public:
  BindingChecker(FileNames &names, BindingDeclaration &binding)
      : names(names), diagnostics(names.diagnostics), binding(binding) {}
  void check();

private:
  bool findTarget();
  void checkParameters();
  void checkWeights(const BindingLine &line);
  void checkPacking(const BindingLine &line, llvm::ArrayRef<const Symbol *> weights);
  void reportMissing();
  void checkValue(Expression &expression);
  void checkText(const StringExpression &text);
  void checkCall(CallExpression &call);
  void checkIndex(IndexExpression &index);
  std::optional<Dim> lookUpSize(NameExpression &name);
  const Symbol *findSymbol(Symbol::Kind kind, llvm::StringRef name) const;
  std::vector<std::string> symbolNames(Symbol::Kind kind) const;

  FileNames &names;
  Diagnostics &diagnostics;
  BindingDeclaration &binding;
  llvm::StringMap<SourceRange> bound; // weights, by where they are bound
};

} // namespace

const Symbol *BindingChecker::findSymbol(Symbol::Kind kind, llvm::StringRef name) const {
  for (const auto &symbol : binding.declaration->symbols)
    if (symbol->kind == kind && symbol->name == name)
      return symbol.get();
  return nullptr;
}

std::vector<std::string> BindingChecker::symbolNames(Symbol::Kind kind) const {
  std::vector<std::string> found;
  for (const auto &symbol : binding.declaration->symbols)
    if (symbol->kind == kind)
      found.push_back(symbol->name);
  return found;
}

void BindingChecker::check() {
  if (!findTarget())
    return;
  checkParameters();
  for (BindingLine &line : binding.lines) {
    checkWeights(line);
    checkValue(*line.value);
  }
  reportMissing();
}

bool BindingChecker::findTarget() {
  const Name &target = binding.target;
  binding.declaration = names.findDeclaration(target.text, binding.fromLibrary);
  if (!binding.declaration && names.mayBeUnread(target.text))
    return false;
  if (!binding.declaration) {
    std::vector<std::string> candidates = names.declarationNames(Declaration::Kind::Layer);
    llvm::append_range(candidates, names.declarationNames(Declaration::Kind::Cell));
    hintNearest(diagnostics.error(target.range, "unknown layer or cell " + quoted(target.text)),
                target.text, candidates);
    return false;
  }
  const Declaration::Kind kind = binding.declaration->kind;
  if (kind == Declaration::Kind::Layer || kind == Declaration::Kind::Cell)
    return true;
  diagnostics
      .error(target.range,
             "a binding is for a layer or cell, " + quoted(target.text) + " is a " + nounOf(kind))
      .note(binding.declaration->name.range, "it is declared here");
  binding.declaration = nullptr;
  return false;
}

void BindingChecker::checkParameters() {
  llvm::StringMap<SourceRange> seen;
  for (const auto &parameter : binding.parameters) {
    auto [first, isNew] = seen.try_emplace(parameter.name.text, parameter.name.range);
    if (!isNew)
      diagnostics
          .error(parameter.name.range,
                 "parameter " + quoted(parameter.name.text) + " is already named")
          .note(first->second, "it is named here first");
  }
}

void BindingChecker::checkWeights(const BindingLine &line) {
  llvm::SmallVector<const Symbol *> weights;
  for (const Name &name : line.weights) {
    const Symbol *weight = findSymbol(Symbol::Kind::Weight, name.text);
    if (!weight) {
      Diagnostic &message = diagnostics
                                .error(name.range, quoted(binding.target.text) + " has no weight " +
                                                       quoted(name.text))
                                .note(binding.declaration->name.range,
                                      quoted(binding.target.text) + " is declared here");
      hintNearest(message, name.text, symbolNames(Symbol::Kind::Weight));
      continue;
    }
    auto [first, isNew] = bound.try_emplace(name.text, name.range);
    if (!isNew)
      diagnostics.error(name.range, "weight " + quoted(name.text) + " is bound twice")
          .note(first->second, "it is bound here first");
    weights.push_back(weight);
  }
  if (line.packing != BindingLine::Packing::None)
    checkPacking(line, weights);
}

void BindingChecker::checkPacking(const BindingLine &line, llvm::ArrayRef<const Symbol *> weights) {
  const bool isRows = line.packing == BindingLine::Packing::Rows;
  const Symbol *first = nullptr;
  for (const Symbol *weight : weights) {
    const Type &type = weight->type;
    if (type.isInvalid())
      continue;
    if (type.rank() == 0) {
      diagnostics
          .error(line.range, "weight " + quoted(weight->name) + " is a scalar and has no " +
                                 (isRows ? "rows" : "columns"))
          .note(weight->definition, "it is declared here");
      continue;
    }
    first = first ? first : weight;
    auto others = [&](const Symbol *symbol) {
      llvm::ArrayRef<Dim> dims = symbol->type.dims;
      return isRows ? dims.drop_front() : dims.drop_back();
    };
    if (others(weight) == others(first) && type.element == first->type.element)
      continue;
    diagnostics
        .error(line.range,
               std::string(isRows ? "`rows` needs weights that differ in their first"
                                  : "`columns` needs weights that differ in their last") +
                   " axis only: " + quoted(first->name) + " is " + first->type.str() + ", " +
                   quoted(weight->name) + " is " + type.str())
        .note(first->definition, quoted(first->name) + " is declared here")
        .note(weight->definition, quoted(weight->name) + " is declared here");
  }
}

void BindingChecker::reportMissing() {
  std::string missing;
  for (const std::string &name : symbolNames(Symbol::Kind::Weight))
    if (!bound.contains(name))
      missing += (missing.empty() ? "" : ", ") + quoted(name);
  if (!missing.empty())
    diagnostics
        .error(binding.name.range, "binding " + quoted(binding.name.text) + " for " +
                                       quoted(binding.target.text) + " lacks " + missing)
        .note(binding.declaration->name.range, quoted(binding.target.text) + " is declared here");
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

void BindingChecker::checkValue(Expression &expression) {
  if (auto *text = llvm::dyn_cast<StringExpression>(&expression))
    return checkText(*text);
  if (llvm::isa<NumberExpression>(expression))
    return;
  if (auto *name = llvm::dyn_cast<NameExpression>(&expression)) {
    lookUpSize(*name);
    return;
  }
  if (auto *unary = llvm::dyn_cast<UnaryExpression>(&expression);
      unary && unary->op == UnaryOperator::Negate)
    return checkValue(*unary->operand);
  if (auto *binary = llvm::dyn_cast<BinaryExpression>(&expression);
      binary && binary->op <= BinaryOperator::Divide) {
    checkValue(*binary->left);
    return checkValue(*binary->right);
  }
  if (auto *call = llvm::dyn_cast<CallExpression>(&expression))
    return checkCall(*call);
  if (auto *index = llvm::dyn_cast<IndexExpression>(&expression))
    return checkIndex(*index);
  diagnostics.error(expression.range, quoted(textOf(expression)) +
                                          " cannot stand in a binding: expected tensor names in "
                                          "quotes, numbers, dimensions, `+`, `-`, `*`, `/`, "
                                          "`transpose(...)`, `f32(...)` and slices");
}

void BindingChecker::checkText(const StringExpression &text) {
  llvm::StringRef rest = text.value;
  std::vector<std::string> parameters;
  for (const auto &parameter : binding.parameters)
    parameters.push_back(parameter.name.text);
  while (true) {
    const size_t open = rest.find_first_of("{}");
    if (open == llvm::StringRef::npos)
      return;
    const size_t close = rest.find('}', open);
    if (rest[open] == '}' || close == llvm::StringRef::npos) {
      diagnostics
          .error(text.range, rest[open] == '}' ? "`}` without `{` in the name of a tensor"
                                               : "`{` without `}` in the name of a tensor")
          .withHint("`{name}` is replaced by a parameter of the binding");
      return;
    }
    llvm::StringRef name = rest.slice(open + 1, close);
    if (!llvm::is_contained(parameters, name))
      hintNearest(diagnostics
                      .error(text.range, "binding " + quoted(binding.name.text) +
                                             " has no parameter " + quoted(name))
                      .note(binding.name.range, "the binding is declared here"),
                  name, parameters);
    rest = rest.drop_front(close + 1);
  }
}

void BindingChecker::checkCall(CallExpression &call) {
  auto *callee = llvm::dyn_cast<NameExpression>(call.callee.get());
  for (const ExpressionPtr &argument : call.arguments)
    checkValue(*argument);
  if (!callee || (callee->name.text != "transpose" && callee->name.text != "f32"))
    diagnostics.error(call.range, quoted(textOf(*call.callee)) +
                                      " cannot be called in a binding: expected `transpose` or "
                                      "`f32`");
  else if (call.arguments.size() != 1 || !call.named.empty())
    diagnostics.error(call.range, quoted(callee->name.text) + " takes 1 argument, found " +
                                      std::to_string(call.arguments.size() + call.named.size()));
}

void BindingChecker::checkIndex(IndexExpression &index) {
  checkValue(*index.base);
  std::vector<ExactDivision> divisions; // tensors are sliced when read, with every size known
  for (IndexItem &item : index.items) {
    if (item.kind == IndexItem::Kind::NewAxis)
      diagnostics.error(item.range, "`new` cannot stand in a binding");
    auto resolveBound = [&](const ExpressionPtr &bound) {
      return bound ? resolveSize(
                         diagnostics, *bound,
                         [&](NameExpression &name) { return lookUpSize(name); }, divisions)
                   : std::nullopt;
    };
    std::optional<Dim> first = resolveBound(item.first), last = resolveBound(item.last);
    item.begin = first.value_or(Dim());
    item.end = last.value_or(Dim());
    item.isStatic = item.kind == IndexItem::Kind::At;
    for (const auto &[bound, expression] :
         {std::pair(first, item.first.get()), std::pair(last, item.last.get())})
      if (bound && bound->asConstant().value_or(0) < 0)
        diagnostics.error(expression->range,
                          "expected an index of at least 0, found " + bound->str());
  }
}

std::optional<Dim> BindingChecker::lookUpSize(NameExpression &name) {
  const bool isParameter = llvm::any_of(binding.parameters, [&](const auto &parameter) {
    return parameter.name.text == name.name.text;
  });
  if (isParameter && !name.name.primed) {
    name.type = Type::scalar(Element::Number);
    return Dim::name(name.name.text);
  }
  name.symbol = name.name.primed ? nullptr : findSymbol(Symbol::Kind::Dimension, name.name.text);
  if (name.symbol) {
    name.type = name.symbol->type;
    return Dim::name(name.name.text);
  }
  std::vector<std::string> candidates = symbolNames(Symbol::Kind::Dimension);
  for (const auto &parameter : binding.parameters)
    candidates.push_back(parameter.name.text);
  hintNearest(diagnostics.error(name.range, quoted(name.name.text) + " is neither a dimension of " +
                                                quoted(binding.target.text) +
                                                " nor a parameter of the binding"),
              name.name.text, candidates);
  return std::nullopt;
}

void checking::checkBindings(FileNames &names) {
  std::map<std::tuple<std::string, std::string, bool>, const BindingDeclaration *> seen;
  for (const auto &binding : names.file.bindings) {
    auto [first, isNew] = seen.try_emplace(
        {binding->name.text, binding->target.text, binding->fromLibrary}, binding.get());
    if (!isNew)
      names.diagnostics
          .error(binding->name.range, "binding " + quoted(binding->name.text) + " for " +
                                          quoted(binding->target.text) + " is already declared")
          .note(first->second->name.range, "it is declared here first");
    BindingChecker(names, *binding).check();
  }
}
