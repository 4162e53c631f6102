//===- ExpandShortFloats.cpp - Numbers of 16 bits as integers ----------*- C++ -*-===//

#include "ExpandShortFloats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace gatefold;

namespace {

/// Arithmetic on the bits of values of one shape: scalars, or vectors.
class BitMath {
public:
  BitMath(OpBuilder &builder, Location loc, Type like)
      : builder(builder), loc(loc), vector(dyn_cast<VectorType>(like)) {}

  Value constant(uint32_t value) {
    Type type = withElement(builder.getI32Type());
    IntegerAttr attribute = builder.getI32IntegerAttr(static_cast<int32_t>(value));
    if (vector)
      return arith::ConstantOp::create(builder, loc,
                                       DenseElementsAttr::get(cast<ShapedType>(type), attribute));
    return arith::ConstantOp::create(builder, loc, attribute);
  }
  Value add(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
  Value sub(Value a, Value b) { return arith::SubIOp::create(builder, loc, a, b); }
  Value bitAnd(Value a, uint32_t b) { return arith::AndIOp::create(builder, loc, a, constant(b)); }
  Value bitOr(Value a, Value b) { return arith::OrIOp::create(builder, loc, a, b); }
  Value left(Value a, uint32_t bits) {
    return arith::ShLIOp::create(builder, loc, a, constant(bits));
  }
  Value right(Value a, uint32_t bits) {
    return arith::ShRUIOp::create(builder, loc, a, constant(bits));
  }
  Value atLeast(Value a, uint32_t b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::uge, a, constant(b));
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }
  /// The bits of an f32 as i32, and back.
  Value bits(Value x) { return bitcast(x, builder.getI32Type()); }
  Value single(Value bits) { return bitcast(bits, builder.getF32Type()); }
  /// The bits of a 16-bit number as i32, and back.
  Value shortBits(Value x) {
    return arith::ExtUIOp::create(builder, loc, withElement(builder.getI32Type()),
                                  bitcast(x, builder.getI16Type()));
  }
  Value fromShortBits(Value bits, Type element) {
    Value low = arith::TruncIOp::create(builder, loc, withElement(builder.getI16Type()), bits);
    return bitcast(low, element);
  }
  /// Drops the low bits, rounding to nearest, ties to even.
  Value rightRounded(Value a, uint32_t bits) {
    Value odd = bitAnd(right(a, bits), 1);
    return right(add(add(a, constant((1u << (bits - 1)) - 1)), odd), bits);
  }

  Value extendBfloat(Value x) { return single(left(shortBits(x), 16)); }
  Value truncateToBfloat(Value x);
  Value extendHalf(Value x);
  Value truncateToHalf(Value x);

private:
  Type withElement(Type element) {
    return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
  }
  Value bitcast(Value x, Type element) {
    return arith::BitcastOp::create(builder, loc, withElement(element), x);
  }

  OpBuilder &builder;
  Location loc;
  VectorType vector;
};

} // namespace

static constexpr uint32_t magnitudeBits = 0x7fffffff, infinity = 0x7f800000;

Value BitMath::truncateToBfloat(Value x) {
  Value all = bits(x);
  Value isNaN = atLeast(bitAnd(all, magnitudeBits), infinity + 1);
  // One bit of the fraction stays, or the NaN would become infinity.
  Value quiet = bitOr(right(all, 16), constant(0x40));
  return fromShortBits(select(isNaN, quiet, rightRounded(all, 16)), builder.getBF16Type());
}

Value BitMath::extendHalf(Value x) {
  Value half = shortBits(x);
  Value magnitude = left(bitAnd(half, 0x7fff), 13);
  // The exponents differ by 112; a product is right for subnormal halves too.
  Value scaled = arith::MulFOp::create(builder, loc, single(magnitude),
                                       single(constant(/*2^112*/ 0x77800000)));
  Value isSpecial = atLeast(magnitude, 0x7c00 << 13);
  Value special = bitOr(magnitude, constant(infinity));
  Value sign = left(bitAnd(half, 0x8000), 16);
  return single(bitOr(select(isSpecial, special, bits(scaled)), sign));
}

Value BitMath::truncateToHalf(Value x) {
  Value all = bits(x);
  Value magnitude = bitAnd(all, magnitudeBits);
  Value normal = rightRounded(sub(magnitude, constant(112u << 23)), 13);
  // Subnormal halves count units of 2^-24, what the last bit of 1/2 is worth: the sum rounds.
  Value half = constant(0x3f000000);
  Value sum = arith::AddFOp::create(builder, loc, single(magnitude), single(half));
  Value subnormal = sub(bits(sum), half);
  Value result = select(atLeast(magnitude, /*2^-14*/ 0x38800000), normal, subnormal);
  result = select(atLeast(magnitude, /*2^16*/ 0x47800000), constant(0x7c00), result);
  result = select(atLeast(magnitude, infinity + 1), constant(0x7e00), result);
  return fromShortBits(bitOr(result, bitAnd(right(all, 16), 0x8000)), builder.getF16Type());
}

namespace {

struct ExpandExtension : OpRewritePattern<arith::ExtFOp> {
  ExpandExtension(MLIRContext *context, bool convertsHalves)
      : OpRewritePattern(context), convertsHalves(convertsHalves) {}

  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const final {
    Type from = getElementTypeOrSelf(op.getIn().getType());
    bool isExpanded = from.isBF16() || (from.isF16() && !convertsHalves);
    if (!isExpanded || !getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "left to the processor");
    BitMath math(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op,
                       from.isBF16() ? math.extendBfloat(op.getIn()) : math.extendHalf(op.getIn()));
    return success();
  }
  bool convertsHalves;
};

struct ExpandTruncation : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const final {
    Type to = getElementTypeOrSelf(op.getType());
    if (!(to.isBF16() || to.isF16()) || !getElementTypeOrSelf(op.getIn().getType()).isF32())
      return rewriter.notifyMatchFailure(op, "not from f32 to 16 bits");
    BitMath math(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, to.isBF16() ? math.truncateToBfloat(op.getIn())
                                       : math.truncateToHalf(op.getIn()));
    return success();
  }
};

} // namespace

void gatefold::populateExpandShortFloatsPatterns(RewritePatternSet &patterns, bool convertsHalves) {
  patterns.add<ExpandExtension>(patterns.getContext(), convertsHalves);
  patterns.add<ExpandTruncation>(patterns.getContext());
}
