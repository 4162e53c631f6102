//===- RecurrentCell.h - Cells for recurrent operators -----------*- C++ -*-===//
//
// The text of a cell for one direction of an RNN, GRU or LSTM node, and its scan.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_RECURRENTCELL_H
#define GATEFOLD_LIB_ONNX_RECURRENTCELL_H

#include "Builder.h"

namespace gatefold::onnx {

/// An activation as ONNX names it, with its parameters.
struct Activation {
  std::string name;
  double alpha = 0, beta = 0;
  bool hasAlpha = false, hasBeta = false;

  /// The function applied to an expression.
  std::string apply(llvm::StringRef x) const;
};

/// The activation of that name with its default parameters; fails for an unknown one.
Activation makeActivation(llvm::StringRef name);

enum class CellKind { Rnn, Gru, GruResetBefore, Lstm };

/// A weight of a cell.
struct CellWeight {
  std::string name;
  Value value;
};

/// What a cell computes.
struct CellText {
  CellKind kind = CellKind::Rnn;
  std::vector<Activation> activations;
  std::optional<double> clip;
  bool couplesInput = false; ///< the forget gate is 1 - the input gate
  bool hasPeepholes = false;
  std::vector<CellWeight> weights;
};

/// What a cell runs over.
struct ScanRequest {
  Value x = nullptr; ///< [T, B, I]
  bool isReverse = false;
  Value lengths = nullptr;                      ///< [B] or null
  Value initialH = nullptr, initialC = nullptr; ///< [B, H] or null
  int64_t hidden = 0;
  bool hasC = false;
};

struct ScanResult {
  Value outputs = nullptr;                ///< [T, B, H]
  Value lastH = nullptr, lastC = nullptr; ///< [B, H]
};

/// An instance of a cell of the type, with the weights that are known.
std::shared_ptr<Instance> makeInstance(Builder &builder, const CellText &cell, std::string type);

/// Whether the library has this very cell; its cells are for one example.
bool isOfLibrary(const CellText &cell, const ScanRequest &request);

/// "Lstm"
llvm::StringRef libraryName(CellKind kind);

/// Fails where examples or their elements are not as many as is known.
void requireSizes(Builder &builder, const ScanRequest &request);

ScanResult scanCell(Builder &builder, const CellText &cell, const ScanRequest &request);

/// The same written out step by step, for the body of a loop.
ScanResult unrollCell(Builder &builder, const CellText &cell, const ScanRequest &request);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_RECURRENTCELL_H
