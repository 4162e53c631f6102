//===- OperatorContext.h - A node that is being imported ---------*- C++ -*-===//
//
// What the function of an operator sees: inputs, attributes, the builder, and where outputs go. All
// of it fails (Value.h) where the file does not give what is asked for.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_OPERATORCONTEXT_H
#define GATEFOLD_LIB_ONNX_OPERATORCONTEXT_H

#include "Graph.h"

namespace gatefold::onnx {

class OperatorContext {
public:
  OperatorContext(Import &import, const NodeProto &node, Environment &environment)
      : import(import), builder(import.builder), node(node), environment(environment),
        opset(import.opset(node.domain())) {}

  //===--------------------------------------------------------------------===//
  // Inputs
  //===--------------------------------------------------------------------===//

  int64_t numInputs() const { return node.input_size(); }
  /// Whether the node gives the optional input.
  bool hasInput(int64_t index) const;
  /// A tensor.
  Value input(int64_t index) const;
  /// The tensor, or null where the node does not give it.
  Value inputOrNull(int64_t index) const;
  const Item &item(int64_t index) const;

  /// A literal's numbers; fails, and notes the inputs of the model that it depends on, where they
  /// are not known while importing.
  std::vector<int64_t> integers(int64_t index) const;
  int64_t integer(int64_t index) const;
  double number(int64_t index) const;
  /// The same, where they may be sizes.
  Shape sizes(int64_t index) const;
  /// The value if it is known as a whole.
  const Literal &literal(int64_t index) const;
  const Literal &requireLiteral(Value value, llvm::StringRef what) const;

  //===--------------------------------------------------------------------===//
  // Attributes
  //===--------------------------------------------------------------------===//

  const AttributeProto *attribute(llvm::StringRef name) const;
  int64_t integerAttribute(llvm::StringRef name, int64_t otherwise) const;
  double floatAttribute(llvm::StringRef name, double otherwise) const;
  std::string textAttribute(llvm::StringRef name, llvm::StringRef otherwise) const;
  std::optional<std::vector<int64_t>> integersAttribute(llvm::StringRef name) const;
  std::vector<double> floatsAttribute(llvm::StringRef name) const;
  std::vector<std::string> textsAttribute(llvm::StringRef name) const;
  const GraphProto &graphAttribute(llvm::StringRef name) const;

  /// Integers that an input gives from some version on, and an attribute before: axes.
  std::optional<std::vector<int64_t>> integersFrom(int64_t index, llvm::StringRef name) const;

  //===--------------------------------------------------------------------===//
  // Outputs
  //===--------------------------------------------------------------------===//

  int64_t numOutputs() const { return node.output_size(); }
  bool wantsOutput(int64_t index) const;
  void output(int64_t index, Value value);
  void output(int64_t index, Item item);

  Import &import;
  Builder &builder;
  const NodeProto &node;
  Environment &environment;
  int64_t opset; ///< the version of the operator set
};

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_OPERATORCONTEXT_H
