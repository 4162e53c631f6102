//===- WeightSource.h - How a weight lies in a checkpoint --------*- C++ -*-===//
//
// An expression over a checkpoint's tensors that yields one weight, such as
//
//   transpose('kernel')[128:256 of 512]        'bias_ih'[0:128] + 'bias_hh'[0:128] f32('quantised')
//   / 256
//
// so that packing, order of gates, transposition, two biases and scaling are declared and never
// converted by hand.
//
//   expr   = term { ("+" | "-") term }
//   term   = factor { ("*" | "/") factor }
//   factor = primary { "[" index { "," index } "]" } | "-" factor
//   primary = "'" name "'" | number | "transpose(" expr ")" | "f32(" expr ")" | "(" expr ")"
//   index  = a | [a] ":" [b] [ "of" n ]        a drops the axis; "of n" asserts that the axis has n
//   entries
//
// A quote within a name is doubled.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_WEIGHTSOURCE_H
#define GATEFOLD_RUNTIME_WEIGHTSOURCE_H

#include "gatefold/Runtime/Tensor.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <memory>
#include <optional>
#include <vector>

namespace gatefold {

/// One entry of a subscript, for one axis: a single index, which drops the axis, or a range of it.
struct WeightIndex {
  bool isRange = false;
  int64_t begin = 0;             // the index itself, or the range's first entry
  std::optional<int64_t> end;    // one past the range's last entry; absent: to the end of the axis
  std::optional<int64_t> extent; // how many entries the axis must have, where a range asserts it

  /// The single entry `index`; the axis is dropped.
  static WeightIndex at(int64_t index);

  /// The entries begin..end-1 of an axis.
  static WeightIndex range(int64_t begin, std::optional<int64_t> end,
                           std::optional<int64_t> extent = std::nullopt);

  bool operator==(const WeightIndex &) const = default;
};

/// Why a weight could not be made from a checkpoint.
class WeightSourceError : public llvm::ErrorInfo<WeightSourceError> {
public:
  enum class Kind { Missing, Shape, ElementType };

  WeightSourceError(Kind kind, std::string message) : kind(kind), text(std::move(message)) {}

  void log(llvm::raw_ostream &out) const override { out << text; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

  const Kind kind;
  const std::string text;
  static char ID;
};

/// An expression over a checkpoint's tensors. It is immutable and cheap to copy.
class WeightSource {
public:
  enum class Operator { Add, Subtract, Multiply, Divide };

  /// Finds a checkpoint's tensor by its name; null when there is none.
  using Lookup = llvm::function_ref<const Tensor *(llvm::StringRef)>;

  /// The largest depth of an expression that can be parsed and evaluated.
  static constexpr int maxDepth = 256;

  /// The whole tensor of that name in the checkpoint.
  static WeightSource tensor(llvm::StringRef name);

  /// A number; it combines with tensors of any shape.
  static WeightSource number(double value);

  /// The part of `base` that `indices` select, from the first axis on; the other axes stay whole.
  static WeightSource subscript(WeightSource base, std::vector<WeightIndex> indices);

  /// The entries begin..end-1 of the first axis, which must have `extent` entries where that is
  /// given.
  static WeightSource slice(WeightSource base, int64_t begin, std::optional<int64_t> end,
                            std::optional<int64_t> extent = std::nullopt);

  /// Entry `position` of the first axis, which is dropped.
  static WeightSource index(WeightSource base, int64_t position);

  /// `base` with its last two axes exchanged.
  static WeightSource transpose(WeightSource base);

  /// `base` where tensors of integers are welcome and converted to f32.
  static WeightSource toF32(WeightSource base);

  /// -base
  static WeightSource negate(WeightSource base);

  /// left op right, elementwise in f32; two tensors must have the same shape.
  static WeightSource binary(Operator op, WeightSource left, WeightSource right);

  /// Parses the text form; an error gives the column and what was expected there.
  static llvm::Expected<WeightSource> parse(llvm::StringRef text);

  /// The text form, which `parse` reads back.
  std::string str() const;

  /// The names of the tensors it reads, each once, in the order of the text.
  std::vector<std::string> tensorNames() const;

  /// Nodes on the longest way from the root to a leaf.
  int depth() const;

  /// Computes the weight as an f32 tensor; an expression without tensors gives a scalar, shape [].
  /// f16, bf16 and f64 are converted, integers only inside `f32(...)`. Errors are of class
  /// WeightSourceError and begin with `path`, the weight's own name, unless that is empty.
  llvm::Expected<Tensor> evaluate(Lookup lookup, llvm::StringRef path = "") const;

  struct Node;

private:
  explicit WeightSource(std::shared_ptr<const Node> root) : root(std::move(root)) {}

  std::shared_ptr<const Node> root;
};

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_WEIGHTSOURCE_H
