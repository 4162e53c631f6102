//===- QueriesNames.cpp - What a word of a text means --------------*- C++ -*-===//
//
// Looks names up as the checker does, and finds brackets and what stands in front of them by
// tokens.
//
//===----------------------------------------------------------------------===//

#include "QueriesNames.h"

#include "QueriesText.h"
#include "SyntaxWalk.h"
#include "gatefold/Language/Builtins.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::queries;

using TokenKind = Token::Kind;
using SymbolKind = Symbol::Kind;

static bool contains(SourceRange range, const char *place) {
  return range.isValid() && range.Start.getPointer() <= place && place <= range.End.getPointer();
}

//===----------------------------------------------------------------------===//
// Scopes
//===----------------------------------------------------------------------===//

Names::Names(const SourceFile &file, const Tokens &tokens) : file(file), tokens(tokens) {
  if (tokens.size() == 0)
    return;
  const SourceRange text = {tokens[0].range().Start, tokens[tokens.size() - 1].range().End};
  for (const auto &declaration : file.declarations)
    if (contains(text, declaration->range.Start.getPointer()))
      addScopes(*declaration);
}

void Names::addScopes(const Declaration &declaration) {
  forEachStatement(declaration, [&](const Statement &statement) {
    if (llvm::isa<WhenStatement, ForStatement>(statement))
      blocks.push_back(statement.range);
  });
  forEachExpression(declaration, [&](const Expression &expression) {
    if (const auto *name = llvm::dyn_cast<NameExpression>(&expression)) {
      if (name->symbol)
        uses[name->range.Start.getPointer()] = name->symbol;
    } else if (const auto *list = llvm::dyn_cast<ComprehensionExpression>(&expression)) {
      if (list->symbol)
        comprehensions[list->symbol] = list->range;
    }
  });
}

bool Names::isVisible(const Symbol &symbol, const char *place) const {
  if (auto list = comprehensions.find(&symbol); list != comprehensions.end())
    return contains(list->second, place);
  const char *definition = symbol.definition.Start.getPointer();
  if (!definition || definition > place)
    return false;
  llvm::StringRef spelling = textOf(symbol.definition);
  spelling.consume_back("'");
  if (spelling != symbol.name)
    return contains(symbol.definition, place); // defined by what it is used in, such as `index`
  const bool outlivesBlocks = symbol.kind == SymbolKind::NextState;
  return outlivesBlocks || llvm::none_of(blocks, [&](SourceRange block) {
           return contains(block, definition) && !contains(block, place);
         });
}

std::vector<const Symbol *> Names::visible(const Declaration &declaration,
                                           const char *place) const {
  std::vector<const Symbol *> found;
  for (const auto &symbol : declaration.symbols)
    if (isVisible(*symbol, place))
      found.push_back(symbol.get());
  return found;
}

const Declaration *Names::enclosing(const char *place) const {
  const Declaration *last = nullptr;
  const size_t before = tokens.countBefore(place);
  if (tokens.size() == 0 || place < tokens[0].text.begin())
    return nullptr;
  for (const auto &declaration : file.declarations) {
    const char *start = declaration->range.Start.getPointer();
    if (start >= tokens[0].text.begin() && start <= place &&
        (!last || start > last->range.Start.getPointer()))
      last = declaration.get();
  }
  if (!last || contains(last->range, place))
    return last;
  // Behind its end is inside, as long as nothing closes it and nothing else begins.
  if (textOf(last->range).ends_with("}"))
    return nullptr;
  for (size_t i = before; i-- > 0 && tokens[i].text.begin() >= last->range.End.getPointer();)
    if (tokens[i].is(TokenKind::RightBrace) ||
        (tokens[i].startsLine && tokens[i].beginsDeclaration()))
      return nullptr;
  return last;
}

const BindingDeclaration *Names::enclosingBinding(const char *place) const {
  for (const auto &binding : file.bindings)
    if (contains(binding->range, place))
      return binding.get();
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Names by their spelling
//===----------------------------------------------------------------------===//

/// The element of `list` called `name`; the user's hides the library's.
template <typename List>
static auto findNamed(const List &list, llvm::StringRef name) -> decltype(list.front().get()) {
  decltype(list.front().get()) found = nullptr;
  for (const auto &element : list)
    if (element->name.text == name && (!found || found->fromLibrary))
      found = element.get();
  return found;
}

const Declaration *Names::findDeclaration(llvm::StringRef name) const {
  return findNamed(file.declarations, name);
}

const VocabularyDeclaration *Names::findVocabulary(llvm::StringRef name) const {
  return findNamed(file.vocabularies, name);
}

Referent Names::lookUpGlobal(llvm::StringRef name) const {
  if (const Declaration *declaration = findDeclaration(name))
    return declaration;
  if (const ConstantDeclaration *constant = findNamed(file.constants, name))
    return constant;
  if (const VocabularyDeclaration *vocabulary = findVocabulary(name))
    return vocabulary;
  if (isBuiltin(name))
    return BuiltinUse{name};
  return {};
}

Referent Names::lookUp(llvm::StringRef name, bool primed, const char *place) const {
  const Declaration *declaration = enclosing(place);
  const Symbol *best = nullptr;
  if (declaration) {
    for (const Symbol *symbol : visible(*declaration, place)) {
      const bool isNext = symbol->kind == SymbolKind::NextState;
      if (symbol->name != name || (isNext && !primed))
        continue;
      const bool isBetter = primed ? isNext
                                   : !best || best->kind == SymbolKind::Dimension ||
                                         symbol->kind != SymbolKind::Dimension;
      if (!best || isBetter)
        best = symbol;
    }
    // A next value may be used above nothing but its definition.
    for (const auto &symbol : declaration->symbols)
      if (primed && symbol->name == name && symbol->kind == SymbolKind::NextState)
        best = symbol.get();
  }
  if (best)
    return SymbolUse{best, declaration, best->type};
  return primed ? Referent() : lookUpGlobal(name);
}

//===----------------------------------------------------------------------===//
// Memories
//===----------------------------------------------------------------------===//

std::vector<const Symbol *> queries::memoriesOf(const Declaration &cell) {
  std::vector<const Symbol *> found;
  for (const auto &symbol : cell.symbols) {
    const bool isCell = symbol->kind == SymbolKind::Instance && symbol->declaration &&
                        symbol->declaration->kind == Declaration::Kind::Cell && !symbol->count &&
                        !symbol->array;
    if (isCell || (symbol->kind == SymbolKind::State && !symbol->grows))
      found.push_back(symbol.get());
  }
  return found;
}

Type queries::throughInstance(Type type, const Symbol &instance) {
  for (Dim &size : type.dims)
    size = size.substitute(instance.dimensions);
  return type;
}

/// The memory `name` of the cell that `owner`, an instance or the memories of one, belongs to.
static const Symbol *findMemory(const Symbol *owner, llvm::StringRef name) {
  if (!owner || !owner->declaration)
    return nullptr;
  for (const Symbol *memory : memoriesOf(*owner->declaration))
    if (memory->name == name)
      return memory;
  return nullptr;
}

/// The cell instance behind `symbol`: itself, or the scanned one.
static const Symbol *instanceOf(const Symbol *symbol) {
  if (symbol && symbol->kind == SymbolKind::Memories)
    return symbol->instance;
  return symbol && symbol->kind == SymbolKind::Instance ? symbol : nullptr;
}

/// Follows `path` from `start`; the types of what it meets are in the terms of the owner of
/// `start`.
static Referent follow(const Symbol *start, llvm::ArrayRef<llvm::StringRef> path) {
  std::vector<const Symbol *> passed = {instanceOf(start)};
  for (llvm::StringRef name : path)
    if (const Symbol *next = findMemory(passed.back(), name))
      passed.push_back(next);
    else
      return {};
  const Symbol *found = passed.back();
  passed.pop_back();
  if (!found || passed.empty())
    return {};
  Type type = found->type;
  for (const Symbol *instance : llvm::reverse(passed))
    type = throughInstance(std::move(type), *instance);
  return SymbolUse{found, passed.back()->declaration, std::move(type)};
}

/// The names, joined by dots, of which the last is the token `index`; their first token in `first`.
static std::vector<llvm::StringRef> pathUpTo(const Tokens &tokens, size_t index, size_t &first) {
  std::vector<llvm::StringRef> path = {tokens[index].text};
  first = index;
  while (first >= 2 && tokens[first - 1].text == "." && tokens[first - 2].is(TokenKind::Name)) {
    first -= 2;
    path.insert(path.begin(), tokens[first].text);
  }
  return path;
}

Referent Names::resolveMember(size_t index) const {
  size_t first;
  std::vector<llvm::StringRef> path = pathUpTo(tokens, index, first);
  const Bracket bracket = bracketAround(first);
  if (bracket.kind == Bracket::Kind::Memories &&
      tokens[first - 1].isOneOf(TokenKind::LeftParen, TokenKind::Comma)) {
    const auto *scanned = std::get_if<SymbolUse>(&bracket.callee);
    return scanned ? follow(scanned->symbol, path) : Referent();
  }
  if (first == index || tokens[first - 1].is(TokenKind::MemberDot))
    return {}; // a member of something without a name
  const Referent base = resolve(first);
  const auto *use = std::get_if<SymbolUse>(&base);
  return use ? follow(use->symbol, llvm::ArrayRef(path).drop_front()) : Referent();
}

const Symbol *Names::memoriesBefore(size_t index) const {
  const bool isBehindDot = index >= 2 && tokens[index - 1].text == "." &&
                           tokens[index - 2].is(TokenKind::Name) &&
                           tokens[index - 2].text.end() == tokens[index - 1].text.begin();
  if (!isBehindDot)
    return nullptr;
  const Referent base = resolve(index - 2);
  const auto *use = std::get_if<SymbolUse>(&base);
  return use ? instanceOf(use->symbol) : nullptr;
}

//===----------------------------------------------------------------------===//
// Words by their place
//===----------------------------------------------------------------------===//

Referent Names::resolve(size_t index) const {
  const Token &token = tokens[index];
  if (!token.is(TokenKind::Name))
    return {};
  const char *place = token.text.begin();
  const Token &before = tokens[index - 1];
  if (before.is(TokenKind::MemberDot))
    return resolveMember(index);
  if (before.is(TokenKind::Load))
    return resolveLoad(index);
  if (before.isWord("of"))
    if (const VocabularyDeclaration *vocabulary = findVocabulary(token.text))
      return vocabulary;
  if (const BindingDeclaration *binding = enclosingBinding(place))
    return resolveInBinding(index, *binding);
  const Bracket bracket = bracketAround(index);
  const bool beginsItem = before.isOneOf(TokenKind::LeftParen, TokenKind::Comma);
  const Token &after = tokens[index + 1];
  const bool isKey = beginsItem && (after.is(TokenKind::Assign) || after.text == ".");
  if (isKey && bracket.kind == Bracket::Kind::Memories)
    return resolveMember(index);
  if (isKey && after.is(TokenKind::Assign))
    if (Referent argument = resolveArgument(index, bracket); isKnown(argument))
      return argument;
  if (const Symbol *symbol = uses.lookup(place)) {
    const bool isConstant = symbol->kind == SymbolKind::Constant;
    if (!isConstant)
      return SymbolUse{symbol, enclosing(place), symbol->type};
  }
  llvm::StringRef name = token.text;
  name.consume_back("'");
  return lookUp(name, token.primed, place);
}

Referent Names::resolveArgument(size_t index, const Bracket &bracket) const {
  llvm::StringRef name = tokens[index].text;
  if (const auto *binding = std::get_if<const BindingDeclaration *>(&bracket.callee)) {
    for (const auto &parameter : (*binding)->parameters)
      if (parameter.name.text == name)
        return BindingParameterUse{*binding, &parameter};
    return {};
  }
  const Declaration *callee = nullptr;
  if (const auto *declaration = std::get_if<const Declaration *>(&bracket.callee))
    callee = *declaration;
  else if (const auto *use = std::get_if<SymbolUse>(&bracket.callee))
    callee = use->symbol->declaration;
  if (callee && bracket.kind == Bracket::Kind::Arguments)
    for (const Parameter &parameter : callee->parameters)
      if (parameter.name.text == name && parameter.symbol)
        return SymbolUse{parameter.symbol, callee, parameter.symbol->type};
  return {};
}

Referent Names::resolveInBinding(size_t index, const BindingDeclaration &binding) const {
  const Token &token = tokens[index];
  if (token.text.begin() == binding.name.range.Start.getPointer())
    return &binding;
  if (token.text.begin() == binding.target.range.Start.getPointer())
    return lookUpGlobal(token.text);
  for (const auto &parameter : binding.parameters)
    if (parameter.name.text == token.text)
      return BindingParameterUse{&binding, &parameter};
  if (binding.declaration)
    for (const auto &symbol : binding.declaration->symbols)
      if (symbol->name == token.text &&
          (symbol->kind == SymbolKind::Weight || symbol->kind == SymbolKind::Dimension))
        return SymbolUse{symbol.get(), binding.declaration, symbol->type};
  return lookUpGlobal(token.text);
}

const Declaration *Names::instantiated(size_t index) const {
  for (size_t i = std::min(index, tokens.size()); i-- > 0 && !tokens[i].is(TokenKind::LeftBrace);) {
    if (tokens[i].is(TokenKind::Assign) && !tokens.openerOf(i))
      return findDeclaration(tokens[i + 1].text);
    if (tokens.beginsStatement(i))
      return nullptr;
  }
  return nullptr;
}

Referent Names::resolveLoad(size_t index) const {
  const Declaration *target = instantiated(index - 1);
  const BindingDeclaration *found = nullptr;
  for (const auto &binding : file.bindings) {
    const bool fits = binding->name.text == tokens[index].text &&
                      (!target || binding->target.text == target->name.text);
    if (fits && (!found || found->fromLibrary))
      found = binding.get();
  }
  return found ? Referent(found) : Referent();
}

//===----------------------------------------------------------------------===//
// Brackets
//===----------------------------------------------------------------------===//

Bracket Names::bracketAround(size_t index) const {
  const std::optional<size_t> opener = tokens.openerOf(index);
  if (!opener)
    return {};
  return tokens[*opener].is(TokenKind::LeftParen) ? parenthesisAt(*opener)
                                                  : squareBracketAt(*opener);
}

/// What the name in front of `opener`, or in front of the brackets there, stands for.
Referent Names::calleeOf(size_t opener) const {
  size_t callee = opener - 1;
  if (tokens[callee].is(TokenKind::RightBracket))
    callee = tokens.partnerOf(callee) - 1;
  const Token &name = tokens[callee];
  if (!name.is(TokenKind::Name) || name.primed)
    return {};
  if (tokens[callee - 1].is(TokenKind::Load))
    return resolveLoad(callee);
  return lookUp(name.text, false, name.text.begin());
}

/// The cell instance that the `scan` or `generate` runs whose clause is in front of the token
/// `index`.
const Symbol *Names::scannedBefore(size_t index) const {
  for (size_t i = index; i-- > 0;) {
    if (tokens[i].isOneOf(TokenKind::RightParen, TokenKind::RightBracket)) {
      i = tokens.partnerOf(i);
    } else if (tokens[i].isOneOf(TokenKind::Scan, TokenKind::Generate)) {
      const size_t name = i + 1 + tokens[i + 1].is(TokenKind::Reverse);
      const Referent scanned = lookUp(tokens[name].text, false, tokens[name].text.begin());
      const auto *use = std::get_if<SymbolUse>(&scanned);
      return use ? instanceOf(use->symbol) : nullptr;
    } else if (tokens.beginsStatement(i)) {
      return nullptr;
    }
  }
  return nullptr;
}

Bracket Names::parenthesisAt(size_t opener) const {
  const Token &before = tokens[opener - 1];
  if (before.is(TokenKind::From) || before.isWord("starting")) {
    const Symbol *scanned = scannedBefore(opener - 1);
    return scanned ? Bracket{Bracket::Kind::Memories, SymbolUse{scanned, nullptr, {}}} : Bracket();
  }
  if (!before.isOneOf(TokenKind::Name, TokenKind::RightBracket) || isInHeader(opener))
    return {Bracket::Kind::Group, {}};
  const Token &second = tokens[opener - 2];
  if (second.isOneOf(TokenKind::Scan, TokenKind::Reverse, TokenKind::Generate))
    return {Bracket::Kind::Group, {}};
  Referent callee = calleeOf(opener);
  const bool isLoad = std::holds_alternative<const BindingDeclaration *>(callee);
  return {isLoad ? Bracket::Kind::LoadArguments : Bracket::Kind::Arguments, std::move(callee)};
}

Bracket Names::squareBracketAt(size_t opener) const {
  const Token &before = tokens[opener - 1];
  if (isInHeader(opener) || before.is(TokenKind::Colon) || tokens[opener - 2].is(TokenKind::Window))
    return {Bracket::Kind::Sizes, {}};
  if (before.is(TokenKind::Name)) {
    Referent callee = calleeOf(opener);
    if (std::holds_alternative<const Declaration *>(callee))
      return {Bracket::Kind::Sizes, std::move(callee)};
    if (tokens[opener - 2].is(TokenKind::Colon))
      return {Bracket::Kind::Sizes, {}}; // behind an element type
    return {Bracket::Kind::Index, std::move(callee)};
  }
  const bool isBehindOperand =
      before.isOneOf(TokenKind::RightParen, TokenKind::RightBracket, TokenKind::String);
  return {isBehindOperand ? Bracket::Kind::Index : Bracket::Kind::Group, {}};
}

/// Whether the token `index` stands between the keyword of a declaration and its `{`.
bool Names::isInHeader(size_t index) const {
  for (size_t i = std::min(index, tokens.size()); i-- > 0;) {
    if (tokens[i].isOneOf(TokenKind::LeftBrace, TokenKind::RightBrace))
      return false;
    if (tokens[i].isOneOf(TokenKind::Fn, TokenKind::Layer, TokenKind::Cell, TokenKind::Model))
      return true;
  }
  return false;
}
