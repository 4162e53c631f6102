//===- Array.h - Values while they are interpreted --------------*- C++ -*-===//
//
// The interpreter's values: numbers with a shape, held wide enough for every element type.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_INTERPRETER_ARRAY_H
#define GATEFOLD_LIB_INTERPRETER_ARRAY_H

#include "gatefold/Interpreter/Interpreter.h"

namespace gatefold::interpreter {

/// The sizes of axes, or distances between elements along them, outermost first.
using Extents = llvm::SmallVector<int64_t, 4>;

/// One number. An element of a floating-point type is `real`, exactly representable in the type
/// unless everything is computed in double; any other is `integer`, sign-extended from its width
/// (so true is -1).
union Number {
  double real = 0.0;
  int64_t integer;
};

/// A scalar, index or tensor value: row-major elements. A scalar has no axes.
struct Array {
  mlir::Type element;
  Extents shape;
  std::vector<Number> numbers;

  bool isFloating() const { return llvm::isa<mlir::FloatType>(element); }
  int64_t size() const { return static_cast<int64_t>(numbers.size()); }
  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
};

/// An error at a place in the source: "file:line:column: message", or the message alone where the
/// place is unknown.
llvm::Error errorAt(mlir::Location location, const llvm::Twine &message);

/// The user's name of a value in backquotes, or `otherwise` if it has none.
std::string nameOf(mlir::Value value, llvm::StringRef otherwise);

/// Zeros of this shape; an error at `location` for a negative size or more than 2^32 elements.
llvm::Expected<Array> makeArray(mlir::Type element, llvm::ArrayRef<int64_t> shape,
                                mlir::Location location);

/// An array without axes.
Array makeScalar(mlir::Type element, Number number);

/// Number of elements of a shape that some array has, or of some of its axes.
int64_t countElements(llvm::ArrayRef<int64_t> shape);

/// Distances between neighbours along each axis of a row-major array.
Extents rowMajorStrides(llvm::ArrayRef<int64_t> shape);

/// The place of element `number` (row by row) of an array of these extents whose elements lie
/// `strides` apart.
int64_t placeOf(int64_t number, llvm::ArrayRef<int64_t> extents, llvm::ArrayRef<int64_t> strides);

/// An array of `shape` whose elements are those of `source` from `start` on, `strides` apart.
llvm::Expected<Array> pick(const Array &source, llvm::ArrayRef<int64_t> shape,
                           llvm::ArrayRef<int64_t> strides, int64_t start, mlir::Location location);

/// An integer wrapped to the width of `element` and sign-extended; index is 64 bits wide.
int64_t wrap(uint64_t value, mlir::Type element);

/// The width of an integer or index type in bits.
unsigned widthOf(mlir::Type element);

/// The larger of two numbers: NaN if one is NaN, +0 is larger than -0.
double maximum(double a, double b);

/// The smaller of two numbers: NaN if one is NaN, -0 is smaller than +0.
double minimum(double a, double b);

/// The number of this type nearest to `value`, ties to even.
double roundTo(mlir::FloatType type, double value);

/// The arithmetic of one element type: what is rounded, and fused multiply-add.
class Arithmetic {
public:
  Arithmetic(mlir::Type element, Precision precision)
      : single(precision == Precision::Single && element.isF32()),
        narrow(element.isBF16() || element.isF16() ? llvm::cast<mlir::FloatType>(element)
                                                   : mlir::FloatType()) {}

  /// Rounds a result. Sums, products, quotients and square roots of two f32 in double rounded once
  /// are those of f32: double has more than twice the digits and two.
  /// What is stored in 16 bits is rounded to them in every precision.
  double round(double value) const {
    if (narrow)
      return roundTo(narrow, value);
    return single ? static_cast<float>(value) : value;
  }

  /// a * b + c, rounded once.
  double multiplyAdd(double a, double b, double c) const {
    if (!single)
      return std::fma(a, b, c);
    return std::fma(static_cast<float>(a), static_cast<float>(b), static_cast<float>(c));
  }

private:
  bool single;
  mlir::FloatType narrow; ///< null for f32 and f64
};

} // namespace gatefold::interpreter

#endif // GATEFOLD_LIB_INTERPRETER_ARRAY_H
