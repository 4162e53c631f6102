//===- InputFile.cpp - The contents of a file --------------------*- C++ -*-===//
//
// Opens files for reading.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/InputFile.h"
#include "Error.h"

using namespace gatefold;

llvm::Expected<InputFile> gatefold::openInputFile(llvm::StringRef path) {
  auto buffer =
      llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError(path + ": cannot be read: " + buffer.getError().message());
  return InputFile(std::move(*buffer));
}

llvm::Error gatefold::fileError(const InputFile &file, const llvm::Twine &message) {
  return makeError(file->getBufferIdentifier() + ": " + message);
}
