//===- Symbol.h - What a name inside a declaration stands for ------*- C++ -*-===//
//
// The checker resolves every name to a symbol; the lowering maps symbols to values.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_SYMBOL_H
#define GATEFOLD_LANGUAGE_SYMBOL_H

#include "gatefold/Language/Source.h"
#include "gatefold/Language/Type.h"
#include <map>
#include <optional>
#include <string>

namespace gatefold {

class Declaration;
class Expression;

/// Dimension names of a declaration bound to sizes in the terms of whoever uses it.
using DimBindings = std::map<std::string, Dim>;

/// One definition inside a declaration (or a constant of the file). Owned by its declaration; its
/// address is its identity.
struct Symbol {
  enum class Kind {
    Dimension, ///< a dimension used as a number
    Constant,  ///< `const` of the file
    Parameter,
    Weight,
    State,     ///< the value of the previous step
    NextState, ///< `h'`; `state` points to the State symbol
    Local,     ///< a let-binding
    Instance,  ///< `encoder = Lstm[256, 512]`
    Memories,  ///< the second result of a scan: the final memories of a cell instance
  };

  Kind kind;
  std::string name; ///< without a prime
  SourceRange definition;
  Type type; ///< Dimension, Constant, Parameter, Weight, State, NextState, Local

  const Symbol *state = nullptr;            ///< NextState: the state it is the next value of
  const Declaration *declaration = nullptr; ///< Instance, Memories: the layer or cell
  DimBindings dimensions;           ///< Instance: the declaration's dimensions in the owner's terms
  std::optional<Dim> count;         ///< Instance: how many an array has; absent for a single one
  const Symbol *array = nullptr;    ///< Instance: the array that a loop's variable walks
  const Symbol *instance = nullptr; ///< Memories: the scanned instance
  const Expression *value = nullptr; ///< Constant: its expression
  double number = 0;                 ///< Constant: its value
  bool used = false;                 ///< for the warning about unused names
  bool grows = false;                ///< State: the memory of a history
  bool isLoopVariable = false;       ///< Dimension: has another value in each turn of a `for`
};

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_SYMBOL_H
