//===- OperatorsSequences.cpp - Sequences and optional values ----*- C++ -*-===//
//
// Sequences exist while importing only: their lengths are known, and each element is a value.
//
//===----------------------------------------------------------------------===//

#include "Folding.h"
#include "OperatorContext.h"
#include "Operators.h"

using namespace gatefold;
using namespace gatefold::onnx;

static const std::vector<Value> &elementsOf(OperatorContext &context, int64_t index) {
  const Item &item = context.item(index);
  if (item.kind != Item::Kind::Sequence)
    fail("`" + context.node.input(index) + "` is no sequence");
  return item.elements;
}

/// A place among `count` elements that an input gives.
static size_t placeIn(OperatorContext &context, int64_t index, size_t count) {
  int64_t place = context.integer(index), size = static_cast<int64_t>(count);
  if (place < -size || place >= size)
    fail("place " + llvm::Twine(place) + " of a sequence of " + llvm::Twine(size));
  return place < 0 ? place + size : place;
}

static void sequenceConstruct(OperatorContext &context) {
  std::vector<Value> elements;
  for (int64_t i = 0; i < context.numInputs(); ++i)
    elements.push_back(context.input(i));
  context.output(0, Item::sequence(std::move(elements)));
}

static void sequenceEmpty(OperatorContext &context) { context.output(0, Item::sequence({})); }

static void sequenceInsert(OperatorContext &context) {
  std::vector<Value> elements = elementsOf(context, 0);
  size_t place = context.hasInput(2) ? placeIn(context, 2, elements.size() + 1) : elements.size();
  // A negative place counts from the elements that are there before.
  if (context.hasInput(2) && context.integer(2) < 0)
    place -= 1;
  elements.insert(elements.begin() + std::min(place, elements.size()), context.input(1));
  context.output(0, Item::sequence(std::move(elements)));
}

static void sequenceErase(OperatorContext &context) {
  std::vector<Value> elements = elementsOf(context, 0);
  if (elements.empty())
    fail("there is nothing to erase");
  size_t place = context.hasInput(1) ? placeIn(context, 1, elements.size()) : elements.size() - 1;
  elements.erase(elements.begin() + place);
  context.output(0, Item::sequence(std::move(elements)));
}

static void sequenceAt(OperatorContext &context) {
  const std::vector<Value> &elements = elementsOf(context, 0);
  context.output(0, elements[placeIn(context, 1, elements.size())]);
}

static void sequenceLength(OperatorContext &context) {
  int64_t count = elementsOf(context, 0).size();
  context.output(0, context.builder.reshape(context.builder.integers({count}), {}));
}

static void splitToSequence(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0);
  int64_t axis = Builder::normalizeAxis(context.integerAttribute("axis", 0), x->rank());
  auto size = x->shape[axis].asConstant();
  if (!size)
    fail("the number of parts is not known before the model runs");
  std::vector<int64_t> parts;
  bool isScalar = context.hasInput(1) && context.input(1)->rank() == 0;
  if (context.hasInput(1) && !isScalar) {
    parts = context.integers(1);
  } else {
    int64_t part = isScalar ? context.integer(1) : 1;
    if (part < 1)
      fail("parts of " + llvm::Twine(part) + " elements");
    if (*size / part > mostFoldedElements)
      fail("more than " + llvm::Twine(mostFoldedElements) + " parts");
    for (int64_t left = *size; left > 0; left -= part)
      parts.push_back(std::min(left, part));
  }
  bool keeps = context.integerAttribute("keepdims", 1) || context.hasInput(1);
  std::vector<Value> elements;
  int64_t begin = 0;
  for (int64_t part : parts) {
    Value element = builder.slice(x, axis, Dim::constant(begin), Dim::constant(begin + part));
    elements.push_back(keeps ? element : builder.squeeze(element, {axis}));
    begin += part;
  }
  context.output(0, Item::sequence(std::move(elements)));
}

static void concatFromSequence(OperatorContext &context) {
  Builder &builder = context.builder;
  std::vector<Value> elements = elementsOf(context, 0);
  int64_t axis = context.integerAttribute("axis", 0);
  if (context.integerAttribute("new_axis", 0))
    for (Value &element : elements)
      element = builder.unsqueeze(element, {axis});
  context.output(0, builder.concatenate(elements, axis));
}

/// The body once for each element; inputs that are tensors are the same for all.
static void sequenceMap(OperatorContext &context) {
  const GraphProto &body = context.graphAttribute("body");
  size_t count = elementsOf(context, 0).size();
  std::vector<std::vector<Value>> results(context.numOutputs());
  for (size_t turn = 0; turn < count; ++turn) {
    std::vector<Item> inputs;
    for (int64_t i = 0; i < context.numInputs(); ++i) {
      const Item &item = context.item(i);
      if (item.kind == Item::Kind::Sequence && turn >= item.elements.size())
        fail("the sequences have different lengths");
      inputs.push_back(item.kind == Item::Kind::Sequence ? Item::tensor(item.elements[turn])
                                                         : item);
    }
    std::vector<Item> outputs = context.import.importBody(body, inputs, context.environment);
    if (outputs.size() != results.size())
      fail("the body gives " + llvm::Twine(outputs.size()) + " results");
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].value)
        fail("a result of the body is no tensor");
      results[i].push_back(outputs[i].value);
    }
  }
  for (size_t i = 0; i < results.size(); ++i)
    context.output(i, Item::sequence(std::move(results[i])));
}

//===----------------------------------------------------------------------===//
// Optional values
//===----------------------------------------------------------------------===//

static void optional(OperatorContext &context) {
  context.output(0, context.numInputs() ? context.item(0) : Item::nothing());
}

static void optionalHasElement(OperatorContext &context) {
  bool has = context.numInputs() > 0 && context.hasInput(0);
  context.output(0, context.builder.scalar(DataType::Bool, has));
}

static void optionalGetElement(OperatorContext &context) {
  if (context.item(0).kind == Item::Kind::Nothing)
    fail("the optional value is not there");
  context.output(0, context.item(0));
}

void onnx::addSequenceOperators(OperatorTable &table) {
  table.add("SequenceConstruct", sequenceConstruct);
  table.add("SequenceEmpty", sequenceEmpty);
  table.add("SequenceInsert", sequenceInsert);
  table.add("SequenceErase", sequenceErase);
  table.add("SequenceAt", sequenceAt);
  table.add("SequenceLength", sequenceLength);
  table.add("SplitToSequence", splitToSequence);
  table.add("ConcatFromSequence", concatFromSequence);
  table.add("SequenceMap", sequenceMap);
  table.add("Optional", optional);
  table.add("OptionalHasElement", optionalHasElement);
  table.add("OptionalGetElement", optionalGetElement);
}
