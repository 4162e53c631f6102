//===- DistributeScanGraph.h - What a step's values depend on ------*- C++ -*-===//
//
// The dependences between the operations of a scan's body, those from step to step included.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANGRAPH_H
#define GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANGRAPH_H

#include "gatefold/IR/Gatefold.h"
#include "llvm/ADT/DenseMap.h"

namespace gatefold {

/// The values from outside of an operation that it and the operations within it use.
llvm::SmallVector<mlir::Value> getUsedValues(mlir::Operation *op);

/// The name of a memory within its cell.
std::string getMemoryName(ir::ScanOp scan, unsigned memory);

/// Operations that are one step of a memory together: they are computed all at once or not at all.
struct OperationGroup {
  mlir::Value memory;
  llvm::SmallVector<mlir::Operation *> operations; ///< all others do not see the memory
  llvm::SmallVector<mlir::Value> operands;         ///< what they depend on
};

/// The dependence graph of a step over time. Nodes are the operations of the body, in their order,
/// and then the memories; a memory depends on its next value.
class StepGraph {
public:
  explicit StepGraph(ir::ScanOp scan, llvm::ArrayRef<OperationGroup> groups = {});

  unsigned getNumNodes() const { return dependences.size(); }
  unsigned getNumOperations() const { return operations.size(); }
  bool isMemory(unsigned node) const { return node >= operations.size(); }
  mlir::Operation *getOperation(unsigned node) const { return operations[node]; }
  /// The argument of the body that is a memory.
  mlir::Value getMemory(unsigned node) const { return memories[node - operations.size()]; }
  unsigned getMemoryNumber(unsigned node) const { return node - operations.size(); }
  unsigned getMemoryNode(unsigned memory) const { return operations.size() + memory; }

  /// The node that a value of the body comes from; nullopt for sequences and values from outside.
  std::optional<unsigned> getNode(mlir::Value value) const;
  /// The nodes that a node depends on directly.
  llvm::ArrayRef<unsigned> getDependences(unsigned node) const { return dependences[node]; }
  /// The nodes that depend on a node directly.
  llvm::ArrayRef<unsigned> getUsers(unsigned node) const { return users[node]; }

  /// The strongly connected components, each after those that it depends on.
  llvm::ArrayRef<llvm::SmallVector<unsigned, 2>> getComponents() const { return components; }
  /// True if a component needs its own values of earlier steps.
  bool isRecurrence(llvm::ArrayRef<unsigned> component) const;

private:
  void connect(unsigned node, llvm::ArrayRef<mlir::Value> used);
  void findComponents();

  void connectGroup(const OperationGroup &group);

  llvm::SmallVector<mlir::Operation *> operations;
  llvm::SmallVector<mlir::Value> memories;
  llvm::DenseMap<mlir::Operation *, unsigned> operationNodes;
  llvm::DenseMap<mlir::Value, unsigned> memoryNodes;
  llvm::SmallVector<llvm::SmallVector<unsigned, 4>> dependences, users;
  llvm::SmallVector<llvm::SmallVector<unsigned, 2>> components;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANGRAPH_H
