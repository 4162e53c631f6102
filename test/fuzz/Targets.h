//===- Targets.h - What the fuzzers run --------------------------*- C++ -*-===//
//
// A target takes bytes as the contents of a file that nobody vouches for. It returns, whatever they
// are; it ends the program where a promise does not hold.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_FUZZ_TARGETS_H
#define GATEFOLD_TEST_FUZZ_TARGETS_H

#include "gatefold/Runtime/InputFile.h"
#include "llvm/ADT/StringRef.h"

namespace gatefold::fuzz {

/// An ONNX model: imports it, and checks the text that it became.
void runOnnx(llvm::StringRef bytes);
/// The text of models: parses, formats, checks and lowers it, and verifies what comes out.
void runFold(llvm::StringRef bytes);
/// A checkpoint: reads it, writes it and reads it again.
void runSafeTensors(llvm::StringRef bytes);
/// An array: as a checkpoint.
void runNpy(llvm::StringRef bytes);
/// Sound: as a checkpoint.
void runWav(llvm::StringRef bytes);
/// A vocabulary, and a text that it turns into tokens and back. The first byte, '0' to '4', says
/// how the vocabulary is kept; the second one how many bytes at the end are the text.
void runVocabulary(llvm::StringRef bytes);

/// The bytes as a file of this name, without a byte behind them.
InputFile makeFile(llvm::StringRef bytes, llvm::StringRef name);

/// Ends the program with `finding` where a promise does not hold.
void promise(bool holds, llvm::StringRef finding);

} // namespace gatefold::fuzz

#endif // GATEFOLD_TEST_FUZZ_TARGETS_H
