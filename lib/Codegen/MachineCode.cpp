//===- MachineCode.cpp - LLVM IR, assembly and objects -------------------*- C++ -*-===//

#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/IR/Gatefold.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace gatefold;

llvm::Expected<std::unique_ptr<llvm::Module>>
gatefold::translateToLLVMIR(ModuleOp module, llvm::LLVMContext &context, const Target &target,
                            function_ref<bool(Operation &)> isWanted) {
  // The description of the model has no counterpart in LLVM IR; it steps aside, and so does what is
  // not wanted.
  SmallVector<Operation *> all;
  for (Operation &op : *module.getBody())
    all.push_back(&op);
  for (Operation *op : all)
    if (isa<ir::ModelOp>(op) || (isWanted && !isWanted(*op)))
      op->remove();
  std::unique_ptr<llvm::Module> result = translateModuleToLLVMIR(module, context);
  for (Operation *op : all) {
    if (op->getBlock())
      op->remove();
    module.getBody()->push_back(op);
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
