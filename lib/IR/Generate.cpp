//===- Generate.cpp - Tokens one after the other -----------------*- C++ -*-===//
//
// Checks of `gatefold.generate`.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Generate.h"
#include "ShapeHelpers.h"

using namespace mlir;
using namespace gatefold::ir;

#define GET_OP_CLASSES
#include "gatefold/IR/GatefoldGenerateOps.cpp.inc"

/// (C1) the decoder's token and scores
static LogicalResult verifyDecoder(GenerateOp generate, EntryOp decode) {
  ArrayRef<Type> arguments = decode.getArgumentTypes(), results = decode.getResultTypes();
  auto token = arguments.empty() ? RankedTensorType() : dyn_cast<RankedTensorType>(arguments[0]);
  if (!token || token.getRank() != 1 || !token.getElementType().isInteger(32))
    return generate.emitOpError("expected `@")
           << generate.getDecode() << "` to take one i32 for each row first";
  auto scores = results.empty() ? RankedTensorType() : dyn_cast<RankedTensorType>(results[0]);
  if (!scores || scores.getRank() != 2 || !scores.getElementType().isF32() ||
      scores.isDynamicDim(1) || scores.getDimSize(1) < 1)
    return generate.emitOpError("expected `@")
           << generate.getDecode() << "` to give f32 scores of all tokens for each row first";
  return success();
}

LogicalResult GenerateOp::verifySymbolUses(SymbolTableCollection &symbols) {
  // (C1)
  auto decode = symbols.lookupNearestSymbolFrom<EntryOp>(*this, getDecodeAttr());
  if (!decode)
    return emitOpError("expected the name of an entry, but found `@") << getDecode() << "`";
  if (failed(verifyDecoder(*this, decode)))
    return failure();
  // (C2)
  ArrayRef<Type> given = decode.getArgumentTypes().drop_front();
  ArrayRef<Type> next = decode.getResultTypes().drop_front();
  if (given.size() != getMemories().size() || next.size() > given.size())
    return emitOpError("expected ") << given.size() << " memories for `@" << getDecode()
                                    << "`, but found " << getMemories().size();
  for (auto [memory, type] : llvm::zip_equal(getMemories(), given))
    if (failed(expectType(*this, "memory", type, memory.getType())))
      return failure();
  for (auto [type, expected] : llvm::zip_equal(next, given.take_back(next.size())))
    if (failed(expectType(*this, "next memory", expected, type)))
      return failure();
  return success();
}

LogicalResult GenerateOp::verify() {
  // (C3)
  constexpr size_t numProgress = 5;
  if (getNext().size() != getMemories().size() + numProgress)
    return emitOpError("expected ") << getMemories().size() + numProgress
                                    << " results behind `count`, but found " << getNext().size();
  for (auto [before, after] : llvm::zip_equal(getUpdated(), getNext()))
    if (failed(expectType(*this, "result", before.getType(), after.getType())))
      return failure();
  return success();
}
