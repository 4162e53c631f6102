//===- Memories.h - Memories of graphs that are one step ---------*- C++ -*-===//
//
// Exporters pack the memories of several cells into one tensor. This takes it apart again.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_MEMORIES_H
#define GATEFOLD_LIB_ONNX_MEMORIES_H

#include "BodyCell.h"

namespace gatefold::onnx {

/// Makes memories of the parts that a memory is put together from, where all that reads it reads
/// whole parts. Memories begin with 0.
void splitMemories(Builder &builder, BodyCell &cell);

/// Makes each recurrent node whose memories nobody else reads an instance of its cell, which keeps
/// them; all others are written out.
void settleCells(BodyCell &cell);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_MEMORIES_H
