//===- Gatefold.h - The gatefold dialect --------------------------*- C++ -*-===//
//
// Dialect, attributes, interfaces and operations. The .td files are their specification.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_IR_GATEFOLD_H
#define GATEFOLD_IR_GATEFOLD_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "gatefold/IR/GatefoldDialect.h.inc"
#include "gatefold/IR/GatefoldEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "gatefold/IR/GatefoldAttributes.h.inc"

namespace gatefold::ir {
class BlocksOp;
class EntryOp;
class ReturnOp;
class YieldOp;

/// The attribute on arguments and results of an entry that holds their port.
inline constexpr llvm::StringLiteral portAttributeName = "gatefold.port";
} // namespace gatefold::ir

#include "gatefold/IR/GatefoldInterfaces.h.inc"
#define GET_OP_CLASSES
#include "gatefold/IR/GatefoldOps.h.inc"

#endif // GATEFOLD_IR_GATEFOLD_H
