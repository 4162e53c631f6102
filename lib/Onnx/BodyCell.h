//===- BodyCell.h - Bodies of loops as cells ---------------------*- C++ -*-===//
//
// Writes the graph within a Loop or Scan node as a cell, and scans it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_BODYCELL_H
#define GATEFOLD_LIB_ONNX_BODYCELL_H

#include "Builder.h"

namespace gatefold::onnx {

/// A memory of a cell: a parameter of the body, its value before the first step (null: 0), and the
/// one behind a step.
struct BodyState {
  Value parameter = nullptr, initial = nullptr, next = nullptr;
};

/// A body over parameters that stand for one step.
struct BodyCell {
  std::string name;            ///< what the cell is called after
  std::string suffix = "Body"; ///< of the cell's name
  std::vector<BodyState> states;
  std::vector<std::pair<Value, Value>> inputs; ///< a parameter, and the sequence along axis 0
  std::vector<std::string> inputNames;         ///< that are free in the cell; empty: any
  std::vector<Value> outputs;                  ///< of a step
  bool isReverse = false;
};

/// Whether anything that the body gives depends on a parameter.
bool dependsOn(const BodyCell &body, Value parameter);

struct BodyResults {
  std::vector<Value> states;  ///< behind the last step
  std::vector<Value> outputs; ///< along axis 0
};

/// Declares the cell and scans it. Values of the graph around it become arguments that are the same
/// at every step. Fails where a state has a size that only data decides.
BodyResults scanBody(Builder &builder, const BodyCell &body);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_BODYCELL_H
