//===- CheckSignature.cpp - Dimensions, parameters, results -------*- C++ -*-===//
//
// What a caller sees of a declaration, and the sizes and types written anywhere in it.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

#include "gatefold/Runtime/SizeNames.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::checking;

Dim checking::atMost(const Dim &limit) { return Dim::name("<= " + limit.str()); }

DeclarationChecker::DeclarationChecker(FileNames &names, Declaration &declaration)
    : names(names), diagnostics(names.diagnostics), declaration(declaration) {}

/// A dimension that brackets or parameters name. The name of the batch would make two axes one.
Symbol *DeclarationChecker::addDimension(const Name &name) {
  if (name.text == batchSizeName)
    error(name.range, quoted(name.text) + " is the name of the implied batch axis")
        .withHint("choose another name; a batch of examples needs no axis in the text");
  if (name.text == "history")
    error(name.range, "`history` is the name of the size of histories")
        .withHint("choose another name");
  if (name.text == capacitySizeName)
    error(name.range, quoted(name.text) + " is the name of the size of histories")
        .withHint("choose another name");
  return addSymbol(SymbolKind::Dimension, name.text, name.range, Type::scalar(Element::Number));
}

void DeclarationChecker::checkSignature() {
  const unsigned errorsBefore = diagnostics.numErrors();
  for (const DimParameter &parameter : declaration.dimParameters) {
    Symbol *symbol = addDimension(parameter.name);
    auto [entry, isNew] = dimensions.try_emplace(parameter.name.text, symbol);
    if (!isNew)
      error(parameter.name.range, "dimension " + quoted(parameter.name.text) + " is already named")
          .note(entry->second->definition, "it is named here first");
    if (parameter.defaultValue)
      isAxisSize(diagnostics, parameter.name.range, Dim::constant(*parameter.defaultValue));
  }
  for (Parameter &parameter : declaration.parameters) {
    std::optional<Type> type =
        resolveType(parameter.type, [&](NameExpression &name) { return lookUpSize(name, true); });
    parameter.symbol =
        define(SymbolKind::Parameter, parameter.name, type.value_or(Type::invalid()));
  }
  for (ResultSyntax &result : declaration.results)
    result.resolved = resolveType(result.type, [&](NameExpression &name) {
                        return lookUpSize(name, false);
                      }).value_or(Type::invalid());
  for (ResultSyntax &result : declaration.results)
    if (result.type.dims.size() == 1 && !result.resolved.isInvalid())
      if (auto *bound = llvm::dyn_cast<BoundExpression>(result.type.dims[0].get()))
        result.bound = checkSize(*bound->limit);
  checkResultNames();
  if (diagnostics.numErrors() != errorsBefore || numSilenced != 0)
    names.brokenSignatures.insert(&declaration);
}

void DeclarationChecker::checkResultNames() {
  llvm::StringMap<SourceRange> seen;
  for (const ResultSyntax &result : declaration.results) {
    if (!result.name)
      continue;
    auto [first, isNew] = seen.try_emplace(result.name->text, result.name->range);
    if (!isNew)
      error(result.name->range, "result " + quoted(result.name->text) + " is already named")
          .note(first->second, "it is named here first");
  }
}

std::optional<Dim> DeclarationChecker::lookUpSize(NameExpression &expression, bool isParameter) {
  const Name &name = expression.name;
  const Symbol *symbol = findNumber(name.text);
  if (!symbol && isParameter && !mayBeUnread(name)) {
    declaration.freeDims.push_back(name.text);
    symbol = dimensions[name.text] = addDimension(name);
  }
  expression.symbol = symbol;
  if (!symbol) {
    const bool isLocal = !isParameter && findLocal(name.text);
    if (isLocal)
      error(name.range, quoted(name.text) + " is a value, not a dimension")
          .note(findLocal(name.text)->definition, "it is defined here");
    else
      reportUnknown(name, "dimension", {SymbolKind::Dimension, SymbolKind::Constant}, false);
    return std::nullopt;
  }
  if (symbol->kind == SymbolKind::Dimension)
    return Dim::name(name.text);
  if (symbol->type.isInvalid())
    return std::nullopt;
  const auto value = static_cast<int64_t>(symbol->number);
  if (std::abs(symbol->number) < 0x1p53 && static_cast<double>(value) == symbol->number)
    return Dim::constant(value);
  error(name.range, "the constant " + quoted(name.text) + " is no integer and cannot be a size")
      .note(symbol->definition, "it is declared here");
  return std::nullopt;
}

std::optional<Dim> DeclarationChecker::checkSize(Expression &expression) {
  return resolveSize(
      diagnostics, expression, [&](NameExpression &name) { return lookUpSize(name, false); },
      declaration.divisions);
}

bool DeclarationChecker::isSize(const Expression &expression) const {
  if (auto *number = llvm::dyn_cast<NumberExpression>(&expression))
    return number->isInteger;
  if (auto *name = llvm::dyn_cast<NameExpression>(&expression))
    return !name->name.primed && !findLocal(name->name.text) && findNumber(name->name.text);
  if (auto *unary = llvm::dyn_cast<UnaryExpression>(&expression))
    return unary->op == UnaryOperator::Negate && isSize(*unary->operand);
  if (auto *binary = llvm::dyn_cast<BinaryExpression>(&expression))
    return binary->op <= BinaryOperator::Divide && isSize(*binary->left) && isSize(*binary->right);
  const BinaryExpression *division = getRoundedDown(expression);
  return division && !names.findDeclaration("floor", declaration.fromLibrary) &&
         !findLocal("floor") && isSize(*division->left) && isSize(*division->right);
}

static std::optional<Element> elementNamed(llvm::StringRef name) {
  for (Element element : {Element::F32, Element::I32, Element::I64, Element::Bool, Element::Token})
    if (spell(element) == name)
      return element;
  return std::nullopt;
}

std::optional<Type> DeclarationChecker::resolveType(TypeSyntax &syntax, SizeLookup lookUp) {
  Type type = Type::scalar(Element::F32);
  bool isValid = true;
  if (syntax.element) {
    if (std::optional<Element> element = elementNamed(syntax.element->text)) {
      type.element = *element;
    } else {
      isValid = false;
      error(syntax.element->range, "unknown element type " + quoted(syntax.element->text))
          .withHint("the element types are f32, i32, i64, bool and token");
    }
  }
  for (const ExpressionPtr &dim : syntax.dims) {
    if (auto *bound = llvm::dyn_cast<BoundExpression>(dim.get())) {
      std::optional<Dim> limit =
          resolveSize(diagnostics, *bound->limit, lookUp, declaration.divisions);
      const bool isModel = declaration.kind == Declaration::Kind::Model;
      if (!isModel)
        error(dim->range, "`<=` stands in the result of a model that generates, not in a " +
                              nounOf(declaration.kind));
      if (limit && isAxisSize(diagnostics, dim->range, *limit) && isModel)
        type.dims.push_back(atMost(*limit));
      else
        isValid = false;
      continue;
    }
    std::optional<Dim> size = resolveSize(diagnostics, *dim, lookUp, declaration.divisions);
    if (size && isAxisSize(diagnostics, dim->range, *size))
      type.dims.push_back(*size);
    else
      isValid = false;
  }
  if (syntax.vocabulary)
    resolveVocabulary(syntax, type);
  return isValid ? std::optional(type) : std::nullopt;
}

bool DeclarationChecker::requireStatic(SourceRange range, llvm::ArrayRef<Dim> sizes,
                                       llvm::StringRef what) {
  for (const Dim &size : sizes)
    for (const std::string &name : size.names())
      if (llvm::is_contained(declaration.freeDims, name)) {
        const std::string keyword = spell(declaration.kind).str();
        error(range,
              what + " cannot depend on " + quoted(name) + ", which is known only when data comes")
            .note(dimensions.lookup(name)->definition, quoted(name) + " is named here")
            .withHint("name it behind the " + keyword + "'s name: `" + keyword + " " +
                      declaration.name.text + "[" + name + "]`");
        return false;
      }
  return true;
}

void DeclarationChecker::checkDefaults() {
  for (Parameter &parameter : declaration.parameters) {
    if (!parameter.defaultValue)
      continue;
    const Type &expected = parameter.symbol->type;
    checkExpression(*parameter.defaultValue);
    checkInitial(*parameter.defaultValue, "before the call");
    if (expected.rank() != 0)
      error(parameter.defaultValue->range, "only a scalar parameter can have a default, " +
                                               quoted(parameter.name.text) + " is " +
                                               expected.str());
    else
      fits(*parameter.defaultValue, expected);
  }
}
