//===- ModelDescription.cpp - A model as its caller sees it -------------*- C++ -*-===//

#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/Conversion/EntrySignature.h"

using namespace mlir;
using namespace gatefold;

static ElementType getElementType(Type type) {
  if (type.isF64())
    return ElementType::F64;
  if (type.isInteger(1))
    return ElementType::Bool;
  if (type.isInteger(32))
    return ElementType::I32;
  if (type.isInteger(64))
    return ElementType::I64;
  return ElementType::F32;
}

static Port describePort(PortKind kind, ir::PortAttr port, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  Port result{kind, port.getName().str(), getElementType(tensor.getElementType()), {}};
  for (auto [size, dim] : llvm::zip_equal(tensor.getShape(), port.getDims())) {
    bool dynamic = ShapedType::isDynamic(size);
    result.shape.push_back({dynamic ? dim.str() : "", dynamic ? -1 : size});
  }
  return result;
}

static Port describeWeight(ir::WeightOp weight) {
  auto tensor = cast<RankedTensorType>(weight.getType());
  Port result{
      PortKind::Weight, weight.getSymName().str(), getElementType(tensor.getElementType()), {}};
  for (int64_t size : tensor.getShape())
    result.shape.push_back({"", size});
  return result;
}

static EntryInterface describeEntry(ir::EntryOp entry) {
  EntrySignature signature(entry);
  EntryInterface result;
  result.name = entry.getSymName().str();
  result.symbol = signature.symbol;
  for (auto [index, type] : llvm::enumerate(entry.getArgumentTypes())) {
    ir::PortAttr port = entry.getArgumentPort(index);
    bool memory = port.getKind() == ir::PortKind::Memory;
    result.arguments.push_back(
        describePort(memory ? PortKind::Memory : PortKind::Input, port, type));
  }
  for (auto [index, type] : llvm::enumerate(entry.getResultTypes())) {
    ir::PortAttr port = entry.getResultPort(index);
    bool memory = port.getKind() == ir::PortKind::Memory;
    result.arguments.push_back(
        describePort(memory ? PortKind::NextMemory : PortKind::Output, port, type));
  }
  for (ir::WeightOp weight : signature.weights)
    result.arguments.push_back(describeWeight(weight));
  for (StringAttr size : signature.sizes)
    result.sizes.push_back(size.str());
  if (ArrayAttr checks = entry.getChecksAttr())
    for (auto text : checks.getAsRange<StringAttr>())
      result.checks.push_back(text.str());
  if (ArrayAttr minimums = entry.getMinimumsAttr())
    for (auto minimum : minimums.getAsRange<ir::MinimumSizeAttr>())
      result.minimums.push_back(
          {minimum.getSize().str(), minimum.getMinimum(), minimum.getReason().str()});
  return result;
}

llvm::Expected<ModelInterface> gatefold::describeModel(ModuleOp module) {
  auto models = module.getOps<ir::ModelOp>();
  if (!llvm::hasSingleElement(models))
    return llvm::createStringError("expected a module with one `gatefold.model`, but found " +
                                   std::to_string(llvm::range_size(models)));
  ir::ModelOp model = *models.begin();
  ModelInterface result;
  result.name = model.getSymName().str();
  for (auto weight : model.getBody().getOps<ir::WeightOp>()) {
    if (weight.getPrepared())
      continue;
    auto shape = cast<RankedTensorType>(weight.getType()).getShape();
    result.weights.push_back({weight.getSymName().str(),
                              llvm::SmallVector<int64_t>(shape.begin(), shape.end()),
                              weight.getSource().value_or("").str()});
  }
  if (ArrayAttr ignored = model.getIgnoredAttr())
    for (auto name : ignored.getAsRange<StringAttr>())
      result.ignored.push_back(name.str());
  result.whyNoStep = model.getWhyNoStep().value_or("").str();
  for (auto entry : model.getBody().getOps<ir::EntryOp>())
    result.entries.push_back(describeEntry(entry));
  return result;
}
