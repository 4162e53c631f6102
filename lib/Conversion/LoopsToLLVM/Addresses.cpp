//===- Addresses.cpp - Memory as addresses -------------------------------*- C++ -*-===//
//
// Loads and stores as LLVM has them. MLIR's own lowering carries for every memref a structure of
// addresses, offset, sizes and strides; nearly all of it is known from types, and LLVM would need
// more time to find that out than for all the arithmetic.
//
//===----------------------------------------------------------------------===//

#include "Addresses.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace gatefold;

static SmallVector<int64_t> getStrides(MemRefType type) {
  int64_t offset;
  SmallVector<int64_t> strides;
  if (failed(type.getStridesAndOffset(strides, offset)))
    strides.clear();
  return strides;
}

/// memref<..> => address, dynamic strides..
static std::optional<LogicalResult> convertMemory(MemRefType type, SmallVectorImpl<Type> &results) {
  int64_t offset;
  SmallVector<int64_t> strides;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  results.push_back(LLVM::LLVMPointerType::get(type.getContext()));
  results.append(llvm::count(strides, ShapedType::kDynamic),
                 IntegerType::get(type.getContext(), 64));
  return success();
}

namespace {

/// What the patterns share: arithmetic of addresses at one operation. Indices and sizes are never
/// negative, and products of them stay within what memory has.
class AddressBuilder {
public:
  AddressBuilder(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), value);
  }
  Value multiply(Value a, Value b) {
    return LLVM::MulOp::create(builder, loc, a, b, LLVM::IntegerOverflowFlags::nsw);
  }
  /// The address `count` elements behind `address`.
  Value advance(Value address, Type element, Value count) {
    if (matchPattern(count, m_Zero()))
      return address;
    return LLVM::GEPOp::create(builder, loc, address.getType(), element, address,
                               ArrayRef<LLVM::GEPArg>{count});
  }
  /// The address of one element. What is constant in indices is added last, where it can become
  /// part of an instruction.
  Value find(MemRefType type, ValueRange memory, ArrayRef<ValueRange> indices) {
    Value address = memory.front();
    ValueRange dynamic = memory.drop_front();
    uint64_t distance = 0; // may wrap for addresses that no memory has
    for (auto [index, stride] : llvm::zip_equal(indices, getStrides(type))) {
      Value count = index.front();
      if (ShapedType::isDynamic(stride)) {
        count = matchPattern(count, m_Zero()) ? count : multiply(count, dynamic.front());
        dynamic = dynamic.drop_front();
      } else {
        auto [variable, fixed] = split(count);
        distance += uint64_t(fixed) * stride;
        if (!variable)
          continue;
        count = stride == 1 ? variable : multiply(variable, constant(stride));
      }
      address = advance(address, type.getElementType(), count);
    }
    return distance == 0 ? address : advance(address, type.getElementType(), constant(distance));
  }

private:
  /// x + c => x, c; a constant has no x
  static std::pair<Value, int64_t> split(Value index) {
    APInt fixed;
    if (matchPattern(index, m_ConstantInt(&fixed)))
      return {nullptr, fixed.getSExtValue()};
    auto sum = index.getDefiningOp<LLVM::AddOp>();
    if (sum && matchPattern(sum.getRhs(), m_ConstantInt(&fixed)))
      return {sum.getLhs(), fixed.getSExtValue()};
    return {index, 0};
  }

  OpBuilder &builder;
  Location loc;
};

/// The bytes by which elements are aligned; vectors may start at any element.
unsigned getAlignment(MemRefType type) {
  return llvm::divideCeil(type.getElementType().getIntOrFloatBitWidth(), 8);
}

template <typename Op>
struct AddressPattern : ConvertOpToLLVMPattern<Op> {
  using ConvertOpToLLVMPattern<Op>::ConvertOpToLLVMPattern;
  using Operands = typename ConvertOpToLLVMPattern<Op>::OneToNOpAdaptor;
};

/// memref.load, vector.load
template <typename Op>
struct ConvertLoad : AddressPattern<Op> {
  using AddressPattern<Op>::AddressPattern;
  LogicalResult matchAndRewrite(Op op, typename AddressPattern<Op>::Operands operands,
                                ConversionPatternRewriter &rewriter) const final {
    ValueRange memory = operands.getOperands().front();
    MemRefType type = op.getMemRefType();
    Value address = AddressBuilder(rewriter, op.getLoc())
                        .find(type, memory, operands.getOperands().drop_front());
    Type result = this->getTypeConverter()->convertType(op->getResult(0).getType());
    rewriter.replaceOpWithNewOp<LLVM::LoadOp>(op, result, address, getAlignment(type));
    return success();
  }
};

/// memref.store, vector.store
template <typename Op>
struct ConvertStore : AddressPattern<Op> {
  using AddressPattern<Op>::AddressPattern;
  LogicalResult matchAndRewrite(Op op, typename AddressPattern<Op>::Operands operands,
                                ConversionPatternRewriter &rewriter) const final {
    ArrayRef<ValueRange> all = operands.getOperands();
    MemRefType type = op.getMemRefType();
    Value address = AddressBuilder(rewriter, op.getLoc()).find(type, all[1], all.drop_front(2));
    rewriter.replaceOpWithNewOp<LLVM::StoreOp>(op, all[0].front(), address, getAlignment(type));
    return success();
  }
};

struct ConvertMaskedLoad : AddressPattern<vector::MaskedLoadOp> {
  using AddressPattern::AddressPattern;
  LogicalResult matchAndRewrite(vector::MaskedLoadOp op, Operands operands,
                                ConversionPatternRewriter &rewriter) const final {
    MemRefType type = op.getMemRefType();
    Value address =
        AddressBuilder(rewriter, op.getLoc()).find(type, operands.getBase(), operands.getIndices());
    rewriter.replaceOpWithNewOp<LLVM::MaskedLoadOp>(
        op, op.getType(), address, operands.getMask().front(), operands.getPassThru().front(),
        getAlignment(type));
    return success();
  }
};

struct ConvertMaskedStore : AddressPattern<vector::MaskedStoreOp> {
  using AddressPattern::AddressPattern;
  LogicalResult matchAndRewrite(vector::MaskedStoreOp op, Operands operands,
                                ConversionPatternRewriter &rewriter) const final {
    MemRefType type = op.getMemRefType();
    Value address =
        AddressBuilder(rewriter, op.getLoc()).find(type, operands.getBase(), operands.getIndices());
    rewriter.replaceOpWithNewOp<LLVM::MaskedStoreOp>(op, operands.getValueToStore().front(),
                                                     address, operands.getMask().front(),
                                                     getAlignment(type));
    return success();
  }
};

/// A window: its address, and the strides it is told.
struct ConvertReinterpretCast : AddressPattern<memref::ReinterpretCastOp> {
  using AddressPattern::AddressPattern;
  LogicalResult matchAndRewrite(memref::ReinterpretCastOp op, Operands operands,
                                ConversionPatternRewriter &rewriter) const final {
    auto source = dyn_cast<MemRefType>(op.getSource().getType());
    int64_t sourceOffset;
    SmallVector<int64_t> sourceStrides;
    // Offsets count from the start of the memory, which a window does not remember.
    if (!source || failed(source.getStridesAndOffset(sourceStrides, sourceOffset)) ||
        sourceOffset != 0)
      return rewriter.notifyMatchFailure(op, "expected memory without an offset");
    AddressBuilder addresses(rewriter, op.getLoc());
    SmallVector<Value> memory{operands.getSource().front()};
    int64_t offset = op.getStaticOffsets().front();
    if (offset != 0)
      memory.front() =
          addresses.advance(memory.front(), source.getElementType(),
                            ShapedType::isDynamic(offset) ? operands.getOffsets().front().front()
                                                          : addresses.constant(offset));
    ArrayRef<ValueRange> dynamic = operands.getStrides();
    for (auto [stride, inType] : llvm::zip_equal(op.getStaticStrides(), getStrides(op.getType()))) {
      bool isDynamic = ShapedType::isDynamic(stride);
      if (ShapedType::isDynamic(inType))
        memory.push_back(isDynamic ? dynamic.front().front() : addresses.constant(stride));
      dynamic = dynamic.drop_front(isDynamic ? 1 : 0);
    }
    rewriter.replaceOpWithMultiple(op, ArrayRef{ValueRange(memory)});
    return success();
  }
};

/// The same memory, of which a type says less.
struct ConvertCast : AddressPattern<memref::CastOp> {
  using AddressPattern::AddressPattern;
  LogicalResult matchAndRewrite(memref::CastOp op, Operands operands,
                                ConversionPatternRewriter &rewriter) const final {
    auto source = dyn_cast<MemRefType>(op.getSource().getType());
    auto target = dyn_cast<MemRefType>(op.getType());
    if (!source || !target || getStrides(source) != getStrides(target))
      return rewriter.notifyMatchFailure(op, "expected memory of the same strides");
    rewriter.replaceOpWithMultiple(op, ArrayRef{operands.getSource()});
    return success();
  }
};

/// A buffer in the workspace.
struct ConvertView : AddressPattern<memref::ViewOp> {
  using AddressPattern::AddressPattern;
  LogicalResult matchAndRewrite(memref::ViewOp op, Operands operands,
                                ConversionPatternRewriter &rewriter) const final {
    AddressBuilder addresses(rewriter, op.getLoc());
    MemRefType type = op.getType();
    SmallVector<Value> memory{addresses.advance(operands.getSource().front(), rewriter.getI8Type(),
                                                operands.getByteShift().front())};
    // The strides from the last axis to the first; those behind no dynamic size are known.
    SmallVector<Value> strides;
    ArrayRef<ValueRange> sizes = operands.getSizes();
    Value stride;
    int64_t known = 1;
    for (int64_t size : llvm::reverse(type.getShape().drop_front(type.getRank() ? 1 : 0))) {
      if (!ShapedType::isDynamic(size)) {
        known *= size;
        stride = stride ? addresses.multiply(stride, addresses.constant(size)) : nullptr;
      } else {
        Value value = sizes.back().front();
        sizes = sizes.drop_back();
        stride = addresses.multiply(stride ? stride : addresses.constant(known), value);
      }
      if (stride)
        strides.push_back(stride);
    }
    memory.append(strides.rbegin(), strides.rend());
    rewriter.replaceOpWithMultiple(op, ArrayRef{ValueRange(memory)});
    return success();
  }
};

/// Scratch in the frame of the function.
struct ConvertAlloca : AddressPattern<memref::AllocaOp> {
  using AddressPattern::AddressPattern;
  LogicalResult matchAndRewrite(memref::AllocaOp op, Operands,
                                ConversionPatternRewriter &rewriter) const final {
    MemRefType type = op.getType();
    if (!type.hasStaticShape() || !type.getLayout().isIdentity())
      return rewriter.notifyMatchFailure(op, "expected a static shape");
    // Only there does it belong to the frame.
    rewriter.setInsertionPointToStart(&op->getParentRegion()->front());
    Value count = AddressBuilder(rewriter, op.getLoc()).constant(type.getNumElements());
    rewriter.replaceOpWithNewOp<LLVM::AllocaOp>(op, LLVM::LLVMPointerType::get(op.getContext()),
                                                type.getElementType(), count,
                                                op.getAlignment().value_or(getAlignment(type)));
    return success();
  }
};

/// Constant data, one element after the other.
struct ConvertGlobal : AddressPattern<memref::GlobalOp> {
  using AddressPattern::AddressPattern;
  LogicalResult matchAndRewrite(memref::GlobalOp op, Operands operands,
                                ConversionPatternRewriter &rewriter) const final {
    auto elements = dyn_cast_or_null<DenseElementsAttr>(op.getInitialValue().value_or(nullptr));
    if (!elements || !op.getConstant())
      return rewriter.notifyMatchFailure(op, "expected constant elements");
    Type element = elements.getElementType();
    elements = elements.reshape(RankedTensorType::get({elements.getNumElements()}, element));
    rewriter.replaceOpWithNewOp<LLVM::GlobalOp>(
        op, LLVM::LLVMArrayType::get(element, elements.getNumElements()), /*isConstant=*/true,
        LLVM::Linkage::Private, op.getSymName(), elements, op.getAlignment().value_or(0));
    return success();
  }
};

struct ConvertGetGlobal : AddressPattern<memref::GetGlobalOp> {
  using AddressPattern::AddressPattern;
  LogicalResult matchAndRewrite(memref::GetGlobalOp op, Operands operands,
                                ConversionPatternRewriter &rewriter) const final {
    if (cast<MemRefType>(op.getType()).getNumDynamicDims() != 0)
      return rewriter.notifyMatchFailure(op, "expected a static shape");
    rewriter.replaceOpWithNewOp<LLVM::AddressOfOp>(op, LLVM::LLVMPointerType::get(op.getContext()),
                                                   op.getName());
    return success();
  }
};

/// Where memory lies, as a number: two results may be one memory.
struct ConvertAddress : AddressPattern<memref::ExtractAlignedPointerAsIndexOp> {
  using AddressPattern::AddressPattern;
  LogicalResult matchAndRewrite(memref::ExtractAlignedPointerAsIndexOp op, Operands operands,
                                ConversionPatternRewriter &rewriter) const final {
    rewriter.replaceOpWithNewOp<LLVM::PtrToIntOp>(op, getIndexType(), operands.getSource().front());
    return success();
  }
};

} // namespace

void gatefold::populateAddressPatterns(LLVMTypeConverter &converter, RewritePatternSet &patterns) {
  converter.addConversion(convertMemory);
  patterns.add<ConvertLoad<memref::LoadOp>, ConvertLoad<vector::LoadOp>,
               ConvertStore<memref::StoreOp>, ConvertStore<vector::StoreOp>, ConvertMaskedLoad,
               ConvertMaskedStore, ConvertReinterpretCast, ConvertCast, ConvertView, ConvertAlloca,
               ConvertGlobal, ConvertGetGlobal, ConvertAddress>(converter);
}
