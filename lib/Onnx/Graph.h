//===- Graph.h - Walks over a graph's nodes ----------------------*- C++ -*-===//
//
// Names of a graph stand for items: values, sequences of values, or an optional value that is not
// there. A graph within a node sees the names around it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_GRAPH_H
#define GATEFOLD_LIB_ONNX_GRAPH_H

#include "Builder.h"
#include "Reader.h"
#include "gatefold/Onnx/Import.h"
#include "llvm/ADT/StringMap.h"
#include <map>

namespace gatefold::onnx {

/// What a name stands for.
struct Item {
  enum class Kind { Failed, Tensor, Sequence, Nothing };
  Kind kind = Kind::Failed; ///< by default, the result of a node that could not be imported
  Value value = nullptr;
  std::vector<Value> elements;

  static Item tensor(Value value) { return {Kind::Tensor, value, {}}; }
  static Item sequence(std::vector<Value> elements) {
    return {Kind::Sequence, nullptr, std::move(elements)};
  }
  static Item nothing() { return {Kind::Nothing, nullptr, {}}; }
};

/// Names in a graph and in those around it.
struct Environment {
  const Environment *outer = nullptr;
  llvm::StringMap<Item> items;

  const Item *find(llvm::StringRef name) const;
};

/// What is common to a whole import.
class Import {
public:
  Import(const ModelProto &model, const ImportOptions &options, std::string folder);

  /// Imports the nodes of a graph whose inputs are in `environment`; failures are noted.
  void importNodes(const google::protobuf::RepeatedPtrField<NodeProto> &nodes,
                   Environment &environment);
  /// Imports a graph within a node, and gives its outputs; fails if it does.
  std::vector<Item> importBody(const GraphProto &graph, llvm::ArrayRef<Item> inputs,
                               const Environment &outer);

  /// Adds the initial values that a graph holds.
  void addInitializers(const GraphProto &graph, Environment &environment);

  /// Notes that values of these inputs of the model are needed while importing.
  void noteNeeded(Value value);
  void noteFailure(const NodeProto &node, llvm::StringRef reason);
  /// What failed; `sizes` are the named dimensions that have to be numbers.
  llvm::Error takeFailures(llvm::StringRef path, std::vector<std::string> sizes);
  /// Tries one way and, where it fails, another; what is told then is why the first one failed.
  void tryEither(llvm::function_ref<void()> first, llvm::function_ref<void()> second);
  bool hasFailures() const { return !failures.empty() || !needed.empty(); }

  /// The version of the operator set of a domain; 0 where the file names none.
  int64_t opset(llvm::StringRef domain) const;

  const ModelProto &model;
  const ImportOptions &options;
  std::string folder;
  Builder builder;

private:
  void importNode(const NodeProto &node, Environment &environment);
  void importFunction(const FunctionProto &function, const NodeProto &node,
                      Environment &environment);
  const FunctionProto *findFunction(const NodeProto &node) const;

  std::vector<std::string> failures;
  std::map<std::string, std::string> needed; ///< inputs, and what needs them
  const NodeProto *current = nullptr;
  int depth = 0;
  int64_t nodesSeen = 0; ///< of loops, in every turn
};

/// The most graphs within graphs.
inline constexpr int deepestNesting = 64;

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_GRAPH_H
