//===- ProfiledCode.h - Code whose addresses lead back -----------*- C++ -*-===//
//
// Compiles a model twice: as it always is, with a table that leads from addresses to operations,
// and with counters that tell how often each part runs, and so what it computes, reads and writes.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PROFILEDCODE_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PROFILEDCODE_H

#include "LocatedText.h"
#include "gatefold/Runtime/CompiledModel.h"

namespace gatefold {

/// What operations do in all runs together, by their numbers (see NumberedCode).
struct Work {
  double operations = 0; ///< of floating point; a fused multiply-add is two
  double bytesRead = 0;
  double bytesWritten = 0;
};

/// A loop of the code.
struct CodeLoop {
  std::string function;
  unsigned depth;
  int parent; ///< number of the loop around it; -1 for none
};

/// A model's code with the way back from addresses.
class ProfiledCode {
public:
  /// `module` is at Stage::LLVM and stays as it is.
  static llvm::Expected<std::unique_ptr<ProfiledCode>> make(mlir::ModuleOp module,
                                                            const Target &target);

  const std::shared_ptr<CompiledModel> &getModel() const { return model; }
  /// The same with counters, to be run once for countWork().
  const std::shared_ptr<CompiledModel> &getCountingModel() const { return countingModel; }

  /// The number of the operation that the instruction at an address is for; 0 for none of ours.
  unsigned findOperation(uint64_t address) const;
  mlir::LocationAttr getLocation(unsigned operation) const { return code->getLocation(operation); }
  /// The innermost loop around an operation; -1 for none.
  int findLoop(unsigned operation) const;
  const std::vector<CodeLoop> &getLoops() const { return loops; }

  /// What was done since the last call, by operations.
  std::map<unsigned, Work> countWork();

private:
  /// A block of the code, and what running it once does.
  struct Block {
    std::map<unsigned, Work> work;
    uint64_t runs = 0;
  };
  void findLoops();
  void addCounters(llvm::Module &counting);
  llvm::Error readLines(llvm::StringRef object);

  llvm::LLVMContext context;
  std::optional<NumberedCode> code;
  std::shared_ptr<CompiledModel> model, countingModel;
  std::vector<CodeLoop> loops;
  std::map<unsigned, int> loopOfOperation;
  std::vector<Block> blocks;
  std::map<uint64_t, unsigned> operations; // by the first address; ends of sequences have 0
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_PROFILEDCODE_H
