//===- ByteProducts.cpp - Products of bytes -------------------------*- C++ -*-===//
//
// A product of bytes takes a quarter of the memory of one of f32, and processors add up four of its
// terms in one instruction, which takes one side without sign: 128 is added to it, and what that
// adds to each sum is subtracted again.
//
//===----------------------------------------------------------------------===//

#include "ByteProducts.h"
#include "gatefold/IR/Fusion.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace gatefold;

/// The largest byte of either sign, and what is added to make all positive.
static constexpr int64_t largest = 127, offset = 128;

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

static RankedTensorType withAxes(ArrayRef<int64_t> shape, Type element) {
  return RankedTensorType::get(shape, element);
}

namespace {

/// Rows of whole multiples of a scale for each row.
struct Quantized {
  Value numbers; ///< [M.., K], i8
  Value scales;  ///< [M..], f32
};

class ByteProductBuilder {
public:
  ByteProductBuilder(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Quantized quantize(Value rows);
  Value padColumns(Value rows);
  Value addOffset(Value numbers);
  Value sumRows(Value numbers);
  Value buildPanels(ArrayRef<Value> matrices);
  Value restore(Value sums, const Quantized &lhs, Value scales, Value offsets);

private:
  Value constant(TypedAttr attribute, Value like);
  Value number(double value, Value like) {
    return constant(builder.getF32FloatAttr(static_cast<float>(value)), like);
  }
  Value repeat(Value value, ArrayRef<int64_t> axes, Value like);
  Value repeatColumns(Value value, Value like) { return repeat(value, {0}, like); }
  Value repeatRows(Value value, Value like);
  Value buildPanel(Value matrix);
  Value reshape(Value value, ArrayRef<int64_t> shape, int64_t replaced);

  OpBuilder &builder;
  Location loc;
};

} // namespace

/// `value` along new axes, which are as long as those of `like`.
Value ByteProductBuilder::repeat(Value value, ArrayRef<int64_t> axes, Value like) {
  RankedTensorType type = getType(like);
  SmallVector<int64_t> shape(type.getShape());
  if (!llvm::is_contained(axes, 0))
    shape.back() = getType(value).getShape().back();
  SmallVector<Value> sizes;
  for (int64_t axis : llvm::reverse(axes))
    if (type.isDynamicDim(type.getRank() - 1 - axis))
      sizes.push_back(ir::DimOp::create(builder, loc, like, axis));
  return ir::BroadcastOp::create(builder, loc, withAxes(shape, getType(value).getElementType()),
                                 value, sizes, builder.getDenseI64ArrayAttr(axes));
}

Value ByteProductBuilder::repeatRows(Value value, Value like) {
  SmallVector<int64_t> axes;
  for (int64_t axis = 1; axis < getType(like).getRank(); ++axis)
    axes.push_back(axis);
  return axes.empty() ? value : repeat(value, axes, like);
}

/// A number for each element of `like`.
Value ByteProductBuilder::constant(TypedAttr attribute, Value like) {
  auto scalar = withAxes({}, attribute.getType());
  Value value = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(scalar, attribute));
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(getType(like).getRank()));
  return axes.empty() ? value : repeat(value, axes, like);
}

/// Zeros behind the last column, so that columns come in fours.
Value ByteProductBuilder::padColumns(Value rows) {
  RankedTensorType type = getType(rows);
  int64_t columns = type.getShape().back();
  int64_t missing = llvm::alignTo(columns, ir::bytesAtOnce) - columns;
  if (missing == 0)
    return rows;
  auto zero = withAxes({missing}, type.getElementType());
  Value zeros = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(zero));
  zeros = repeatRows(zeros, rows);
  return ir::ConcatOp::create(builder, loc, ValueRange{rows, zeros}, 0);
}

/// A row of zeros, of magnitudes that have no quotient, or with a NaN becomes zeros; its scale
/// makes the result what it would be.
Quantized ByteProductBuilder::quantize(Value rows) {
  Value magnitudes = math::AbsFOp::create(builder, loc, rows);
  Value most = ir::ReduceOp::create(builder, loc, ir::ReductionKind::Maximum, magnitudes,
                                    ArrayRef<int64_t>{0}, ir::ReductionOrder::Lanes);
  Value limit = number(largest, rows), least = number(-largest, rows);
  Value inverse = arith::DivFOp::create(builder, loc, number(largest, most), most);
  Value scaled = arith::MulFOp::create(builder, loc, rows, repeatColumns(inverse, rows));
  Value whole = math::RoundEvenOp::create(builder, loc, scaled);
  whole = arith::MaximumFOp::create(builder, loc, whole, least);
  whole = arith::MinimumFOp::create(builder, loc, whole, limit);
  Value isNumber = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLE, whole, limit);
  whole = arith::SelectOp::create(builder, loc, isNumber, whole, number(0, rows));
  auto bytes = withAxes(getType(rows).getShape(), builder.getI8Type());
  Value scales = arith::MulFOp::create(builder, loc, most, number(1.0 / largest, most));
  return {arith::FPToSIOp::create(builder, loc, bytes, whole), scales};
}

Value ByteProductBuilder::addOffset(Value numbers) {
  Value added = constant(builder.getI8IntegerAttr(static_cast<int8_t>(-offset)), numbers);
  return arith::AddIOp::create(builder, loc, numbers, added);
}

/// What the offset of the operand adds to the sum of each row of a matrix: [N], i32.
Value ByteProductBuilder::sumRows(Value numbers) {
  auto wide = withAxes(getType(numbers).getShape(), builder.getI32Type());
  Value extended = arith::ExtSIOp::create(builder, loc, wide, numbers);
  Value sums = ir::ReduceOp::create(builder, loc, ir::ReductionKind::Sum, extended,
                                    ArrayRef<int64_t>{0}, ir::ReductionOrder::Lanes);
  return arith::MulIOp::create(builder, loc, sums,
                               constant(builder.getI32IntegerAttr(offset), sums));
}

Value ByteProductBuilder::reshape(Value value, ArrayRef<int64_t> shape, int64_t replaced) {
  auto type = withAxes(shape, getType(value).getElementType());
  return ir::ReshapeOp::create(builder, loc, type, value, replaced);
}

/// [N, K] => [N / 16, K / 4, 1, 64], with zero rows where 16 does not divide N.
Value ByteProductBuilder::buildPanel(Value matrix) {
  RankedTensorType type = getType(matrix);
  int64_t rows = type.getDimSize(0), groups = type.getDimSize(1) / ir::bytesAtOnce;
  int64_t panels = llvm::divideCeil(rows, ir::panelRows);
  if (int64_t missing = panels * ir::panelRows - rows) {
    auto zeroType = withAxes({missing, type.getDimSize(1)}, type.getElementType());
    Value zeros = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(zeroType));
    matrix = ir::ConcatOp::create(builder, loc, ValueRange{matrix, zeros}, 1);
  }
  matrix = reshape(matrix, {panels, ir::panelRows, groups, ir::bytesAtOnce}, 2);
  matrix = ir::TransposeOp::create(builder, loc, matrix, ArrayRef<int64_t>{0, 2, 1, 3});
  return reshape(matrix, {panels, groups, 1, ir::panelRows * ir::bytesAtOnce}, 2);
}

Value ByteProductBuilder::buildPanels(ArrayRef<Value> matrices) {
  SmallVector<Value> parts;
  for (Value matrix : matrices)
    parts.push_back(buildPanel(matrix));
  return parts.size() == 1 ? parts.front()
                           : ir::ConcatOp::create(builder, loc, parts, 1).getResult();
}

/// The product in f32: what the offset added is taken away, and both scales are multiplied in.
Value ByteProductBuilder::restore(Value sums, const Quantized &lhs, Value scales, Value offsets) {
  auto single = withAxes(getType(sums).getShape(), builder.getF32Type());
  Value exact = arith::SubIOp::create(builder, loc, sums, repeatRows(offsets, sums));
  Value product = arith::SIToFPOp::create(builder, loc, single, exact);
  product = arith::MulFOp::create(builder, loc, product, repeatRows(scales, sums));
  return arith::MulFOp::create(builder, loc, product, repeatColumns(lhs.scales, sums));
}

ByteProducts gatefold::buildByteProducts(OpBuilder &builder, Location loc, Value lhs,
                                         ArrayRef<Value> matrices) {
  ByteProductBuilder bytes(builder, loc);
  Quantized rows = bytes.quantize(bytes.padColumns(lhs));
  ByteProducts products;
  SmallVector<Value> numbers;
  for (Value matrix : matrices) {
    ByteProductBuilder weight(builder, matrix.getLoc());
    Quantized quantized = weight.quantize(weight.padColumns(matrix));
    numbers.push_back(quantized.numbers);
    products.scales.push_back(quantized.scales);
    products.offsets.push_back(weight.sumRows(quantized.numbers));
  }
  products.panels = bytes.buildPanels(numbers);
  auto dots = ir::DotsOp::create(builder, loc, bytes.addOffset(rows.numbers), products.panels,
                                 getType(matrices.front()).getDimSize(0));
  for (auto [sums, scale, offset] :
       llvm::zip_equal(dots.getResults(), products.scales, products.offsets))
    products.results.push_back(bytes.restore(sums, rows, scale, offset));
  return products;
}
