//===- QueriesCompletion.cpp - What may stand at a place -----------*- C++ -*-===//
//
// Finds out by the tokens in front of a place what kind of thing is expected there, and lists the
// names of that kind that the place can see.
//
//===----------------------------------------------------------------------===//

#include "QueriesText.h"
#include "gatefold/Language/Builtins.h"
#include "gatefold/Language/Queries.h"
#include "gatefold/Language/SyntaxPrinter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace gatefold;
using namespace gatefold::queries;

using TokenKind = Token::Kind;
using SymbolKind = Symbol::Kind;
using Kind = Completion::Kind;

namespace {
/// How near things are: of what a reader sees first, less.
enum Rank : unsigned { Nearest, Local, Size, Own, Builtins, Library, Word };

/// Collects the completions of one place.
class Collector {
public:
  Collector(const SourceFile &file, const Tokens &tokens, const Names &names, size_t index,
            const char *place);
  std::vector<Completion> collect();

private:
  void addItem(Kind kind, const llvm::Twine &label, std::string detail, std::string documentation,
               unsigned rank);
  void addWords(llvm::ArrayRef<llvm::StringRef> words);
  void addSymbol(const Symbol &symbol, const Type &type, const Declaration *owner);
  void addMemories(const Symbol &instance);
  void addBindings();
  void addVocabularies();
  void addTypes();
  void addConstants();
  void addSizes();
  void addLocals();
  void addScanned();
  void addDeclarations(llvm::ArrayRef<Declaration::Kind> kinds);
  void addBuiltins();
  void addArguments(const Bracket &bracket);
  void addExpressions();
  void addStatements();
  void addAfterOperand();
  bool addInBinding();
  bool addBehindWord();
  bool addInBracket();
  bool endsOperand() const;
  bool beginsStatement() const;
  const Token &before() const { return tokens[index - 1]; }

  const SourceFile &file;
  const Tokens &tokens;
  const Names &names;
  size_t index; ///< of the first token that is not in front of the place
  const char *place;
  const Declaration *declaration;
  std::vector<Completion> items;
  llvm::StringSet<> seen;
};
} // namespace

Collector::Collector(const SourceFile &file, const Tokens &tokens, const Names &names, size_t index,
                     const char *place)
    : file(file), tokens(tokens), names(names), index(index), place(place),
      declaration(names.enclosing(place)) {}

//===----------------------------------------------------------------------===//
// Lists of one kind
//===----------------------------------------------------------------------===//

void Collector::addItem(Kind kind, const llvm::Twine &label, std::string detail,
                        std::string documentation, unsigned rank) {
  std::string text = label.str();
  if (text.empty() || text == "_" || !seen.insert(text).second)
    return;
  items.push_back({std::move(text), kind, std::move(detail), std::move(documentation), rank});
}

void Collector::addWords(llvm::ArrayRef<llvm::StringRef> words) {
  for (llvm::StringRef word : words)
    addItem(Kind::Keyword, word, "", "", Rank::Word);
}

void Collector::addSymbol(const Symbol &symbol, const Type &type, const Declaration *owner) {
  const SymbolUse use = {&symbol, owner, type};
  auto add = [&](Kind kind, unsigned rank) {
    addItem(kind, symbol.name + (symbol.kind == SymbolKind::NextState ? "'" : ""), signatureOf(use),
            "", rank);
  };
  switch (symbol.kind) {
  case SymbolKind::Dimension:
    return add(Kind::Dimension, Rank::Size);
  case SymbolKind::Constant:
    return add(Kind::Constant, Rank::Size);
  case SymbolKind::Parameter:
  case SymbolKind::Local:
  case SymbolKind::Memories:
    return add(Kind::Value, Rank::Local);
  case SymbolKind::Weight:
    return add(Kind::Weight, Rank::Local);
  case SymbolKind::State:
  case SymbolKind::NextState:
    return add(Kind::State, Rank::Local);
  case SymbolKind::Instance:
    return add(Kind::Instance, Rank::Local);
  }
}

void Collector::addMemories(const Symbol &instance) {
  if (!instance.declaration)
    return;
  for (const Symbol *memory : memoriesOf(*instance.declaration))
    addSymbol(*memory, throughInstance(memory->type, instance), instance.declaration);
}

void Collector::addBindings() {
  const Declaration *target = names.instantiated(index);
  for (bool fromLibrary : {false, true})
    for (const auto &binding : file.bindings)
      if (binding->fromLibrary == fromLibrary &&
          (!target || binding->target.text == target->name.text))
        addItem(Kind::Binding, binding->name.text, signatureOf(*binding), binding->documentation,
                Rank::Nearest);
}

void Collector::addVocabularies() {
  for (const auto &vocabulary : file.vocabularies)
    addItem(Kind::Vocabulary, vocabulary->name.text, signatureOf(*vocabulary),
            vocabulary->documentation, Rank::Nearest);
}

void Collector::addTypes() {
  for (Element element : {Element::F32, Element::I32, Element::I64, Element::Bool, Element::Token})
    addItem(Kind::Element, spell(element), "element type", "", Rank::Nearest);
}

void Collector::addConstants() {
  for (bool fromLibrary : {false, true})
    for (const auto &constant : file.constants)
      if (constant->fromLibrary == fromLibrary)
        addItem(Kind::Constant, constant->name.text, signatureOf(*constant),
                constant->documentation, Rank::Size);
}

void Collector::addSizes() {
  if (declaration)
    for (const Symbol *symbol : names.visible(*declaration, place))
      if (symbol->kind == SymbolKind::Dimension)
        addSymbol(*symbol, symbol->type, declaration);
  addConstants();
}

void Collector::addLocals() {
  if (!declaration)
    return;
  // Of equal names, the last one defined is meant.
  std::vector<const Symbol *> symbols = names.visible(*declaration, place);
  for (const Symbol *symbol : llvm::reverse(symbols))
    addSymbol(*symbol, symbol->type, declaration);
}

/// The cells that can be run along a sequence.
void Collector::addScanned() {
  if (!declaration)
    return;
  for (const Symbol *symbol : names.visible(*declaration, place))
    if (symbol->kind == SymbolKind::Instance && symbol->declaration &&
        symbol->declaration->kind == Declaration::Kind::Cell)
      addSymbol(*symbol, symbol->type, declaration);
}

void Collector::addDeclarations(llvm::ArrayRef<Declaration::Kind> kinds) {
  for (bool fromLibrary : {false, true})
    for (const auto &callee : file.declarations)
      if (callee->fromLibrary == fromLibrary && callee.get() != declaration &&
          llvm::is_contained(kinds, callee->kind))
        addItem(callee->kind == Declaration::Kind::Function ? Kind::Function : Kind::LayerOrCell,
                callee->name.text, signatureOf(*callee), callee->documentation,
                fromLibrary ? Rank::Library : Rank::Own);
}

void Collector::addBuiltins() {
  for (const Builtin &builtin : allBuiltins()) {
    const std::string signatures = signatureOf(BuiltinUse{builtin.name});
    addItem(Kind::Builtin, builtin.name, llvm::StringRef(signatures).split('\n').first.str(),
            documentationOf(BuiltinUse{builtin.name}), Rank::Builtins);
  }
}

/// The names of parameters that an argument may be given by.
void Collector::addArguments(const Bracket &bracket) {
  const Declaration *callee = nullptr;
  if (const auto *function = std::get_if<const Declaration *>(&bracket.callee))
    callee = *function;
  else if (const auto *use = std::get_if<SymbolUse>(&bracket.callee))
    callee = use->symbol->declaration;
  if (callee)
    for (const Parameter &parameter : callee->parameters)
      addItem(Kind::Argument, parameter.name.text + " = ",
              parameter.name.text + ": " + toText(parameter.type), "", Rank::Nearest);
  if (const auto *builtin = std::get_if<BuiltinUse>(&bracket.callee))
    for (const Builtin &entry : allBuiltins())
      for (llvm::StringRef parameter : llvm::split(entry.parameters, ' '))
        if (entry.name == builtin->name && !parameter.empty())
          addItem(Kind::Argument, parameter + " = ", signatureOf(*builtin), "", Rank::Nearest);
  if (const auto *binding = std::get_if<const BindingDeclaration *>(&bracket.callee))
    for (const auto &parameter : (*binding)->parameters)
      addItem(Kind::Argument, parameter.name.text + " = ", signatureOf(**binding), "",
              Rank::Nearest);
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// Whether a value, type or name ends in front of the place, so that an operator follows.
bool Collector::endsOperand() const {
  return before().isOneOf(TokenKind::Name, TokenKind::Integer, TokenKind::Number, TokenKind::String,
                          TokenKind::RightParen, TokenKind::RightBracket, TokenKind::True,
                          TokenKind::False, TokenKind::Position);
}

/// Whether what is written at the place begins a line of its own.
bool Collector::beginsStatement() const {
  if (index == 0 || before().isOneOf(TokenKind::LeftBrace, TokenKind::RightBrace))
    return true;
  const char *end = before().text.end();
  const bool isOnNewLine = llvm::StringRef(end, place - end).contains('\n');
  return isOnNewLine && !before().continuesLine() && !tokens.openerOf(index);
}

void Collector::addExpressions() {
  addLocals();
  addConstants();
  addDeclarations(Declaration::Kind::Function);
  addBuiltins();
  addWords({"if", "not", "true", "false"});
  const bool isModel = declaration && declaration->kind == Declaration::Kind::Model;
  if (isModel)
    addWords({"scan"});
  if (isModel && before().isOneOf(TokenKind::Return, TokenKind::Comma))
    addWords({"generate"});
  if (declaration && declaration->kind == Declaration::Kind::Cell)
    addWords({"position"});
  if (declaration && before().is(TokenKind::Assign) &&
      declaration->kind != Declaration::Kind::Function)
    addDeclarations({Declaration::Kind::Layer, Declaration::Kind::Cell});
}

void Collector::addStatements() {
  using DeclarationKind = Declaration::Kind;
  const DeclarationKind kind = declaration->kind;
  for (const auto &symbol : declaration->symbols)
    if (symbol->kind == SymbolKind::State && !symbol->grows &&
        textOf(symbol->definition) == symbol->name)
      addItem(Kind::State, symbol->name + "' = ", "the next value of " + code(symbol->name), "",
              Rank::Nearest);
  addWords({"return", "require", "for"});
  if (kind != DeclarationKind::Function)
    addWords({"weight"});
  if (kind == DeclarationKind::Cell)
    addWords({"state", "window", "history", "when"});
  if (kind == DeclarationKind::Layer)
    addWords({"window"});
  if (kind == DeclarationKind::Model)
    addWords({"ignore"});
  addLocals(); // a loop gives names new values
}

void Collector::addAfterOperand() {
  addWords({"and", "or", "then", "else", "load", "from", "for", "in", "of", "back", "keep", "pad",
            "prompt", "until", "limit", "starting"});
}

/// In a binding: what weights are called, and what its values are made of.
bool Collector::addInBinding() {
  const BindingDeclaration *binding = names.enclosingBinding(place);
  if (!binding)
    return false;
  addWords({"rows", "columns", "transpose", "f32"});
  for (const auto &parameter : binding->parameters)
    addItem(Kind::Value, parameter.name.text, "parameter of the binding", "", Rank::Local);
  if (!binding->declaration)
    return true;
  for (const auto &symbol : binding->declaration->symbols)
    if (symbol->kind == SymbolKind::Weight || symbol->kind == SymbolKind::Dimension)
      addSymbol(*symbol, symbol->type, binding->declaration);
  return true;
}

/// Places that the word in front of them decides on.
bool Collector::addBehindWord() {
  const Token &word = before();
  if (word.is(TokenKind::Load)) {
    addBindings();
  } else if (word.isWord("of") &&
             tokens[index - 2].isOneOf(TokenKind::RightBracket, TokenKind::Name)) {
    addVocabularies();
  } else if (word.is(TokenKind::Scan)) {
    addScanned();
    addWords({"reverse"});
  } else if (word.isOneOf(TokenKind::Reverse, TokenKind::Generate)) {
    addScanned();
  } else if (word.is(TokenKind::For) && !declaration) {
    addDeclarations({Declaration::Kind::Layer, Declaration::Kind::Cell});
  } else if (word.is(TokenKind::Require) || word.is(TokenKind::Back)) {
    addSizes();
  } else if (word.isOneOf(TokenKind::Weight, TokenKind::State, TokenKind::Window,
                          TokenKind::History, TokenKind::For, TokenKind::Cell, TokenKind::Layer,
                          TokenKind::Fn, TokenKind::Model, TokenKind::Const, TokenKind::Binding,
                          TokenKind::Vocabulary)) {
    return true; // a new name
  } else {
    return false;
  }
  return true;
}

bool Collector::addInBracket() {
  const Bracket bracket = names.bracketAround(index);
  const bool beginsItem = before().isOneOf(TokenKind::LeftParen, TokenKind::Comma);
  switch (bracket.kind) {
  case Bracket::Kind::None:
  case Bracket::Kind::Group:
    return false;
  case Bracket::Kind::Arguments:
  case Bracket::Kind::LoadArguments:
    if (beginsItem)
      addArguments(bracket);
    return bracket.kind == Bracket::Kind::LoadArguments;
  case Bracket::Kind::Memories:
    if (!beginsItem)
      return false;
    if (const auto *scanned = std::get_if<SymbolUse>(&bracket.callee))
      addMemories(*scanned->symbol);
    return true;
  case Bracket::Kind::Sizes:
    addSizes();
    return true;
  case Bracket::Kind::Index:
    addSizes();
    addWords({"new"});
    return false;
  }
  llvm_unreachable("every kind of bracket is listed");
}

std::vector<Completion> Collector::collect() {
  if (const Symbol *owner = names.memoriesBefore(index)) {
    addMemories(*owner);
  } else if (before().text == "." && before().text.begin() == tokens[index - 2].text.end()) {
    // A member of something that has none.
  } else if (addBehindWord() || addInBinding()) {
    // These have listed what they know.
  } else if (!declaration && beginsStatement()) {
    addWords({"import", "const", "fn", "layer", "cell", "model", "binding", "vocabulary"});
  } else if (declaration && beginsStatement()) {
    addStatements();
  } else if (endsOperand()) {
    addAfterOperand();
  } else if (!addInBracket()) {
    if (before().isOneOf(TokenKind::Colon, TokenKind::Arrow) &&
        names.bracketAround(index).kind != Bracket::Kind::Index)
      addTypes();
    else
      addExpressions();
  }
  return std::move(items);
}

Completions Queries::complete(size_t offset) const {
  const char *place = placeOf(offset);
  Completions result;
  result.replaced = {llvm::SMLoc::getFromPointer(place), llvm::SMLoc::getFromPointer(place)};
  if (tokens->isInProse(place))
    return result;
  size_t index = tokens->countBefore(place);
  const std::optional<size_t> touched = tokens->at(place);
  if (touched) {
    const Token &token = (*tokens)[*touched];
    const bool isWord = token.is(Token::Kind::Name) || token.isKeyword();
    if (isWord && token.text.begin() < place) {
      index = *touched;
      result.replaced.Start = token.range().Start;
    } else if (token.isOneOf(Token::Kind::Integer, Token::Kind::Number) &&
               token.text.begin() < place) {
      return result;
    }
  }
  result.items = Collector(file, *tokens, *names, index, place).collect();
  return result;
}
