//===- LowerGenerate.cpp - Models that make tokens one by one -----*- C++ -*-===//

#include "LowerGenerate.h"

#include "gatefold/Runtime/Vocabulary.h"
#include "llvm/Support/Path.h"

using namespace gatefold;
using namespace gatefold::lowering;

const GenerateExpression *lowering::findGeneration(const Declaration &model) {
  const auto *result = llvm::dyn_cast<ReturnStatement>(model.body.back().get());
  return result && result->values.size() == 1
             ? llvm::dyn_cast<GenerateExpression>(result->values[0].get())
             : nullptr;
}

//===----------------------------------------------------------------------===//
// What passes from one entry to the other
//===----------------------------------------------------------------------===//

/// `name`, with underscores behind it until nothing else is called so.
static std::string makeUnique(std::string name, const GenerationPlan &plan) {
  auto isTaken = [&](const GenerationPlan::Item &item) { return item.name == name; };
  while (llvm::any_of(plan.fixed, isTaken) || llvm::any_of(plan.memories, isTaken))
    name += "_";
  return name;
}

GenerationPlan::GenerationPlan(const GenerateExpression &generate, const Instance &model)
    : generate(generate), sizes(substitute(generate.dimensions, model.sizes)) {
  scan.cell = model.partsOf.at(generate.instance).front();
  scan.collect(*scan.cell, sizes);
  for (const Parameter &parameter : scan.cell->declaration->parameters)
    if (parameter.fixed && fixed.size() < generate.fixed.size()) // the others have their defaults
      fixed.push_back({parameter.name.text, parameter.symbol->type.element,
                       substitute(parameter.symbol->type.dims, sizes)});
  for (const ScanMemory &memory : scan.memories) {
    Item item{memory.instance->pathOf(memory.name()), Element::I32, {}};
    if (memory.symbol) {
      item.element = memory.symbol->type.element;
      item.shape = substitute(memory.symbol->type.dims, *memory.sizes);
    }
    memories.push_back(std::move(item));
  }
  token = makeUnique("token", *this);
  if (generate.prompt)
    prompt = Item{makeUnique("prompt", *this), Element::Token,
                  substitute(generate.prompt->type.dims, model.sizes)};
}

/// The starting point of the decoder: what is fixed, the first memories, the prompt.
llvm::SmallVector<mlir::Value> BodyLowering::lowerStart(GenerationPlan &plan) {
  const GenerateExpression &generate = plan.generate;
  ValueBuilder build = builderAt(generate.range);
  llvm::SmallVector<mlir::Value> start;
  auto add = [&](const LoweredValue &value, Element element, const Shape &shape) {
    start.push_back(build.expand(value, element, shape, false).tensor);
  };
  for (auto [value, item] : llvm::zip_equal(generate.fixed, plan.fixed))
    add(lower(*value, item.name), item.element, item.shape);
  const GivenMemories begin{generate.starting, generate.range, std::nullopt};
  for (auto [memory, item] : llvm::zip_equal(plan.scan.memories, plan.memories))
    add(lowerInitial(begin, memory), item.element, item.shape);
  if (plan.prompt)
    add(lower(*generate.prompt), plan.prompt->element, plan.prompt->shape);
  return start;
}

/// One step of the decoder, whose arguments are the token, what is fixed, and the memories. Returns
/// the scores and the next memories.
llvm::SmallVector<mlir::Value> BodyLowering::lowerDecode(GenerationPlan &plan,
                                                         mlir::ValueRange arguments) {
  ValueBuilder build = builderAt(plan.generate.range);
  auto next = arguments.begin();
  auto take = [&](Element element, const Shape &shape) {
    return build.value(*next++, element, shape, false);
  };
  const LoweredValue token = take(Element::Token, {});
  llvm::SmallVector<LoweredValue> fixed;
  for (const GenerationPlan::Item &item : plan.fixed)
    fixed.push_back(take(item.element, item.shape));
  StepMemories memories;
  memories.scanned = plan.scan.cell;
  for (auto [memory, item] : llvm::zip_equal(plan.scan.memories, plan.memories))
    memories.current[memory.key()] = take(item.element, item.shape);

  Scope inner;
  inner.instance = plan.scan.cell;
  inner.sizes = plan.sizes;
  inner.caller = build.location;
  inner.memories = &memories;
  BodyLowering body(entry, std::move(inner));
  auto nextFixed = fixed.begin();
  for (const Parameter &parameter : plan.scan.cell->declaration->parameters)
    if (parameter.fixed && nextFixed == fixed.end())
      body.bindDefault(parameter);
    else
      body.bind(parameter.symbol, parameter.fixed ? *nextFixed++ : token);
  plan.scan.outputs = body.run(*plan.scan.cell->declaration);
  llvm::SmallVector<mlir::Value> nextMemories = endStep(plan.scan, memories, plan.generate.range);
  llvm::SmallVector<mlir::Value> results = {plan.scan.outputs.front().tensor};
  llvm::append_range(results, nextMemories);
  return results;
}

//===----------------------------------------------------------------------===//
// Descriptions
//===----------------------------------------------------------------------===//

/// A token by its text or its number.
static mlir::Attribute describeToken(mlir::Builder &builder, const Expression &token,
                                     const DimBindings &sizes) {
  if (const auto *text = llvm::dyn_cast<StringExpression>(&token))
    return builder.getStringAttr(text->value);
  if (const auto *number = llvm::dyn_cast<NumberExpression>(&token))
    return builder.getI64IntegerAttr(static_cast<int64_t>(number->value));
  const auto *name = llvm::dyn_cast<NameExpression>(&token);
  const double constant = name && name->symbol ? name->symbol->number : 0;
  const auto size = name ? sizes.find(name->name.text) : sizes.end();
  return builder.getI64IntegerAttr(size == sizes.end() ? static_cast<int64_t>(constant)
                                                       : size->second.asConstant().value_or(0));
}

mlir::DictionaryAttr GenerationPlan::describe(mlir::MLIRContext *context, llvm::StringRef output,
                                              const Declaration &model) const {
  mlir::Builder builder(context);
  llvm::SmallVector<mlir::NamedAttribute> attributes;
  auto add = [&](llvm::StringRef name, mlir::Attribute value) {
    attributes.push_back(builder.getNamedAttr(name, value));
  };
  const DimBindings &modelSizes = scan.cell->owner->sizes;
  add("output", builder.getStringAttr(output));
  if (const auto &vocabulary = model.results[0].type.vocabulary)
    add("vocabulary", builder.getStringAttr(vocabulary->text));
  add("first", describeToken(builder, *generate.from, modelSizes));
  if (generate.until)
    add("end", describeToken(builder, *generate.until, modelSizes));
  add("limit", builder.getI64IntegerAttr(
                   generate.limitSize.substitute(modelSizes).asConstant().value_or(1)));
  add("token", builder.getStringAttr(token));
  if (prompt)
    add("prompt", builder.getStringAttr(prompt->name));
  return builder.getDictionaryAttr(attributes);
}

/// The path of a vocabulary's file, which is relative to the text that names it.
static std::string resolvePath(const VocabularyDeclaration &vocabulary,
                               const llvm::SourceMgr &sources) {
  const auto &argument = vocabulary.arguments[0];
  if (llvm::sys::path::is_absolute(argument.text))
    return argument.text;
  const unsigned buffer = sources.FindBufferContainingLoc(argument.range.Start);
  llvm::SmallString<128> path =
      buffer == 0
          ? llvm::StringRef()
          : llvm::sys::path::parent_path(sources.getMemoryBuffer(buffer)->getBufferIdentifier());
  llvm::sys::path::append(path, argument.text);
  return path.str().str();
}

mlir::ArrayAttr lowering::describeVocabularies(mlir::MLIRContext *context, const SourceFile &file,
                                               const llvm::SourceMgr &sources) {
  using Kind = VocabularyDeclaration::Kind;
  mlir::Builder builder(context);
  llvm::SmallVector<mlir::Attribute> vocabularies;
  for (const auto &vocabulary : file.vocabularies) {
    llvm::SmallVector<mlir::NamedAttribute> attributes = {
        builder.getNamedAttr("name", builder.getStringAttr(vocabulary->name.text)),
        builder.getNamedAttr("kind", builder.getStringAttr(spell(vocabulary->kind)))};
    std::vector<std::string> tokens;
    if (vocabulary->kind == Kind::Characters)
      tokens =
          llvm::cantFail(splitCharacters(vocabulary->arguments[0].text)); // it was read as UTF-8
    else if (vocabulary->kind == Kind::List && vocabulary->arguments.size() > 1)
      for (const auto &argument : vocabulary->arguments)
        tokens.push_back(argument.text);
    else if (!vocabulary->arguments.empty())
      attributes.push_back(
          builder.getNamedAttr("file", builder.getStringAttr(resolvePath(*vocabulary, sources))));
    if (!tokens.empty()) {
      const llvm::SmallVector<llvm::StringRef> texts(tokens.begin(), tokens.end());
      attributes.push_back(builder.getNamedAttr("tokens", builder.getStrArrayAttr(texts)));
    }
    vocabularies.push_back(builder.getDictionaryAttr(attributes));
  }
  return builder.getArrayAttr(vocabularies);
}

mlir::DictionaryAttr lowering::describePorts(mlir::MLIRContext *context,
                                             const PortVocabularies &ports) {
  mlir::Builder builder(context);
  llvm::SmallVector<mlir::NamedAttribute> attributes;
  for (const auto &[name, type] : ports)
    if (type->vocabulary)
      attributes.push_back(
          builder.getNamedAttr(name, builder.getStringAttr(type->vocabulary->text)));
  return builder.getDictionaryAttr(attributes);
}
