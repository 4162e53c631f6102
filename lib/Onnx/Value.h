//===- Value.h - What the values of an imported graph are --------*- C++ -*-===//
//
// A value is an expression of the language over other values, or a literal: a tensor that is known
// while importing. Values are made by the Builder and live as long as it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_VALUE_H
#define GATEFOLD_LIB_ONNX_VALUE_H

#include "DataType.h"
#include "Index.h"
#include "gatefold/Language/Dim.h"
#include "gatefold/Runtime/Tensor.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include <memory>
#include <vector>

namespace gatefold::onnx {

/// Thrown where a node cannot be imported, and caught where nodes are walked, so that an operator
/// is written as if all went well. No other code sees it.
struct ImportFailure {
  std::string reason;
};

[[noreturn]] void fail(const llvm::Twine &reason);

/// A tensor known while importing: floats, integers (bools are 0 and 1), or integers that are
/// sizes. Exactly one of the three is filled, with as many elements as the value's shape has.
struct Literal {
  std::vector<float> floats;
  std::vector<int64_t> integers;
  std::vector<Dim> sizes;

  bool isSymbolic() const { return !sizes.empty(); }
  /// Element `index` of integers or sizes.
  Dim size(size_t index) const {
    return isSymbolic() ? sizes[index] : Dim::constant(integers[index]);
  }
};

/// How tightly the outermost operator of an expression binds; from the loosest to the tightest.
enum class Precedence {
  If,
  Or,
  And,
  Not,
  Comparison,
  Sum,
  Product,
  Contraction,
  Sign,
  Power,
  Postfix
};

struct Node;
using Value = Node *;

/// An instance of a cell or a layer.
struct Instance {
  std::string name;
  std::string type; ///< "Lstm[3, 4]"
  std::vector<std::pair<std::string, Tensor>> weights;
};

/// One value. What it computes is `pattern`, in which `$0` to `$9` stand for operands.
struct Node {
  size_t id = 0; ///< values only use those with lower numbers
  DataType type = DataType::Float;
  Shape shape;
  std::shared_ptr<const Literal> literal; ///< null where the value is not known

  std::string pattern; ///< empty for literals and parameters
  Precedence precedence = Precedence::Postfix;
  llvm::SmallVector<Value, 3> operands;
  llvm::SmallVector<Precedence, 3> needed; ///< of each operand, to stand without parentheses

  // What moves elements of its operand, and nothing else, is one of these.
  Index index;                               ///< parts and new axes
  llvm::SmallVector<int64_t, 4> permutation; ///< axes in another order
  bool isReshaped = false;                   ///< the same elements row by row
  bool isStacked = false;                    ///< its operands along a new first axis

  std::string hint;         ///< what to call it
  bool isNamed = false;     ///< to be a line of its own
  bool isParameter = false; ///< an input of the model or of a cell
  bool isGrowing = false;   ///< a memory that gets a row at every step
  bool isHistory = false;   ///< the rows of such a memory, the operand being the newest
  /// The names that this statement gives to its results, for one with several.
  llvm::SmallVector<Value, 3> results;
  Value statement = nullptr;                ///< what this is a result of
  std::shared_ptr<const Instance> instance; ///< that this needs
  /// Of a step of a cell, whose operands are its input and its memories, and whose results are what
  /// these become: the results as expressions.
  llvm::SmallVector<Value, 2> writtenOut;

  ElementType carrier() const { return *carrierOf(type); }
  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  bool isLiteral() const { return literal != nullptr; }
  bool isNumbers() const { return literal && !literal->isSymbolic(); }
};

/// All values that results are computed from, operands first, without those that are known.
std::vector<Value> findReached(llvm::ArrayRef<Value> results);

/// The number of elements, 0 where one size is 0; nullopt where names occur otherwise, or it
/// exceeds 2^62.
std::optional<int64_t> countElements(llvm::ArrayRef<Dim> shape);

/// The product of all sizes.
Dim productOf(llvm::ArrayRef<Dim> shape);

/// The size; fails where it is too long to compute on, as squares of squares of sums become.
Dim requireShort(Dim size);

/// The shape as numbers; nullopt where names occur.
std::optional<std::vector<int64_t>> asNumbers(llvm::ArrayRef<Dim> shape);

/// The type as a text has it: "i64[T, 3]"; f32 is left out where axes follow.
std::string spellType(Value value);

/// The shortest decimal number that reads as this one.
std::string spellNumber(float value);

/// "[T, 2 * H]"
std::string spellShape(llvm::ArrayRef<Dim> shape);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_VALUE_H
