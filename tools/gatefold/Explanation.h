//===- Explanation.h - What the passes say about a model ---------*- C++ -*-===//
//
// Collects the remarks of all passes and prints them, pass by pass.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_EXPLANATION_H
#define GATEFOLD_TOOLS_GATEFOLD_EXPLANATION_H

#include "mlir/IR/Remarks.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/JSON.h"
#include <memory>
#include <string>
#include <vector>

namespace gatefold {

/// How often a pass did something, by what that is, in the order in which it was told.
using PassCounts = std::vector<std::pair<std::string, int64_t>>;

/// "products packed: 4, values prepared: 1".
std::string describeCounts(const PassCounts &counts);

llvm::json::Object countsToJson(const PassCounts &counts);

/// The remarks of a pipeline's passes.
class Explanation {
public:
  Explanation();
  ~Explanation();

  /// Listens to all passes that run in the context from now on, even after this object is gone.
  llvm::Error listenTo(mlir::MLIRContext &context);

  /// Notes the order of a manager's passes, in which their remarks are printed.
  void addPipeline(mlir::PassManager &manager);

  /// What was counted since the last call.
  PassCounts takeCounts();

  /// A paragraph for each pass that said something, and in it a line for each remark: `+` something
  /// done, `-` something refused. Equal remarks about several entries are one.
  void print(llvm::raw_ostream &os) const;

  /// The same for programs: {"passes": [{"pass", "counts", "remarks": [..]}]}.
  void printJson(llvm::raw_ostream &os) const;

  /// The array that printJson() prints as "passes".
  llvm::json::Array toJson() const;

private:
  class Streamer;
  struct Contents;
  std::shared_ptr<Contents> contents;
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_EXPLANATION_H
