//===- Type.h - Element types and shapes of values ----------------*- C++ -*-===//
//
// The type that the checker gives an expression: an element type and core dimensions, without
// batch.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_TYPE_H
#define GATEFOLD_LANGUAGE_TYPE_H

#include "gatefold/Language/Dim.h"
#include "llvm/ADT/SmallVector.h"

namespace gatefold {

/// Element types of the language. `Token` is an index into a vocabulary, kept as a 32-bit integer.
/// `Number` is the type of a literal or of a dimension used as a value, which takes the type of
/// what it meets (f32 by itself). `Invalid` marks an expression that is already reported; it agrees
/// with everything.
enum class Element { F32, I32, I64, Bool, Token, Number, Invalid };

/// As the language spells it: "f32", "token".
llvm::StringRef spell(Element element);

/// Element type and core dimensions, outermost first; no dimensions is a scalar.
struct Type {
  Element element = Element::Invalid;
  llvm::SmallVector<Dim, 4> dims;

  static Type invalid() { return {}; }
  static Type scalar(Element element) { return {element, {}}; }
  bool isInvalid() const { return element == Element::Invalid; }
  bool isInteger() const {
    return element == Element::I32 || element == Element::I64 || element == Element::Token;
  }
  unsigned rank() const { return dims.size(); }
  bool operator==(const Type &other) const = default;
  /// As the language spells it: `[H, 2 * I]` for f32, `token[T]`, `f32` for a scalar.
  std::string str() const;
};

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_TYPE_H
