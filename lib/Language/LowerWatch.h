//===- LowerWatch.h - Values that the text names -------------------*- C++ -*-===//
//
// Remembers what the names of a text stand for while it is lowered, so that any of them can be an
// output. A value within a step becomes an output of its scan first, with a row for each step.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_LOWERWATCH_H
#define GATEFOLD_LIB_LANGUAGE_LOWERWATCH_H

#include "LowerScanPlan.h"
#include "gatefold/Language/Lowering.h"
#include <set>

namespace gatefold::lowering {

/// Whether the expression is `softmax(...)`, or one in each element of a comprehension.
bool isSoftmax(const Expression &expression);

/// The values of one entry by their names.
class ValueRecorder {
public:
  /// `wanted` become outputs; `sizes` are the names that the entry's inputs give sizes.
  ValueRecorder(const std::vector<std::string> &wanted, std::set<std::string> sizes)
      : wanted(wanted.begin(), wanted.end()), sizes(std::move(sizes)) {}

  /// `frame` are the axes that the call maps over.
  void record(const Instance &instance, const Symbol &symbol, const LoweredValue &value,
              const Shape &frame, bool isSoftmax);
  /// Gives the last value of that name another one: what a `when` leaves in a state.
  void replace(const Instance &instance, const Symbol &symbol, const LoweredValue &value);

  /// What is recorded from here on belongs to the step of a scan.
  void enterStep() { firstOfStep = values.size(); }
  /// The wanted values of the step, as tensors that it yields behind its outputs.
  llvm::SmallVector<mlir::Value> leaveStep(ValueBuilder build, const ScanSource &scan);
  /// The scan with results for them.
  ir::ScanOp addOutputs(ValueBuilder &build, ir::ScanOp op);

  /// What there is to watch.
  std::vector<NamedValue> list() const;
  /// Calls `visit` with each wanted value of the entry, as a tensor.
  void
  forEachWanted(ValueBuilder build,
                llvm::function_ref<void(llvm::StringRef name, const LoweredValue &value)> visit);

private:
  struct Recorded {
    NamedValue description;
    LoweredValue value;                   ///< the frame's axes are part of its shape
    llvm::SmallVector<unsigned, 1> grows; ///< axes with a place for each step so far
  };
  /// Gives a value of the step places for all steps where it has some for those so far.
  void fillGrowing(ValueBuilder &build, Recorded &recorded, const Dim &steps) const;
  bool isWanted(const Recorded &recorded) const { return wanted.count(recorded.description.name); }

  std::set<std::string> wanted, sizes;
  std::vector<Recorded> values;
  std::map<std::string, unsigned> occurrences; ///< of names
  size_t firstOfStep = 0;
  std::vector<size_t> yielded; ///< places in `values`
};

} // namespace gatefold::lowering

#endif // GATEFOLD_LIB_LANGUAGE_LOWERWATCH_H
