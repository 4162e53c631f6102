//===- ExpandMath.cpp - Exponentials as arithmetic -------------------*- C++ -*-===//
//
// Replaces functions of f32 by arithmetic that is the same for a scalar and for each element of a
// vector.
//
//===----------------------------------------------------------------------===//

#include "ExpandByteProducts.h"
#include "ExpandShortFloats.h"
#include "gatefold/Conversion/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace gatefold {
#define GEN_PASS_DEF_EXPANDMATH
#include "gatefold/Conversion/Passes.h.inc"
} // namespace gatefold

using namespace mlir;

namespace {

/// Arithmetic on values of one type, f32 or a vector of it.
class FloatMath {
public:
  FloatMath(OpBuilder &builder, Location loc, Type type, bool fused = true, bool scales = false)
      : builder(builder), loc(loc), type(type), fused(fused), scales(scales) {}

  Value constant(float value) { return splat(builder.getF32FloatAttr(value), type); }
  Value integer(int32_t value) { return splat(builder.getI32IntegerAttr(value), integerType()); }
  Value add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
  Value sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
  Value div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
  Value fma(Value a, Value b, Value c) { return math::FmaOp::create(builder, loc, a, b, c); }
  /// `limit` where x is greater, else x; a NaN stays.
  Value atMost(Value x, float limit) { return clampIf(arith::CmpFPredicate::OGT, x, limit); }
  Value atLeast(Value x, float limit) { return clampIf(arith::CmpFPredicate::OLT, x, limit); }

  /// x = n ln 2 + r with |r| <= ln 2 / 2; n as an integer.
  std::pair<Value, Value> reduce(Value x);
  /// (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2.
  Value taylorRest(Value r);
  /// exp(r) - 1 for |r| <= ln 2 / 2.
  Value expm1Reduced(Value r);
  /// 2^n for n from -126 to 127.
  Value powerOfTwo(Value n);
  /// x * 2^n, rounded once, for x near 1 and n from -151 to 129.
  Value scale(Value x, Value n);

  Value exp(Value x);
  Value expm1(Value x);
  Value tanh(Value x);

private:
  Type integerType() {
    Type i32 = builder.getI32Type();
    if (auto vector = dyn_cast<VectorType>(type))
      return VectorType::get(vector.getShape(), i32);
    return i32;
  }
  Value splat(TypedAttr value, Type of) {
    if (auto vector = dyn_cast<VectorType>(of))
      return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(vector, value));
    return arith::ConstantOp::create(builder, loc, value);
  }
  Value clampIf(arith::CmpFPredicate predicate, Value x, float limit) {
    Value bound = constant(limit);
    Value beyond = arith::CmpFOp::create(builder, loc, predicate, x, bound);
    return arith::SelectOp::create(builder, loc, beyond, bound, x);
  }
  Value bits(Value x) { return arith::BitcastOp::create(builder, loc, integerType(), x); }

  OpBuilder &builder;
  Location loc;
  Type type;
  bool fused;  ///< the processor has a fused multiply-add
  bool scales; ///< and multiplies by powers of two in one instruction
};

} // namespace

std::pair<Value, Value> FloatMath::reduce(Value x) {
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits; no conversion can meet a
  // NaN.
  Value magic = constant(12582912.0f);
  Value shifted = fma(x, constant(1.44269504088896341f), magic);
  Value whole = sub(shifted, magic);
  // ln 2 in two parts; the first has zeros at its end, so that its multiples are exact.
  Value r = fma(whole, constant(-0.693359375f), x);
  r = fma(whole, constant(2.12194440e-4f), r);
  Value n = arith::SubIOp::create(builder, loc, bits(shifted), bits(magic));
  return {n, r};
}

Value FloatMath::taylorRest(Value r) {
  // Of the least greatest error relative to e^r, which is 3.1e-9.
  Value p = constant(0.0013814369f);
  for (float coefficient : {0.0083688274f, 0.041668400f, 0.16666520f, 0.49999994f})
    p = fma(p, r, constant(coefficient));
  return p;
}

Value FloatMath::expm1Reduced(Value r) { return fma(mul(r, r), taylorRest(r), r); }

Value FloatMath::powerOfTwo(Value n) {
  Value exponent = arith::AddIOp::create(builder, loc, n, integer(127));
  Value shifted = arith::ShLIOp::create(builder, loc, exponent, integer(23));
  return arith::BitcastOp::create(builder, loc, type, shifted);
}

Value FloatMath::scale(Value x, Value n) {
  if (scales)
    // The operation of its own, `llvm.intr.ldexp`, takes no vector of powers.
    return LLVM::CallIntrinsicOp::create(builder, loc, type, builder.getStringAttr("llvm.ldexp"),
                                         ValueRange{x, n})
        .getResult(0);
  // Two factors, since 2^n itself may be no number. The first product is exact.
  Value half = arith::ShRSIOp::create(builder, loc, n, integer(1));
  Value rest = arith::SubIOp::create(builder, loc, n, half);
  return mul(mul(x, powerOfTwo(half)), powerOfTwo(rest));
}

Value FloatMath::exp(Value x) {
  // Beyond these bounds the result is infinity or zero, which scaling gives by itself.
  auto [n, r] = reduce(atLeast(atMost(x, 89.0f), -104.0f));
  // 1 + r (1 + r p) is rounded less than 1 + expm1(r), if multiplications and additions are fused.
  Value one = constant(1.0f);
  Value power = fused ? fma(r, fma(r, taylorRest(r), one), one) : add(expm1Reduced(r), one);
  return scale(power, n);
}

Value FloatMath::expm1(Value x) {
  // From -80 down the result is -1. Half of 2^n stays finite where the result does.
  auto [n, r] = reduce(atLeast(atMost(x, 89.0f), -80.0f));
  Value scale = powerOfTwo(arith::SubIOp::create(builder, loc, n, integer(1)));
  Value half = fma(scale, expm1Reduced(r), sub(scale, constant(0.5f)));
  // The sign is that of x, which a zero would lose.
  return math::CopySignOp::create(builder, loc, add(half, half), x);
}

Value FloatMath::tanh(Value x) {
  // (E - 1) / (E + 1) with E = e^-2|x| = s + s t. Both sides are rounded once, from s and t: from a
  // rounded E - 1 the error would be half an ulp greater. From |x| = 10 on the result is 1.
  Value a = math::AbsFOp::create(builder, loc, x);
  auto [n, r] = reduce(atLeast(mul(a, constant(-2.0f)), -20.0f));
  Value s = powerOfTwo(n), t = expm1Reduced(r), one = constant(1.0f);
  Value result = div(fma(s, t, sub(s, one)), fma(s, t, add(s, one)));
  return math::CopySignOp::create(builder, loc, result, x);
}

namespace {

bool isSingle(Type type) { return getElementTypeOrSelf(type).isF32(); }

/// f(x) => arithmetic
template <typename Op, Value (FloatMath::*function)(Value)>
struct ExpandFunction : OpRewritePattern<Op> {
  ExpandFunction(MLIRContext *context, bool fused, bool scales)
      : OpRewritePattern<Op>(context), fused(fused), scales(scales) {}
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const final {
    if (!isSingle(op.getType()))
      return rewriter.notifyMatchFailure(op, "not of f32");
    FloatMath math(rewriter, op.getLoc(), op.getType(), fused, scales);
    rewriter.replaceOp(op, (math.*function)(op.getOperand()));
    return success();
  }
  bool fused, scales;
};

/// log(x) => log(x * 2^23) - 23 ln 2 where x is subnormal: the expansion takes normal numbers only.
struct ScaleSubnormalLog : OpRewritePattern<math::LogOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::LogOp op, PatternRewriter &rewriter) const final {
    if (!isSingle(op.getType()))
      return rewriter.notifyMatchFailure(op, "not of f32");
    FloatMath math(rewriter, op.getLoc(), op.getType());
    Value x = op.getOperand();
    Value isSmall = arith::CmpFOp::create(rewriter, op.getLoc(), arith::CmpFPredicate::OLT, x,
                                          math.constant(std::numeric_limits<float>::min()));
    Value scaled = arith::SelectOp::create(rewriter, op.getLoc(), isSmall,
                                           math.mul(x, math.constant(0x1p23f)), x);
    Value correction = arith::SelectOp::create(
        rewriter, op.getLoc(), isSmall, math.constant(-15.9423851528787f), math.constant(0.0f));
    Value log = math::LogOp::create(rewriter, op.getLoc(), scaled);
    rewriter.replaceOp(op, math.add(log, correction));
    return success();
  }
};

/// x / 2^n => x * 2^-n: the same number, in a fraction of the time.
struct MultiplyByPowerOfTwo : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::DivFOp op, PatternRewriter &rewriter) const final {
    auto broadcast = op.getRhs().getDefiningOp<vector::BroadcastOp>();
    APFloat divisor(0.0), factor(0.0);
    if (!matchPattern(broadcast ? broadcast.getSource() : op.getRhs(), m_ConstantFloat(&divisor)) ||
        !divisor.getExactInverse(&factor))
      return rewriter.notifyMatchFailure(op, "no power of two");
    TypedAttr value = rewriter.getFloatAttr(getElementTypeOrSelf(op.getType()), factor);
    if (auto type = dyn_cast<ShapedType>(op.getType()))
      value = DenseElementsAttr::get(type, value);
    Value constant = arith::ConstantOp::create(rewriter, op.getLoc(), value);
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, op.getLhs(), constant);
    return success();
  }
};

/// fma(a, b, c) => a * b + c
struct SplitFma : OpRewritePattern<math::FmaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::FmaOp op, PatternRewriter &rewriter) const final {
    Value product = arith::MulFOp::create(rewriter, op.getLoc(), op.getA(), op.getB());
    rewriter.replaceOpWithNewOp<arith::AddFOp>(op, product, op.getC());
    return success();
  }
};

struct ExpandMath : gatefold::impl::ExpandMathBase<ExpandMath> {
  using Base::Base;

  void runOnOperation() final {
    // Both leave a log over.
    RewritePatternSet composed(&getContext());
    composed.add<ScaleSubnormalLog>(&getContext());
    populateMathPolynomialApproximationPatterns(
        composed, [](StringRef name) { return name == math::Log1pOp::getOperationName(); });
    walkAndApplyPatterns(getOperation(), std::move(composed));
    RewritePatternSet functions(&getContext());
    functions.add<MultiplyByPowerOfTwo>(&getContext());
    functions.add<ExpandFunction<math::ExpOp, &FloatMath::exp>,
                  ExpandFunction<math::ExpM1Op, &FloatMath::expm1>,
                  ExpandFunction<math::TanhOp, &FloatMath::tanh>>(&getContext(), fused, scales);
    populateMathPolynomialApproximationPatterns(functions, [](StringRef name) {
      return name == math::LogOp::getOperationName() || name == math::ErfOp::getOperationName();
    });
    gatefold::populateExpandShortFloatsPatterns(functions, convertsHalves);
    gatefold::populateExpandByteProductsPatterns(functions, dotBytes);
    walkAndApplyPatterns(getOperation(), std::move(functions));
    if (fused)
      return;
    RewritePatternSet split(&getContext());
    split.add<SplitFma>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(split));
  }
};

} // namespace
