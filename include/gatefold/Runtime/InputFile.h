//===- InputFile.h - The contents of a file ----------------------*- C++ -*-===//
//
// Files are mapped into memory where they are large enough for it to pay. Tensors may point into
// the mapping and keep it alive.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_INPUTFILE_H
#define GATEFOLD_RUNTIME_INPUTFILE_H

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace gatefold {

/// The contents of a file, shared; its name is what messages call the file.
using InputFile = std::shared_ptr<const llvm::MemoryBuffer>;

/// Opens the file `path`; an error names it and the reason.
llvm::Expected<InputFile> openInputFile(llvm::StringRef path);

/// An error about the contents of a file: "NAME: message".
llvm::Error fileError(const InputFile &file, const llvm::Twine &message);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_INPUTFILE_H
