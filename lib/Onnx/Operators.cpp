//===- Operators.cpp - The table of operators --------------------*- C++ -*-===//
//
// Gathers the families.
//
//===----------------------------------------------------------------------===//

#include "Operators.h"

using namespace gatefold;
using namespace gatefold::onnx;

const OperatorTable &OperatorTable::get() {
  static const OperatorTable table = [] {
    OperatorTable made;
    addElementwiseOperators(made);
    addReductionOperators(made);
    addShapeOperators(made);
    addIndexingOperators(made);
    addProductOperators(made);
    addConstantOperators(made);
    addControlFlowOperators(made);
    addRecurrentOperators(made);
    addNormalisationOperators(made);
    addSequenceOperators(made);
    addAttentionOperators(made);
    addGridOperators(made);
    addLinearAttentionOperators(made);
    addPlaceOperators(made);
    addQuantisedOperators(made);
    addSpectrumOperators(made);
    return made;
  }();
  return table;
}

Operator OperatorTable::find(llvm::StringRef domain, llvm::StringRef name) const {
  if (!domain.empty() && domain != "ai.onnx" && domain != "ai.onnx.preview")
    return nullptr;
  return operators.lookup(name);
}
