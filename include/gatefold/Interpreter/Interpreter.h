//===- Interpreter.h - The meaning of the dialect, executed -----*- C++ -*-===//
//
// Evaluates an entry on tensors with plain loops. It is the oracle that compiled code is compared
// with, so it is written to be obviously right and not to be fast.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_INTERPRETER_INTERPRETER_H
#define GATEFOLD_INTERPRETER_INTERPRETER_H

#include "gatefold/IR/Gatefold.h"
#include "gatefold/Runtime/Tensor.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <map>
#include <string>
#include <vector>

namespace gatefold {

/// What f32 values are computed in.
enum class Precision {
  Single, ///< f32: every operation rounds its result to the nearest f32
  Double, ///< double throughout, weights and inputs included
};

struct InterpreterOptions {
  Precision precision = Precision::Single;
  /// Sizes of named dynamic dimensions that no argument shows, such as the batch of an entry
  /// without arguments.
  std::map<std::string, int64_t> sizes;
};

/// Gives the weight of this path, in the shape and element type of its declaration.
using WeightLookup = llvm::function_ref<llvm::Expected<Tensor>(llvm::StringRef path)>;

/// Evaluates `entry`, before or after any pass of the dialect, on one tensor per argument. Returns
/// one tensor per result; in Precision::Double the ones of f32 are f64. Where f64 is computed in,
/// floating-point arguments may have any floating-point element type.
///
/// Errors begin with the place in the source ("gru.fold:9:3: ") where there is one: arguments that
/// do not fit, sizes that disagree, indices outside a table, operations that the interpreter does
/// not know, and whatever `weights` reports.
llvm::Expected<std::vector<Tensor>> interpret(ir::EntryOp entry, llvm::ArrayRef<Tensor> arguments,
                                              WeightLookup weights,
                                              const InterpreterOptions &options = {});

} // namespace gatefold

#endif // GATEFOLD_INTERPRETER_INTERPRETER_H
