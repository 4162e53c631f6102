//===- CheckerTesting.h - Parse and check a text in a test --------*- C++ -*-===//
//
// Shared by the checker's tests.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_LANGUAGE_CHECKERTESTING_H
#define GATEFOLD_TEST_UNIT_LANGUAGE_CHECKERTESTING_H

#include "gatefold/Language/Checker.h"
#include "gatefold/Language/Parser.h"

namespace gatefold {

/// A text that was parsed and checked, as user code behind an optional library.
struct Checked {
  explicit Checked(llvm::StringRef text, llvm::StringRef library = "") : diagnostics(sources) {
    if (!library.empty())
      parsed &= parseInto(file, sources, add(library, "library.fold"), diagnostics, true);
    parsed &= parseInto(file, sources, add(text, "test.fold"), diagnostics);
    accepted = parsed && check(file, diagnostics);
  }

  /// The declaration called `name`, the user's before the library's; null if there is none.
  const Declaration *declaration(llvm::StringRef name) const {
    for (const auto &candidate : llvm::reverse(file.declarations))
      if (candidate->name.text == name)
        return candidate.get();
    return nullptr;
  }

  /// The symbol `name` of a declaration; a prime asks for the next value. Null if there is none.
  const Symbol *symbol(llvm::StringRef owner, llvm::StringRef name) const {
    const bool primed = name.consume_back("'");
    const Declaration *found = declaration(owner);
    for (const auto &symbol : found->symbols)
      if (symbol->name == name && (symbol->kind == Symbol::Kind::NextState) == primed)
        return symbol.get();
    return nullptr;
  }

  /// The type of a symbol as the language spells it, or "none".
  std::string type(llvm::StringRef owner, llvm::StringRef name) const {
    const Symbol *found = symbol(owner, name);
    return found ? found->type.str() : "none";
  }

  /// Every message as "severity: line:column: text".
  std::vector<std::string> messages() const {
    std::vector<std::string> lines;
    for (const Diagnostic &message : diagnostics.all())
      lines.push_back(std::string(message.severity == Severity::Error ? "error: " : "warning: ") +
                      place(message.range) + ": " + message.text);
    return lines;
  }

  /// "line:column", or "nowhere".
  std::string place(SourceRange range) const {
    std::optional<SourcePlace> found = resolve(sources, range);
    return found ? std::to_string(found->line) + ":" + std::to_string(found->column) : "nowhere";
  }

  std::string printed() const {
    std::string text;
    llvm::raw_string_ostream os(text);
    diagnostics.print(os);
    return text;
  }

  llvm::SourceMgr sources;
  Diagnostics diagnostics;
  SourceFile file;
  bool parsed = true;
  bool accepted = false;

private:
  unsigned add(llvm::StringRef text, llvm::StringRef name) {
    return sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, name), {});
  }
};

} // namespace gatefold

#endif // GATEFOLD_TEST_UNIT_LANGUAGE_CHECKERTESTING_H
