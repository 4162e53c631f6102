//===- CheckWords.cpp - Words for the checker's messages ----------*- C++ -*-===//
//
// Spells pieces of the text and of types for messages.
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::checking;

std::string checking::textOf(SourceRange range) {
  if (!range.isValid())
    return "";
  constexpr size_t limit = 48;
  std::string text;
  for (const char *at = range.Start.getPointer(); at < range.End.getPointer(); ++at) {
    if (text.size() == limit)
      return text + "...";
    if (!llvm::isSpace(*at))
      text += *at;
    else if (!text.empty() && text.back() != ' ')
      text += ' ';
  }
  return text;
}

std::string checking::textOf(const Expression &expression) { return textOf(expression.range); }

std::string checking::quoted(llvm::StringRef text) { return ("`" + text + "`").str(); }

std::string checking::counted(size_t count, llvm::StringRef noun) {
  return std::to_string(count) + " " + noun.str() + (count == 1 ? "" : "s");
}

std::string checking::nounOf(Declaration::Kind kind) {
  return kind == Declaration::Kind::Function ? "function" : spell(kind).str();
}

void checking::hintNearest(Diagnostic &diagnostic, llvm::StringRef name,
                           llvm::ArrayRef<std::string> candidates) {
  std::string nearest = nearestName(name, candidates);
  if (!nearest.empty())
    diagnostic.withHint("did you mean " + quoted(nearest) + "?");
}

bool checking::isWeight(const Expression &expression) {
  const auto *name = llvm::dyn_cast<NameExpression>(&expression);
  return name && name->symbol && name->symbol->kind == Symbol::Kind::Weight;
}

Expression *checking::findNamed(const CallExpression &call, llvm::StringRef name) {
  for (const NamedArgument &argument : call.named)
    if (argument.name.text == name)
      return argument.value.get();
  return nullptr;
}

void checking::noteOperand(Diagnostic &diagnostic, const Expression &operand) {
  std::string text = quoted(textOf(operand)) + " is " + operand.type.str();
  const auto *name = llvm::dyn_cast<NameExpression>(&operand);
  if (name && name->symbol && name->symbol->definition.isValid())
    diagnostic.note(name->symbol->definition, text + ", declared here");
  else
    diagnostic.note({}, text);
}
