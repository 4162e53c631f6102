//===- EntryFunctions.cpp - The functions that callers see -------------*- C++ -*-===//
//
// All entries of all models are called in one way, from outside and from each other: an array of
// addresses, an array of sizes, the workspace, the status and the member of a team that calls. The
// first lines of an entry's function take them apart. Private functions, which entries share, keep
// their arguments.
//
//===----------------------------------------------------------------------===//

#include "EntryFunctions.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace gatefold;

//===----------------------------------------------------------------------===//
// Which functions
//===----------------------------------------------------------------------===//

/// True if a function takes `pointers` memrefs and then `sizes` sizes.
static bool takes(func::FuncOp function, unsigned pointers, unsigned sizes) {
  ArrayRef<Type> types = function.getArgumentTypes();
  return types.size() == pointers + sizes &&
         llvm::all_of(types.take_front(pointers), llvm::IsaPred<MemRefType>) &&
         llvm::all_of(types.drop_front(pointers), llvm::IsaPred<IndexType>);
}

FailureOr<llvm::StringMap<EntryForm>> gatefold::findEntryFunctions(ModuleOp module) {
  llvm::StringMap<EntryForm> functions;
  WalkResult result = module.walk([&](ir::EntryOp entry) -> WalkResult {
    EntrySignature signature(entry);
    auto run = module.lookupSymbol<func::FuncOp>(signature.function);
    auto workspace = module.lookupSymbol<func::FuncOp>(signature.workspaceFunction);
    if (!run || run.isExternal() || !workspace || workspace.isExternal())
      return entry.emitOpError("expected the functions `")
             << signature.function << "` and `" << signature.workspaceFunction << "`";
    unsigned sizes = signature.sizes.size();
    if (!takes(run, signature.getNumArguments() - sizes, sizes) || run.getNumResults() != 0 ||
        !takes(workspace, 0, sizes) || workspace.getNumResults() != 1)
      return entry.emitOpError(
                 "expected functions that take what the entry's ports say, but found ")
             << run.getFunctionType() << " and " << workspace.getFunctionType();
    functions[signature.function] = {signature.symbol, false, signature.getNumPointers(), sizes,
                                     entry->hasAttr(parallelAttrName)};
    functions[signature.workspaceFunction] = {signature.workspaceSymbol, true, 0, sizes, false};
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return functions;
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {

/// The first lines of a function for callers.
class PrologueBuilder {
public:
  PrologueBuilder(OpBuilder &builder, Location loc)
      : builder(builder), loc(loc), pointer(LLVM::LLVMPointerType::get(builder.getContext())) {}

  /// Reads what stands for `arguments` from an array; those that nothing uses are left out.
  void load(Value array, Type type, ArrayRef<BlockArgument> arguments,
            SmallVectorImpl<Value> &values) {
    for (auto [i, argument] : llvm::enumerate(arguments))
      if (!argument.use_empty())
        values.push_back(LLVM::LoadOp::create(builder, loc, type, getElement(array, type, i)));
  }
  /// The member of a team that runs the function: number 0 of 1 where the caller names none.
  Value getMember(Value given) {
    Type type = builder.getI64Type();
    Value alone = LLVM::AllocaOp::create(builder, loc, pointer, type, constant(2));
    for (unsigned i = 0; i < 2; ++i)
      LLVM::StoreOp::create(builder, loc, constant(i), getElement(alone, type, i));
    Value isNone =
        LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, given, getNoMember());
    return LLVM::SelectOp::create(builder, loc, isNone, alone, given);
  }
  /// The function begins with clearing the status, which the first member does. The others wait for
  /// nothing: before a barrier the status belongs to the first. They return at once where there is
  /// no work for them. The builder is left where all go on.
  void clearStatus(Value status, Value member, bool isParallel) {
    Value number = LLVM::LoadOp::create(builder, loc, builder.getI64Type(), member);
    Value isFirst =
        LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, number, constant(0));
    Block *start = builder.getInsertionBlock();
    Block *first = builder.createBlock(start->getParent(), std::next(start->getIterator()));
    clearStatus(status);
    Block *other =
        builder.createBlock(first->getParent(), isParallel ? std::next(first->getIterator())
                                                           : first->getParent()->end());
    if (!isParallel)
      LLVM::ReturnOp::create(builder, loc, ValueRange());
    builder.setInsertionPointToEnd(start);
    LLVM::CondBrOp::create(builder, loc, isFirst, first, other);
    builder.setInsertionPointToEnd(first);
    if (!isParallel)
      return;
    LLVM::BrOp::create(builder, loc, other);
    builder.setInsertionPointToEnd(other);
  }

  Value getNoMember() { return LLVM::ZeroOp::create(builder, loc, pointer); }

private:
  /// Callers leave the status untouched; a run that passes all checks says so with zeros.
  void clearStatus(Value status) {
    Value zero = constant(0);
    for (unsigned i = 0; i < 2; ++i)
      LLVM::StoreOp::create(builder, loc, zero, getElement(status, builder.getI64Type(), i));
  }
  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), value);
  }
  Value getElement(Value array, Type type, int32_t index) {
    return LLVM::GEPOp::create(builder, loc, pointer, type, array, ArrayRef<LLVM::GEPArg>{index});
  }

  OpBuilder &builder;
  Location loc;
  Type pointer;
};

/// func @Model.entry(memrefs.., index..) => llvm.func @Model_entry(pointers, sizes, workspace,
/// status, member)
class ConvertFunction : public ConvertOpToLLVMPattern<func::FuncOp> {
public:
  ConvertFunction(const LLVMTypeConverter &converter, const llvm::StringMap<EntryForm> &functions)
      : ConvertOpToLLVMPattern(converter), functions(functions) {}

  LogicalResult matchAndRewrite(func::FuncOp function, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const final {
    auto entry = functions.find(function.getSymName());
    if (entry == functions.end())
      return rewriter.notifyMatchFailure(function, "belongs to no entry");
    const EntryForm &form = entry->second;
    Location loc = function.getLoc();
    Type i64 = rewriter.getI64Type(), pointer = LLVM::LLVMPointerType::get(getContext());
    Type result = form.isWorkspace ? i64 : LLVM::LLVMVoidType::get(getContext());
    SmallVector<Type> types(form.isWorkspace ? 1 : 5, pointer);
    auto converted = LLVM::LLVMFuncOp::create(rewriter, loc, form.symbol,
                                              LLVM::LLVMFunctionType::get(result, types));
    Block &body = function.getBody().front();
    rewriter.inlineRegionBefore(function.getBody(), converted.getBody(), converted.end());
    Block *prologue = rewriter.createBlock(&converted.getBody(), converted.getBody().begin(), types,
                                           SmallVector<Location>(types.size(), loc));
    PrologueBuilder builder(rewriter, loc);
    ArrayRef<BlockArgument> arguments = body.getArguments();
    SmallVector<Value> values;
    Value sizes = prologue->getArgument(0);
    if (!form.isWorkspace) {
      Value pointers = prologue->getArgument(0), workspace = prologue->getArgument(2),
            status = prologue->getArgument(3);
      sizes = prologue->getArgument(1);
      Value member = builder.getMember(prologue->getArgument(4));
      builder.clearStatus(status, member, form.isParallel);
      if (!form.isParallel)
        member = builder.getNoMember(); // nor for what it calls
      builder.load(pointers, pointer, arguments.take_front(form.numPointers), values);
      const Value others[] = {workspace, status, member};
      for (auto [argument, value] : llvm::zip_equal(arguments.slice(form.numPointers, 3), others))
        if (!argument.use_empty())
          values.push_back(value);
    }
    builder.load(sizes, i64, arguments.take_back(form.numSizes), values);
    body.eraseArguments([](BlockArgument argument) { return argument.use_empty(); });
    Block *last = rewriter.getInsertionBlock();
    rewriter.inlineBlockBefore(&body, last, last->end(), values);
    rewriter.eraseOp(function);
    return success();
  }

private:
  const llvm::StringMap<EntryForm> &functions;
};

/// func private @f(memrefs.., numbers..) => llvm.func internal @f
struct ConvertPrivateFunction : ConvertOpToLLVMPattern<func::FuncOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(func::FuncOp function, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const final {
    if (!function.isPrivate() || function.isExternal() || function.getNumResults() > 1)
      return rewriter.notifyMatchFailure(function, "is no function for others of the module");
    const LLVMTypeConverter &converter = *getTypeConverter();
    TypeConverter::SignatureConversion signature(function.getNumArguments());
    if (failed(converter.convertSignatureArgs(function.getArgumentTypes(), signature)))
      return rewriter.notifyMatchFailure(function, "takes what LLVM has no type for");
    Type result = function.getNumResults() == 0
                      ? LLVM::LLVMVoidType::get(getContext())
                      : converter.convertType(function.getResultTypes().front());
    auto converted =
        LLVM::LLVMFuncOp::create(rewriter, function.getLoc(), function.getSymName(),
                                 LLVM::LLVMFunctionType::get(result, signature.getConvertedTypes()),
                                 LLVM::Linkage::Internal);
    rewriter.inlineRegionBefore(function.getBody(), converted.getBody(), converted.end());
    rewriter.applySignatureConversion(&converted.getBody().front(), signature, &converter);
    rewriter.eraseOp(function);
    return success();
  }
};

/// A call of an entry's function passes addresses and sizes as callers from outside do.
class ConvertCall : public ConvertOpToLLVMPattern<func::CallOp> {
public:
  ConvertCall(const LLVMTypeConverter &converter, const llvm::StringMap<EntryForm> &functions)
      : ConvertOpToLLVMPattern(converter), functions(functions) {}

  LogicalResult matchAndRewrite(func::CallOp call, OneToNOpAdaptor operands,
                                ConversionPatternRewriter &rewriter) const final {
    SmallVector<Value> values;
    for (ValueRange parts : operands.getOperands())
      llvm::append_range(values, parts);
    auto entry = functions.find(call.getCallee());
    if (entry == functions.end()) {
      SmallVector<Type> results;
      if (failed(getTypeConverter()->convertTypes(call.getResultTypes(), results)))
        return rewriter.notifyMatchFailure(call, "returns what LLVM has no type for");
      rewriter.replaceOpWithNewOp<LLVM::CallOp>(call, results, call.getCallee(), values);
      return success();
    }
    const EntryForm &form = entry->second;
    unsigned others = form.isWorkspace ? 0 : form.numPointers + 3;
    if (values.size() != others + form.numSizes)
      return rewriter.notifyMatchFailure(call, "expected the arguments of an entry");
    ArrayRef<Value> all(values);
    Value sizes = store(rewriter, call, rewriter.getI64Type(), all.take_back(form.numSizes));
    if (form.isWorkspace) {
      rewriter.replaceOpWithNewOp<LLVM::CallOp>(call, TypeRange{rewriter.getI64Type()}, form.symbol,
                                                ValueRange{sizes});
      return success();
    }
    Type pointer = LLVM::LLVMPointerType::get(getContext());
    Value pointers = store(rewriter, call, pointer, all.take_front(form.numPointers));
    rewriter.replaceOpWithNewOp<LLVM::CallOp>(call, TypeRange{}, form.symbol,
                                              ValueRange{pointers, sizes, all[form.numPointers],
                                                         all[form.numPointers + 1],
                                                         all[form.numPointers + 2]});
    return success();
  }

private:
  /// An array in the function's frame that holds `values`.
  Value store(ConversionPatternRewriter &rewriter, func::CallOp call, Type type,
              ArrayRef<Value> values) const {
    Location loc = call.getLoc();
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Value array;
    {
      // In a loop it would take more of the stack each time.
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointToStart(&call->getParentRegion()->front());
      Value count = LLVM::ConstantOp::create(rewriter, loc, rewriter.getI64Type(),
                                             std::max<int64_t>(values.size(), 1));
      array = LLVM::AllocaOp::create(rewriter, loc, pointer, type, count);
    }
    for (auto [i, value] : llvm::enumerate(values)) {
      Value place = LLVM::GEPOp::create(rewriter, loc, pointer, type, array,
                                        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      LLVM::StoreOp::create(rewriter, loc, value, place);
    }
    return array;
  }

  const llvm::StringMap<EntryForm> &functions;
};

/// A barrier is a call of what the member says, left out where there is no other member.
struct ConvertBarrier : ConvertOpToLLVMPattern<func::CallOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(func::CallOp call, OneToNOpAdaptor operands,
                                ConversionPatternRewriter &rewriter) const final {
    if (call.getCallee() != barrierName)
      return rewriter.notifyMatchFailure(call, "is no barrier");
    Location loc = call.getLoc();
    Value member = operands.getOperands()[0].front(), count = operands.getOperands()[1].front();
    Block *before = call->getBlock(), *after = rewriter.splitBlock(before, call->getIterator());
    Block *wait = rewriter.createBlock(after);
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Value place =
        LLVM::GEPOp::create(rewriter, loc, pointer, pointer, member, ArrayRef<LLVM::GEPArg>{2});
    Value function = LLVM::LoadOp::create(rewriter, loc, pointer, place);
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(getContext()), pointer);
    LLVM::CallOp::create(rewriter, loc, type, ValueRange{function, member});
    LLVM::BrOp::create(rewriter, loc, after);
    rewriter.setInsertionPointToEnd(before);
    Value one = LLVM::ConstantOp::create(rewriter, loc, rewriter.getI64Type(), 1);
    Value isAlone = LLVM::ICmpOp::create(rewriter, loc, LLVM::ICmpPredicate::eq, count, one);
    // What is in registers stays there for one thread; several save it, which is little beside
    // their waiting.
    LLVM::CondBrOp::create(rewriter, loc, isAlone, after, ValueRange(), wait, ValueRange(),
                           std::pair(1000u, 1u));
    rewriter.eraseOp(call);
    return success();
  }
};

/// Whoever runs an entry brings the barrier along.
struct EraseBarrier : ConvertOpToLLVMPattern<func::FuncOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(func::FuncOp function, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const final {
    if (function.getSymName() != barrierName || !function.isExternal())
      return rewriter.notifyMatchFailure(function, "is not the barrier");
    rewriter.eraseOp(function);
    return success();
  }
};

struct ConvertReturn : ConvertOpToLLVMPattern<func::ReturnOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(func::ReturnOp op, OpAdaptor operands,
                                ConversionPatternRewriter &rewriter) const final {
    rewriter.replaceOpWithNewOp<LLVM::ReturnOp>(op, operands.getOperands());
    return success();
  }
};

} // namespace

void gatefold::populateEntryFunctionPatterns(LLVMTypeConverter &converter,
                                             RewritePatternSet &patterns,
                                             const llvm::StringMap<EntryForm> &functions) {
  patterns.add<ConvertFunction, ConvertCall>(converter, functions);
  patterns.add<ConvertPrivateFunction, EraseBarrier, ConvertReturn>(converter);
  patterns.add<ConvertBarrier>(converter, /*benefit=*/2);
}
