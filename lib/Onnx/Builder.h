//===- Builder.h - Makes the values of an imported graph ---------*- C++ -*-===//
//
// The primitives that all operators are made of. Each computes its result at once where its
// operands are literals, and is an expression of the language otherwise, so that an operator that
// is written once is both imported and folded.
//
// Shapes and types are checked: what does not fit fails (Value.h).
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_BUILDER_H
#define GATEFOLD_LIB_ONNX_BUILDER_H

#include "Names.h"
#include "Value.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <deque>
#include <map>
#include <set>
#include <string>

namespace gatefold::onnx {

/// What a reduction makes of the elements along its axes.
enum class Reduction { Sum, Product, Min, Max, Mean };

/// The comparisons of the language.
enum class Comparison { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual };

class Builder {
public:
  //===--------------------------------------------------------------------===//
  // Values that stand alone
  //===--------------------------------------------------------------------===//

  /// An input of the model or of a cell.
  Value parameter(llvm::StringRef name, DataType type, llvm::ArrayRef<Dim> shape);
  /// A literal that was computed; all together have a limit, which grows with what the file gives.
  Value literal(DataType type, llvm::ArrayRef<Dim> shape, Literal contents);
  /// A literal that the file, or the user, gives.
  Value given(DataType type, llvm::ArrayRef<Dim> shape, Literal contents);
  /// A scalar; integers are rounded toward zero.
  Value scalar(DataType type, double value);
  /// An int64 vector of numbers.
  Value integers(llvm::ArrayRef<int64_t> values);
  /// An int64 vector of sizes.
  Value sizes(llvm::ArrayRef<Dim> values);
  /// A tensor that holds `value`, a scalar, everywhere.
  Value full(Value value, llvm::ArrayRef<Dim> shape);
  /// 0, 1, … N - 1.
  Value range(DataType type, const Dim &count);

  /// What `pattern` says about the operands, `$0` to `$9`. `needed` is how tightly an operand has
  /// to bind to stand without parentheses; none is needed where it is left out. For what no
  /// primitive says; it is not folded.
  Value expression(DataType type, llvm::ArrayRef<Dim> shape, llvm::StringRef pattern,
                   llvm::ArrayRef<Value> operands, Precedence precedence = Precedence::Postfix,
                   llvm::ArrayRef<Precedence> needed = {});
  /// The results of a statement with several, `a, b = pattern`.
  llvm::SmallVector<Value, 3> statement(llvm::StringRef pattern, llvm::ArrayRef<Value> operands,
                                        llvm::ArrayRef<std::pair<DataType, Shape>> results);

  //===--------------------------------------------------------------------===//
  // Element by element, with NumPy's stretching
  //===--------------------------------------------------------------------===//

  using FloatFold = double (*)(double);
  /// A function of one f32, of the language or of its library, and what it computes if it can be
  /// folded.
  Value function(llvm::StringRef name, Value x, FloatFold fold = nullptr);
  Value squareRoot(Value x);
  Value negate(Value x);
  Value absolute(Value x);
  /// Arithmetic of two values of one type; integers wrap around as their type says. Division of
  /// integers goes toward zero, and the remainder has the sign of the dividend.
  Value add(Value a, Value b);
  Value subtract(Value a, Value b);
  Value multiply(Value a, Value b);
  Value divide(Value a, Value b);
  Value remainder(Value a, Value b);
  Value power(Value a, Value b); ///< f32
  Value minimum(Value a, Value b);
  Value maximum(Value a, Value b);
  Value compare(Comparison comparison, Value a, Value b);
  Value logicalAnd(Value a, Value b);
  Value logicalOr(Value a, Value b);
  Value logicalNot(Value x);
  Value select(Value condition, Value a, Value b);
  Value isNan(Value x) { return compare(Comparison::NotEqual, x, x); }
  /// The same numbers in another type: toward zero for integers, which wrap around, and rounded to
  /// nearest for float16 and bfloat16.
  Value cast(Value x, DataType type);
  /// The same with the element's type at hand: `x` and the scalar combined by one of the above.
  Value addScalar(Value x, double value) { return add(x, scalar(x->type, value)); }
  Value multiplyScalar(Value x, double value) { return multiply(x, scalar(x->type, value)); }

  //===--------------------------------------------------------------------===//
  // Reductions. Axes may be negative.
  //===--------------------------------------------------------------------===//

  Value reduce(Reduction reduction, Value x, llvm::ArrayRef<int64_t> axes, bool keepAxes);
  /// Sum of the elements up to each along an axis.
  Value cumulativeSum(Value x, int64_t axis);
  /// int64: the place of the largest element along an axis, which vanishes.
  Value argMax(Value x, int64_t axis);

  //===--------------------------------------------------------------------===//
  // Shapes
  //===--------------------------------------------------------------------===//

  Value reshape(Value x, llvm::ArrayRef<Dim> shape);
  Value permute(Value x, llvm::ArrayRef<int64_t> axes);
  /// Swaps the last two axes.
  Value transpose(Value x);
  /// Drops axes of size 1.
  Value squeeze(Value x, llvm::ArrayRef<int64_t> axes);
  /// Makes axes of size 1, at these places of the result.
  Value unsqueeze(Value x, llvm::ArrayRef<int64_t> axes);
  /// Stretches axes of size 1, and puts missing ones in front.
  Value expand(Value x, llvm::ArrayRef<Dim> shape);
  /// Parts and new axes. `items` has an item for every axis; x is no literal.
  Value index(Value x, const Index &items);
  /// Elements `begin` to `end` of an axis.
  Value slice(Value x, int64_t axis, const Dim &begin, const Dim &end);
  /// Every `step`th element, from the first on.
  Value every(Value x, int64_t axis, int64_t step);
  Value reverse(Value x, int64_t axis);
  Value concatenate(llvm::ArrayRef<Value> parts, int64_t axis);
  /// `before` and `after` elements more along an axis, all `value`.
  Value pad(Value x, int64_t axis, const Dim &before, const Dim &after, Value value);
  /// As `pad`, with the elements mirrored at the first and last one.
  Value reflect(Value x, int64_t axis, int64_t before, int64_t after);
  /// An axis becomes two: the windows, and the `size` elements of each.
  Value windows(Value x, int64_t axis, int64_t size, int64_t stride, int64_t dilation);
  /// The elements of an axis at these places, whose axes take its place. Places count from 0;
  /// outside of the axis they end the run with an error.
  Value take(Value x, int64_t axis, Value places);

  //===--------------------------------------------------------------------===//
  // Products of f32
  //===--------------------------------------------------------------------===//

  /// NumPy's matmul.
  Value matmul(Value a, Value b);
  /// Contracts the last axes: [.., K] and [.., K] to the axes of a and then those of b.
  Value contract(Value a, Value b);

  //===--------------------------------------------------------------------===//
  // Around
  //===--------------------------------------------------------------------===//

  /// Whether the body of a loop is being imported, which becomes a cell.
  bool isInCell() const { return cellDepth > 0; }
  void enterCell() { ++cellDepth; }
  void leaveCell() { --cellDepth; }
  /// Whether the graph is one step, whose cells may keep their memories themselves.
  bool isStep() const { return isOneStep && cellDepth == 1; }
  void enterStep() {
    isOneStep = true;
    enterCell();
  }

  /// Notes that a named size has to be a number, as examples side by side are kept apart.
  void needSize(const Dim &size) {
    if (std::optional<std::string> name = size.asName())
      neededSizes.insert(*name);
  }
  const std::set<std::string> &getNeededSizes() const { return neededSizes; }

  /// What a growing memory is with the row of a step, for those that get one.
  const std::map<Value, Value> &getGrown() const { return grown; }

  /// An output that the file does not have.
  void addExtraOutput(llvm::StringRef name, Value value) {
    extraOutputs.emplace_back(name.str(), value);
  }
  llvm::ArrayRef<std::pair<std::string, Value>> getExtraOutputs() const { return extraOutputs; }

  /// What values made from now on are called after.
  void setHint(llvm::StringRef name) { hint = name.str(); }
  llvm::StringRef getHint() const { return hint; }

  /// Puts the text of a declaration, such as a helping function, in front of the model; once,
  /// however often it is asked for.
  void declare(llvm::StringRef text);
  llvm::ArrayRef<std::string> getDeclarations() const { return declarations; }
  /// A name for a declaration that nobody else has.
  std::string uniqueName(llvm::StringRef wanted) { return names.take(wanted); }
  /// Declares `keyword` NAME `rest` under a name like `wanted`, and returns it; equal ones are one.
  std::string declareNamed(llvm::StringRef wanted, llvm::StringRef keyword, llvm::StringRef rest);
  /// All names of the text.
  Names &getNames() { return names; }

  /// The axis counted from the front; fails outside of `rank` axes.
  static int64_t normalizeAxis(int64_t axis, int64_t rank);

private:
  using IntegerFold = llvm::function_ref<int64_t(llvm::ArrayRef<int64_t>)>;
  using NumberFold = llvm::function_ref<double(llvm::ArrayRef<double>)>;
  struct Operator; // how an operator is spelled
  Node &make(DataType type, llvm::ArrayRef<Dim> shape);
  Value withShape(Value x, llvm::ArrayRef<Dim> shape);
  Value pick(Value x, llvm::ArrayRef<Dim> shape,
             llvm::function_ref<int64_t(llvm::ArrayRef<int64_t>)> source);
  Value arithmetic(const Operator &op, Value a, Value b, IntegerFold integers, NumberFold floats);
  Value foldSizes(char op, Value a, Value b, llvm::ArrayRef<Dim> shape);
  std::optional<Literal> foldIntegers(llvm::ArrayRef<Value> operands, llvm::ArrayRef<Dim> shape,
                                      IntegerFold fold);
  std::optional<Literal> foldFloats(llvm::ArrayRef<Value> operands, llvm::ArrayRef<Dim> shape,
                                    NumberFold fold);
  [[noreturn]] void failToFit(const Shape &a, const Shape &b);
  Value moveUnits(Value x, llvm::ArrayRef<Dim> shape);
  Value appendRow(Value memory, Value row, int64_t axis);
  Value stackParts(llvm::ArrayRef<Value> parts, llvm::ArrayRef<Dim> shape, int64_t axis);
  Value wrap(Value x);
  Value roundShort(Value x, DataType type);
  Value thin(Value x, llvm::ArrayRef<Dim> shape, llvm::ArrayRef<Value> others);

  std::deque<Node> nodes;
  /// Expressions by pattern and operands, which are made once.
  std::map<std::pair<std::string, std::vector<Value>>, Value> expressions;
  std::vector<std::string> declarations;
  std::map<std::string, std::string> namedDeclarations;
  Names names;
  std::string hint;
  int cellDepth = 0;
  bool isOneStep = false;
  size_t givenElements = 0;    ///< of literals in the file
  size_t computedElements = 0; ///< of other literals
  std::vector<std::pair<std::string, Value>> extraOutputs;
  std::set<std::string> neededSizes;
  std::map<Value, Value> grown;
};

/// The shape of operands that stretch together; fails where they do not fit.
Shape broadcastShapes(llvm::ArrayRef<Dim> a, llvm::ArrayRef<Dim> b);

/// The size of memories that grow, with the row of the step.
Dim historySize();

/// An integer under the rules of a narrower type.
int64_t wrapInteger(int64_t value, DataType type);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_BUILDER_H
