//===- Jit.cpp - Compiled models in memory --------------------------------*- C++ -*-===//

#include "gatefold/Codegen/Jit.h"
#include "gatefold/Codegen/ModuleParts.h"
#include "gatefold/Runtime/Threads.h"
#include "llvm/ExecutionEngine/Orc/CompileUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"
#include <thread>

using namespace mlir;
using namespace gatefold;

/// More threads than these have never enough to do: a model has few entries.
static constexpr unsigned mostCodeThreads = 4;

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

/// A JIT for objects of `target` that finds the C library's functions in this process.
static llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> createJit(const Target &target) {
  llvm::Triple triple(target.triple);
  return llvm::orc::LLJITBuilder()
      .setDataLayout(llvm::DataLayout(triple.computeDataLayout()))
      .setJITTargetMachineBuilder(llvm::orc::JITTargetMachineBuilder(std::move(triple)))
      .create();
}

namespace {

/// A part of a module on its way to an object.
struct CodePart {
  std::unique_ptr<llvm::LLVMContext> context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> code;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::MemoryBuffer> object;
  llvm::Error error = llvm::Error::success();

  void compile() {
    auto compiled = llvm::orc::SimpleCompiler(*machine)(*code);
    if (compiled)
      object = std::move(*compiled);
    else
      error = compiled.takeError();
    code.reset();
  }
};

} // namespace

/// The objects of a module at Stage::LLVM, made on as many threads as the machine has and the
/// module gives work for. What is in an object does not depend on the others.
static llvm::Expected<SmallVector<std::unique_ptr<llvm::MemoryBuffer>>>
makeObjects(ModuleOp module, const Target &target) {
  unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1u, mostCodeThreads);
  SmallVector<ModulePart> split = splitModule(module, threads);
  std::vector<CodePart> parts(split.size());
  for (auto [part, operations] : llvm::zip_equal(parts, split)) {
    auto code = translateToLLVMIR(module, *part.context, target, [&](Operation &op) {
      return operations.operations.contains(&op);
    });
    if (!code)
      return code.takeError();
    part.code = std::move(*code);
    auto machine = target.createMachine();
    if (!machine)
      return machine.takeError();
    part.machine = std::move(*machine);
  }
  doOnThreads(parts.size(), [&](size_t number) { parts[number].compile(); });
  llvm::Error errors = llvm::Error::success();
  SmallVector<std::unique_ptr<llvm::MemoryBuffer>> objects;
  for (CodePart &part : parts) {
    errors = llvm::joinErrors(std::move(errors), std::move(part.error));
    objects.push_back(std::move(part.object));
  }
  if (errors)
    return std::move(errors);
  return objects;
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
  auto objects = makeObjects(module, options.target);
  if (!objects)
    return objects.takeError();
  auto jit = createJit(options.target);
  if (!jit)
    return jit.takeError();
  for (std::unique_ptr<llvm::MemoryBuffer> &object : *objects)
    if (llvm::Error error = (*jit)->addObjectFile(std::move(object)))
      return std::move(error);
  auto model = std::make_unique<JitModel>(std::move(*interface), std::move(*jit));
  if (llvm::Error error = model->link())
    return std::move(error);
  return model;
}
