//===- LowerScanPlan.h - What a scan carries from step to step ----*- C++ -*-===//
//
// The memories of a cell and of all cells within it, in the order of the text, and the number of
// the step where one of them asks for it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_LOWERSCANPLAN_H
#define GATEFOLD_LIB_LANGUAGE_LOWERSCANPLAN_H

#include "LowerBody.h"

namespace gatefold::lowering {

/// One memory of one cell; without a symbol, the number of the step.
struct ScanMemory {
  const Instance *instance;
  const Symbol *symbol;
  MemoryPath path;                     ///< below the scanned cell
  const DimBindings *sizes = nullptr;  ///< of the cell
  const Expression *initial = nullptr; ///< in the cell's terms; null: zeros

  StateOfInstance key() const { return {instance, symbol}; }
  llvm::StringRef name() const { return symbol ? llvm::StringRef(symbol->name) : "position"; }
  SourceRange definition(SourceRange scan) const { return symbol ? symbol->definition : scan; }
};

/// What memories begin with besides what the cell says, and the place that says so.
struct GivenMemories {
  const std::vector<InitialMemory> &given;
  SourceRange range;
  std::optional<Dim> steps; ///< in model terms; rows that a history needs for a run of all steps
};

/// A scan of the text, or of tokens that were made.
struct ScanSource {
  const Symbol *instance;
  const DimBindings &dimensions;
  std::vector<LoweredValue> sequences;
  const std::vector<ExpressionPtr> &fixed;
  const std::vector<InitialMemory> &initial;
  Dim steps; ///< in model terms
  SourceRange range;
  bool isReverse = false, isReplay = false;
};

/// What is scanned, and what becomes of it.
struct ScanPlan {
  const Instance *cell;
  std::vector<ScanMemory> memories;
  std::vector<LoweredValue> sequences, fixed, initial;
  std::vector<LoweredValue> outputs; ///< of one step

  /// Finds the memories of `scanned` and of the cells within it.
  void collect(const Instance &scanned, const DimBindings &bindings);

private:
  void collectFrom(const Instance &instance, const DimBindings &bindings);
  void collectFromPart(const Instance &owner, const Symbol &part, const DimBindings &sizes);
  void add(const Instance &instance, const Symbol *symbol, const DimBindings *bindings,
           const Expression *initial);

  std::vector<std::unique_ptr<DimBindings>> sizes; ///< of the cells
  MemoryPath path;                                 ///< from the scanned cell to the one looked at
};

} // namespace gatefold::lowering

#endif // GATEFOLD_LIB_LANGUAGE_LOWERSCANPLAN_H
