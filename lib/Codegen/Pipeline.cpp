//===- Pipeline.cpp - From a model to machine code, in stages ----------*- C++ -*-===//

#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/Codegen/Optimizer.h"
#include "gatefold/Conversion/Passes.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace gatefold;

static constexpr std::pair<Stage, llvm::StringLiteral> stageNames[] = {
    {Stage::Gatefold, "gatefold"}, {Stage::Entries, "entries"}, {Stage::Loops, "loops"},
    {Stage::LLVM, "llvm"},         {Stage::LLVMIR, "llvm-ir"},  {Stage::Assembly, "asm"},
    {Stage::Object, "obj"},
};

StringRef gatefold::getStageName(Stage stage) {
  return llvm::find_if(stageNames, [&](const auto &entry) { return entry.first == stage; })->second;
}

std::optional<Stage> gatefold::parseStage(StringRef name) {
  for (const auto &[stage, text] : stageNames)
    if (name == text)
      return stage;
  return std::nullopt;
}

void gatefold::registerDialects(DialectRegistry &registry) {
  registry.insert<ir::GatefoldDialect, arith::ArithDialect, cf::ControlFlowDialect,
                  func::FuncDialect, LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect,
                  scf::SCFDialect, tensor::TensorDialect, ub::UBDialect, vector::VectorDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

/// True if an entry's ports have the batch axis, which the last pass of Stage::Entries adds.
static bool isBatched(ir::EntryOp entry) {
  auto startsWithBatch = [](ir::PortAttr port) {
    return !port.getDims().empty() && port.getDims().front().getValue() == batchDimension;
  };
  if (entry.getNumArguments() != 0)
    return startsWithBatch(entry.getArgumentPort(0));
  return entry.getNumResults() != 0 && startsWithBatch(entry.getResultPort(0));
}

Stage gatefold::detectStage(ModuleOp module) {
  Stage stage = Stage::Gatefold;
  for (Operation &op : *module.getBody()) {
    if (isa<LLVM::LLVMDialect>(op.getDialect()))
      return Stage::LLVM;
    if (isa<func::FuncOp>(op))
      stage = Stage::Loops;
    if (auto model = dyn_cast<ir::ModelOp>(op); model && stage == Stage::Gatefold)
      if (llvm::any_of(model.getBody().getOps<ir::EntryOp>(), isBatched))
        stage = Stage::Entries;
  }
  return stage;
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

/// The dialect's own passes.
static void buildEntriesPhase(OpPassManager &manager, const PipelineOptions &options) {
  OpPassManager &model = manager.nest<ir::ModelOp>();
  // Before the entries part: they share what is prepared.
  model.nest<ir::EntryOp>().addPass(createCSEPass());
  addOptimizerPasses(model, OptimizerPhase::Model, options);
  model.addPass(createDeriveEntries());
  KeepEntriesOptions keep;
  keep.names.assign(options.entries.begin(), options.entries.end());
  model.addPass(createKeepEntries(keep));
  // Before the batch: what is left out here needs no batch axis.
  model.nest<ir::EntryOp>().addPass(createCanonicalizerPass());
  model.nest<ir::EntryOp>().addPass(createCSEPass());
  addOptimizerPasses(model, OptimizerPhase::Example, options);
  model.nest<ir::EntryOp>().addPass(createBatch());
  model.addPass(createDeriveGenerate());
}

static void buildLoopsPhase(OpPassManager &manager, const PipelineOptions &options) {
  GatefoldToLoopsOptions loops;
  loops.mostSums = options.target.getAccumulators();
  manager.addPass(createGatefoldToLoops(loops));
  // Loop bodies repeat index arithmetic and constants.
  manager.nest<func::FuncOp>().addPass(createCSEPass());
  addOptimizerPasses(manager, OptimizerPhase::Loops, options);
}

static void buildLLVMPhase(OpPassManager &manager, const PipelineOptions &options) {
  ExpandMathOptions math;
  math.fused = options.target.hasFusedMultiplyAdd;
  math.scales = options.target.scalesByPowersOfTwo;
  math.convertsHalves = options.target.convertsHalves;
  math.dotBytes = options.target.dotBytes;
  OpPassManager &function = manager.nest<func::FuncOp>();
  function.addPass(createExpandMath(math));
  // On its own: in one conversion with the rest it would crash.
  function.addPass(createSCFToControlFlowPass());
  manager.addPass(createLoopsToLLVM());
  manager.nest<LLVM::LLVMFuncOp>().addPass(createHoistAddresses());
}

llvm::Error gatefold::buildPipeline(PassManager &manager, Stage from, Stage to,
                                    const PipelineOptions &options) {
  if (llvm::Error error = checkPassSwitches(options))
    return error;
  if (from < Stage::Entries && to >= Stage::Entries)
    buildEntriesPhase(manager, options);
  if (from < Stage::Loops && to >= Stage::Loops)
    buildLoopsPhase(manager, options);
  if (from < Stage::LLVM && to >= Stage::LLVM)
    buildLLVMPhase(manager, options);
  return llvm::Error::success();
}

LogicalResult gatefold::lowerTo(ModuleOp module, Stage to, const PipelineOptions &options,
                                function_ref<void(PassManager &)> configure) {
  PassManager manager(module.getContext(), ModuleOp::getOperationName());
  manager.enableVerifier(options.verifyEach);
  if (llvm::Error error = buildPipeline(manager, detectStage(module), to, options))
    return emitError(module.getLoc(), llvm::toString(std::move(error)));
  if (configure)
    configure(manager);
  return manager.run(module);
}
