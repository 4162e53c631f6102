//===- EntryEmitter.h - One entry as loops ------------------------------*- C++ -*-===//
//
// Walks the operations of an entry in order. Elementwise operations and the like wait until
// somebody needs their values in memory; then all that wait and have one shape become one loop
// nest. Products, reductions and scans are emitted where they stand.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_ENTRYEMITTER_H
#define GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_ENTRYEMITTER_H

#include "Memory.h"
#include "gatefold/Conversion/EntrySignature.h"
#include "gatefold/IR/Attention.h"
#include "gatefold/IR/Fusion.h"
#include "gatefold/IR/Generate.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include <map>

namespace gatefold {

/// Elements that are computed side by side, on every processor: narrower ones split the vectors, so
/// that the order of a `lanes` reduction is the same on all.
inline constexpr int64_t numLanes = 16;

class ProductAhead;

class EntryEmitter {
public:
  /// `mostSums` vectors of 16 elements can be accumulated in registers at a time.
  EntryEmitter(ir::EntryOp entry, mlir::func::FuncOp function, const EntrySignature &signature,
               int64_t mostSums);

  void emit();

  /// Terms of the workspace's bytes, see emitWorkspaceSize.
  llvm::ArrayRef<mlir::AffineExpr> getWorkspaceBytes() const { return memory.getBytes(); }
  /// Texts of the checks that the function makes, in the order of their sites.
  llvm::ArrayRef<std::string> getChecks() const { return checks; }

  //===--------------------------------------------------------------------===//
  // For the emitters of single operations and of loop nests
  //===--------------------------------------------------------------------===//

  mlir::OpBuilder builder; ///< where code is being added
  const int64_t mostSums;
  mlir::Value isOddStep;         ///< of the innermost scan; null outside of scans
  ProductAhead *ahead = nullptr; ///< of the blocks that are being emitted; null if there is none
  Memory memory;
  SizeAnalysis sizes;

  /// The memory of a value, or none if it has none (yet).
  View lookup(mlir::Value value) const { return views.lookup(value); }
  void setView(mlir::Value value, View view) { views[value] = std::move(view); }
  /// The value of an index or number outside of tensors.
  mlir::Value lookupScalar(mlir::Value value) const { return scalars.lookupOrDefault(value); }

  /// Sees to it that `value` is in memory.
  View materialize(mlir::Value value);
  /// The same, in memory whose last axis has no gaps.
  View materializeRows(mlir::Value value);
  /// The same, row-major without gaps.
  View materializeDense(mlir::Value value);
  /// Memory for the result of an operation: where the caller wants it, or a new buffer.
  View allocateResult(mlir::Value value);
  View allocate(mlir::Value like);
  /// Lets the operation that computes `value` write it there.
  void chooseMemory(mlir::Value value, View view) { chosen[value] = std::move(view); }

  /// A value and the memory to write it to.
  struct Store {
    mlir::Value value;
    View target;
  };
  /// Emits everything that waits and the given stores, values of one shape in one loop nest.
  void flush(llvm::ArrayRef<Store> stores = {});

  void emitBlock(mlir::Block &block);

  /// The module of the function that is being written.
  mlir::ModuleOp getModule() { return function->getParentOfType<mlir::ModuleOp>(); }

  mlir::Value index(int64_t value);
  /// An independent loop from 0 to `extent`; the builder is left inside, at its end. Extent 1 makes
  /// no loop.
  mlir::Value beginLoop(mlir::AffineExpr extent, mlir::Location loc);

  /// Emits a check of an operation: where `inside` is false, the run fails with `value` in place of
  /// `{0}` in `text`.
  void emitCheck(mlir::Operation *op, mlir::Value inside, mlir::Value value, std::string text);

private:
  void emitOperation(mlir::Operation &op);
  void emitDot(ir::DotOp dot);
  void emitDots(ir::DotsOp dots);
  void emitProducts(ir::DotsOp dots, llvm::ArrayRef<Store> stores);
  void emitFuse(ir::FuseOp fuse);
  void emitAttend(ir::AttendOp attend);
  void emitReduce(ir::ReduceOp reduce);
  void emitArgMax(ir::ArgMaxOp argmax);
  void emitCumulate(ir::CumulateOp cumulate);
  void emitReverse(ir::ReverseOp reverse);
  void emitWindows(ir::WindowsOp windows);
  void emitConcat(ir::ConcatOp concat);
  void emitReshape(ir::ReshapeOp reshape);
  bool emitTransposedView(ir::TransposeOp transpose);
  void emitAppend(ir::AppendOp append);
  View placeAppended(ir::AppendOp append);
  void copyUnlessSame(mlir::Value value, const View &target);
  template <typename RowsOp>
  View emitRows(RowsOp rows);
  mlir::Value emitRowCount(mlir::Operation *op, mlir::Value count, mlir::Value most);
  void checkNeed(mlir::Operation &op);
  void emitScan(ir::ScanOp scan);
  /// A memory of a scan with two buffers: a step reads one and writes the other.
  struct CarriedMemory {
    unsigned number;
    View current, next;
  };
  /// The buffers of memories as a loop over time carries them: all current ones, then all next
  /// ones.
  static llvm::SmallVector<mlir::Value> getBuffers(llvm::ArrayRef<CarriedMemory> memories);
  /// Makes what a loop carries the buffers of the memories.
  static void setBuffers(llvm::MutableArrayRef<CarriedMemory> memories, mlir::ValueRange buffers);
  llvm::SmallVector<CarriedMemory> placeMemories(ir::ScanOp scan);
  View placeHistory(mlir::Value initial, mlir::Value last);
  void emitBlocks(ir::BlocksOp blocks);
  llvm::SmallVector<mlir::Value> emitBlock(ir::BlocksOp blocks, mlir::Value begin, mlir::Value size,
                                           llvm::ArrayRef<CarriedMemory> memories);
  llvm::SmallVector<CarriedMemory> placeMemories(ir::BlocksOp blocks);
  void chooseOutputMemory(ir::BlocksOp blocks, mlir::Value begin);
  void chooseNextMemory(ir::ScanOp scan, llvm::ArrayRef<CarriedMemory> memories);
  void emitScanStep(ir::ScanOp scan, mlir::Value step, llvm::ArrayRef<CarriedMemory> memories);
  void emitGenerate(ir::GenerateOp generate);
  void emitReturn(ir::ReturnOp end);
  void emitConstant(mlir::arith::ConstantOp constant);
  void chooseResultMemory(ir::ReturnOp end);
  void bindArguments();
  bool exceedsDepth(mlir::Operation &op);
  bool isUpdate(unsigned result);
  bool isCallersMemory(const View &view) const;

  ir::EntryOp entry;
  mlir::func::FuncOp function;
  const EntrySignature &signature;
  llvm::DenseMap<mlir::Value, View> views;
  llvm::DenseMap<mlir::Value, View> chosen; // memory that a value's operation shall write to
  /// All the places that a value which a `gatefold.fuse` keeps shall be written to.
  llvm::DenseMap<mlir::Value, llvm::SmallVector<View, 2>> places;
  mlir::IRMapping scalars;
  llvm::SetVector<mlir::Value> waiting; // values to be stored at the next flush
  llvm::DenseMap<mlir::Value, unsigned>
      depths; // operations between an elementwise value and memory
  mlir::Value status;
  std::vector<std::string> checks;
  std::map<std::pair<mlir::Operation *, std::string>, int64_t> checkSites;
  llvm::SmallVector<View> resultViews;
  /// Memories of blocks whose place is that of the scan that starts from them, with the second
  /// buffer; a history has its one place here.
  llvm::DenseMap<mlir::Value, View> handedOn;
};

/// True for operations that are computed element by element inside the loop nest of whoever needs
/// them.
bool isElementwise(mlir::Operation *op);

/// True if the elementwise operation's value shall be stored: something reads it from memory, or
/// computing it again at each reader would cost more.
bool needsMemory(mlir::Operation *op);

/// True if the user of a value takes it from memory.
bool readsMemory(mlir::OpOperand &use);

/// True if a memory of a scan is read by an `append` alone that makes the next memory of it: then
/// one place in memory is all of them.
bool isHistory(ir::ScanOp scan, unsigned memory);

/// The scan in blocks that takes a memory of theirs and gives its next value, with the number of
/// the memory there: it may have the places of the memory. Null if there is none.
std::pair<ir::ScanOp, unsigned> findOwningScan(ir::BlocksOp blocks, unsigned memory);

/// True if that scan has one place for the memory.
bool isHistory(ir::BlocksOp blocks, unsigned memory);

/// What a body reads from memory outside of it is put there.
void materializeCaptures(EntryEmitter &emitter, mlir::Region &body);

/// A dense buffer that a loop carries.
View getCarried(mlir::Value buffer, const View &like);

/// The entry that a loop of generation runs.
ir::EntryOp findDecoder(ir::GenerateOp generate);

/// Emits one loop nest that writes values of the same extents to their targets.
void emitNest(EntryEmitter &emitter, llvm::ArrayRef<EntryEmitter::Store> stores);

/// The same with the products that the values hang on: each tile of sixteen units is multiplied
/// first. The products' operands are in memory.
void emitTiles(EntryEmitter &emitter, llvm::ArrayRef<EntryEmitter::Store> stores,
               llvm::ArrayRef<ir::DotsOp> products);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_GATEFOLDTOLOOPS_ENTRYEMITTER_H
