//===- ModelDescription.cpp - A model as its caller sees it -------------*- C++ -*-===//

#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/Conversion/EntrySignature.h"
#include "gatefold/IR/Generate.h"
#include "gatefold/Transforms/Passes.h"

using namespace mlir;
using namespace gatefold;

// Runtime knows nothing of the dialect, so both have the names.
static constexpr bool areEqual(std::string_view a, std::string_view b) { return a == b; }
static_assert(areEqual(batchSizeName, batchDimension) &&
              areEqual(capacitySizeName, capacityDimension) &&
              areEqual(tokensSizeName, ir::generateDimension));

static llvm::Expected<ElementType> getElementType(Type type) {
  if (type.isF32())
    return ElementType::F32;
  if (type.isF64())
    return ElementType::F64;
  if (type.isBF16())
    return ElementType::BF16;
  if (type.isF16())
    return ElementType::F16;
  if (type.isInteger(1))
    return ElementType::Bool;
  if (type.isInteger(8))
    return ElementType::I8;
  if (type.isInteger(32))
    return ElementType::I32;
  if (type.isInteger(64))
    return ElementType::I64;
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return llvm::createStringError("expected ports of f32, f64, bf16, f16, i1, i8, i32 or i64, but "
                                 "found one of " +
                                 text);
}

static llvm::Expected<Port> describePort(PortKind kind, ir::PortAttr port, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  llvm::Expected<ElementType> element = getElementType(tensor.getElementType());
  if (!element)
    return element.takeError();
  Port result{kind, port.getName().str(), *element, {}};
  for (auto [size, dim] : llvm::zip_equal(tensor.getShape(), port.getDims())) {
    bool dynamic = ShapedType::isDynamic(size);
    result.shape.push_back({dynamic ? dim.str() : "", dynamic ? -1 : size});
  }
  return result;
}

static llvm::Expected<Port> describeWeight(ir::WeightOp weight) {
  auto tensor = cast<RankedTensorType>(weight.getType());
  llvm::Expected<ElementType> element = getElementType(tensor.getElementType());
  if (!element)
    return element.takeError();
  Port result{PortKind::Weight, weight.getSymName().str(), *element, {}};
  for (int64_t size : tensor.getShape())
    result.shape.push_back({"", size});
  return result;
}

/// The arguments of an entry's function that are tensors: inputs, results, weights.
static llvm::Expected<std::vector<Port>> describeArguments(ir::EntryOp entry,
                                                           ArrayRef<ir::WeightOp> weights) {
  std::vector<Port> arguments;
  llvm::Error errors = llvm::Error::success();
  auto add = [&](llvm::Expected<Port> port) {
    if (port)
      arguments.push_back(std::move(*port));
    else
      errors = llvm::joinErrors(std::move(errors), port.takeError());
  };
  for (auto [index, type] : llvm::enumerate(entry.getArgumentTypes())) {
    ir::PortAttr port = entry.getArgumentPort(index);
    bool memory = port.getKind() == ir::PortKind::Memory;
    add(describePort(memory ? PortKind::Memory : PortKind::Input, port, type));
  }
  for (auto [index, type] : llvm::enumerate(entry.getResultTypes())) {
    ir::PortAttr port = entry.getResultPort(index);
    bool memory = port.getKind() == ir::PortKind::Memory;
    add(describePort(memory ? PortKind::NextMemory : PortKind::Output, port, type));
  }
  for (ir::WeightOp weight : weights)
    add(describeWeight(weight));
  if (errors)
    return std::move(errors);
  return arguments;
}

static llvm::Expected<EntryInterface> describeEntry(ir::EntryOp entry) {
  EntrySignature signature(entry);
  auto arguments = describeArguments(entry, signature.weights);
  if (!arguments)
    return arguments.takeError();
  EntryInterface result;
  result.name = entry.getSymName().str();
  result.symbol = signature.symbol;
  result.arguments.assign(arguments->begin(), arguments->end());
  for (StringAttr size : signature.sizes)
    result.sizes.push_back(size.str());
  if (ArrayAttr checks = entry.getChecksAttr())
    for (auto text : checks.getAsRange<StringAttr>())
      result.checks.push_back(text.str());
  if (ArrayAttr minimums = entry.getMinimumsAttr())
    for (auto minimum : minimums.getAsRange<ir::MinimumSizeAttr>())
      result.minimums.push_back(
          {minimum.getSize().str(), minimum.getMinimum(), minimum.getReason().str()});
  result.parallel = entry->hasAttr(parallelAttrName);
  return result;
}

//===----------------------------------------------------------------------===//
// Texts
//===----------------------------------------------------------------------===//

static std::string getText(DictionaryAttr attributes, StringRef name) {
  auto text = attributes.getAs<StringAttr>(name);
  return text ? text.str() : "";
}

static TokenReference describeToken(Attribute token) {
  TokenReference result;
  if (auto text = dyn_cast_or_null<StringAttr>(token))
    result.text = text.str();
  else if (auto number = dyn_cast_or_null<IntegerAttr>(token))
    result.number = number.getInt();
  return result;
}

static Generation describeGeneration(DictionaryAttr attributes) {
  Generation result;
  result.output = getText(attributes, "output");
  result.vocabulary = getText(attributes, "vocabulary");
  result.first = describeToken(attributes.get("first"));
  result.end = describeToken(attributes.get("end"));
  if (auto limit = attributes.getAs<IntegerAttr>("limit"))
    result.limit = limit.getInt();
  result.token = getText(attributes, "token");
  result.prompt = getText(attributes, "prompt");
  return result;
}

static llvm::Expected<VocabularySpec> describeVocabulary(DictionaryAttr attributes) {
  VocabularySpec result;
  result.name = getText(attributes, "name");
  result.file = getText(attributes, "file");
  if (auto tokens = attributes.getAs<ArrayAttr>("tokens"))
    for (Attribute token : tokens)
      if (auto text = dyn_cast<StringAttr>(token))
        result.tokens.push_back(text.str());
  const std::string kind = getText(attributes, "kind");
  for (VocabularyKind known : {VocabularyKind::Characters, VocabularyKind::Bytes,
                               VocabularyKind::List, VocabularyKind::Pieces})
    if (vocabularyKindName(known) == kind) {
      result.kind = known;
      return result;
    }
  return llvm::createStringError("expected the kind of vocabulary `" + result.name +
                                 "` to be characters, bytes, list or pieces, found `" + kind + "`");
}

/// Gives the ports of the sequence the vocabularies of their tokens.
static void describePorts(ModelInterface &model, DictionaryAttr inputs, DictionaryAttr outputs) {
  for (EntryInterface &entry : model.entries)
    for (Port &port : entry.arguments) {
      DictionaryAttr names = port.kind == PortKind::Input    ? inputs
                             : port.kind == PortKind::Output ? outputs
                                                             : DictionaryAttr();
      if (names && entry.name != "decode" && entry.name != "prefill" && entry.name != "generate" &&
          port.type == ElementType::I32)
        port.vocabulary = getText(names, port.name);
    }
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
  for (auto entry : model.getBody().getOps<ir::EntryOp>()) {
    llvm::Expected<EntryInterface> described = describeEntry(entry);
    if (!described)
      return described.takeError();
    result.entries.push_back(std::move(*described));
  }
  if (ArrayAttr vocabularies = model.getVocabulariesAttr())
    for (auto attributes : vocabularies.getAsRange<DictionaryAttr>()) {
      llvm::Expected<VocabularySpec> vocabulary = describeVocabulary(attributes);
      if (!vocabulary)
        return vocabulary.takeError();
      result.vocabularies.push_back(std::move(*vocabulary));
    }
  describePorts(result, model.getInputVocabulariesAttr(), model.getOutputVocabulariesAttr());
  if (DictionaryAttr generation = model.getGenerationAttr())
    result.generation = describeGeneration(generation);
  return result;
}
