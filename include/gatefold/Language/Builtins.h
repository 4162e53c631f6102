//===- Builtins.h - The functions the language brings along -------*- C++ -*-===//
//
// The functions that cannot be written in the language itself; everything else is a `fn` of the
// standard library. One table describes them to the checker, the lowering and the documentation.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_BUILTINS_H
#define GATEFOLD_LANGUAGE_BUILTINS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace gatefold {

/// What a builtin computes. Axes are those of the core shape; the batch is never among them.
enum class BuiltinKind {
  // f32[..] -> f32[..], element by element
  Exp,
  Expm1,
  Log,
  Log1p,
  Sqrt,
  Sin,
  Cos,
  Tanh,
  Erf,
  Floor,
  Ceil,
  Round, ///< to the nearest integer, halves to the even one
  Abs,   ///< also of i32 and i64
  // two arguments of one element type that broadcast
  Minimum, ///< `min(a, b)`
  Maximum, ///< `max(a, b)`
  // over CallTarget::axes, which vanish; all of them are listed when the text names none
  Sum,
  Mean,
  Product,
  ReduceMin, ///< `min(x)`
  ReduceMax, ///< `max(x)`
  Any,       ///< of bool
  All,       ///< of bool
  // over CallTarget::axes, one axis, which stays
  CumulativeSum,
  CumulativeProduct,
  // shapes
  ArgMax, ///< token[..] of the largest along the last axis; the first of equal ones
  Join,   ///< one behind the other along the last axis
  Stack,  ///< arguments of one shape along a new first axis
  Split,  ///< `split(x, N)`: the last axis D becomes [N, D / N]; the second argument is a dimension
          ///< expression
  Flatten,   ///< all axes to one
  Transpose, ///< swaps the last two axes
  Permute,   ///< `permute(x, 2, 0, 1)`: CallTarget::axes are the axes of the argument in their new
             ///< order
  Reshape,   ///< `reshape(x, A, B * C)`: other axes over the same elements
  Reverse,   ///< CallTarget::axes, one axis, from its end to its start
  // CallTarget::axes is the axis, CallTarget::sizes are sizes that are known before the data comes
  Windows, ///< size, stride and dilation; the axis becomes two
  Pad,     ///< before and after; the second argument, if there is one, is what is put there
  Reflect, ///< before and after
  Range,   ///< `range(N)`: i32[N] from 0 on
  // conversions, element by element; to an integer: toward zero
  ToF32,
  ToI32,
  ToI64,
};

/// How the checker finds the type of a call.
enum class BuiltinRule {
  Elementwise,
  ElementwisePair,
  Reduction,
  ArgMax,
  Join,
  Stack,
  Split,
  Flatten,
  Transpose,
  Permute,
  Reshape,
  Along,
  Windows,
  Pad,
  Range,
  Convert
};

/// One builtin of one arity; `min` and `max` have an entry for one argument and another for two.
struct Builtin {
  llvm::StringRef name;
  BuiltinKind kind;
  BuiltinRule rule;
  unsigned minArguments; ///< positional ones
  unsigned maxArguments;
  llvm::StringRef parameters;    ///< what may be given by name, separated by spaces: "stride axis"
  llvm::StringRef documentation; ///< one line
};

/// No upper limit on the number of arguments.
constexpr unsigned anyNumber = ~0u;

/// All of them, in the order of the documentation.
llvm::ArrayRef<Builtin> allBuiltins();

/// The entry called `name` that takes `arguments` positional arguments; if none takes that many,
/// the first of that name; null if the name is no builtin.
const Builtin *findBuiltin(llvm::StringRef name, unsigned arguments);

/// Whether some builtin has this name.
bool isBuiltin(llvm::StringRef name);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_BUILTINS_H
