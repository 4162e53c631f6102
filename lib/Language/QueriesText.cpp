//===- QueriesText.cpp - How declarations are told to readers ------*- C++ -*-===//
//
// Signatures are taken from the text itself, on one line; types come from the checker.
//
//===----------------------------------------------------------------------===//

#include "QueriesText.h"

#include "SyntaxWalk.h"
#include "gatefold/Language/Builtins.h"
#include "gatefold/Language/SyntaxPrinter.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::queries;

using SymbolKind = Symbol::Kind;

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

llvm::StringRef queries::textOf(SourceRange range) {
  return range.isValid() ? llvm::StringRef(range.Start.getPointer(),
                                           range.End.getPointer() - range.Start.getPointer())
                         : llvm::StringRef();
}

llvm::StringRef queries::nounOf(Declaration::Kind kind) {
  return kind == Declaration::Kind::Function ? "function" : spell(kind);
}

std::string queries::codeBlock(llvm::StringRef text) {
  return ("```fold\n" + text + "\n```").str();
}

std::string queries::code(const llvm::Twine &text) { return ("`" + text + "`").str(); }

/// `text` without comments and line ends, and with single spaces.
static std::string onOneLine(llvm::StringRef text) {
  std::string line;
  for (llvm::StringRef part : llvm::split(text, '\n')) {
    part = part.take_front(part.find("//")).trim();
    const bool needsSpace = !line.empty() && !part.empty() && line.back() != '(' &&
                            line.back() != '[' && !part.starts_with(")") && !part.starts_with("]");
    line += (needsSpace ? " " : "") + part.str();
  }
  constexpr size_t longest = 300;
  return line.size() <= longest ? line : line.substr(0, line.find_last_of(" ", longest)) + " …";
}

//===----------------------------------------------------------------------===//
// Signatures
//===----------------------------------------------------------------------===//

std::string queries::signatureOf(const Declaration &declaration) {
  return onOneLine(llvm::StringRef(textOf(declaration.range)).split('{').first.trim());
}

std::string queries::titleOf(const Declaration &declaration) {
  std::string title = declaration.name.text;
  if (declaration.dimParameters.empty())
    return title;
  title += "[";
  llvm::interleave(
      declaration.dimParameters, [&](const DimParameter &dim) { title += dim.name.text; },
      [&] { title += ", "; });
  return title + "]";
}

std::string queries::signatureOf(const ConstantDeclaration &constant) {
  return onOneLine(textOf(constant.range));
}

std::string queries::signatureOf(const BindingDeclaration &binding) {
  return onOneLine(textOf(binding.range).split('{').first.trim());
}

std::string queries::signatureOf(const VocabularyDeclaration &vocabulary) {
  return onOneLine(textOf(vocabulary.range));
}

/// A builtin with its arguments: as its documentation begins, or else by their number.
static std::string signatureOf(const Builtin &builtin) {
  std::string text = builtin.name.str();
  if (builtin.documentation.starts_with(text + "("))
    text = builtin.documentation.split("): ").first.str();
  else if (builtin.maxArguments == 2)
    text += "(a, b";
  else
    text += builtin.maxArguments == anyNumber ? "(a, b, …" : "(x";
  for (llvm::StringRef parameter : llvm::split(builtin.parameters, ' '))
    if (!parameter.empty())
      text += (", " + parameter + " = …").str();
  return text + ")";
}

/// What `tell` says of each builtin of this name, a line each, nothing twice.
template <typename Tell>
static std::string forEachEntry(llvm::StringRef name, Tell tell) {
  std::vector<std::string> lines;
  for (const Builtin &builtin : allBuiltins())
    if (builtin.name == name)
      if (std::string line = tell(builtin); !llvm::is_contained(lines, line))
        lines.push_back(line);
  return llvm::join(lines, "\n");
}

std::string queries::signatureOf(BuiltinUse builtin) {
  return forEachEntry(builtin.name, [](const Builtin &entry) { return ::signatureOf(entry); });
}

std::string queries::documentationOf(BuiltinUse builtin) {
  return forEachEntry(builtin.name, [](const Builtin &entry) { return entry.documentation.str(); });
}

/// The statement of `owner` that defines `symbol`; null if none does.
static const Statement *findStatement(const Declaration &owner, const Symbol &symbol) {
  const Statement *found = nullptr;
  forEachStatement(owner, [&](const Statement &statement) {
    const char *place = symbol.definition.Start.getPointer();
    if (statement.range.Start.getPointer() <= place && place < statement.range.End.getPointer())
      found = &statement;
  });
  return found;
}

static std::string signatureOfMemory(const SymbolUse &use) {
  std::string text = "state " + use.symbol->name + ": " + use.type.str();
  const Statement *statement = use.owner ? findStatement(*use.owner, *use.symbol) : nullptr;
  if (const auto *state = llvm::dyn_cast_or_null<StateStatement>(statement)) {
    text += " = " + toText(*state->initial);
    if (state->back)
      text += " back " + toText(*state->back);
  }
  return text;
}

static std::string signatureOfInstance(const SymbolUse &use) {
  const Statement *statement = use.owner ? findStatement(*use.owner, *use.symbol) : nullptr;
  if (const auto *assign = llvm::dyn_cast_or_null<AssignStatement>(statement))
    return onOneLine(textOf(assign->range));
  return use.symbol->name +
         (use.symbol->declaration ? ": one of " + titleOf(*use.symbol->declaration) : "");
}

std::string queries::signatureOf(const SymbolUse &use) {
  const Symbol &symbol = *use.symbol;
  const std::string typed =
      symbol.name + (symbol.kind == SymbolKind::NextState ? "'" : "") +
      (use.type.isInvalid() || use.type.element == Element::Number ? "" : ": " + use.type.str());
  switch (symbol.kind) {
  case SymbolKind::Weight:
    return "weight " + typed;
  case SymbolKind::State:
    return signatureOfMemory(use);
  case SymbolKind::Instance:
    return signatureOfInstance(use);
  case SymbolKind::Parameter:
  case SymbolKind::Local:
  case SymbolKind::NextState:
  case SymbolKind::Dimension:
  case SymbolKind::Constant:
  case SymbolKind::Memories:
    return typed;
  }
  llvm_unreachable("every kind of symbol is listed");
}

//===----------------------------------------------------------------------===//
// Sentences
//===----------------------------------------------------------------------===//

static std::string describeDimension(const Symbol &symbol, const Declaration &owner) {
  if (symbol.isLoopVariable)
    return "index of a loop, another number in every turn";
  const std::string start =
      "size, of " + nounOf(owner.kind).str() + " " + code(titleOf(owner)) + ": ";
  for (const DimParameter &dim : owner.dimParameters) {
    if (dim.name.text != symbol.name)
      continue;
    if (dim.defaultValue)
      return start + std::to_string(*dim.defaultValue) + " unless it is given";
    if (owner.kind == Declaration::Kind::Function)
      return start + "found in the arguments, or given in brackets";
    return start + (owner.kind == Declaration::Kind::Model
                        ? "given by " + code("--dim " + symbol.name + "=…")
                        : "given by every instance");
  }
  return start + "free, as large as the data";
}

/// What a name for a value is: a window, a history, or what an expression gives.
static std::string describeValue(const SymbolUse &use) {
  const Statement *statement = use.owner ? findStatement(*use.owner, *use.symbol) : nullptr;
  if (const auto *window = llvm::dyn_cast_or_null<WindowStatement>(statement))
    return "window: the last " + code(toText(*window->size)) + " values, this step's included";
  if (llvm::isa_and_nonnull<HistoryStatement>(statement))
    return "history: the values of all steps so far, this one's included";
  return "value";
}

static std::string describeInstance(const Symbol &symbol) {
  if (!symbol.declaration)
    return "instance";
  const Declaration &declaration = *symbol.declaration;
  std::string text =
      symbol.count ? "array of " + code(symbol.count->str()) + " instances of " : "instance of ";
  text += nounOf(declaration.kind).str() + " " + code(titleOf(declaration));
  std::vector<std::string> sizes;
  for (const auto &[name, size] : symbol.dimensions)
    sizes.push_back(code(name + " = " + size.str()));
  if (!sizes.empty())
    text += " with " + llvm::join(sizes, ", ");
  return text + "\n\n" + describe(&declaration);
}

static std::string describeMemories(const Symbol &symbol) {
  if (!symbol.instance || !symbol.instance->declaration)
    return "the final memories of a scan";
  std::string text = "the final memories of " + code(symbol.instance->name) + ":";
  for (const Symbol *memory : memoriesOf(*symbol.instance->declaration)) {
    text += "\n- " + code(symbol.name + "." + memory->name +
                          (memory->kind == SymbolKind::Instance
                               ? ""
                               : ": " + throughInstance(memory->type, *symbol.instance).str()));
    if (memory->kind == SymbolKind::Instance)
      text += ", the memories of a " + code(memory->declaration->name.text);
  }
  return text;
}

static std::string describeParameter(const Symbol &symbol, const Declaration &owner) {
  std::string text = "parameter of " + nounOf(owner.kind).str() + " " + code(titleOf(owner));
  for (const Parameter &parameter : owner.parameters) {
    if (parameter.symbol != &symbol)
      continue;
    if (parameter.fixed)
      text += ", the same at every step";
    if (parameter.defaultValue)
      text += ", " + code(toText(*parameter.defaultValue)) + " unless it is given";
  }
  return text;
}

static std::string describeSymbol(const SymbolUse &use) {
  const Symbol &symbol = *use.symbol;
  static const Declaration none{};
  const Declaration &owner = use.owner ? *use.owner : none;
  const std::string ofOwner = " of " + nounOf(owner.kind).str() + " " + code(titleOf(owner));
  switch (symbol.kind) {
  case SymbolKind::Dimension:
    return describeDimension(symbol, owner);
  case SymbolKind::Constant:
    return "constant";
  case SymbolKind::Parameter:
    return describeParameter(symbol, owner);
  case SymbolKind::Weight:
    return "weight" + ofOwner;
  case SymbolKind::State:
    return "state" + ofOwner + ": the value that the step before left";
  case SymbolKind::NextState:
    return "the value of the state " + code(symbol.name) + " after this step";
  case SymbolKind::Local:
    return describeValue(use);
  case SymbolKind::Instance:
    return describeInstance(symbol);
  case SymbolKind::Memories:
    return describeMemories(symbol);
  }
  llvm_unreachable("every kind of symbol is listed");
}

namespace {
/// One function for each kind of referent.
struct Describer {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(const SymbolUse &use) const {
    return codeBlock(signatureOf(use)) + "\n" + describeSymbol(use);
  }
  std::string operator()(BuiltinUse builtin) const {
    return codeBlock(signatureOf(builtin)) +
           "\nbuiltin: " + llvm::join(llvm::split(documentationOf(builtin), '\n'), "; ");
  }
  std::string operator()(const BindingParameterUse &use) const {
    const std::optional<int64_t> value = use.parameter->defaultValue;
    return codeBlock(use.parameter->name.text + (value ? " = " + std::to_string(*value) : "")) +
           "\nparameter of binding " + code(use.binding->name.text);
  }
  template <typename Declared>
  std::string operator()(const Declared *declared) const {
    const std::string &documentation = declared->documentation;
    return codeBlock(signatureOf(*declared)) + (documentation.empty() ? "" : "\n" + documentation);
  }
};
} // namespace

std::string queries::describe(const Referent &referent) {
  return std::visit(Describer(), referent);
}
