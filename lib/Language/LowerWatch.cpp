//===- LowerWatch.cpp - Values that the text names -----------------*- C++ -*-===//

#include "LowerWatch.h"

using namespace gatefold;
using namespace gatefold::lowering;

bool lowering::isSoftmax(const Expression &expression) {
  if (const auto *comprehension = llvm::dyn_cast<ComprehensionExpression>(&expression))
    return isSoftmax(*comprehension->element);
  const auto *call = llvm::dyn_cast<CallExpression>(&expression);
  return call && call->target.kind == CallTarget::Kind::Function &&
         call->target.declaration->name.text == "softmax";
}

//===----------------------------------------------------------------------===//
// Recording
//===----------------------------------------------------------------------===//

void BodyLowering::record(const Symbol &symbol, const LoweredValue &value, bool isSoftmax) {
  if (entry.recorder && scope.instance)
    entry.recorder->record(*scope.instance, symbol, value, scope.frame, isSoftmax);
}

/// Parameters with a default of their own have no value yet that anybody gave.
void BodyLowering::recordParameters(const Declaration &declaration) {
  for (const Parameter &parameter : declaration.parameters)
    if (auto known = scope.values.find(parameter.symbol); known != scope.values.end())
      record(*parameter.symbol, known->second);
}

static std::string spellName(const Symbol &symbol) {
  return symbol.kind == Symbol::Kind::NextState ? symbol.name + "'" : symbol.name;
}

void ValueRecorder::record(const Instance &instance, const Symbol &symbol,
                           const LoweredValue &value, const Shape &frame, bool isSoftmax) {
  if (symbol.name == "_") // what nobody wants
    return;
  Recorded recorded;
  recorded.value = value;
  if (value.isFramed)
    recorded.value.shape.insert(recorded.value.shape.begin(), frame.begin(), frame.end());
  recorded.value.isFramed = false;
  NamedValue &description = recorded.description;
  description.name = instance.pathOf(spellName(symbol));
  description.occurrence = ++occurrences[description.name];
  if (description.occurrence > 1)
    description.name += "." + std::to_string(description.occurrence);
  description.instance = instance.path;
  description.element = spell(value.isNumber() ? Element::F32 : value.element);
  description.isSoftmax = isSoftmax;
  description.isNext = symbol.kind == Symbol::Kind::NextState;
  description.isLocal = symbol.kind == Symbol::Kind::Local;
  bool canGrow = recorded.value.element == Element::F32;
  for (auto [axis, size] : llvm::enumerate(recorded.value.shape)) {
    description.shape.push_back(size.str());
    if (llvm::all_of(size.names(), [&](const std::string &name) { return sizes.count(name); }))
      continue;
    description.whyHidden = "its size `" + size.str() + "` is another one at each step";
    recorded.grows.push_back(axis);
    canGrow &= size.asName().has_value();
  }
  if (!canGrow)
    recorded.grows.clear();
  values.push_back(std::move(recorded));
}

void ValueRecorder::replace(const Instance &instance, const Symbol &symbol,
                            const LoweredValue &value) {
  std::string name = instance.pathOf(spellName(symbol));
  if (unsigned count = occurrences[name]; count > 1)
    name += "." + std::to_string(count);
  for (Recorded &recorded : values)
    if (recorded.description.name == name)
      recorded.value.tensor = value.tensor;
}

//===----------------------------------------------------------------------===//
// Out of the step
//===----------------------------------------------------------------------===//

/// `value` with `steps` places along a core axis, 0 in those behind its own.
static LoweredValue fill(ValueBuilder &build, const LoweredValue &value, unsigned axis,
                         const Dim &steps) {
  const Dim size = value.shape[axis];
  LoweredValue count = lowerIndexNumber(build, build.sizes.get(build.builder, size), Element::I32);
  LoweredValue places = lowerCount(build, steps);
  LoweredValue isInside = lowerBinary(build, BinaryOperator::Less, places, count);
  LoweredValue zero = build.asTensor(LoweredValue::makeNumber(0), Element::I32);
  LoweredValue filled = lowerGather(build, value, lowerChoice(build, isInside, places, zero), axis);
  for (unsigned behind = axis + 1; behind < value.rank(); ++behind)
    isInside = build.insertAxis(isInside, isInside.rank());
  return lowerChoice(build, isInside, filled, LoweredValue::makeNumber(0));
}

void ValueRecorder::fillGrowing(ValueBuilder &build, Recorded &recorded, const Dim &steps) const {
  for (unsigned axis : recorded.grows) {
    if (isWanted(recorded))
      recorded.value = fill(build, recorded.value, axis, steps);
    recorded.value.shape[axis] = steps;
    recorded.description.shape[axis] = steps.str();
    recorded.description.whyHidden.clear();
    recorded.description.grows = true;
  }
}

llvm::SmallVector<mlir::Value> ValueRecorder::leaveStep(ValueBuilder build,
                                                        const ScanSource &scan) {
  llvm::SmallVector<mlir::Value> tensors;
  yielded.clear();
  for (size_t place = firstOfStep; place < values.size(); ++place) {
    Recorded &recorded = values[place];
    if (scan.isReplay)
      fillGrowing(build, recorded, scan.steps);
    if (isWanted(recorded)) {
      recorded.value = build.asTensor(recorded.value);
      tensors.push_back(recorded.value.tensor);
      yielded.push_back(place);
    }
    recorded.value.shape.insert(recorded.value.shape.begin(), scan.steps);
    recorded.description.shape.insert(recorded.description.shape.begin(), scan.steps.str());
    recorded.description.isStepped = true;
    recorded.description.isGenerated = scan.isReplay;
  }
  return tensors;
}

ir::ScanOp ValueRecorder::addOutputs(ValueBuilder &build, ir::ScanOp op) {
  if (yielded.empty())
    return op;
  llvm::SmallVector<mlir::Type> types(op.getOutputs().getTypes());
  for (size_t place : yielded)
    types.push_back(build.typeOf(values[place].value.element, values[place].value.shape, false));
  llvm::SmallVector<llvm::StringRef> names;
  for (mlir::Attribute name : op.getNames())
    names.push_back(llvm::cast<mlir::StringAttr>(name).getValue());
  auto wider = ir::ScanOp::create(build.builder, op.getLoc(), types, op.getSequences(),
                                  op.getInitial(), names, op.getAxis(), op.getReverse());
  wider.getBody().takeBody(op.getBody());
  op.erase();
  for (auto [place, tensor] :
       llvm::zip_equal(yielded, wider.getOutputs().take_back(yielded.size())))
    values[place].value.tensor = tensor;
  return wider;
}

void BodyLowering::replay(const GenerateExpression &generate, const LoweredValue &first,
                          const LoweredValue &tokens) {
  ValueBuilder build = builderAt(generate.range);
  llvm::SmallVector<LoweredValue> parts = {first};
  if (generate.prompt)
    parts.push_back(lower(*generate.prompt));
  parts.push_back(tokens);
  Dim steps;
  for (const LoweredValue &part : parts)
    steps = steps + part.shape[0];
  lowerScan({generate.instance,
             generate.dimensions,
             {concatenate(build, parts, 0, {steps})},
             generate.fixed,
             generate.starting,
             steps,
             generate.range,
             /*isReverse=*/false,
             /*isReplay=*/true},
            "", nullptr);
}

//===----------------------------------------------------------------------===//
// Out of the entry
//===----------------------------------------------------------------------===//

std::vector<NamedValue> ValueRecorder::list() const {
  std::vector<NamedValue> descriptions;
  descriptions.reserve(values.size());
  for (const Recorded &recorded : values)
    descriptions.push_back(recorded.description);
  return descriptions;
}

void ValueRecorder::forEachWanted(
    ValueBuilder build,
    llvm::function_ref<void(llvm::StringRef name, const LoweredValue &value)> visit) {
  for (const Recorded &recorded : values)
    if (isWanted(recorded))
      visit(recorded.description.name, build.asTensor(recorded.value));
}
