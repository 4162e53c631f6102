//===- LowerValue.h - Lowered values and building operations ------*- C++ -*-===//
//
// A lowered value knows its core shape apart from the axes that a call maps over, so that the
// operations of a body are built once for one example and serve the mapped call as well.
//
// See Note [Frames] in LowerValue.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_LOWERVALUE_H
#define GATEFOLD_LIB_LANGUAGE_LOWERVALUE_H

#include "LowerSizes.h"
#include "gatefold/IR/Gatefold.h"
#include "gatefold/Language/Builtins.h"
#include "gatefold/Language/Syntax.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"

namespace gatefold::lowering {

/// A value of the text: a tensor, or a number that is known while compiling.
struct LoweredValue {
  mlir::Value tensor; ///< null for a number
  double number = 0;
  Element element = Element::Number;
  Shape shape;           ///< core axes in model terms
  bool isFramed = false; ///< whether the frame's axes stand in front of `shape`

  static LoweredValue makeNumber(double number) {
    LoweredValue value;
    value.number = number;
    return value;
  }
  bool isNumber() const { return !tensor; }
  unsigned rank() const { return shape.size(); }
};

/// The type of the elements in the dialect; a number is f32.
mlir::Type elementType(mlir::MLIRContext *context, Element element);
/// A tensor type; a size that is no number is dynamic.
mlir::RankedTensorType tensorType(mlir::MLIRContext *context, Element element,
                                  llvm::ArrayRef<Dim> shape);

/// Index values for sizes that data decides, made once at the top of the entry.
class EntrySizes {
public:
  explicit EntrySizes(mlir::Block &entry) : entry(entry) {}

  /// Says that the free dimension `name` is the size of `axis`, counted from the end, of
  /// `argument`.
  void define(llvm::StringRef name, mlir::BlockArgument argument, int64_t axis);
  /// Says that `name` is, from here to the end of the step, the size of `axis`, counted from the
  /// end, of `tensor`, a value of the step.
  void defineInStep(llvm::StringRef name, mlir::Value tensor, int64_t axis);
  /// The size, which is computable from free dimensions.
  mlir::Value get(mlir::OpBuilder &builder, const Dim &size);
  /// Later sizes are made behind `operation`.
  void placeBehind(mlir::Operation *operation) { last = operation; }

private:
  mlir::Value build(mlir::OpBuilder &builder, const Dim &size);
  std::optional<mlir::Value> buildName(mlir::OpBuilder &builder, llvm::StringRef name);
  bool belongsToStep(const Dim &size) const;

  mlir::Block &entry;
  mlir::Operation *last = nullptr;
  llvm::StringMap<std::pair<mlir::BlockArgument, int64_t>> free;
  llvm::StringMap<std::pair<mlir::Value, int64_t>> inStep;
  llvm::StringMap<mlir::Value> known; // by the size as text
};

/// Builds the operations of one expression.
class ValueBuilder {
public:
  ValueBuilder(mlir::OpBuilder &builder, EntrySizes &sizes, llvm::ArrayRef<Dim> frame,
               mlir::Location location, mlir::Location helperLocation)
      : builder(builder), sizes(sizes), frame(frame), location(location),
        helperLocation(helperLocation) {}

  mlir::OpBuilder &builder;
  EntrySizes &sizes;
  const llvm::ArrayRef<Dim> frame; ///< sizes of the axes that the enclosing calls map over
  const mlir::Location location;   ///< of the operation that gives the expression its value
  const mlir::Location
      helperLocation; ///< of operations that bring operands to shape; without a name

  mlir::Type typeOf(Element element) const { return elementType(builder.getContext(), element); }
  mlir::RankedTensorType typeOf(Element element, llvm::ArrayRef<Dim> shape, bool isFramed) const;

  /// `tensor` as a value; `isFramed` counts only where there is a frame.
  LoweredValue value(mlir::Value tensor, Element element, Shape shape, bool isFramed) const;

  /// `value` as a tensor: a number becomes a scalar of `element`.
  LoweredValue asTensor(const LoweredValue &value, Element element = Element::F32);
  /// `value` with another element type. To an integer: toward zero, at the ends of the range where
  /// it leaves it, and 0 for a NaN.
  LoweredValue convert(const LoweredValue &value, Element element);
  /// `value` broadcast to `shape`, with the frame if `isFramed`.
  LoweredValue expand(const LoweredValue &value, Element element, llvm::ArrayRef<Dim> shape,
                      bool isFramed);
  /// `value` without the core axis `axis`, whose size is 1.
  LoweredValue dropAxis(const LoweredValue &value, unsigned axis);
  /// `value` with a core axis of size 1 in front of the core axis `axis`.
  LoweredValue insertAxis(const LoweredValue &value, unsigned axis);

  /// The element type that two elementwise operands meet in.
  static Element meet(const LoweredValue &left, const LoweredValue &right);
  /// A tensor of one number.
  mlir::Value splat(double number, Element element, llvm::ArrayRef<Dim> shape, bool isFramed);

private:
  mlir::Value broadcast(mlir::Value tensor, mlir::RankedTensorType type,
                        llvm::ArrayRef<Dim> sizesOfResult, llvm::ArrayRef<int64_t> axes);
  mlir::Value toInteger(const LoweredValue &value, Element element);
};

/// `left op right`, elementwise with broadcasting. Numbers stay numbers.
/// type's.
LoweredValue lowerBinary(ValueBuilder &build, BinaryOperator op, const LoweredValue &left,
                         const LoweredValue &right);
LoweredValue lowerNegate(ValueBuilder &build, const LoweredValue &operand);
LoweredValue lowerNot(ValueBuilder &build, const LoweredValue &operand);
LoweredValue lowerChoice(ValueBuilder &build, const LoweredValue &condition,
                         const LoweredValue &thenValue, const LoweredValue &elseValue);
/// Applies `make` to both operands in one shape and element type; the result has elements of type
/// `result`.
LoweredValue combine(ValueBuilder &build, const LoweredValue &left, const LoweredValue &right,
                     llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> make,
                     std::optional<Element> result = std::nullopt);

/// `left @ right` and `left . right`.
LoweredValue lowerMatMul(ValueBuilder &build, LoweredValue left, LoweredValue right);
LoweredValue lowerContraction(ValueBuilder &build, LoweredValue left, LoweredValue right);
/// The order that a reduction to `shape` adds in: it belongs to the text, so mapped axes do not
/// count.
ir::ReductionOrder orderFor(llvm::ArrayRef<Dim> shape);

/// The index value `index` as a scalar.
LoweredValue lowerIndexNumber(ValueBuilder &build, mlir::Value index, Element element);

/// A call of a builtin, in model terms.
struct BuiltinCall {
  llvm::ArrayRef<LoweredValue> arguments; ///< the values
  llvm::ArrayRef<int64_t> axes;           ///< CallTarget::axes
  llvm::ArrayRef<int64_t> sizes;          ///< CallTarget::sizes
  Shape result;                           ///< core shape of the checked type
};
LoweredValue lowerBuiltin(ValueBuilder &build, const Builtin &builtin, const BuiltinCall &call);
/// The same for a builtin on shapes; `builtin` is one of them.
LoweredValue lowerShapeBuiltin(ValueBuilder &build, BuiltinKind builtin, const BuiltinCall &call);

/// The elements of a core axis that a static index or a range takes.
LoweredValue lowerRange(ValueBuilder &build, const LoweredValue &base, unsigned axis,
                        const Dim &begin, const Dim &end);
/// The numbers from 0 to `count` - 1.
LoweredValue lowerCount(ValueBuilder &build, const Dim &count);
/// `parts` one behind the other along `axis`, counted from the end; `shape` is that of the whole.
LoweredValue concatenate(ValueBuilder &build, llvm::ArrayRef<LoweredValue> parts, int64_t axis,
                         const Shape &shape);
/// The elements of `input` under other core axes, of which the last `replaced` ones of `input`
/// differ.
LoweredValue reshape(ValueBuilder &build, const LoweredValue &input, const Shape &shape,
                     uint64_t replaced);
/// What `indices` pick along a core axis of `base`: their axes take its place.
LoweredValue lowerGather(ValueBuilder &build, const LoweredValue &base, LoweredValue indices,
                         unsigned axis);

} // namespace gatefold::lowering

#endif // GATEFOLD_LIB_LANGUAGE_LOWERVALUE_H
