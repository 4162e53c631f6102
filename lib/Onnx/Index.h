//===- Index.h - What stands in the brackets of an index ---------*- C++ -*-===//
//
// An index picks parts of axes, drops axes and makes new ones. Indices of indices are one index,
// and axes of size 1 that go and come back stay.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_INDEX_H
#define GATEFOLD_LIB_ONNX_INDEX_H

#include "gatefold/Language/Dim.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace gatefold::onnx {

using Shape = llvm::SmallVector<Dim, 4>;

/// One item: a new axis, or what becomes of an axis of size `size`, of which it keeps the elements
/// from `begin` to `end` or, without the axis, the element `begin`.
struct IndexItem {
  enum class Kind { New, At, Range };
  Kind kind = Kind::New;
  Dim size, begin, end;

  static IndexItem makeNew() { return {}; }
  static IndexItem at(const Dim &size, const Dim &place) { return {Kind::At, size, place, place}; }
  static IndexItem range(const Dim &size, const Dim &begin, const Dim &end) {
    return {Kind::Range, size, begin, end};
  }
  static IndexItem whole(const Dim &size) { return range(size, Dim(), size); }

  bool isWhole() const { return kind == Kind::Range && begin == Dim() && end == size; }
};

/// An item for every axis of what is indexed, and the new axes among them.
using Index = llvm::SmallVector<IndexItem, 4>;

/// All axes as they are.
Index wholeIndex(llvm::ArrayRef<Dim> shape);

/// What `outer` makes of the result of `inner`, in the simplest form.
Index composeIndices(const Index &inner, const Index &outer);

/// Whether nothing changes.
bool isWhole(const Index &index);

Shape indexedShape(const Index &index);

/// `[0, :, new, 2:4]`
std::string spellIndex(const Index &index);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_INDEX_H
