//===- Queries.cpp - What stands at a place of a text --------------*- C++ -*-===//
//
// Definitions and the overview of a text.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Queries.h"

#include "QueriesText.h"
#include "SyntaxWalk.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::queries;

void gatefold::adoptUnread(SourceFile &file) {
  for (std::unique_ptr<Declaration> &declaration : file.unread) {
    file.unreadNames.erase(declaration->name.text);
    file.declarations.push_back(std::move(declaration));
  }
  file.unread.clear();
}

Queries::Queries(const SourceFile &file, const llvm::SourceMgr &sources, unsigned bufferId)
    : file(file), buffer(sources.getMemoryBuffer(bufferId)->getBuffer()),
      tokens(std::make_unique<Tokens>(buffer)), names(std::make_unique<Names>(file, *tokens)) {}

Queries::~Queries() = default;

const char *Queries::placeOf(size_t offset) const {
  return buffer.begin() + std::min(offset, buffer.size());
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

namespace {
/// Where each kind of referent is defined.
struct Locator {
  SourceRange operator()(std::monostate) const { return {}; }
  SourceRange operator()(const SymbolUse &use) const { return use.symbol->definition; }
  SourceRange operator()(BuiltinUse) const { return {}; }
  SourceRange operator()(const BindingParameterUse &use) const { return use.parameter->name.range; }
  template <typename Declared>
  SourceRange operator()(const Declared *declared) const {
    return declared->name.range;
  }
};
} // namespace

SourceRange Queries::definition(size_t offset) const {
  const std::optional<size_t> index = tokens->at(placeOf(offset));
  return index ? std::visit(Locator(), names->resolve(*index)) : SourceRange();
}

std::string Queries::importedPath(size_t offset) const {
  const std::optional<size_t> index = tokens->at(placeOf(offset));
  const bool isPath = index && (*tokens)[*index].is(Token::Kind::String) &&
                      (*tokens)[*index - 1].is(Token::Kind::Import);
  return isPath ? unquote((*tokens)[*index].text) : "";
}

//===----------------------------------------------------------------------===//
// Overview
//===----------------------------------------------------------------------===//

static OutlineItem::Kind outlineKind(Declaration::Kind kind) {
  switch (kind) {
  case Declaration::Kind::Function:
    return OutlineItem::Kind::Function;
  case Declaration::Kind::Layer:
    return OutlineItem::Kind::Layer;
  case Declaration::Kind::Cell:
    return OutlineItem::Kind::Cell;
  case Declaration::Kind::Model:
    return OutlineItem::Kind::Model;
  }
  llvm_unreachable("every kind of declaration is listed");
}

/// The weights, states and parts of a declaration.
static std::vector<OutlineItem> partsOf(const Declaration &declaration) {
  std::vector<OutlineItem> parts;
  for (const auto &symbol : declaration.symbols) {
    const SourceRange place = symbol->definition;
    const bool isInstance =
        symbol->kind == Symbol::Kind::Instance && symbol->declaration && !symbol->array;
    if (textOf(place) != symbol->name)
      continue;
    if (symbol->kind == Symbol::Kind::Weight)
      parts.push_back(
          {OutlineItem::Kind::Weight, symbol->name, symbol->type.str(), place, place, {}});
    else if (symbol->kind == Symbol::Kind::State)
      parts.push_back(
          {OutlineItem::Kind::State, symbol->name, symbol->type.str(), place, place, {}});
    else if (isInstance)
      parts.push_back({OutlineItem::Kind::Part,
                       symbol->name,
                       symbol->declaration->name.text,
                       place,
                       place,
                       {}});
  }
  return parts;
}

std::vector<OutlineItem> Queries::outline() const {
  std::vector<OutlineItem> items;
  auto isHere = [&](SourceRange range) {
    return range.isValid() && range.Start.getPointer() >= buffer.begin() &&
           range.End.getPointer() <= buffer.end();
  };
  auto add = [&](OutlineItem::Kind kind, const auto &declared, std::vector<OutlineItem> parts) {
    if (isHere(declared.range) && isHere(declared.name.range))
      items.push_back({kind, declared.name.text, signatureOf(declared), declared.range,
                       declared.name.range, std::move(parts)});
  };
  for (const auto &constant : file.constants)
    add(OutlineItem::Kind::Constant, *constant, {});
  for (const auto &vocabulary : file.vocabularies)
    add(OutlineItem::Kind::Vocabulary, *vocabulary, {});
  for (const auto &declaration : file.declarations)
    add(outlineKind(declaration->kind), *declaration, partsOf(*declaration));
  for (const auto &binding : file.bindings)
    add(OutlineItem::Kind::Binding, *binding, {});
  // No two begin at one place.
  llvm::sort(items, [](const OutlineItem &a, const OutlineItem &b) {
    return a.range.Start.getPointer() < b.range.Start.getPointer();
  });
  return items;
}
