//===- Operators.h - The table of operators ----------------------*- C++ -*-===//
//
// Each operator is a function that reads its inputs and attributes from a context, makes values
// with the context's builder, and gives them as outputs. One file for each family of operators.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_OPERATORS_H
#define GATEFOLD_LIB_ONNX_OPERATORS_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

namespace gatefold::onnx {

class OperatorContext;

/// Imports one node; fails (Value.h) where it cannot.
using Operator = void (*)(OperatorContext &context);

/// All operators by name.
class OperatorTable {
public:
  /// The table, made once.
  static const OperatorTable &get();
  /// The operator of that name; null when there is none.
  Operator find(llvm::StringRef domain, llvm::StringRef name) const;

  void add(llvm::StringRef name, Operator function) { operators[name] = function; }

private:
  llvm::StringMap<Operator> operators;
};

// The families, each in a file of its own.
void addElementwiseOperators(OperatorTable &table);
void addReductionOperators(OperatorTable &table);
void addShapeOperators(OperatorTable &table);
void addIndexingOperators(OperatorTable &table);
void addProductOperators(OperatorTable &table);
void addConstantOperators(OperatorTable &table);
void addControlFlowOperators(OperatorTable &table);
void addRecurrentOperators(OperatorTable &table);
void addNormalisationOperators(OperatorTable &table);
void addSequenceOperators(OperatorTable &table);
void addAttentionOperators(OperatorTable &table);
void addGridOperators(OperatorTable &table);
void addLinearAttentionOperators(OperatorTable &table);
void addPlaceOperators(OperatorTable &table);
void addQuantisedOperators(OperatorTable &table);
void addSpectrumOperators(OperatorTable &table);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_OPERATORS_H
