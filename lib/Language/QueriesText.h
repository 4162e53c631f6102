//===- QueriesText.h - How declarations are told to readers --------*- C++ -*-===//
//
// Signatures and types as code, and sentences about them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_QUERIESTEXT_H
#define GATEFOLD_LIB_LANGUAGE_QUERIESTEXT_H

#include "QueriesNames.h"

namespace gatefold::queries {

/// The text of `range`; nothing if it is nowhere.
llvm::StringRef textOf(SourceRange range);

/// "cell", "function".
llvm::StringRef nounOf(Declaration::Kind kind);

/// `cell Lstm[I, H](x: [I]) -> [H]`, on one line.
std::string signatureOf(const Declaration &declaration);
/// `Lstm[I, H]`
std::string titleOf(const Declaration &declaration);
/// `const width = 64`
std::string signatureOf(const ConstantDeclaration &constant);
/// `binding torch(layer = 0) for Lstm`
std::string signatureOf(const BindingDeclaration &binding);
/// `vocabulary letters = characters("abc")`
std::string signatureOf(const VocabularyDeclaration &vocabulary);
/// All builtins called `name`, a line each: `max(a, b)`.
std::string signatureOf(BuiltinUse builtin);
/// What the builtins called `name` compute, a line each.
std::string documentationOf(BuiltinUse builtin);

/// The declaration of `symbol`, as far as it can be said on one line: `weight W: [H, I]`.
std::string signatureOf(const SymbolUse &use);

/// `text` as a block of code.
std::string codeBlock(llvm::StringRef text);
/// `text` as code within a sentence.
std::string code(const llvm::Twine &text);

/// All that is known of `referent`, as Markdown.
std::string describe(const Referent &referent);

} // namespace gatefold::queries

#endif // GATEFOLD_LIB_LANGUAGE_QUERIESTEXT_H
