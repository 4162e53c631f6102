//===- Lines.h - Lines and columns of a text -----------------------*- C++ -*-===//
//
// Editors count columns in UTF-16 code units, texts lie in memory as UTF-8.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_LSP_LINES_H
#define GATEFOLD_TOOLS_LSP_LINES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LSP/Protocol.h"
#include <vector>

namespace gatefold::lsp {

/// Converts between bytes of a text and positions of the protocol, in both directions. Places
/// outside of the text, or of their line, become the nearest one inside. The text outlives it.
class Lines {
public:
  explicit Lines(llvm::StringRef text);

  llvm::lsp::Position positionOf(size_t offset) const;
  size_t offsetOf(const llvm::lsp::Position &position) const;
  /// The range of the bytes `begin` to `end`.
  llvm::lsp::Range rangeOf(size_t begin, size_t end) const;

private:
  llvm::StringRef text;
  std::vector<size_t> starts; ///< of the lines
};

} // namespace gatefold::lsp

#endif // GATEFOLD_TOOLS_LSP_LINES_H
