//===- ModelGraph.h - What goes where in a model -----------------*- C++ -*-===//
//
// The values of a model as the source has them, from operation to operation, and which operations
// the optimiser made one. The page draws it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_MODELGRAPH_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_MODELGRAPH_H

#include "Origins.h"
#include "gatefold/IR/Gatefold.h"

namespace gatefold {

/// The graph of a module at Stage::Gatefold: one for each entry and for each body within it.
class ModelGraph {
public:
  explicit ModelGraph(OriginTable &origins) : origins(origins) {}

  /// Takes the graph of a module; no graph where the module has no entries.
  void addModule(mlir::ModuleOp module);

  /// Notes what is done together in a module, in place of what was noted before. Nothing where the
  /// module has no loop nests of several operations.
  void noteFusion(mlir::ModuleOp module);

  /// Writes "graphs" and "fusions".
  void writeJson(llvm::json::OStream &json) const;

private:
  struct Node {
    std::string operation;
    unsigned origins;
    std::vector<unsigned> inputs, outputs; ///< values
    std::vector<unsigned> bodies;          ///< graphs
  };
  struct Memory {
    std::string name;
    unsigned value, next;
  };
  struct Graph {
    std::string name; ///< of the entry or of the memories' owner
    bool isEntry;
    std::vector<unsigned> inputs; ///< values that every step, or call, gets
    std::vector<Memory> memories;
    std::vector<unsigned> outputs;
    std::vector<Node> nodes;
  };
  struct Value {
    std::string type, name;
  };

  unsigned numberValue(mlir::Value value);
  unsigned addGraph(mlir::Block &block, llvm::StringRef name, bool isEntry);
  Node makeNode(mlir::Operation &op);
  void addMemories(mlir::Block &block, Graph &graph);

  OriginTable &origins;
  std::vector<Graph> graphs;
  std::vector<Value> values;
  llvm::DenseMap<mlir::Value, unsigned> numbers;
  std::vector<std::vector<unsigned>> fusions; // sets of origins of what is in one loop nest
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_MODELGRAPH_H
