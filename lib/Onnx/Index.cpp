//===- Index.cpp - What stands in the brackets of an index -------*- C++ -*-===//
//
// Composes and spells indices.
//
//===----------------------------------------------------------------------===//

#include "Index.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::onnx;

using Kind = IndexItem::Kind;

Index onnx::wholeIndex(llvm::ArrayRef<Dim> shape) {
  Index index;
  for (const Dim &size : shape)
    index.push_back(IndexItem::whole(size));
  return index;
}

/// One item on the axis that another leaves or makes; nullopt where neither is left.
static std::optional<IndexItem> composeItems(const IndexItem &inner, const IndexItem &outer) {
  bool isDropped = outer.kind == Kind::At;
  if (inner.kind == Kind::New)
    return isDropped ? std::nullopt : std::optional(inner);
  if (isDropped)
    return IndexItem::at(inner.size, inner.begin + outer.begin);
  return IndexItem::range(inner.size, inner.begin + outer.begin, inner.begin + outer.end);
}

/// Axes of size 1 side by side are alike: those that come where others go are these.
static Index keepUnits(const Index &index) {
  Index result;
  size_t taken = 0, given = 0; // axes of size 1 of the operand and of the result
  auto flush = [&] {
    size_t kept = std::min(taken, given);
    result.append(kept, IndexItem::whole(Dim::constant(1)));
    result.append(taken - kept, IndexItem::at(Dim::constant(1), Dim()));
    result.append(given - kept, IndexItem::makeNew());
    taken = given = 0;
  };
  for (const IndexItem &item : index) {
    bool isNew = item.kind == Kind::New;
    if (!isNew && !item.size.isOne()) {
      flush();
      result.push_back(item);
      continue;
    }
    taken += !isNew;
    given += item.kind != Kind::At;
  }
  flush();
  return result;
}

Index onnx::composeIndices(const Index &inner, const Index &outer) {
  Index result;
  const IndexItem *next = outer.begin();
  auto addNew = [&] {
    for (; next != outer.end() && next->kind == Kind::New; ++next)
      result.push_back(*next);
  };
  for (const IndexItem &item : inner) {
    if (item.kind == Kind::At) {
      result.push_back(item);
      continue;
    }
    addNew();
    if (std::optional<IndexItem> both = composeItems(item, *next++))
      result.push_back(*both);
  }
  addNew();
  return keepUnits(result);
}

bool onnx::isWhole(const Index &index) {
  return llvm::all_of(index, [](const IndexItem &item) { return item.isWhole(); });
}

Shape onnx::indexedShape(const Index &index) {
  Shape shape;
  for (const IndexItem &item : index)
    if (item.kind == Kind::New)
      shape.push_back(Dim::constant(1));
    else if (item.kind == Kind::Range)
      shape.push_back(item.end - item.begin);
  return shape;
}

static std::string spellItem(const IndexItem &item) {
  if (item.kind == Kind::New)
    return "new";
  if (item.kind == Kind::At)
    return item.begin.str();
  return (item.begin == Dim() ? "" : item.begin.str()) + ":" +
         (item.end == item.size ? "" : item.end.str());
}

std::string onnx::spellIndex(const Index &index) {
  size_t count = index.size();
  while (count && index[count - 1].isWhole())
    --count;
  std::string text;
  for (const IndexItem &item : llvm::ArrayRef(index).take_front(count))
    text += (text.empty() ? "[" : ", ") + spellItem(item);
  return text + "]";
}
