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
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gatefold {

class Declaration;
class Diagnostics;
struct SourceFile;

/// A value that the text names, of a model or of an instance in it.
struct NamedValue {
  /// `decoder.lstm.f`, `decoder.lstm.c'`. Of a value that is computed several times, as its
  /// instance is called so often, the second is called `x.2`.
  std::string name;
  std::string instance;           ///< `decoder.lstm`; "" for a value of the model
  unsigned occurrence = 1;        ///< 2 for `x.2`
  std::string element;            ///< "f32"
  std::vector<std::string> shape; ///< sizes; that of a cell's value begins with the steps
  bool isStepped = false;         ///< computed in each step of a scan
  bool isGenerated = false;       ///< computed in each step of the decoder that makes tokens
  bool isSoftmax = false;         ///< shares that softmax gives, along the last axis
  bool isNext = false;            ///< the next value of a state
  bool isLocal = false;           ///< what a line of the text computes, but for next values
  bool grows = false;             ///< has places for the steps so far, and 0 in those behind them
  std::string whyHidden;          ///< why it cannot be an output; empty where it can
};

/// What a model gives besides its results.
struct WatchedValues {
  std::vector<std::string> names; ///< of NamedValue, each an output of that name
  /// Tokens that were made already are run again: a model that returns `generate` loses that
  /// result and gets two more inputs, the token that it begins with and those made but for the
  /// last. The decoder's values then have a row for each token that is read, the first one, those
  /// of the prompt and those of the input.
  bool replaysTokens = false;
};

/// The inputs of a model that replays tokens: i32 [1] and i32 [T]. No parameter is called so.
inline constexpr llvm::StringLiteral replayedFirst = "generated.first";
inline constexpr llvm::StringLiteral replayedTokens = "generated.tokens";

/// The values of `model` that can be watched, in the order in which they are computed; none when
/// lowerModel() would return null. Of a model that makes tokens, as `replaysTokens` gives them.
std::vector<NamedValue> listNamedValues(mlir::MLIRContext &context, const SourceFile &file,
                                        const Declaration &model,
                                        const std::map<std::string, int64_t> &dimensions,
                                        Diagnostics &diagnostics);

/// Lowers `model`, a valid model of the checked `file`, to a module with one `gatefold.model` that
/// has a weight for each weight of each instance and the entry `@sequence`, without a batch.
///
/// `dimensions` gives sizes to the dimensions in the model's brackets, over their defaults; the
/// free ones, which only the parameters mention, become dynamic axes. Null when the model cannot be
/// instantiated with these sizes: a division leaves a remainder, a `require` does not hold, a size
/// is missing, below 1 or too large. The reasons are then in `diagnostics`, each with the instances
/// and calls that led to it. `watched` names values of listNamedValues() that are not hidden; they
/// become outputs behind the others.
mlir::OwningOpRef<mlir::ModuleOp> lowerModel(mlir::MLIRContext &context, const SourceFile &file,
                                             const Declaration &model,
                                             const std::map<std::string, int64_t> &dimensions,
                                             Diagnostics &diagnostics,
                                             const WatchedValues &watched = {});

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_LOWERING_H
