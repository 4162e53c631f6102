//===- ExpandByteProducts.cpp - Products of four bytes -----------------*- C++ -*-===//

#include "ExpandByteProducts.h"
#include "gatefold/IR/Fusion.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace gatefold;

namespace {

/// One instruction for all four products.
struct CallIntrinsic : OpRewritePattern<ir::DotBytesOp> {
  CallIntrinsic(MLIRContext *context, StringRef name) : OpRewritePattern(context), name(name) {}

  LogicalResult matchAndRewrite(ir::DotBytesOp op, PatternRewriter &rewriter) const final {
    auto type = cast<VectorType>(op.getType());
    auto bytes = VectorType::get({type.getNumElements() * ir::bytesAtOnce}, rewriter.getI8Type());
    auto castToBytes = [&](Value words) -> Value {
      return LLVM::BitcastOp::create(rewriter, op.getLoc(), bytes, words);
    };
    auto call = LLVM::CallIntrinsicOp::create(
        rewriter, op.getLoc(), type, rewriter.getStringAttr(name),
        ValueRange{op.getSums(), castToBytes(op.getLhs()), castToBytes(op.getRhs())});
    rewriter.replaceOp(op, call.getResult(0));
    return success();
  }
  std::string name;
};

/// Shifts bring each byte to the end of its element, with its sign where it has one.
struct MultiplySeparately : OpRewritePattern<ir::DotBytesOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::DotBytesOp op, PatternRewriter &rewriter) const final {
    Location loc = op.getLoc();
    auto constant = [&](int32_t value) -> Value {
      return arith::ConstantOp::create(rewriter, loc,
                                       DenseElementsAttr::get(cast<ShapedType>(op.getType()),
                                                              rewriter.getI32IntegerAttr(value)));
    };
    Value sums = op.getSums(), highest = constant(24);
    for (int32_t byte = 0; byte < ir::bytesAtOnce; ++byte) {
      Value toEnd = constant(24 - 8 * byte);
      Value lhs = arith::ShLIOp::create(rewriter, loc, op.getLhs(), toEnd);
      Value rhs = arith::ShLIOp::create(rewriter, loc, op.getRhs(), toEnd);
      lhs = arith::ShRUIOp::create(rewriter, loc, lhs, highest);
      rhs = arith::ShRSIOp::create(rewriter, loc, rhs, highest);
      Value product = arith::MulIOp::create(rewriter, loc, lhs, rhs);
      sums = arith::AddIOp::create(rewriter, loc, sums, product);
    }
    rewriter.replaceOp(op, sums);
    return success();
  }
};

} // namespace

void gatefold::populateExpandByteProductsPatterns(RewritePatternSet &patterns,
                                                  StringRef intrinsic) {
  if (intrinsic.empty())
    patterns.add<MultiplySeparately>(patterns.getContext());
  else
    patterns.add<CallIntrinsic>(patterns.getContext(), intrinsic);
}
