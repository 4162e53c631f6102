//===- Fuzzer.cpp - The entry that libFuzzer calls ----------------*- C++ -*-===//
//
// Compiled once for each target, GATEFOLD_FUZZ_TARGET.
//
//===----------------------------------------------------------------------===//

#include "Targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  gatefold::fuzz::GATEFOLD_FUZZ_TARGET(llvm::StringRef(reinterpret_cast<const char *>(data), size));
  return 0;
}
