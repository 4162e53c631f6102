//===- Passes.h - From the dialect down to LLVM ---------------------*- C++ -*-===//
//
// Declares the conversions that Passes.td specifies.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_PASSES_H
#define GATEFOLD_CONVERSION_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace gatefold {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "gatefold/Conversion/Passes.h.inc"
} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PASSES_H
