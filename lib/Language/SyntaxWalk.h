//===- SyntaxWalk.h - Walking whole declarations -------------------*- C++ -*-===//
//
// Visits everything that the text of a declaration says, sizes and callees included.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_SYNTAXWALK_H
#define GATEFOLD_LIB_LANGUAGE_SYNTAXWALK_H

#include "gatefold/Language/Syntax.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace gatefold {

/// Visits every expression of `declaration`, outer ones first.
void forEachExpression(const Declaration &declaration,
                       llvm::function_ref<void(const Expression &)> visit);

/// Visits every statement of `declaration`, those with blocks before what is in them.
void forEachStatement(const Declaration &declaration,
                      llvm::function_ref<void(const Statement &)> visit);

} // namespace gatefold

#endif // GATEFOLD_LIB_LANGUAGE_SYNTAXWALK_H
