//===- LowerValue.cpp - Building operations on lowered values -----*- C++ -*-===//
//
// Shapes, constants, broadcasting and conversion.
//
//===----------------------------------------------------------------------===//

// Note [Frames]
//
// A call whose arguments have more axes than its parameters maps over them. Its body is lowered
// once, with these axes as its frame: a value that depends on a mapped argument has all of the
// frame's axes in front of its core shape, any other value none of them. Operations count axes from
// the end, so most of them do not care. Elementwise operands are broadcast to one shape, and
// products run the frame's axes together where both operands have them. A call within a mapped body
// appends its own mapped axes to the frame.

#include "LowerValue.h"
#include "gatefold/Runtime/SizeNames.h"

#include <limits>

using namespace gatefold;
using namespace gatefold::lowering;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

void EntrySizes::define(llvm::StringRef name, mlir::BlockArgument argument, int64_t axis) {
  free.try_emplace(name, argument, axis);
}

void EntrySizes::defineInStep(llvm::StringRef name, mlir::Value tensor, int64_t axis) {
  inStep[name] = {tensor, axis};
}

bool EntrySizes::belongsToStep(const Dim &size) const {
  return llvm::any_of(size.names(), [&](const std::string &name) { return inStep.contains(name); });
}

mlir::Value EntrySizes::get(mlir::OpBuilder &builder, const Dim &size) {
  if (belongsToStep(size))
    return build(builder, size);
  const std::string text = size.str();
  if (auto found = known.find(text); found != known.end())
    return found->second;
  mlir::OpBuilder::InsertionGuard guard(builder);
  if (last)
    builder.setInsertionPointAfter(last);
  else
    builder.setInsertionPointToStart(&entry);
  mlir::Value value = build(builder, size);
  last = value.getDefiningOp();
  known[text] = value;
  return value;
}

/// The size that a single name stands for, if it is one.
std::optional<mlir::Value> EntrySizes::buildName(mlir::OpBuilder &builder, llvm::StringRef name) {
  auto sizeOf = [&](mlir::Value tensor, int64_t axis) -> mlir::Value {
    return ir::DimOp::create(builder, tensor.getLoc(), builder.getIndexType(), tensor,
                             static_cast<uint64_t>(axis));
  };
  if (auto found = inStep.find(name); found != inStep.end())
    return sizeOf(found->second.first, found->second.second);
  if (auto found = free.find(name); found != free.end())
    return sizeOf(found->second.first, found->second.second);
  if (name == capacitySizeName)
    return ir::SizeOp::create(builder, entry.getParentOp()->getLoc(), builder.getIndexType(), name);
  return std::nullopt;
}

mlir::Value EntrySizes::build(mlir::OpBuilder &builder, const Dim &size) {
  const mlir::Location location = entry.getParentOp()->getLoc();
  if (std::optional<std::string> name = size.asName())
    if (std::optional<mlir::Value> value = buildName(builder, *name))
      return *value;
  auto constant = [&](int64_t number) {
    return mlir::arith::ConstantIndexOp::create(builder, location, number);
  };
  auto behindLast = [&] {
    if (last && !belongsToStep(size))
      builder.setInsertionPointAfter(last);
  };
  if (const auto quotient = size.asFloor()) {
    mlir::Value dividend = get(builder, quotient->first);
    behindLast();
    return mlir::arith::FloorDivSIOp::create(builder, location, dividend,
                                             constant(quotient->second.asConstant().value_or(1)));
  }
  const Dim::Linear linear = size.asLinear().value_or(Dim::Linear());
  llvm::SmallVector<mlir::Value> parts;
  for (const auto &[part, factor] : linear.terms)
    parts.push_back(get(builder, part));
  behindLast();
  mlir::Value sum = constant(linear.constant);
  for (auto [value, term] : llvm::zip_equal(parts, linear.terms)) {
    mlir::Value product =
        mlir::arith::MulIOp::create(builder, location, value, constant(term.second));
    sum = mlir::arith::AddIOp::create(builder, location, sum, product);
  }
  return sum;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

mlir::Type lowering::elementType(mlir::MLIRContext *context, Element element) {
  switch (element) {
  case Element::I32:
  case Element::Token:
    return mlir::IntegerType::get(context, 32);
  case Element::I64:
    return mlir::IntegerType::get(context, 64);
  case Element::Bool:
    return mlir::IntegerType::get(context, 1);
  default:
    return mlir::Float32Type::get(context);
  }
}

mlir::RankedTensorType lowering::tensorType(mlir::MLIRContext *context, Element element,
                                            llvm::ArrayRef<Dim> shape) {
  llvm::SmallVector<int64_t> sizes;
  for (const Dim &dim : shape)
    sizes.push_back(dim.asConstant().value_or(mlir::ShapedType::kDynamic));
  return mlir::RankedTensorType::get(sizes, elementType(context, element));
}

mlir::RankedTensorType ValueBuilder::typeOf(Element element, llvm::ArrayRef<Dim> shape,
                                            bool isFramed) const {
  Shape whole(isFramed ? Shape(frame) : Shape());
  whole.append(shape.begin(), shape.end());
  return tensorType(builder.getContext(), element, whole);
}

LoweredValue ValueBuilder::value(mlir::Value tensor, Element element, Shape shape,
                                 bool isFramed) const {
  LoweredValue result;
  result.tensor = tensor;
  result.element = element;
  result.shape = std::move(shape);
  result.isFramed = isFramed && !frame.empty();
  return result;
}

Element ValueBuilder::meet(const LoweredValue &left, const LoweredValue &right) {
  if (left.isNumber())
    return right.isNumber() ? Element::F32 : right.element;
  return left.element;
}

//===----------------------------------------------------------------------===//
// Numbers and conversion
//===----------------------------------------------------------------------===//

static mlir::TypedAttr numberAttribute(mlir::Type type, double number) {
  if (mlir::isa<mlir::FloatType>(type))
    return mlir::FloatAttr::get(type, number);
  if (type.isInteger(1))
    return mlir::IntegerAttr::get(type, number != 0);
  // A bound that is a power of two is exact as a double.
  const double limit = type.isInteger(32) ? 0x1p31 : 0x1p63;
  const int64_t largest = type.isInteger(32) ? std::numeric_limits<int32_t>::max()
                                             : std::numeric_limits<int64_t>::max();
  const int64_t value = std::isnan(number) ? 0
                        : number >= limit  ? largest
                        : number < -limit  ? -largest - 1
                                           : static_cast<int64_t>(number);
  return mlir::IntegerAttr::get(type, value);
}

mlir::Value ValueBuilder::splat(double number, Element element, llvm::ArrayRef<Dim> shape,
                                bool isFramed) {
  const mlir::RankedTensorType type = typeOf(element, shape, isFramed);
  const bool isStatic = type.hasStaticShape();
  const mlir::RankedTensorType constantType =
      isStatic ? type : type.clone(llvm::ArrayRef<int64_t>());
  mlir::Value constant = mlir::arith::ConstantOp::create(
      builder, helperLocation,
      mlir::DenseElementsAttr::get(constantType, numberAttribute(type.getElementType(), number)));
  if (isStatic)
    return constant;
  Shape sizesOfResult(isFramed ? Shape(frame) : Shape());
  sizesOfResult.append(shape.begin(), shape.end());
  const auto axes = llvm::to_vector(llvm::seq<int64_t>(0, sizesOfResult.size()));
  return broadcast(constant, type, sizesOfResult, axes);
}

LoweredValue ValueBuilder::asTensor(const LoweredValue &value, Element element) {
  return value.isNumber() ? this->value(splat(value.number, element, {}, false), element, {}, false)
                          : value;
}

/// Saturates. Converting a value out of range is undefined, so such values are replaced before, and
/// those above the range get its end afterwards: as an f32 it would be rounded to 2^31 or 2^63.
mlir::Value ValueBuilder::toInteger(const LoweredValue &value, Element element) {
  namespace arith = mlir::arith;
  auto constant = [&](double number, Element of) {
    return splat(number, of, value.shape, value.isFramed);
  };
  const double limit = element == Element::I64 ? 0x1p63 : 0x1p31;
  mlir::Value above = constant(limit, Element::F32);
  mlir::Value bounded = arith::MaximumFOp::create(builder, helperLocation, value.tensor,
                                                  constant(-limit, Element::F32));
  // False for a NaN, which becomes 0.
  mlir::Value isInRange =
      arith::CmpFOp::create(builder, helperLocation, arith::CmpFPredicate::OLT, bounded, above);
  bounded = arith::SelectOp::create(builder, helperLocation, isInRange, bounded,
                                    constant(0, Element::F32));
  mlir::Value converted = arith::FPToSIOp::create(
      builder, helperLocation, typeOf(element, value.shape, value.isFramed), bounded);
  mlir::Value isAbove = arith::CmpFOp::create(builder, helperLocation, arith::CmpFPredicate::OGE,
                                              value.tensor, above);
  return arith::SelectOp::create(builder, location, isAbove, constant(limit, element), converted);
}

LoweredValue ValueBuilder::convert(const LoweredValue &value, Element element) {
  namespace arith = mlir::arith;
  if (value.isNumber())
    return asTensor(value, element);
  const mlir::Type from = typeOf(value.element), to = typeOf(element);
  LoweredValue result = value;
  result.element = element;
  const mlir::RankedTensorType type = typeOf(element, value.shape, value.isFramed);
  if (from == to)
    return result;
  if (mlir::isa<mlir::FloatType>(to))
    result.tensor = from.isInteger(1)
                        ? arith::UIToFPOp::create(builder, location, type, value.tensor).getResult()
                        : arith::SIToFPOp::create(builder, location, type, value.tensor);
  else if (mlir::isa<mlir::FloatType>(from))
    result.tensor = toInteger(value, element);
  else if (from.isInteger(1))
    result.tensor = arith::ExtUIOp::create(builder, location, type, value.tensor);
  else if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
    result.tensor = arith::ExtSIOp::create(builder, location, type, value.tensor);
  else
    result.tensor = arith::TruncIOp::create(builder, location, type, value.tensor);
  return result;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

mlir::Value ValueBuilder::broadcast(mlir::Value tensor, mlir::RankedTensorType type,
                                    llvm::ArrayRef<Dim> sizesOfResult,
                                    llvm::ArrayRef<int64_t> axes) {
  llvm::SmallVector<mlir::Value> dynamic;
  for (int64_t axis : llvm::reverse(axes)) { // from the front to the back of the result
    const int64_t position = type.getRank() - 1 - axis;
    if (type.isDynamicDim(position))
      dynamic.push_back(sizes.get(builder, sizesOfResult[position]));
  }
  return ir::BroadcastOp::create(builder, helperLocation, type, tensor, dynamic, axes);
}

LoweredValue ValueBuilder::expand(const LoweredValue &value, Element element,
                                  llvm::ArrayRef<Dim> shape, bool isFramed) {
  isFramed = isFramed && !frame.empty();
  if (value.isNumber())
    return this->value(splat(value.number, element, shape, isFramed), element, Shape(shape),
                       isFramed);
  LoweredValue operand = convert(value, element);
  // Which axes of the result are new, from the front.
  Shape sizesOfResult(isFramed ? Shape(frame) : Shape());
  llvm::SmallVector<bool> isNew(sizesOfResult.size(), !operand.isFramed);
  sizesOfResult.append(shape.begin(), shape.end());
  isNew.append(shape.size() - operand.rank(), true);
  isNew.append(operand.rank(), false);
  for (unsigned axis = operand.rank(); axis-- > 0;) {
    const size_t position = sizesOfResult.size() - value.rank() + axis;
    if (!value.shape[axis].isOne() || sizesOfResult[position].isOne())
      continue;
    operand = dropAxis(operand, axis);
    isNew[position] = true;
  }
  llvm::SmallVector<int64_t> axes;
  for (size_t position = isNew.size(); position-- > 0;)
    if (isNew[position])
      axes.push_back(isNew.size() - 1 - position);
  mlir::Value tensor = operand.tensor;
  if (!axes.empty())
    tensor = broadcast(tensor, typeOf(element, shape, isFramed), sizesOfResult, axes);
  return this->value(tensor, element, Shape(shape), isFramed);
}

LoweredValue ValueBuilder::dropAxis(const LoweredValue &value, unsigned axis) {
  LoweredValue result = value;
  result.shape.erase(result.shape.begin() + axis);
  // Nothing but the size 1 that a broadcast has made: what was broadcast.
  const unsigned inner = value.rank() - axis - 1;
  if (auto broadcast = value.tensor.getDefiningOp<ir::BroadcastOp>())
    if (broadcast.getAxes() == llvm::ArrayRef<int64_t>{inner}) {
      result.tensor = broadcast.getInput();
      return result;
    }
  const auto dynamic = llvm::count_if(llvm::ArrayRef<Dim>(value.shape).drop_front(axis),
                                      [](const Dim &dim) { return !dim.asConstant(); });
  mlir::Value tensor = value.tensor;
  unsigned replaced = inner + 1;
  if (dynamic > 1) { // more than a reshape can keep apart: the axis goes to the end first
    llvm::SmallVector<int64_t> permutation = llvm::to_vector(llvm::seq<int64_t>(1, inner + 1));
    permutation.push_back(0);
    tensor = ir::TransposeOp::create(builder, helperLocation, tensor, permutation);
    replaced = 1;
  }
  result.tensor = ir::ReshapeOp::create(builder, helperLocation,
                                        typeOf(value.element, result.shape, value.isFramed), tensor,
                                        static_cast<uint64_t>(replaced));
  return result;
}

LoweredValue ValueBuilder::insertAxis(const LoweredValue &value, unsigned axis) {
  LoweredValue result = asTensor(value);
  result.shape.insert(result.shape.begin() + axis, Dim::constant(1));
  const int64_t fromEnd = result.rank() - axis - 1;
  result.tensor = ir::BroadcastOp::create(builder, location,
                                          typeOf(result.element, result.shape, result.isFramed),
                                          result.tensor, mlir::ValueRange(), fromEnd);
  return result;
}
