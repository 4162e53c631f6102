//===- DiagnosticVerification.h - Tests of messages --------------*- C++ -*-===//
//
// For tests of the language: compares messages with `expected-error` comments in the text, as
// MLIR's tools do.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_DIAGNOSTICVERIFICATION_H
#define GATEFOLD_TOOLS_GATEFOLD_DIAGNOSTICVERIFICATION_H

#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace gatefold {

/// Checks each part of a text, split at lines `// -----` if `split`. With `verify`, messages are
/// compared with the text's `expected-error`, `expected-warning` and `expected-note` comments; a
/// hint counts as a note "hint: ..." at the place of its message, a note without a place likewise.
/// Otherwise they are printed. Returns whether all went well.
bool processParts(std::unique_ptr<llvm::MemoryBuffer> text, bool split, bool verify);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_DIAGNOSTICVERIFICATION_H
