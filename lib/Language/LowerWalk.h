//===- LowerWalk.h - Walking expressions --------------------------*- C++ -*-===//
//
// Visits the expressions of a checked tree that compute values; spellings of sizes and instances
// are none.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_LOWERWALK_H
#define GATEFOLD_LIB_LANGUAGE_LOWERWALK_H

#include "gatefold/Language/Syntax.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace gatefold::lowering {

using ExpressionVisitor = llvm::function_ref<void(const Expression &)>;

/// Visits the operands of `expression`, not their operands.
void forEachOperand(const Expression &expression, ExpressionVisitor visit);

/// Visits the expressions that stand directly in `statement`, or in the statements of its block.
void forEachExpression(const Statement &statement, ExpressionVisitor visit);

/// The instances, or arrays of them, that `statement` makes.
llvm::ArrayRef<const Symbol *> getInstances(const Statement &statement);

/// The call that advances the cell `instance`, or each of an array of them, in `declaration`; null
/// when there is none.
const CallExpression *findCall(const Declaration &declaration, const Symbol &instance);

} // namespace gatefold::lowering

#endif // GATEFOLD_LIB_LANGUAGE_LOWERWALK_H
