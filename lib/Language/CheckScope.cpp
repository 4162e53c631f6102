//===- CheckScope.cpp - Names inside and outside declarations -----*- C++ -*-===//
//
// Defines and finds names, and reports those that are unknown, defined twice, shadowed, too early
// or unused.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

using namespace gatefold;
using namespace gatefold::checking;

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

FileNames::FileNames(SourceFile &file, Diagnostics &diagnostics)
    : file(file), diagnostics(diagnostics) {
  addDeclarations();
  addConstants();
}

void FileNames::addDeclarations() {
  for (const auto &declaration : file.declarations) {
    Names &names = declaration->fromLibrary ? library : user;
    auto [entry, isNew] = names.declarations.try_emplace(declaration->name.text, declaration.get());
    if (!isNew)
      diagnostics
          .error(declaration->name.range, quoted(declaration->name.text) + " is already declared")
          .note(entry->second->name.range, "it is declared here first");
    else if (!declaration->fromLibrary && isBuiltin(declaration->name.text))
      diagnostics.warning(declaration->name.range,
                          quoted(declaration->name.text) + " shadows the builtin of this name");
  }
}

void FileNames::addConstants() {
  for (const auto &constant : file.constants) {
    Names &names = constant->fromLibrary ? library : user;
    const std::string &name = constant->name.text;
    auto [entry, isNew] = names.constants.try_emplace(name, constant.get());
    if (!isNew)
      diagnostics.error(constant->name.range, quoted(name) + " is already declared")
          .note(entry->second->name.range, "it is declared here first");
    auto declared = names.declarations.find(name);
    if (declared != names.declarations.end())
      diagnostics.error(constant->name.range, quoted(name) + " is already declared")
          .note(declared->second->name.range, "it is declared here first");
  }
}

Declaration *FileNames::findDeclaration(llvm::StringRef name, bool fromLibrary) const {
  if (!fromLibrary && isUnread(name))
    return nullptr;
  if (!fromLibrary)
    if (Declaration *declaration = user.declarations.lookup(name))
      return declaration;
  return library.declarations.lookup(name);
}

const Symbol *FileNames::findConstant(llvm::StringRef name, bool fromLibrary) const {
  if (!fromLibrary && isUnread(name))
    return nullptr;
  ConstantDeclaration *constant = fromLibrary ? nullptr : user.constants.lookup(name);
  if (!constant)
    constant = library.constants.lookup(name);
  return constant ? constant->symbol.get() : nullptr;
}

std::vector<std::string> FileNames::declarationNames(Declaration::Kind kind) const {
  std::vector<std::string> found;
  for (const auto &declaration : file.declarations)
    if (declaration->kind == kind)
      found.push_back(declaration->name.text);
  return found;
}

std::vector<std::string> FileNames::constantNames() const {
  std::vector<std::string> found;
  for (const auto &constant : file.constants)
    found.push_back(constant->name.text);
  return found;
}

//===----------------------------------------------------------------------===//
// One declaration
//===----------------------------------------------------------------------===//

Diagnostic &DeclarationChecker::error(SourceRange range, const llvm::Twine &text) {
  return diagnostics.error(range, text);
}

Symbol *DeclarationChecker::addSymbol(SymbolKind kind, llvm::StringRef name, SourceRange definition,
                                      Type type) {
  auto symbol = std::make_unique<Symbol>();
  symbol->kind = kind;
  symbol->name = name.str();
  symbol->definition = definition;
  symbol->type = std::move(type);
  declaration.symbols.push_back(std::move(symbol));
  return declaration.symbols.back().get();
}

Symbol *DeclarationChecker::define(SymbolKind kind, const Name &name, Type type) {
  Symbol *symbol = addSymbol(kind, name.text, name.range, std::move(type));
  if (name.text == "_")
    return symbol; // takes what nobody wants, any number of times, and cannot be read
  auto [entry, isNew] = locals.try_emplace(name.text, symbol);
  if (!isNew)
    error(name.range, quoted(name.text) + " is already defined")
        .note(entry->second->definition, "it is defined here first");
  else
    warnIfShadowing(kind, name);
  return symbol;
}

void DeclarationChecker::warnIfShadowing(SymbolKind kind, const Name &name) {
  if (declaration.fromLibrary)
    return;
  const std::string prefix = quoted(name.text) + " shadows the ";
  if (Symbol *dimension = dimensions.lookup(name.text)) {
    diagnostics.warning(name.range, prefix + "dimension of this name")
        .note(dimension->definition, "the dimension is named here");
    return;
  }
  if (kind != SymbolKind::Local && kind != SymbolKind::Instance)
    return;
  if (const Symbol *constant = names.findConstant(name.text, false)) {
    diagnostics.warning(name.range, prefix + "constant of this name")
        .note(constant->definition, "the constant is declared here");
    return;
  }
  if (const Declaration *callee = names.findDeclaration(name.text, false))
    diagnostics.warning(name.range, prefix + nounOf(callee->kind) + " of this name")
        .note(callee->name.range, "the " + nounOf(callee->kind) + " is declared here");
  else if (isBuiltin(name.text))
    diagnostics.warning(name.range, prefix + "builtin of this name");
}

Symbol *DeclarationChecker::findLocal(llvm::StringRef name) const { return locals.lookup(name); }

const Symbol *DeclarationChecker::findNumber(llvm::StringRef name) const {
  if (Symbol *dimension = dimensions.lookup(name)) {
    dimension->used = true;
    return dimension;
  }
  return names.findConstant(name, declaration.fromLibrary);
}

bool DeclarationChecker::reportIfLater(const Name &name) {
  auto later = definitions.find(name.text);
  if (later == definitions.end())
    return false;
  error(name.range, quoted(name.text) + " is used before it is defined")
      .note(later->second, "it is defined here");
  return true;
}

bool DeclarationChecker::isUnread(const Name &name) {
  const bool result = !declaration.fromLibrary && names.isUnread(name.text);
  numSilenced += result;
  return result;
}

bool DeclarationChecker::mayBeUnread(const Name &name) {
  const bool result = !declaration.fromLibrary && names.mayBeUnread(name.text);
  numSilenced += result;
  return result;
}

void DeclarationChecker::reportUnknown(const Name &name, llvm::StringRef what,
                                       llvm::ArrayRef<SymbolKind> kinds, bool withFunctions) {
  if (mayBeUnread(name))
    return;
  std::vector<std::string> candidates;
  for (const auto &symbol : declaration.symbols)
    if (llvm::is_contained(kinds, symbol->kind))
      candidates.push_back(symbol->name);
  if (llvm::is_contained(kinds, SymbolKind::Constant))
    llvm::append_range(candidates, names.constantNames());
  if (withFunctions) {
    llvm::append_range(candidates, names.declarationNames(Declaration::Kind::Function));
    for (const Builtin &builtin : allBuiltins())
      candidates.push_back(builtin.name.str());
  }
  hintNearest(error(name.range, "unknown " + what + " " + quoted(name.text)), name.text,
              candidates);
}

void DeclarationChecker::collectDefinitions() {
  for (const StatementPtr &statement : declaration.body) {
    llvm::ArrayRef<Name> defined;
    if (auto *weight = llvm::dyn_cast<WeightStatement>(statement.get()))
      defined = weight->names;
    else if (auto *state = llvm::dyn_cast<StateStatement>(statement.get()))
      defined = state->names;
    else if (auto *assign = llvm::dyn_cast<AssignStatement>(statement.get()))
      defined = assign->names;
    else if (auto *window = llvm::dyn_cast<WindowStatement>(statement.get()))
      defined = window->name;
    else if (auto *history = llvm::dyn_cast<HistoryStatement>(statement.get()))
      defined = history->name;
    else
      collectNextDefinitions(*statement);
    for (const Name &name : defined)
      if (name.text != "_")
        definitions.try_emplace(name.text, name.range);
  }
}

/// The next values that a block defines; its other names are visible inside only.
void DeclarationChecker::collectNextDefinitions(const Statement &statement) {
  if (const auto *next = llvm::dyn_cast<NextStatement>(&statement))
    nextDefinitions.try_emplace(next->name.text, next->name.range);
  else if (const auto *when = llvm::dyn_cast<WhenStatement>(&statement))
    for (const StatementPtr &inner : when->body)
      collectNextDefinitions(*inner);
  else if (const auto *loop = llvm::dyn_cast<ForStatement>(&statement))
    for (const StatementPtr &inner : loop->body)
      collectNextDefinitions(*inner);
}

/// What the warning about unused names calls a symbol; empty for those it leaves alone.
static llvm::StringRef nounIfWarned(Symbol::Kind kind) {
  switch (kind) {
  case Symbol::Kind::Parameter:
    return "parameter";
  case Symbol::Kind::Weight:
    return "weight";
  case Symbol::Kind::State:
    return "state";
  case Symbol::Kind::Local:
  case Symbol::Kind::Memories:
    return "value";
  case Symbol::Kind::Instance:
    return "instance";
  case Symbol::Kind::Dimension:
  case Symbol::Kind::Constant:
  case Symbol::Kind::NextState:
    return "";
  }
  llvm_unreachable("every kind of symbol is listed");
}

void DeclarationChecker::warnUnused() {
  if (declaration.fromLibrary)
    return;
  for (const auto &symbol : declaration.symbols) {
    llvm::StringRef noun = nounIfWarned(symbol->kind);
    Symbol *next = symbol->kind == SymbolKind::State ? nextValues.lookup(symbol->name) : nullptr;
    if (noun.empty() || symbol->used || (next && next->used) ||
        llvm::StringRef(symbol->name).starts_with("_"))
      continue;
    diagnostics.warning(symbol->definition, noun + " " + quoted(symbol->name) + " is never used")
        .withHint("leave it out, or name it `_" + symbol->name + "` if it has to stay");
  }
}
