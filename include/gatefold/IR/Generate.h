//===- Generate.h - Tokens one after the other -------------------*- C++ -*-===//
//
// The operation that runs a decoder on its own output. GatefoldGenerateOps.td is its specification.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_IR_GENERATE_H
#define GATEFOLD_IR_GENERATE_H

#include "gatefold/IR/Gatefold.h"

namespace gatefold::ir {
/// What the names of the ports begin with that the entry `generate` adds; no name of a model does.
inline constexpr llvm::StringLiteral generatePrefix = "generate.";

/// The dynamic size of the entry `generate` that says how many tokens of an example a call makes at
/// most. The word is reserved, so no dimension of a model has this name.
inline constexpr llvm::StringLiteral generateDimension = "generate";
} // namespace gatefold::ir

#define GET_OP_CLASSES
#include "gatefold/IR/GatefoldGenerateOps.h.inc"

#endif // GATEFOLD_IR_GENERATE_H
