//===- QueriesNames.h - What a word of a text means ----------------*- C++ -*-===//
//
// Finds what words stand for by their place and spelling, so that it works in unfinished
// statements too, where the checker has not looked.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_QUERIESNAMES_H
#define GATEFOLD_LIB_LANGUAGE_QUERIESNAMES_H

#include "QueriesTokens.h"
#include "gatefold/Language/Syntax.h"
#include "llvm/ADT/DenseMap.h"
#include <variant>

namespace gatefold::queries {

/// A name inside a declaration.
struct SymbolUse {
  const Symbol *symbol;
  const Declaration *owner; ///< null for a constant
  Type type;                ///< in the terms of the declaration that uses it
};
/// A builtin, or several that differ in the number of arguments.
struct BuiltinUse {
  llvm::StringRef name;
};
/// A parameter of a binding.
struct BindingParameterUse {
  const BindingDeclaration *binding;
  const BindingDeclaration::BindingParameter *parameter;
};

/// What a word stands for; the first if that is not known.
using Referent = std::variant<std::monostate, SymbolUse, const Declaration *,
                              const ConstantDeclaration *, const BindingDeclaration *,
                              BindingParameterUse, const VocabularyDeclaration *, BuiltinUse>;

inline bool isKnown(const Referent &referent) { return referent.index() != 0; }

/// The bracket that a place is in.
struct Bracket {
  enum class Kind {
    None,
    Group,         ///< parentheses, lists, values of a scan
    Arguments,     ///< of `callee`
    LoadArguments, ///< of the binding `callee`
    Memories,      ///< of the cell instance `callee`, in `from (...)`
    Sizes,         ///< a shape, or the dimensions of `callee`
    Index,
  };
  Kind kind = Kind::None;
  Referent callee;
};

/// The memories of a cell that paths lead to: its states and the cells within it.
std::vector<const Symbol *> memoriesOf(const Declaration &cell);

/// `type`, in the terms of what `instance` is one of, in the terms of the instance's owner.
Type throughInstance(Type type, const Symbol &instance);

/// The words of one text.
class Names {
public:
  Names(const SourceFile &file, const Tokens &tokens);

  /// What the token `index` stands for.
  Referent resolve(size_t index) const;
  /// What `name` means at `place`.
  Referent lookUp(llvm::StringRef name, bool primed, const char *place) const;
  /// The declaration that `place` is in; null outside.
  const Declaration *enclosing(const char *place) const;
  /// The binding that `place` is in; null outside.
  const BindingDeclaration *enclosingBinding(const char *place) const;
  /// What the text of `declaration` defines up to `place` and can be named there.
  std::vector<const Symbol *> visible(const Declaration &declaration, const char *place) const;
  /// The innermost bracket around the place in front of the token `index`.
  Bracket bracketAround(size_t index) const;
  /// The cell instance of whose memories the token `index` names one, by standing behind a dot:
  /// for `last.inner.` the cell `inner`. Null if it does not.
  const Symbol *memoriesBefore(size_t index) const;
  /// The declaration of which the statement around the token `index` makes an instance, if it does.
  const Declaration *instantiated(size_t index) const;
  /// The declaration called `name` that the user's text sees.
  const Declaration *findDeclaration(llvm::StringRef name) const;
  const VocabularyDeclaration *findVocabulary(llvm::StringRef name) const;

private:
  void addScopes(const Declaration &declaration);
  bool isVisible(const Symbol &symbol, const char *place) const;
  Referent lookUpGlobal(llvm::StringRef name) const;
  Referent resolveMember(size_t index) const;
  Referent resolveArgument(size_t index, const Bracket &bracket) const;
  Referent resolveInBinding(size_t index, const BindingDeclaration &binding) const;
  Referent resolveLoad(size_t index) const;
  Referent calleeOf(size_t opener) const;
  const Symbol *scannedBefore(size_t index) const;
  Bracket parenthesisAt(size_t opener) const;
  Bracket squareBracketAt(size_t opener) const;
  bool isInHeader(size_t index) const;

  const SourceFile &file;
  const Tokens &tokens;
  std::vector<SourceRange> blocks;                            ///< of `when` and `for`
  llvm::DenseMap<const Symbol *, SourceRange> comprehensions; ///< by their variable
  llvm::DenseMap<const char *, const Symbol *> uses; ///< by the start of a name, from the checker
};

} // namespace gatefold::queries

#endif // GATEFOLD_LIB_LANGUAGE_QUERIESNAMES_H
