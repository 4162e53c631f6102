//===- Targets.cpp - What targets share --------------------------*- C++ -*-===//
//
// Files made of bytes, promises, and how the sanitizers are run.
//
//===----------------------------------------------------------------------===//

#include "Targets.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

using namespace gatefold;

//===----------------------------------------------------------------------===//
// Options of the sanitizers
//===----------------------------------------------------------------------===//

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
/// LLVM's packages are built without sanitizers: what our code marks as not in use, in containers
/// and in pools, theirs uses without a word.
extern "C" const char *__asan_default_options() {
  return "detect_container_overflow=0:allow_user_poisoning=0";
}
extern "C" const char *__ubsan_default_options() { return "halt_on_error=1:print_stacktrace=1"; }
#endif
#endif

//===----------------------------------------------------------------------===//
// Files and promises
//===----------------------------------------------------------------------===//

InputFile fuzz::makeFile(llvm::StringRef bytes, llvm::StringRef name) {
  return llvm::MemoryBuffer::getMemBuffer(bytes, name, /*RequiresNullTerminator=*/false);
}

void fuzz::promise(bool holds, llvm::StringRef finding) {
  if (holds)
    return;
  llvm::errs() << "finding: " << finding << '\n';
  std::abort();
}
