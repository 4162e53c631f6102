//===- Heads.h - Heads of attention ------------------------------*- C++ -*-===//
//
// Between axes that hold all heads in a row and axes of heads.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_HEADS_H
#define GATEFOLD_LIB_ONNX_HEADS_H

#include "Builder.h"

namespace gatefold::onnx {

/// The quotient where it is whole for all sizes that names may have; nullopt otherwise.
std::optional<Dim> divideWhole(const Dim &size, const Dim &divisor);

/// [B, T, H * D] as [B, T, H, D]; fails where the last axis does not divide.
Value splitHeads(Builder &builder, Value x, int64_t heads);

/// [B, T, H, D] as [B, T, H * D].
Value mergeHeads(Builder &builder, Value x);

/// The heads of queries along an axis in groups that share a head of keys: [.., H, ..] as
/// [.., G, H / G, ..]. Fails where they do not divide into `groups`.
Value groupHeads(Builder &builder, Value x, int64_t axis, const Dim &groups);

/// 1 / sqrt(D), the scale that products of vectors of D elements have by default.
double defaultScale(const Dim &size);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_HEADS_H
