//===- Targets.cpp - What targets share --------------------------*- C++ -*-===//
//
// Files made of bytes, and promises.
//
//===----------------------------------------------------------------------===//

#include "Targets.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

using namespace gatefold;

InputFile fuzz::makeFile(llvm::StringRef bytes, llvm::StringRef name) {
  return llvm::MemoryBuffer::getMemBuffer(bytes, name, /*RequiresNullTerminator=*/false);
}

void fuzz::promise(bool holds, llvm::StringRef finding) {
  if (holds)
    return;
  llvm::errs() << "finding: " << finding << '\n';
  std::abort();
}
