//===- Jit.cpp - Compiled models in memory --------------------------------*- C++ -*-===//

#include "gatefold/Codegen/Jit.h"
#include "llvm/ExecutionEngine/Orc/CompileUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace gatefold;

namespace {

/// Owns the JIT and so the code.
class JitModel : public CompiledModel {
public:
  JitModel(ModelInterface interface, std::unique_ptr<llvm::orc::LLJIT> jit)
      : CompiledModel(std::move(interface)), jit(std::move(jit)) {}

  /// Finds the code of all entries, which is when it is generated.
  llvm::Error link() {
    for (const EntryInterface &entry : getInterface().entries) {
      auto run = jit->lookup(entry.symbol);
      if (!run)
        return run.takeError();
      auto workspace = jit->lookup(entry.symbol + "_workspace");
      if (!workspace)
        return workspace.takeError();
      functions[entry.name] = {run->toPtr<EntryFunction>(), workspace->toPtr<WorkspaceFunction>()};
    }
    return llvm::Error::success();
  }

  EntryFunction getEntry(llvm::StringRef name) const final { return functions.lookup(name).first; }
  WorkspaceFunction getWorkspace(llvm::StringRef name) const final {
    return functions.lookup(name).second;
  }

private:
  std::unique_ptr<llvm::orc::LLJIT> jit;
  llvm::StringMap<std::pair<EntryFunction, WorkspaceFunction>> functions;
};

} // namespace

/// A JIT for `target` that finds the C library's functions in this process.
static llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> createJit(const Target &target) {
  auto machine = target.createMachine();
  if (!machine)
    return machine.takeError();
  llvm::DataLayout layout = (*machine)->createDataLayout();
  llvm::orc::JITTargetMachineBuilder description((*machine)->getTargetTriple());
  return llvm::orc::LLJITBuilder()
      .setJITTargetMachineBuilder(std::move(description))
      .setDataLayout(layout)
      .setCompileFunctionCreator(
          [&](llvm::orc::JITTargetMachineBuilder)
              -> llvm::Expected<std::unique_ptr<llvm::orc::IRCompileLayer::IRCompiler>> {
            return std::make_unique<llvm::orc::TMOwningSimpleCompiler>(std::move(*machine));
          })
      .create();
}

llvm::Expected<std::unique_ptr<CompiledModel>>
gatefold::compileInMemory(ModuleOp module, const PipelineOptions &options) {
  if (llvm::Error error = options.target.checkRunsHere())
    return std::move(error);
  if (failed(lowerTo(module, Stage::LLVM, options)))
    return llvm::createStringError("the model could not be lowered");
  auto interface = describeModel(module);
  if (!interface)
    return interface.takeError();
  auto context = std::make_unique<llvm::LLVMContext>();
  auto code = translateToLLVMIR(module, *context, options.target);
  if (!code)
    return code.takeError();
  auto jit = createJit(options.target);
  if (!jit)
    return jit.takeError();
  if (llvm::Error error =
          (*jit)->addIRModule(llvm::orc::ThreadSafeModule(std::move(*code), std::move(context))))
    return std::move(error);
  auto model = std::make_unique<JitModel>(std::move(*interface), std::move(*jit));
  if (llvm::Error error = model->link())
    return std::move(error);
  return model;
}
