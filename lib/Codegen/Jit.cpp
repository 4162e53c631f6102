//===- Jit.cpp - Compiled models in memory --------------------------------*- C++ -*-===//

#include "gatefold/Codegen/Jit.h"
#include "gatefold/Codegen/ModuleParts.h"
#include "gatefold/IR/Gatefold.h"
#include "gatefold/Runtime/Threads.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Parser/Parser.h"
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
  exposeCalledFunctions(split);
  std::vector<CodePart> parts(split.size());
  for (auto [part, operations] : llvm::zip_equal(parts, split)) {
    auto code = translateToLLVMIR(module, *part.context, target, &operations);
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

/// The model without its code, as bytecode.
static llvm::Expected<std::string> writeModel(ModuleOp module) {
  OwningOpRef<ModuleOp> models(ModuleOp::create(module.getLoc()));
  for (auto model : module.getOps<ir::ModelOp>())
    models->push_back(model->clone());
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  if (failed(writeBytecodeToFile(*models, os)))
    return llvm::createStringError("the model could not be described");
  return bytes;
}

llvm::Expected<ObjectCode> gatefold::generateCode(ModuleOp module, const PipelineOptions &options) {
  if (llvm::Error error = options.target.checkRunsHere())
    return std::move(error);
  if (failed(lowerTo(module, Stage::LLVM, options)))
    return llvm::createStringError("the model could not be lowered");
  auto model = writeModel(module);
  if (!model)
    return model.takeError();
  auto objects = makeObjects(module, options.target);
  if (!objects)
    return objects.takeError();
  return ObjectCode{std::move(*model), std::move(*objects)};
}

llvm::Expected<std::unique_ptr<CompiledModel>>
gatefold::loadCode(ObjectCode code, const Target &target, MLIRContext &context) {
  if (llvm::Error error = target.checkRunsHere())
    return std::move(error);
  OwningOpRef<ModuleOp> described =
      parseSourceString<ModuleOp>(code.model, ParserConfig(&context, /*verifyAfterParse=*/false));
  if (!described)
    return llvm::createStringError("the description of the model could not be read");
  auto interface = describeModel(*described);
  if (!interface)
    return interface.takeError();
  auto jit = createJit(target);
  if (!jit)
    return jit.takeError();
  for (std::unique_ptr<llvm::MemoryBuffer> &object : code.objects)
    if (llvm::Error error = (*jit)->addObjectFile(std::move(object)))
      return std::move(error);
  auto model = std::make_unique<JitModel>(std::move(*interface), std::move(*jit));
  if (llvm::Error error = model->link())
    return std::move(error);
  return model;
}

llvm::Expected<std::unique_ptr<CompiledModel>>
gatefold::compileInMemory(ModuleOp module, const PipelineOptions &options) {
  auto code = generateCode(module, options);
  if (!code)
    return code.takeError();
  return loadCode(std::move(*code), options.target, *module.getContext());
}
