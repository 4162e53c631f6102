//===- DeriveStep.h - One step of a sequence -----------------------*- C++ -*-===//

#ifndef GATEFOLD_LIB_TRANSFORMS_DERIVESTEP_H
#define GATEFOLD_LIB_TRANSFORMS_DERIVESTEP_H

#include "gatefold/IR/Gatefold.h"

namespace gatefold {

/// Why a model cannot be stepped.
struct Obstacle {
  mlir::Location loc;
  std::string reason;
};

/// A scan over time and the memories it brings to the entries' borders.
struct TimeScan {
  ir::ScanOp scan;
  llvm::SmallVector<ir::PortAttr> ports;
};

/// True if time is the leading dimension of a port.
bool runsOverTime(ir::PortAttr port, llvm::StringRef timeName);

/// Makes `@step` with the builder; returns what keeps the model from being stepped, if anything
/// does. Sets the scans over time, and the values of `sequence` that are the number of steps.
std::optional<Obstacle> buildStep(mlir::OpBuilder &builder, ir::EntryOp sequence,
                                  llvm::StringRef timeName, llvm::SmallVector<TimeScan> &scans,
                                  llvm::SmallVector<mlir::Value> &timeSizes);

} // namespace gatefold

#endif // GATEFOLD_LIB_TRANSFORMS_DERIVESTEP_H
