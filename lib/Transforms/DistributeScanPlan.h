//===- DistributeScanPlan.h - What is computed for many steps at once --*- C++ -*-===//
//
// Decides for every operation of a scan's body whether it is lifted, that is, computed for a block
// of steps at once, or stays in a loop over time, and in what order the lifted work and the loops
// come: lifted work of level 0, loop of level 0, lifted work of level 1, and so on.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANPLAN_H
#define GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANPLAN_H

#include "DistributeScanChunks.h"
#include "DistributeScanHistories.h"
#include "DistributeScanMemories.h"
#include "llvm/ADT/BitVector.h"

namespace gatefold {

/// Where a node is computed.
enum class Home {
  Lifted,    ///< for a block of steps at once
  Loop,      ///< step by step
  WhereUsed, ///< in each loop that needs it: storing it would cost more
};

class DistributionPlan {
public:
  /// `graph` has a group for each memory of `chunks`, in this order.
  DistributionPlan(ir::ScanOp scan, const StepGraph &graph,
                   llvm::ArrayRef<ChunkedMemory> chunks = {});

  Home getHome(unsigned node) const { return homes[node]; }
  /// The level of the lifted work or of the loop that a node belongs to.
  unsigned getLevel(unsigned node) const { return levels[node]; }
  unsigned getNumLevels() const { return numLevels; }
  /// The memory that is computed for all steps of a block when a node is; null for other nodes.
  const SimpleMemory *getSimpleMemory(unsigned node) const;
  /// The memory that is computed in chunks when a node is; null for other nodes.
  const ChunkedMemory *getChunkedMemory(unsigned node) const;
  /// The attention to histories that a lifted node is; null for other nodes.
  const HistoryRead *getHistoryRead(unsigned node) const;
  /// True for a memory that is computed in chunks, and all operations that touch it.
  bool isInChunks(unsigned node) const { return inChunks.test(node); }
  /// True if all memories that should be are computed in chunks.
  bool areChunksLifted() const;
  /// True if a node differs from step to step.
  bool hasSteps(unsigned node) const { return withSteps.test(node); }
  bool hasSteps(mlir::Value value) const;

  /// True if something is cheaper for many steps at once.
  bool isWorthwhile() const;
  /// The operations that are lifted, not counting those that move elements only.
  unsigned countLifted() const;
  /// The recurrences of the body.
  unsigned countRecurrences() const;
  /// How many steps a block should have, so that what is stored for one stays in cache.
  int64_t chooseLength() const;

private:
  void findHistoryReads(ir::ScanOp scan);
  /// True for what only moves rows of histories to attention that is lifted.
  bool isHistoryView(unsigned node) const { return historyViews.test(node); }
  llvm::SmallVector<unsigned> getInputs(unsigned node) const;
  void findUnused();
  void placeAll();
  void placeRecurrence(llvm::ArrayRef<unsigned> component);
  void placeOperation(unsigned node);
  void noteChunk(const ChunkedMemory &chunk);
  bool needsNoLoop(unsigned node) const {
    return simpleMemories.contains(node) || chunkedMemories.contains(node);
  }
  bool placeSimpleMemory(llvm::ArrayRef<unsigned> component);
  bool raiseLevels();
  void liftWhatIsNeeded();
  void liftWhatStoresLess();
  bool storesLess(unsigned node, llvm::ArrayRef<unsigned> cone) const;
  bool canLeaveLoop(unsigned node) const;
  bool isLightNode(unsigned node) const;
  bool isReadInLoops(unsigned node, llvm::ArrayRef<unsigned> except) const;
  int64_t getBytes(unsigned node) const;

  mlir::Block *body;
  const StepGraph &graph;
  llvm::DenseMap<unsigned, SimpleMemory> simpleMemories; ///< by the nodes of their memories
  llvm::DenseMap<unsigned, const ChunkedMemory *> chunkedMemories;
  llvm::DenseMap<unsigned, HistoryRead> historyReads;
  llvm::SmallVector<Home> homes;
  llvm::SmallVector<unsigned> levels, leastLevels;
  llvm::BitVector withSteps, liftable, outputs, inChunks, chunkReads, unused, historyViews;
  unsigned numLevels = 1;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_DISTRIBUTESCANPLAN_H
