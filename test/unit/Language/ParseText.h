//===- ParseText.h - Texts read in tests ---------------------------*- C++ -*-===//
//
// Reads a text that a test holds and keeps its tree and messages.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_LANGUAGE_PARSETEXT_H
#define GATEFOLD_TEST_UNIT_LANGUAGE_PARSETEXT_H

#include "gatefold/Language/Parser.h"
#include "gatefold/Language/SyntaxPrinter.h"
#include "llvm/Support/MemoryBuffer.h"

namespace gatefold {

/// A text called `a.fold`, read.
struct ParsedText {
  explicit ParsedText(llvm::StringRef text) {
    unsigned id = sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, "a.fold"),
                                             llvm::SMLoc());
    file = parseFile(sources, id, diagnostics);
  }

  /// One line a message, as `line:column: text [/ note: text (line:column)] [/ hint: text]`, in
  /// order of discovery.
  std::string messages() const {
    std::string text;
    auto place = [&](SourceRange range) {
      std::optional<SourcePlace> resolved = resolve(sources, range);
      return resolved ? std::to_string(resolved->line) + ":" + std::to_string(resolved->column)
                      : std::string("nowhere");
    };
    for (const Diagnostic &message : diagnostics.all()) {
      text += place(message.range) + ": " + message.text;
      for (const Diagnostic::Note &note : message.notes)
        text += " / note: " + note.text + " (" + place(note.range) + ")";
      if (!message.hint.empty())
        text += " / hint: " + message.hint;
      text += '\n';
    }
    return text;
  }

  /// The tree as canonical text; empty after errors.
  std::string printed() const {
    std::string text;
    llvm::raw_string_ostream os(text);
    if (file)
      printSyntax(os, *file, sources);
    return text;
  }

  llvm::SourceMgr sources;
  Diagnostics diagnostics{sources};
  std::unique_ptr<SourceFile> file;
};

} // namespace gatefold

#endif // GATEFOLD_TEST_UNIT_LANGUAGE_PARSETEXT_H
