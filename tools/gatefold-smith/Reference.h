//===- Reference.h - What a model's results should be ------------*- C++ -*-===//
//
// Interprets a model in double precision, and finds out how far results in single precision may be
// from that: as far as the interpreter's own are in single precision, and as far as they move when
// inputs and weights are off by their last bits.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_REFERENCE_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_REFERENCE_H

#include "LoweredText.h"
#include "gatefold/Runtime/Compare.h"

namespace gatefold::smith {

/// The results of one example.
struct Reference {
  NamedTensors outputs;           ///< of f32 ones in f64; no batch axis
  std::vector<double> tolerances; ///< absolute, one for each output
  NamedTensors single;            ///< the interpreter's in single precision, where code that keeps
                                  ///< the order of sums gives the same bits; otherwise empty
  std::string whyRejected;        ///< why nothing can be said of the results; empty: it can

  /// What is wrong with results found, [examples, …]; empty where they are right.
  std::string compare(const NamedTensors &found, int64_t example) const;
};

/// Interprets the model of `text` on example `example` of `inputs`. An error is the interpreter's.
llvm::Expected<Reference> makeReference(LoweredText &text, const NamedTensors &inputs,
                                        const NamedTensors &weights, int64_t example);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_REFERENCE_H
