//===- LoopsToLLVM.cpp - Loops and memory to the LLVM dialect -----------*- C++ -*-===//

#include "Addresses.h"
#include "EntryFunctions.h"
#include "gatefold/Conversion/Passes.h"
#include "mlir/Conversion/ArithCommon/AttrToLLVMConverter.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Transforms/DialectConversion.h"

namespace gatefold {
#define GEN_PASS_DEF_LOOPSTOLLVM
#include "gatefold/Conversion/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

namespace {
struct LoopsToLLVM : gatefold::impl::LoopsToLLVMBase<LoopsToLLVM> {
  using Base::Base;

  void runOnOperation() final {
    MLIRContext *context = &getContext();
    FailureOr<llvm::StringMap<EntryForm>> functions = findEntryFunctions(getOperation());
    if (failed(functions))
      return signalPassFailure();
    LLVMTypeConverter converter(context);
    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    target.addLegalDialect<ir::GatefoldDialect>();

    RewritePatternSet patterns(context);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/true);
    vector::populateVectorMaskOpLoweringPatterns(patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    populateAddressPatterns(converter, patterns);
    populateEntryFunctionPatterns(converter, patterns, *functions);
    // Nothing is rolled back: a pattern that begins also ends.
    ConversionConfig config;
    config.allowPatternRollback = false;
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns), config)))
      signalPassFailure();
  }
};
} // namespace
