//===- Lowering.h - From the syntax tree to the dialect -----------*- C++ -*-===//
//
// Turns a checked model into a module of the gatefold dialect. Instances, functions, layers and
// cells are inlined; what remains is one scan for each `scan` of the text, with the memories of its
// cell and of all cells within it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_LOWERING_H
#define GATEFOLD_LANGUAGE_LOWERING_H

#include "gatefold/Language/Requirements.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <cstdint>
#include <map>
#include <string>

namespace gatefold {

class Declaration;
class Diagnostics;
struct SourceFile;

/// Lowers `model`, a valid model of the checked `file`, to a module with one `gatefold.model` that
/// has a weight for each weight of each instance and the entry `@sequence`, without a batch.
///
/// `dimensions` gives sizes to the dimensions in the model's brackets, over their defaults; the
/// free ones, which only the parameters mention, become dynamic axes. Null when the model cannot be
/// instantiated with these sizes: a division leaves a remainder, a `require` does not hold, a size
/// is missing, below 1 or too large. The reasons are then in `diagnostics`, each with the instances
/// and calls that led to it.
mlir::OwningOpRef<mlir::ModuleOp> lowerModel(mlir::MLIRContext &context, const SourceFile &file,
                                             const Declaration &model,
                                             const std::map<std::string, int64_t> &dimensions,
                                             Diagnostics &diagnostics);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_LOWERING_H
