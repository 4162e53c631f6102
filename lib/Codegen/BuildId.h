//===- BuildId.h - What tells builds apart --------------------------*- C++ -*-===//

#ifndef GATEFOLD_CODEGEN_BUILDID_H
#define GATEFOLD_CODEGEN_BUILDID_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>

namespace gatefold {

/// The identification that the linker gave this program, a digest of all its code; empty if it gave
/// none.
llvm::ArrayRef<uint8_t> findBuildId();

} // namespace gatefold

#endif // GATEFOLD_CODEGEN_BUILDID_H
