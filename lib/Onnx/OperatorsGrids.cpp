//===- OperatorsGrids.cpp - Grids of places in images ------------*- C++ -*-===//
//
// Places at which images are sampled.
//
//===----------------------------------------------------------------------===//

#include "Folding.h"
#include "OperatorContext.h"
#include "Operators.h"

using namespace gatefold;
using namespace gatefold::onnx;

/// The homogeneous coordinates of all elements of an image, x first: [elements, axes + 1]. They go
/// from -1 to 1, between the centres of the outermost elements or between their outer edges.
static Value makePlaces(Builder &builder, llvm::ArrayRef<int64_t> sizes, bool fromCentres) {
  Literal contents;
  int64_t count = 0;
  forEachIndex(sizes, [&](llvm::ArrayRef<int64_t> index) {
    ++count;
    for (size_t i = sizes.size(); i-- > 0;) {
      double size = static_cast<double>(sizes[i]), place = static_cast<double>(index[i]);
      double scaled = !fromCentres    ? (2 * place + 1) / size - 1
                      : sizes[i] == 1 ? -1
                                      : 2 * place / (size - 1) - 1;
      contents.floats.push_back(static_cast<float>(scaled));
    }
    contents.floats.push_back(1);
  });
  Shape shape = {Dim::constant(count), Dim::constant(static_cast<int64_t>(sizes.size()) + 1)};
  return builder.literal(DataType::Float, shape, std::move(contents));
}

/// theta [N, A, A + 1] applied to the places of an image of size [N, C, sizes..]:
/// [N, sizes.., A], where A is the number of its axes.
static void affineGrid(OperatorContext &context) {
  Builder &builder = context.builder;
  Value theta = context.input(0);
  std::vector<int64_t> size = context.integers(1);
  if (size.size() < 4 || size.size() > 5)
    fail("grids of " + llvm::Twine(size.size()) + " axes, expected 4 or 5");
  int64_t axes = static_cast<int64_t>(size.size()) - 2;
  if (theta->shape != Shape{Dim::constant(size[0]), Dim::constant(axes), Dim::constant(axes + 1)})
    fail("transformations of shape " + spellShape(theta->shape));
  llvm::ArrayRef<int64_t> sizes = llvm::ArrayRef(size).drop_front(2);
  Shape shape = {Dim::constant(size[0])};
  int64_t count = 1;
  for (int64_t each : sizes) {
    if (each < 1 || each > mostFoldedElements / count)
      fail("a grid of this size");
    count *= each;
    shape.push_back(Dim::constant(each));
  }
  shape.push_back(Dim::constant(axes));
  Value places = makePlaces(builder, sizes, context.integerAttribute("align_corners", 0));
  Value moved = builder.contract(builder.cast(theta, DataType::Float), places); // [N, A, elements]
  context.output(0, builder.cast(builder.reshape(builder.transpose(moved), shape), theta->type));
}

void onnx::addGridOperators(OperatorTable &table) { table.add("AffineGrid", affineGrid); }
