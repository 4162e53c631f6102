//===- Summary.h - A tensor at a glance --------------------------*- C++ -*-===//
//
// Prints a tensor for a terminal: what it is, its statistics, and its first and last values.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_SUMMARY_H
#define GATEFOLD_RUNTIME_SUMMARY_H

#include "gatefold/Runtime/Tensor.h"
#include "llvm/Support/raw_ostream.h"

namespace gatefold {

/// Prints at most ten lines: name, element type and shape; min, mean and max of the numbers that
/// are finite; how many are NaN or infinite, if any; the first and last values with `...` between
/// them. A vector of i32 or i64 that are all printable ASCII is also shown as text. Of more than
/// eight bools the places where they are true are shown, and, if each element lasts
/// `secondsPerElement` > 0, the times.
void printSummary(llvm::raw_ostream &out, llvm::StringRef name, const Tensor &tensor,
                  double secondsPerElement = 0);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_SUMMARY_H
