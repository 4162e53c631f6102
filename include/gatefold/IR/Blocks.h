//===- Blocks.h - Time in blocks of steps --------------------------*- C++ -*-===//
//
// `gatefold.blocks`, the loop over blocks of steps. GatefoldBlocksOps.td is its specification.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_IR_BLOCKS_H
#define GATEFOLD_IR_BLOCKS_H

#include "gatefold/IR/Gatefold.h"

#define GET_OP_CLASSES
#include "gatefold/IR/Blocks.h.inc"

#endif // GATEFOLD_IR_BLOCKS_H
