//===- OnnxCase.h - One case of a conformance suite --------------*- C++ -*-===//
//
// Runs a model on the inputs of a folder in the layout of ONNX's backend tests, and compares its
// results with the outputs there.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_ONNXCASE_H
#define GATEFOLD_TOOLS_GATEFOLD_ONNXCASE_H

#include "gatefold/Runtime/Compare.h"
#include "llvm/Support/Error.h"

namespace gatefold {

/// How a case went.
struct CaseResult {
  enum class Outcome { Passed, Failed, Unsupported };
  /// Whether the files that `gatefold import` writes give the same bits as the model.
  enum class RoundTrip { None, Equal, Different };
  Outcome outcome = Outcome::Passed;
  std::string reason; ///< why not
  std::string name;
  std::string operatorName; ///< the operator it is about
  double seconds = 0;
  RoundTrip roundTrip = RoundTrip::None; ///< None: not asked for, or there is no text
  std::string difference;                ///< of a round trip
};

/// How a case is run.
struct CaseOptions {
  Tolerance tolerance = {1e-5, 1e-3};
  Tolerance shortTolerance = {2e-3, 2e-3}; ///< of 16-bit numbers
  bool printsTexts = false;                ///< print what was imported
  bool checksRoundTrip = false;            ///< also run what `gatefold import` writes
};

/// Runs `model` on the inputs in `folder`.
CaseResult runCase(llvm::StringRef model, llvm::StringRef folder, const CaseOptions &options);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_ONNXCASE_H
