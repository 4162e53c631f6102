//===- ProfiledCode.cpp - Code whose addresses lead back ---------*- C++ -*-===//
//
// The line table of the object has offsets in its code; where the code lies in memory, the address
// of an entry tells.
//
//===----------------------------------------------------------------------===//

#include "ProfiledCode.h"
#include "gatefold/Codegen/Jit.h"
#include "gatefold/IR/Gatefold.h"
#include "gatefold/Runtime/Error.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/DebugInfo/DWARF/DWARFContext.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace gatefold;

//===----------------------------------------------------------------------===//
// What instructions do
//===----------------------------------------------------------------------===//

static unsigned countLanes(llvm::Type *type) {
  auto *vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
  return vector ? vector->getNumElements() : 1;
}

static double countBytes(const llvm::Instruction &instruction, llvm::Type *type) {
  return static_cast<double>(
      instruction.getModule()->getDataLayout().getTypeStoreSize(type).getFixedValue());
}

static Work estimateWork(const llvm::Instruction &instruction) {
  Work work;
  if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    work.bytesRead = countBytes(instruction, load->getType());
  } else if (auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    work.bytesWritten = countBytes(instruction, store->getValueOperand()->getType());
  } else if (auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) {
    llvm::Intrinsic::ID id = call->getIntrinsicID();
    if (id == llvm::Intrinsic::masked_load)
      work.bytesRead = countBytes(instruction, call->getType());
    else if (id == llvm::Intrinsic::masked_store)
      work.bytesWritten = countBytes(instruction, call->getArgOperand(0)->getType());
    else if (call->getType()->isFPOrFPVectorTy())
      work.operations = countLanes(call->getType()) *
                        (id == llvm::Intrinsic::fma || id == llvm::Intrinsic::fmuladd ? 2 : 1);
  } else if (instruction.isBinaryOp() && instruction.getType()->isFPOrFPVectorTy()) {
    work.operations = countLanes(instruction.getType());
  }
  return work;
}

static void add(Work &sum, const Work &work, double times) {
  sum.operations += times * work.operations;
  sum.bytesRead += times * work.bytesRead;
  sum.bytesWritten += times * work.bytesWritten;
}

//===----------------------------------------------------------------------===//
// Loops and counters
//===----------------------------------------------------------------------===//

static unsigned findNumber(const llvm::Instruction &instruction) {
  const llvm::DebugLoc &place = instruction.getDebugLoc();
  return place ? place.getLine() : 0;
}

void ProfiledCode::findLoops() {
  for (llvm::Function &function : code->getModule()) {
    if (function.isDeclaration())
      continue;
    llvm::DominatorTree dominators(function);
    llvm::LoopInfo info(dominators);
    llvm::DenseMap<const llvm::Loop *, int> numbers;
    for (llvm::Loop *loop : info.getLoopsInPreorder()) {
      int parent = loop->getParentLoop() ? numbers.lookup(loop->getParentLoop()) : -1;
      numbers[loop] = static_cast<int>(loops.size());
      loops.push_back({function.getName().str(), loop->getLoopDepth(), parent});
    }
    for (llvm::BasicBlock &block : function) {
      const llvm::Loop *loop = info.getLoopFor(&block);
      blocks.emplace_back();
      for (llvm::Instruction &instruction : block) {
        unsigned number = findNumber(instruction);
        add(blocks.back().work[number], estimateWork(instruction), 1);
        // What leads into a loop stands outside of it; the innermost one is where the work is.
        int &known = loopOfOperation.try_emplace(number, -1).first->second;
        if (loop && (known < 0 || loop->getLoopDepth() > loops[known].depth))
          known = numbers.lookup(loop);
      }
    }
  }
}

int ProfiledCode::findLoop(unsigned operation) const {
  auto found = loopOfOperation.find(operation);
  return found == loopOfOperation.end() ? -1 : found->second;
}

/// Has every block count its runs in `blocks`, which stays where it is.
void ProfiledCode::addCounters(llvm::Module &counting) {
  size_t next = 0;
  for (llvm::Function &function : counting)
    for (llvm::BasicBlock &block : function) {
      llvm::IRBuilder<> builder(&block, block.getFirstInsertionPt());
      llvm::Type *number = builder.getInt64Ty();
      llvm::Value *counter = builder.CreateIntToPtr(
          builder.getInt64(reinterpret_cast<uint64_t>(&blocks[next++].runs)), builder.getPtrTy());
      builder.CreateStore(
          builder.CreateAdd(builder.CreateLoad(number, counter), builder.getInt64(1)), counter);
    }
}

std::map<unsigned, Work> ProfiledCode::countWork() {
  std::map<unsigned, Work> counted;
  for (Block &block : blocks) {
    for (const auto &[number, work] : block.work)
      add(counted[number], work, static_cast<double>(block.runs));
    block.runs = 0;
  }
  return counted;
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

static llvm::Expected<std::string> makeObject(llvm::Module &code, const Target &target) {
  llvm::SmallString<0> object;
  llvm::raw_svector_ostream os(object);
  if (llvm::Error error = emitMachineCode(code, target, Stage::Object, os))
    return std::move(error);
  return object.str().str();
}

/// The model of a module without its functions, as loadCode() wants it.
static llvm::Expected<std::shared_ptr<CompiledModel>>
load(mlir::ModuleOp module, llvm::StringRef object, const Target &target) {
  mlir::OwningOpRef<mlir::ModuleOp> models(mlir::ModuleOp::create(module.getLoc()));
  for (auto model : module.getOps<ir::ModelOp>())
    models->push_back(model->clone());
  ObjectCode code;
  llvm::raw_string_ostream os(code.model);
  if (mlir::failed(mlir::writeBytecodeToFile(*models, os)))
    return makeError("the model cannot be described");
  code.objects.push_back(llvm::MemoryBuffer::getMemBufferCopy(object));
  auto loaded = loadCode(std::move(code), target, *module.getContext());
  if (!loaded)
    return loaded.takeError();
  return std::shared_ptr<CompiledModel>(std::move(*loaded));
}

llvm::Error ProfiledCode::readLines(llvm::StringRef object) {
  auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "code"));
  if (!file)
    return file.takeError();
  const EntryInterface &entry = model->getInterface().entries.front();
  auto base = reinterpret_cast<uint64_t>(model->getEntry(entry.name));
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    auto name = symbol.getName();
    auto offset = symbol.getValue();
    if (name && offset && *name == entry.symbol)
      base -= *offset;
    llvm::consumeError(name.takeError());
    llvm::consumeError(offset.takeError());
  }
  std::unique_ptr<llvm::DWARFContext> lines = llvm::DWARFContext::create(**file);
  for (const auto &unit : lines->compile_units())
    if (const llvm::DWARFDebugLine::LineTable *table = lines->getLineTableForUnit(unit.get()))
      for (const llvm::DWARFDebugLine::Row &row : table->Rows)
        operations[base + row.Address.Address] = row.EndSequence ? 0 : row.Line;
  if (operations.empty())
    return makeError("the code has no table of lines");
  return llvm::Error::success();
}

unsigned ProfiledCode::findOperation(uint64_t address) const {
  auto behind = operations.upper_bound(address);
  return behind == operations.begin() ? 0 : std::prev(behind)->second;
}

llvm::Expected<std::unique_ptr<ProfiledCode>> ProfiledCode::make(mlir::ModuleOp module,
                                                                 const Target &target) {
  auto made = std::make_unique<ProfiledCode>();
  auto code = NumberedCode::make(module, made->context, target);
  if (!code)
    return code.takeError();
  made->code.emplace(std::move(*code));
  made->findLoops();
  std::unique_ptr<llvm::Module> counting = llvm::CloneModule(made->code->getModule());
  made->addCounters(*counting);

  auto countingObject = makeObject(*counting, target);
  if (!countingObject)
    return countingObject.takeError();
  auto countingModel = load(module, *countingObject, target);
  if (!countingModel)
    return countingModel.takeError();
  made->countingModel = std::move(*countingModel);

  auto object = makeObject(made->code->getModule(), target);
  if (!object)
    return object.takeError();
  auto model = load(module, *object, target);
  if (!model)
    return model.takeError();
  made->model = std::move(*model);
  if (llvm::Error error = made->readLines(*object))
    return std::move(error);
  return made;
}
