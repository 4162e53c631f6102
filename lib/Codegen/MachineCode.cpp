//===- MachineCode.cpp - LLVM IR, assembly and objects -------------------*- C++ -*-===//

#include "gatefold/Codegen/ModuleParts.h"
#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/IR/Gatefold.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace gatefold;

namespace {

/// Takes away from a module what is not part of the translation, as long as this is there.
class PartialModule {
public:
  PartialModule(ModuleOp module, const ModulePart *part) : module(module) {
    for (Operation &op : *module.getBody())
      all.push_back(&op);
    for (Operation *op : all) {
      // The description of the model has no counterpart in LLVM IR.
      if (!isa<ir::ModelOp>(op) && (!part || part->operations.contains(op)))
        continue;
      op->remove();
      if (part && part->called.contains(op)) {
        declarations.push_back(op->cloneWithoutRegions());
        module.getBody()->push_back(declarations.back());
      }
    }
  }
  ~PartialModule() {
    for (Operation *op : declarations)
      op->erase();
    for (Operation *op : all) {
      if (op->getBlock())
        op->remove();
      module.getBody()->push_back(op);
    }
  }
  PartialModule(const PartialModule &) = delete;

private:
  ModuleOp module;
  SmallVector<Operation *> all, declarations;
};

} // namespace

llvm::Expected<std::unique_ptr<llvm::Module>>
gatefold::translateToLLVMIR(ModuleOp module, llvm::LLVMContext &context, const Target &target,
                            const ModulePart *part) {
  std::unique_ptr<llvm::Module> result;
  {
    PartialModule partial(module, part);
    result = translateModuleToLLVMIR(module, context);
  }
  if (!result)
    return llvm::createStringError("the module cannot be translated to LLVM IR");
  llvm::Triple triple(target.triple);
  result->setDataLayout(triple.computeDataLayout());
  result->setTargetTriple(std::move(triple));
  return result;
}

llvm::Error gatefold::emitMachineCode(llvm::Module &module, const Target &target, Stage kind,
                                      llvm::raw_pwrite_stream &os) {
  auto machine = target.createMachine();
  if (!machine)
    return machine.takeError();
  module.setTargetTriple((*machine)->getTargetTriple());
  module.setDataLayout((*machine)->createDataLayout());
  llvm::legacy::PassManager passes;
  auto file = kind == Stage::Assembly ? llvm::CodeGenFileType::AssemblyFile
                                      : llvm::CodeGenFileType::ObjectFile;
  if ((*machine)->addPassesToEmitFile(passes, os, nullptr, file))
    return llvm::createStringError("no code of this kind can be written for " + target.triple);
  passes.run(module);
  return llvm::Error::success();
}
