//===- Wrappers.cpp - The functions that callers see -------------------*- C++ -*-===//
//
// All entries of all models are called in one way: an array of addresses, an array of sizes, the
// workspace and the status. A wrapper takes them apart for the function of the entry.
//
//===----------------------------------------------------------------------===//

#include "Wrappers.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace gatefold;

namespace {

/// Builds the wrappers of one entry.
class WrapperBuilder {
public:
  WrapperBuilder(ModuleOp module, ir::EntryOp entry)
      : builder(OpBuilder::atBlockEnd(module.getBody())), module(module), entry(entry),
        signature(entry), loc(entry.getLoc()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {}

  LogicalResult build();

private:
  LLVM::LLVMFuncOp createFunction(StringRef name, Type result, ArrayRef<Type> arguments);
  /// The `index`-th of an array of 8-byte elements.
  Value loadElement(Value array, Type type, int64_t index);
  void appendSizes(SmallVector<Value> &arguments, Value sizes);
  bool takes(LLVM::LLVMFuncOp function, unsigned pointers);
  LLVM::LLVMFuncOp find(StringRef name) { return module.lookupSymbol<LLVM::LLVMFuncOp>(name); }

  OpBuilder builder;
  ModuleOp module;
  ir::EntryOp entry;
  EntrySignature signature;
  Location loc;
  Type pointer;
};

} // namespace

LLVM::LLVMFuncOp WrapperBuilder::createFunction(StringRef name, Type result,
                                                ArrayRef<Type> arguments) {
  builder.setInsertionPointToEnd(module.getBody());
  auto function =
      LLVM::LLVMFuncOp::create(builder, loc, name, LLVM::LLVMFunctionType::get(result, arguments));
  builder.setInsertionPointToStart(function.addEntryBlock(builder));
  return function;
}

Value WrapperBuilder::loadElement(Value array, Type type, int64_t index) {
  Value place = LLVM::GEPOp::create(builder, loc, pointer, type, array,
                                    ArrayRef<LLVM::GEPArg>{int32_t(index)});
  return LLVM::LoadOp::create(builder, loc, type, place);
}

void WrapperBuilder::appendSizes(SmallVector<Value> &arguments, Value sizes) {
  for (unsigned i = 0; i < signature.sizes.size(); ++i)
    arguments.push_back(loadElement(sizes, builder.getI64Type(), i));
}

/// True if a function takes so many pointers and then the sizes.
bool WrapperBuilder::takes(LLVM::LLVMFuncOp function, unsigned pointers) {
  SmallVector<Type> types(pointers, pointer);
  types.append(signature.sizes.size(), builder.getI64Type());
  return llvm::equal(function.getFunctionType().getParams(), types);
}

LogicalResult WrapperBuilder::build() {
  LLVM::LLVMFuncOp function = find(signature.function);
  LLVM::LLVMFuncOp workspace = find(signature.workspaceFunction);
  if (!function || !workspace)
    return entry.emitOpError("expected the functions `")
           << signature.function << "` and `" << signature.workspaceFunction << "`";
  if (!takes(function, signature.getNumPointers() + 2) || !takes(workspace, 0))
    return entry.emitOpError("expected functions that take what the entry's ports say, but found ")
           << function.getFunctionType() << " and " << workspace.getFunctionType();
  function.setLinkage(LLVM::Linkage::Internal);
  workspace.setLinkage(LLVM::Linkage::Internal);

  // Callers leave status untouched; a run that passes all checks says so with zeros.
  LLVM::LLVMFuncOp run =
      createFunction(signature.symbol, LLVM::LLVMVoidType::get(module.getContext()),
                     {pointer, pointer, pointer, pointer});
  Value status = run.getArgument(3);
  Value zero = LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), 0);
  for (int32_t i = 0; i < 2; ++i)
    LLVM::StoreOp::create(builder, loc, zero,
                          LLVM::GEPOp::create(builder, loc, pointer, builder.getI64Type(), status,
                                              ArrayRef<LLVM::GEPArg>{i}));
  SmallVector<Value> arguments;
  for (unsigned i = 0; i < signature.getNumPointers(); ++i)
    arguments.push_back(loadElement(run.getArgument(0), pointer, i));
  arguments.push_back(run.getArgument(2));
  arguments.push_back(status);
  appendSizes(arguments, run.getArgument(1));
  LLVM::CallOp::create(builder, loc, function, arguments);
  LLVM::ReturnOp::create(builder, loc, ValueRange{});

  LLVM::LLVMFuncOp bytes =
      createFunction(signature.workspaceSymbol, builder.getI64Type(), {pointer});
  arguments.clear();
  appendSizes(arguments, bytes.getArgument(0));
  auto call = LLVM::CallOp::create(builder, loc, workspace, arguments);
  LLVM::ReturnOp::create(builder, loc, call.getResults());
  return success();
}

LogicalResult gatefold::addWrappers(ModuleOp module, ir::EntryOp entry) {
  return WrapperBuilder(module, entry).build();
}
