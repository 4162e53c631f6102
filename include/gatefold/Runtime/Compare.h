//===- Compare.h - How far two sets of tensors are apart ---------*- C++ -*-===//
//
// Compares tensors by name: the largest difference, where it is, and how many elements are outside
// a tolerance.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_COMPARE_H
#define GATEFOLD_RUNTIME_COMPARE_H

#include "gatefold/Runtime/NamedTensors.h"

namespace gatefold {

/// a and b agree where |a - b| <= absolute + relative * |b|, where they are equal, or where both
/// are NaN.
struct Tolerance {
  double absolute = 0;
  double relative = 0;
};

/// How one pair of tensors compares. Differences are of values taken as f64.
struct TensorComparison {
  std::string name; // the name, or "A / B" when a single pair has two names
  std::string
      failure; // why they cannot be compared (a shape, a name that one side lacks); otherwise empty
  std::string
      description; // element type and shape, "f32 [2, 3]"; of both sides where the types differ

  int64_t numElements = 0;
  int64_t numOutside = 0;           // elements outside the tolerance
  double largestAbsolute = 0;       // max |a - b|; infinity where exactly one is not finite
  double largestRelative = 0;       // max |a - b| / |b|; infinity where b = 0 and a is not
  int64_t largestAbsoluteIndex = 0; // where the largest absolute difference is, counted row by row
  std::string largestAbsolutePlace; // the same as "[i, j]"
  double valueA = 0;                // both values there
  double valueB = 0;

  bool passed() const { return failure.empty() && numOutside == 0; }
};

/// How two sets of tensors compare.
struct Comparison {
  std::vector<TensorComparison> tensors;
  Tolerance tolerance;

  /// True when there is something to compare and all of it agrees.
  bool passed() const;

  /// Prints a table, one line for each tensor, and a line that sums up.
  void print(llvm::raw_ostream &out) const;
};

/// Compares one pair of tensors.
TensorComparison compareTensors(llvm::StringRef name, const Tensor &a, const Tensor &b,
                                const Tolerance &tolerance);

/// Compares two sets by name; a name that one side lacks is a failure. If each side has exactly one
/// tensor, the names may differ.
Comparison compareTensors(const NamedTensors &a, const NamedTensors &b, const Tolerance &tolerance);

/// Compares the tensors that two specs, FILE or FILE:KEY, name; an error only for files that cannot
/// be read.
llvm::Expected<Comparison> compareFiles(llvm::StringRef a, llvm::StringRef b,
                                        const Tolerance &tolerance);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_COMPARE_H
