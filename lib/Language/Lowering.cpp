//===- Lowering.cpp - From the syntax tree to the dialect ---------*- C++ -*-===//
//
// Builds the model, its weights and the frame of its entry; the body is lowered in LowerBody.cpp.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Lowering.h"

#include "LowerGenerate.h"
#include "LowerRequirements.h"
#include "LowerWalk.h"
#include "LowerWatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace gatefold;
using namespace gatefold::lowering;

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

namespace {
/// Lowers one model.
class ModelLowering {
public:
  ModelLowering(mlir::MLIRContext &context, const llvm::SourceMgr &sources, const SourceFile &file,
                const Declaration &model, const DimBindings &sizes, const WatchedValues &watched)
      : builder(&context), sources(sources), file(file), model(model),
        root(makeInstance(model, sizes)), replayed(nullptr) {
    const GenerateExpression *generate = findGeneration(model);
    if (generate && watched.replaysTokens)
      replayed = generate;
    else if (generate)
      generation.emplace(*generate, *root);
    if (!watched.names.empty() || watched.replaysTokens)
      recorder.emplace(watched.names, freeSizes());
  }

  mlir::OwningOpRef<mlir::ModuleOp> run();
  /// What was found on the way.
  std::vector<NamedValue> listValues() const { return recorder->list(); }

private:
  mlir::Location locate(SourceRange range, llvm::StringRef name,
                        std::optional<mlir::Location> caller = std::nullopt) {
    return lowering::locate(builder.getContext(), sources, range, name, caller);
  }
  void
  forEachWeight(const Instance &instance, std::optional<mlir::Location> caller,
                llvm::function_ref<void(const Instance &, const Symbol &, mlir::Location)> visit);
  ir::PortAttr makePort(ir::PortKind kind, llvm::StringRef name, const Shape &shape);
  mlir::RankedTensorType typeOf(const Type &type) { return typeOf(type, root->sizes); }
  mlir::RankedTensorType typeOf(const Symbol &weight, const Instance &instance) {
    return typeOf(weight.type, instance.sizes);
  }
  mlir::RankedTensorType typeOf(const Type &type, const DimBindings &sizes) {
    return tensorType(builder.getContext(), type.element, substitute(type.dims, sizes));
  }
  std::vector<std::string> outputNames() const;
  std::set<std::string> freeSizes() const;
  std::string replayedSize() const;
  void lowerReplay(BodyLowering &body, mlir::Block &block, EntryLowering &entry);
  void addWatched(EntryLowering &entry, ir::EntryOp op, llvm::SmallVector<mlir::Value> &results);
  ir::EntryOp addEntry();
  ir::EntryOp addDecode();
  EntryLowering beginEntry(ir::EntryOp op);
  void lowerEntry();
  void lowerDecode();
  void describeTexts(ir::ModelOp op);

  mlir::OpBuilder builder;
  const llvm::SourceMgr &sources;
  const SourceFile &file;
  const Declaration &model;
  std::unique_ptr<Instance> root;
  std::optional<GenerationPlan> generation;
  const GenerateExpression *replayed; ///< instead of a generation
  std::optional<ValueRecorder> recorder;
};
} // namespace

/// Visits the weights of `instance` and of its parts in the order of the text.
void ModelLowering::forEachWeight(
    const Instance &instance, std::optional<mlir::Location> caller,
    llvm::function_ref<void(const Instance &, const Symbol &, mlir::Location)> visit) {
  for (const StatementPtr &statement : instance.declaration->body) {
    if (const auto *weights = llvm::dyn_cast<WeightStatement>(statement.get()))
      for (const Symbol *weight : weights->symbols)
        visit(instance, *weight, locate(weight->definition, weight->name, caller));
    for (const Symbol *part : getInstances(*statement))
      for (const Instance *element : instance.partsOf.at(part))
        forEachWeight(*element, locate(statement->range, part->name, caller), visit);
  }
}

//===----------------------------------------------------------------------===//
// The entry
//===----------------------------------------------------------------------===//

ir::PortAttr ModelLowering::makePort(ir::PortKind kind, llvm::StringRef name, const Shape &shape) {
  llvm::SmallVector<mlir::StringAttr> dims;
  for (const Dim &dim : shape)
    dims.push_back(builder.getStringAttr(dim.str()));
  return ir::PortAttr::get(builder.getContext(), kind, builder.getStringAttr(name), dims);
}

/// Each result's name, all different: the one that the text gives, else that of the returned value
/// unless another result has it, else `output`, by number if there are several.
std::vector<std::string> ModelLowering::outputNames() const {
  const auto *last = llvm::cast<ReturnStatement>(model.body.back().get());
  std::vector<std::string> names;
  for (const ResultSyntax &result : model.results)
    names.push_back(result.name ? result.name->text : "");
  for (auto [name, value] : llvm::zip_equal(names, last->values))
    if (const auto *returned = llvm::dyn_cast<NameExpression>(value.get()))
      if (name.empty() && !llvm::is_contained(names, returned->name.text))
        name = returned->name.text;
  for (auto [i, name] : llvm::enumerate(names)) {
    if (name.empty() && names.size() == 1)
      name = "output";
    for (size_t number = i; name.empty(); ++number)
      if (std::string numbered = "output_" + std::to_string(number);
          !llvm::is_contained(names, numbered))
        name = std::move(numbered);
  }
  return names;
}

ir::EntryOp ModelLowering::addEntry() {
  llvm::SmallVector<mlir::Type> argumentTypes, resultTypes;
  llvm::SmallVector<ir::PortAttr> argumentPorts, resultPorts;
  for (const Parameter &parameter : model.parameters) {
    argumentTypes.push_back(typeOf(parameter.symbol->type));
    argumentPorts.push_back(makePort(ir::PortKind::Input, parameter.name.text,
                                     substitute(parameter.symbol->type.dims, root->sizes)));
  }
  auto addOutput = [&](llvm::StringRef name, Element element, const Shape &shape) {
    resultTypes.push_back(tensorType(builder.getContext(), element, shape));
    resultPorts.push_back(makePort(ir::PortKind::Output, name, shape));
  };
  if (replayed) {
    auto addTokens = [&](llvm::StringRef name, const Dim &size) {
      argumentTypes.push_back(tensorType(builder.getContext(), Element::Token, size));
      argumentPorts.push_back(makePort(ir::PortKind::Input, name, {size}));
    };
    addTokens(replayedFirst, Dim::constant(1));
    addTokens(replayedTokens, Dim::name(replayedSize()));
  } else if (generation) {
    for (const auto *items : {&generation->fixed, &generation->memories})
      for (const GenerationPlan::Item &item : *items)
        addOutput(item.name, item.element, item.shape);
    if (generation->prompt)
      addOutput(generation->prompt->name, generation->prompt->element, generation->prompt->shape);
  } else {
    for (auto [result, name] : llvm::zip_equal(model.results, outputNames()))
      addOutput(name, result.resolved.element, substitute(result.resolved.dims, root->sizes));
  }
  return ir::EntryOp::create(builder, locate(model.name.range, model.name.text), "sequence",
                             argumentTypes, argumentPorts, resultTypes, resultPorts);
}

/// One step of the decoder.
ir::EntryOp ModelLowering::addDecode() {
  mlir::MLIRContext *context = builder.getContext();
  llvm::SmallVector<mlir::Type> argumentTypes, resultTypes;
  llvm::SmallVector<ir::PortAttr> argumentPorts, resultPorts;
  auto addArgument = [&](ir::PortKind kind, const GenerationPlan::Item &item) {
    argumentTypes.push_back(tensorType(context, item.element, item.shape));
    argumentPorts.push_back(makePort(kind, item.name, item.shape));
  };
  addArgument(ir::PortKind::Input, {generation->token, Element::Token, {}});
  for (const GenerationPlan::Item &item : generation->fixed)
    addArgument(ir::PortKind::Input, item);
  const ResultSyntax &scores = generation->scan.cell->declaration->results[0];
  const Shape shape = substitute(scores.resolved.dims, generation->sizes);
  resultTypes.push_back(tensorType(context, Element::F32, shape));
  resultPorts.push_back(makePort(ir::PortKind::Output, "scores", shape));
  for (const GenerationPlan::Item &item : generation->memories) {
    addArgument(ir::PortKind::Memory, item);
    resultTypes.push_back(argumentTypes.back());
    resultPorts.push_back(argumentPorts.back());
  }
  return ir::EntryOp::create(builder, locate(generation->generate.range, model.name.text), "decode",
                             argumentTypes, argumentPorts, resultTypes, resultPorts);
}

/// Reads the weights at the start of the entry's body.
EntryLowering ModelLowering::beginEntry(ir::EntryOp op) {
  mlir::Block &block = op.getBody().front();
  builder.setInsertionPointToStart(&block);
  EntryLowering entry{builder, sources, EntrySizes(block), {}};
  forEachWeight(*root, std::nullopt,
                [&](const Instance &instance, const Symbol &weight, mlir::Location location) {
                  auto read = ir::ReadOp::create(builder, location, typeOf(weight, instance),
                                                 instance.pathOf(weight.name));
                  LoweredValue &value = entry.weights[{&instance, &weight}];
                  value.tensor = read;
                  value.element = Element::F32;
                  value.shape = substitute(weight.type.dims, instance.sizes);
                  entry.sizes.placeBehind(read);
                });
  return entry;
}

/// Names the sizes of arguments that are free dimensions.
static void defineSizes(EntryLowering &entry, mlir::BlockArgument argument, const Shape &shape) {
  for (auto [axis, size] : llvm::enumerate(shape))
    if (std::optional<std::string> name = size.asName())
      entry.sizes.define(*name, argument, shape.size() - 1 - axis);
}

void ModelLowering::lowerDecode() {
  ir::EntryOp op = addDecode();
  EntryLowering entry = beginEntry(op);
  mlir::Block &block = op.getBody().front();
  auto next = std::next(block.args_begin()); // behind the token
  for (const auto *items : {&generation->fixed, &generation->memories})
    for (const GenerationPlan::Item &item : *items)
      defineSizes(entry, *next++, item.shape);
  Scope scope;
  scope.instance = root.get();
  scope.sizes = root->sizes;
  BodyLowering body(entry, std::move(scope));
  const auto results = body.lowerDecode(*generation, block.getArguments());
  ir::ReturnOp::create(builder, locate(generation->generate.range, ""), results);
}

void ModelLowering::lowerEntry() {
  ir::EntryOp op = addEntry();
  mlir::Block &block = op.getBody().front();
  EntryLowering entry = beginEntry(op);
  entry.recorder = recorder ? &*recorder : nullptr;
  Scope scope;
  scope.instance = root.get();
  scope.sizes = root->sizes;
  BodyLowering body(entry, std::move(scope));
  for (auto [parameter, argument] : llvm::zip(model.parameters, block.getArguments())) {
    argument.setLoc(locate(parameter.name.range, parameter.name.text));
    LoweredValue value;
    value.tensor = argument;
    value.element = parameter.symbol->type.element;
    value.shape = substitute(parameter.symbol->type.dims, root->sizes);
    defineSizes(entry, argument, value.shape);
    body.bind(parameter.symbol, std::move(value));
  }
  const mlir::Location location = locate(model.body.back()->range, "");
  ValueBuilder build(builder, entry.sizes, {}, location, location);
  llvm::SmallVector<mlir::Value> results;
  for (const LoweredValue &result : body.run(model))
    results.push_back(build.asTensor(result).tensor);
  if (generation)
    results = body.lowerStart(*generation);
  if (replayed)
    lowerReplay(body, block, entry);
  if (recorder && !generation)
    addWatched(entry, op, results);
  ir::ReturnOp::create(builder, location, results);
}

//===----------------------------------------------------------------------===//
// Watched values
//===----------------------------------------------------------------------===//

/// The names that the inputs give sizes.
std::set<std::string> ModelLowering::freeSizes() const {
  std::set<std::string> names;
  for (const Parameter &parameter : model.parameters)
    for (const Dim &size : substitute(parameter.symbol->type.dims, root->sizes))
      for (std::string &name : size.names())
        names.insert(std::move(name));
  if (replayed)
    names.insert(replayedSize());
  return names;
}

/// A name for the number of tokens that are replayed; no size of the model is called so.
std::string ModelLowering::replayedSize() const {
  std::string name = "made";
  auto isTaken = [&](const Parameter &parameter) {
    return llvm::any_of(parameter.symbol->type.dims,
                        [&](const Dim &size) { return llvm::is_contained(size.names(), name); });
  };
  while (llvm::any_of(model.parameters, isTaken))
    name += "_";
  return name;
}

void ModelLowering::lowerReplay(BodyLowering &body, mlir::Block &block, EntryLowering &entry) {
  auto take = [&](mlir::BlockArgument argument, const Dim &size) {
    LoweredValue value;
    value.tensor = argument;
    value.element = Element::Token;
    value.shape = {size};
    defineSizes(entry, argument, value.shape);
    return value;
  };
  const auto arguments = block.getArguments().take_back(2);
  const LoweredValue first = take(arguments[0], Dim::constant(1));
  body.replay(*replayed, first, take(arguments[1], Dim::name(replayedSize())));
}

/// Makes outputs of the watched values.
void ModelLowering::addWatched(EntryLowering &entry, ir::EntryOp op,
                               llvm::SmallVector<mlir::Value> &results) {
  const mlir::Location location = locate(model.body.back()->range, "");
  recorder->forEachWanted(ValueBuilder(builder, entry.sizes, {}, location, location),
                          [&](llvm::StringRef name, const LoweredValue &value) {
                            const unsigned index = op.getNumResults();
                            results.push_back(value.tensor);
                            if (mlir::succeeded(op.insertResult(index, value.tensor.getType(), {})))
                              op.setResultPort(index,
                                               makePort(ir::PortKind::Output, name, value.shape));
                          });
}

/// Says which vocabularies there are, whose tokens inputs and outputs hold, and how tokens are
/// made.
void ModelLowering::describeTexts(ir::ModelOp op) {
  mlir::MLIRContext *context = builder.getContext();
  if (!file.vocabularies.empty())
    op.setVocabulariesAttr(describeVocabularies(context, file, sources));
  PortVocabularies inputs, outputs;
  for (const Parameter &parameter : model.parameters)
    inputs.push_back({parameter.name.text, &parameter.type});
  const std::vector<std::string> names = outputNames();
  if (generation)
    op.setGenerationAttr(generation->describe(context, names[0], model));
  else if (!replayed)
    for (auto [result, name] : llvm::zip_equal(model.results, names))
      outputs.push_back({name, &result.type});
  if (mlir::DictionaryAttr ports = describePorts(context, inputs); !ports.empty())
    op.setInputVocabulariesAttr(ports);
  if (mlir::DictionaryAttr ports = describePorts(context, outputs); !ports.empty())
    op.setOutputVocabulariesAttr(ports);
}

/// Erases what no result depends on, such as the values of names that nobody reads.
static void eraseUnused(ir::ModelOp model) {
  llvm::SmallVector<mlir::Operation *> operations;
  model.walk([&](mlir::Operation *operation) { operations.push_back(operation); });
  // From the last to the first, so that the last use goes before what it uses.
  for (mlir::Operation *operation : llvm::reverse(operations))
    if (operation->getNumRegions() == 0 && mlir::isOpTriviallyDead(operation))
      operation->erase();
}

mlir::OwningOpRef<mlir::ModuleOp> ModelLowering::run() {
  const mlir::Location location = locate(model.name.range, model.name.text);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(location);
  builder.setInsertionPointToEnd(module->getBody());
  auto op = ir::ModelOp::create(builder, location, model.name.text);
  std::vector<std::string> ignored;
  for (const StatementPtr &statement : model.body)
    if (const auto *ignore = llvm::dyn_cast<IgnoreStatement>(statement.get()))
      ignored.insert(ignored.end(), ignore->names.begin(), ignore->names.end());
  if (!ignored.empty())
    op.setIgnoredAttr(builder.getStrArrayAttr(
        llvm::SmallVector<llvm::StringRef>(ignored.begin(), ignored.end())));
  builder.setInsertionPointToEnd(&op.getBody().front());
  forEachWeight(*root, std::nullopt,
                [&](const Instance &instance, const Symbol &weight, mlir::Location place) {
                  const std::string source = sourceOf(instance, weight);
                  ir::WeightOp::create(
                      builder, place, instance.pathOf(weight.name), typeOf(weight, instance),
                      source.empty() ? mlir::StringAttr() : builder.getStringAttr(source));
                });
  lowerEntry();
  if (generation) {
    builder.setInsertionPointToEnd(&op.getBody().front());
    lowerDecode();
  }
  describeTexts(op);
  eraseUnused(op);
  return module;
}

/// The sizes of the model's dimensions, and the context made ready; nothing when there was an
/// error.
static std::optional<DimBindings> checkSizes(mlir::MLIRContext &context, const Declaration &model,
                                             const std::map<std::string, int64_t> &dimensions,
                                             Diagnostics &diagnostics) {
  const unsigned before = diagnostics.numErrors();
  DimBindings sizes = sizesOf(model, dimensions, diagnostics);
  if (diagnostics.numErrors() != before)
    return std::nullopt;
  RequirementChecker(diagnostics).checkModel(model, sizes);
  if (diagnostics.numErrors() != before)
    return std::nullopt;
  context.loadDialect<ir::GatefoldDialect, mlir::arith::ArithDialect, mlir::math::MathDialect,
                      mlir::tensor::TensorDialect>();
  return sizes;
}

mlir::OwningOpRef<mlir::ModuleOp>
gatefold::lowerModel(mlir::MLIRContext &context, const SourceFile &file, const Declaration &model,
                     const std::map<std::string, int64_t> &dimensions, Diagnostics &diagnostics,
                     const WatchedValues &watched) {
  std::optional<DimBindings> sizes = checkSizes(context, model, dimensions, diagnostics);
  if (!sizes)
    return nullptr;
  return ModelLowering(context, diagnostics.getSources(), file, model, *sizes, watched).run();
}

std::vector<NamedValue> gatefold::listNamedValues(mlir::MLIRContext &context,
                                                  const SourceFile &file, const Declaration &model,
                                                  const std::map<std::string, int64_t> &dimensions,
                                                  Diagnostics &diagnostics) {
  std::optional<DimBindings> sizes = checkSizes(context, model, dimensions, diagnostics);
  if (!sizes)
    return {};
  ModelLowering lowering(context, diagnostics.getSources(), file, model, *sizes, {{}, true});
  lowering.run();
  return lowering.listValues();
}
