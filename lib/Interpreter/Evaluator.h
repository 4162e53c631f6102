//===- Evaluator.h - Walks over an entry's operations -----------*- C++ -*-===//
//
// The evaluator holds the values of an entry while its operations are evaluated one after the
// other. The operations themselves are evaluated by one function per kind, from arrays to an array.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_INTERPRETER_EVALUATOR_H
#define GATEFOLD_LIB_INTERPRETER_EVALUATOR_H

#include "Array.h"
#include "gatefold/IR/Attention.h"
#include "gatefold/IR/Fusion.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace gatefold::interpreter {

/// The operands of an operation, in order.
using Operands = llvm::ArrayRef<const Array *>;

// Elementwise.cpp

/// An elementwise operation of arith or math; an error for one that is not known.
llvm::Expected<Array> evaluateElementwise(mlir::Operation *op, Operands operands,
                                          Precision precision);

// Constants.cpp

/// `arith.constant`. f32 constants keep their value in double.
llvm::Expected<Array> evaluateConstant(mlir::arith::ConstantOp constant);

// Reductions.cpp

llvm::Expected<Array> evaluateDot(ir::DotOp dot, Operands operands, Precision precision);
llvm::Expected<Array> evaluateReduce(ir::ReduceOp reduce, Operands operands, Precision precision);
llvm::Expected<Array> evaluateCumulate(ir::CumulateOp cumulate, Operands operands,
                                       Precision precision);
llvm::Expected<Array> evaluateArgMax(ir::ArgMaxOp argMax, Operands operands);

// Shapes.cpp

llvm::Expected<Array> evaluateBroadcast(ir::BroadcastOp broadcast, Operands operands);
llvm::Expected<Array> evaluateConcat(ir::ConcatOp concat, Operands operands);
llvm::Expected<Array> evaluateSlice(ir::SliceOp slice, Operands operands);
llvm::Expected<Array> evaluateReshape(ir::ReshapeOp reshape, Operands operands);
llvm::Expected<Array> evaluateTranspose(ir::TransposeOp transpose, Operands operands);
llvm::Expected<Array> evaluateReverse(ir::ReverseOp reverse, Operands operands);
llvm::Expected<Array> evaluateWindows(ir::WindowsOp windows, Operands operands);
llvm::Expected<Array> evaluateGather(ir::GatherOp gather, Operands operands);

/// `dim` and the operations of the tensor dialect; an error for one that is not known.
llvm::Expected<Array> evaluateOther(mlir::Operation *op, Operands operands);

// Memories.cpp

llvm::Expected<Array> evaluateAppend(ir::AppendOp append, Operands operands);
llvm::Expected<Array> evaluatePrefix(ir::PrefixOp prefix, Operands operands);
llvm::Expected<Array> evaluateSuffix(ir::SuffixOp suffix, Operands operands);

// Products.cpp

llvm::Expected<llvm::SmallVector<Array>> evaluateDots(ir::DotsOp dots, Operands operands,
                                                      Precision precision);

/// Evaluates the blocks of one entry.
class Evaluator {
public:
  /// `sizes` are those of the named dynamic dimensions.
  Evaluator(WeightLookup weights, Precision precision, std::map<std::string, int64_t> sizes)
      : weights(weights), precision(precision), sizes(std::move(sizes)) {}

  /// Gives a value to a block argument or result; an error unless it has the sizes of its type.
  llvm::Error assign(mlir::Value value, Array array);

  /// The array of a value that was assigned.
  const Array &get(mlir::Value value) const { return values.find(value)->second; }

  /// Evaluates all operations of a block but its terminator.
  llvm::Error runBlock(mlir::Block &block);

private:
  llvm::Error run(mlir::Operation &op);
  llvm::Expected<Array> evaluate(mlir::Operation *op, Operands operands);
  llvm::Expected<Array> evaluateRead(ir::ReadOp read);
  llvm::Expected<Array> evaluateSize(ir::SizeOp size);

  // Attention.cpp
  llvm::Expected<Array> evaluateAttend(ir::AttendOp attend, Operands operands);
  llvm::Error assignBlock(ir::AttendOp attend, Operands operands, llvm::ArrayRef<int64_t> at,
                          int64_t first, int64_t count);

  // Products.cpp
  llvm::Error runDots(ir::DotsOp dots);
  llvm::Error runFuse(ir::FuseOp fuse);

  // Scan.cpp
  llvm::Error runScan(ir::ScanOp scan);
  llvm::Expected<int64_t> countSteps(mlir::Operation *op, mlir::ValueRange sequences, int64_t axis);
  llvm::Error runStep(ir::ScanOp scan, int64_t step);
  llvm::Error assignOutputShapes(ir::ScanOp scan);

  // Blocks.cpp
  llvm::Error runBlocks(ir::BlocksOp blocks);
  llvm::Error runBlock(ir::BlocksOp blocks, int64_t begin, int64_t size);
  llvm::Error storeOutputs(ir::BlocksOp blocks, std::vector<Array> &outputs, int64_t begin,
                           int64_t size, int64_t steps);

  llvm::DenseMap<mlir::Value, Array> values;
  llvm::StringMap<Array> readWeights;
  WeightLookup weights;
  Precision precision;
  std::map<std::string, int64_t> sizes;
};

/// The numbers of a tensor as values of the element type `element`. An error without place if the
/// tensor's element type is not the one that `element` and `precision` ask for.
llvm::Expected<Array> fromTensor(const Tensor &tensor, mlir::Type element, Precision precision);

/// A tensor of the array's numbers; f64 for f32 in Precision::Double.
llvm::Expected<Tensor> toTensor(const Array &array, Precision precision);

} // namespace gatefold::interpreter

#endif // GATEFOLD_LIB_INTERPRETER_EVALUATOR_H
