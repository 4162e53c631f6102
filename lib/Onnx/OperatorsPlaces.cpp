//===- OperatorsPlaces.cpp - Places in a sequence ----------------*- C++ -*-===//
//
// What decoders do with the places of tokens: rotations by them, and writing at them.
//
//===----------------------------------------------------------------------===//

#include "Heads.h"
#include "OperatorContext.h"
#include "Operators.h"
#include <numeric>

using namespace gatefold;
using namespace gatefold::onnx;

static Value scalarSize(Builder &builder, const Dim &size) {
  return builder.reshape(builder.sizes({size}), {});
}

//===----------------------------------------------------------------------===//
// Rotary embeddings
//===----------------------------------------------------------------------===//

/// Rotates pairs of elements, neighbours or those of two halves: x [.., 2 * R] by the angles of
/// `cosines` and `sines`, which stretch to [.., R].
static Value rotatePairs(Builder &builder, Value x, Value cosines, Value sines,
                         bool areNeighbours) {
  Dim half = cosines->shape.back();
  int64_t rank = x->rank();
  Value a, b;
  if (areNeighbours) {
    Shape paired(llvm::ArrayRef<Dim>(x->shape).drop_back());
    paired.append({half, Dim::constant(2)});
    Value pairs = builder.reshape(x, paired);
    a = builder.take(pairs, rank, builder.scalar(DataType::Int64, 0));
    b = builder.take(pairs, rank, builder.scalar(DataType::Int64, 1));
  } else {
    a = builder.slice(x, -1, Dim(), half);
    b = builder.slice(x, -1, half, half + half);
  }
  Value real = builder.subtract(builder.multiply(a, cosines), builder.multiply(b, sines));
  Value imaginary = builder.add(builder.multiply(a, sines), builder.multiply(b, cosines));
  if (!areNeighbours)
    return builder.concatenate({real, imaginary}, -1);
  Value pairs = builder.concatenate(
      {builder.unsqueeze(real, {rank}), builder.unsqueeze(imaginary, {rank})}, -1);
  return builder.reshape(pairs, x->shape);
}

/// Cosines or sines of every example and place, with an axis for heads.
static Value anglesOf(OperatorContext &context, int64_t index, int64_t headAxis, const Dim &half) {
  Builder &builder = context.builder;
  Value table = context.input(index);
  if (context.hasInput(3))
    table = builder.take(table, 0, context.input(3));
  if (table->rank() != 3)
    fail("angles of shape " + spellShape(table->shape) + ", expected 3 axes");
  return builder.unsqueeze(builder.slice(table, -1, Dim(), half), {headAxis});
}

static void rotaryEmbedding(OperatorContext &context) {
  Builder &builder = context.builder;
  Value given = context.input(0), x = given;
  if (given->rank() == 3)
    x = splitHeads(builder, given, context.integerAttribute("num_heads", 0));
  if (x->rank() != 4)
    fail("a tensor of shape " + spellShape(given->shape) + ", expected 3 or 4 axes");
  int64_t headAxis = given->rank() == 3 ? 2 : 1;
  Dim size = x->shape[3], rotated = size;
  if (int64_t some = context.integerAttribute("rotary_embedding_dim", 0))
    rotated = Dim::constant(some);
  std::optional<Dim> half = divideWhole(rotated, Dim::constant(2));
  if (!half || half->asConstant().value_or(1) < 1 || (size - rotated).asConstant().value_or(0) < 0)
    fail("rotations of " + rotated.str() + " of " + size.str() + " elements");
  Value result = rotatePairs(
      builder, builder.slice(x, -1, Dim(), rotated), anglesOf(context, 1, headAxis, *half),
      anglesOf(context, 2, headAxis, *half), context.integerAttribute("interleaved", 0));
  if (rotated != size)
    result = builder.concatenate({result, builder.slice(x, -1, rotated, size)}, -1);
  context.output(0, builder.reshape(result, given->shape));
}

//===----------------------------------------------------------------------===//
// Caches
//===----------------------------------------------------------------------===//

/// The order that puts an axis next to the first one.
static llvm::SmallVector<int64_t> asSecond(int64_t axis, int64_t rank) {
  llvm::SmallVector<int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + 1, order.begin() + axis, order.begin() + axis + 1);
  return order;
}

static llvm::SmallVector<int64_t> inverseOf(llvm::ArrayRef<int64_t> order) {
  llvm::SmallVector<int64_t> inverse(order.size());
  for (auto [place, axis] : llvm::enumerate(order))
    inverse[axis] = static_cast<int64_t>(place);
  return inverse;
}

/// For each example and place of a cache, the place in what is written: [B, S]. Places that are not
/// written lie outside of it.
static Value placesWritten(OperatorContext &context, Value starts, const Dim &size,
                           const Dim &count) {
  Builder &builder = context.builder;
  std::string mode = context.textAttribute("mode", "linear");
  Value places = builder.range(DataType::Int64, size);
  if (mode == "circular") {
    Value period = scalarSize(builder, size);
    Value behind = builder.subtract(places, builder.unsqueeze(starts, {1}));
    Value rest = builder.remainder(behind, period);
    return builder.remainder(builder.add(rest, period), period);
  }
  if (mode != "linear")
    fail("mode `" + mode + "`");
  Dim last = size - count;
  if (last.asConstant().value_or(0) < 0)
    fail(count.str() + " elements do not fit into a cache of " + size.str());
  // Taking a start from the starts there are ends the run where what is written would not fit.
  starts = builder.take(builder.range(DataType::Int64, last + Dim::constant(1)), 0, starts);
  return builder.subtract(places, builder.unsqueeze(starts, {1}));
}

static void tensorScatter(OperatorContext &context) {
  Builder &builder = context.builder;
  Value cache = context.input(0), update = context.input(1);
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", -2), cache->rank());
  Shape fitting = cache->shape;
  if (axis == 0 || update->rank() != cache->rank())
    fail("an update of shape " + spellShape(update->shape) + " along axis " + llvm::Twine(axis) +
         " of a cache of shape " + spellShape(cache->shape));
  fitting[axis] = update->shape[axis];
  if (fitting != update->shape)
    fail("an update of shape " + spellShape(update->shape) + " of a cache of shape " +
         spellShape(cache->shape));
  llvm::SmallVector<int64_t> order = asSecond(axis, cache->rank());
  Value kept = builder.permute(cache, order), written = builder.permute(update, order);
  Dim batch = kept->shape[0], count = written->shape[1];
  Value zero = builder.scalar(DataType::Int64, 0);
  Value starts = context.hasInput(2) ? builder.cast(context.input(2), DataType::Int64)
                                     : builder.full(zero, {batch});
  if (starts->rank() != 1)
    fail("`write_indices` of shape " + spellShape(starts->shape));
  Value places = placesWritten(context, starts, kept->shape[1], count);
  Value size = scalarSize(builder, count);
  Value isWritten = builder.logicalAnd(builder.compare(Comparison::GreaterOrEqual, places, zero),
                                       builder.compare(Comparison::Less, places, size));
  // Rows of all examples, one behind the other.
  Value firsts = builder.multiply(builder.range(DataType::Int64, batch), size);
  Value rows = builder.add(builder.select(isWritten, places, zero), builder.unsqueeze(firsts, {1}));
  Shape flat = {batch * count};
  flat.append(written->shape.begin() + 2, written->shape.end());
  Value offered = builder.take(builder.reshape(written, flat), 0, rows);
  llvm::SmallVector<int64_t> behind(cache->rank() - 2);
  std::iota(behind.begin(), behind.end(), 2);
  Value result = builder.select(builder.unsqueeze(isWritten, behind), offered, kept);
  context.output(0, builder.permute(result, inverseOf(order)));
}

void onnx::addPlaceOperators(OperatorTable &table) {
  table.add("RotaryEmbedding", rotaryEmbedding);
  table.add("TensorScatter", tensorScatter);
}
