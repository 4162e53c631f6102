//===- Explain.h - What passes say about their work -------------*- C++ -*-===//
//
// Remarks of passes, in the user's own names: what was done and what was refused, and why. Nothing
// is built when nobody listens (`gatefold compile --explain` does).
//
//   if (auto remark = ir::explainDone(dot, "fuse-gates"))
//     remark << "gates " << ir::listNames(dots) << " share operand "
//            << ir::findOperandName(operand, dots.front());
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_IR_EXPLAIN_H
#define GATEFOLD_IR_EXPLAIN_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Remarks.h"
#include <string>

namespace gatefold::ir {

/// A remark about something that a pass did to `op`, or made it for; false if nobody listens.
/// `pass` is the pass's name without `gatefold-`. What is streamed into it, texts only, is one
/// sentence without a capital letter and a period: "gates i and f share operand h: one product".
mlir::remark::detail::InFlightRemark explainDone(mlir::Operation *op, llvm::StringRef pass);

/// The same for something that a pass could have done to `op` and did not, with the reason: "not
/// hoisted: depends on h through r".
mlir::remark::detail::InFlightRemark explainRefused(mlir::Operation *op, llvm::StringRef pass);

/// The same for something worth knowing that is neither: "the arena has 2048 bytes".
mlir::remark::detail::InFlightRemark explainFact(mlir::Operation *op, llvm::StringRef pass);

/// The same where it is about all entries.
mlir::remark::detail::InFlightRemark explainDone(mlir::Location loc, llvm::StringRef pass);
mlir::remark::detail::InFlightRemark explainRefused(mlir::Location loc, llvm::StringRef pass);
mlir::remark::detail::InFlightRemark explainFact(mlir::Location loc, llvm::StringRef pass);

/// Counts something that `pass` did to `op`, or made of it: `explainCount(model, "pack-weights",
/// "products packed", 4)`. Counts of one name are added up. MLIR's own statistics of passes count
/// only where LLVM was built to, which packages of it are not.
void explainCount(mlir::Operation *op, llvm::StringRef pass, llvm::StringRef what, int64_t count);

/// What the remarks of `explainCount` are called, by which listeners know them.
inline constexpr llvm::StringLiteral countRemark = "count";

/// The name in a location that the user gave to the value that stands there; empty if there is
/// none.
std::string findName(mlir::Location loc);

/// What the user calls a value, or else what it is computed for, in the body that it stands in: the
/// product `W @ x` of `i = sigmoid(norm(W @ x + b))` is "i", whatever `norm` calls it. Empty if
/// nothing with a name comes of it in its block.
std::string findName(mlir::Value value);

/// What the user calls an operand where `user` stands, or else where it comes from; empty if it is
/// an expression without a name.
std::string findOperandName(mlir::Value operand, mlir::Operation *user);

/// The names of values, each once, those without one left out: "i, f and o".
std::string listNames(mlir::ValueRange values);

/// Words with commas between them, and `and` before the last; of many the first: "a, b, c, d, e, f
/// and 14 more".
std::string listWords(llvm::ArrayRef<std::string> words);

/// "4 x 256"; a size that is not known is "?".
std::string describeSizes(llvm::ArrayRef<int64_t> sizes);

/// "1 product", "3 products".
std::string describeCount(int64_t count, llvm::StringRef noun);

} // namespace gatefold::ir

#endif // GATEFOLD_IR_EXPLAIN_H
