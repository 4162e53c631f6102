//===- ModelModule.cpp - A model as an MLIR module ---------------*- C++ -*-===//
//
// Loads modules and runs them through the pipeline.
//
//===----------------------------------------------------------------------===//

#include "ModelModule.h"
#include "OnnxText.h"
#include "ValueNames.h"
#include "gatefold/Codegen/Optimizer.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/TargetParser/Triple.h"

using namespace gatefold;

static mlir::DialectRegistry makeRegistry() {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  return registry;
}

ModelModule::ModelModule(std::string path)
    : path(std::move(path)), context(makeRegistry(), mlir::MLIRContext::Threading::DISABLED) {}

llvm::Expected<std::unique_ptr<ModelModule>> ModelModule::load(const ModelChoice &choice,
                                                               PhaseTimer &timer) {
  std::unique_ptr<ModelModule> loaded(new ModelModule(choice.path));
  if (llvm::StringRef(choice.path).ends_with(".mlir")) {
    if (llvm::Error error = loaded->readMlir(choice))
      return std::move(error);
    return loaded;
  }
  if (isOnnxPath(choice.path)) {
    if (llvm::Error error = loaded->readOnnx(choice, timer))
      return std::move(error);
    return loaded;
  }
  timer.begin("parse and check");
  if (!choice.fixed.empty() || !choice.carried.empty())
    return makeUsageError("--fix and --carry are for ONNX models");
  auto buffer = readText(choice.path);
  if (!buffer)
    return buffer.takeError();
  return fromText(choice, std::move(*buffer), timer);
}

llvm::Expected<std::unique_ptr<ModelModule>>
ModelModule::fromText(const ModelChoice &choice, std::unique_ptr<llvm::MemoryBuffer> text,
                      PhaseTimer &timer) {
  std::unique_ptr<ModelModule> loaded(new ModelModule(choice.path));
  llvm::Expected<std::map<std::string, int64_t>> sizes = choice.parseSizes();
  if (!sizes)
    return sizes.takeError();
  if (llvm::Error error = loaded->readFold(choice, *sizes, std::move(text), timer))
    return std::move(error);
  return loaded;
}

llvm::Error ModelModule::readOnnx(const ModelChoice &choice, PhaseTimer &timer) {
  timer.begin("import");
  llvm::Expected<std::map<std::string, int64_t>> sizes = choice.parseSizes();
  if (!sizes)
    return sizes.takeError();
  auto imported = importOnnx(path, {choice.fixed, choice.carried}, *sizes);
  if (!imported)
    return imported.takeError();
  auto buffer = layOutText(*imported, path);
  if (!buffer)
    return buffer.takeError();
  weights = std::move(imported->weights);
  return readFold(choice, {}, std::move(*buffer), timer);
}

/// How deep brackets lie within each other in a text of MLIR, strings and comments left out.
static int64_t countNesting(llvm::StringRef text) {
  int64_t depth = 0, deepest = 0;
  while (!text.empty()) {
    char first = text.front();
    text = text.drop_front();
    if (first == '"') {
      while (!text.empty() && text.front() != '"' && text.front() != '\n')
        text = text.substr(text.front() == '\\' ? 2 : 1);
      text = text.drop_front(!text.empty());
    } else if (first == '/' && text.starts_with("/")) {
      text = text.drop_until([](char next) { return next == '\n'; });
    } else if ((first == '-' && text.starts_with(">")) ||
               ((first == '<' || first == '>') && text.starts_with("="))) {
      text = text.drop_front(); // an arrow or a comparison
    } else if (llvm::StringRef("([{<").contains(first)) {
      deepest = std::max(deepest, ++depth);
    } else if (llvm::StringRef(")]}>").contains(first)) {
      --depth;
    }
  }
  return deepest;
}

/// MLIR's parser takes stack for every level; no stage of a model comes near this.
static constexpr int64_t deepestNesting = 1000;

llvm::Error ModelModule::readMlir(const ModelChoice &choice) {
  auto buffer = readText(path);
  if (!buffer)
    return buffer.takeError();
  if (!choice.sizes.empty())
    return makeUsageError("--dim is for .fold texts; the sizes in `" + path + "` are fixed");
  if (!choice.model.empty())
    return makeUsageError("--model is for .fold texts; `" + path + "` has one model");
  if (int64_t depth = countNesting((*buffer)->getBuffer()); depth > deepestNesting)
    return makeError(path + ": has brackets within brackets " + llvm::Twine(depth) +
                     " deep, expected at most " + llvm::Twine(deepestNesting));
  mlirSources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  handler = std::make_unique<mlir::SourceMgrDiagnosticHandler>(mlirSources, &context, llvm::errs());
  module = mlir::parseSourceFile<mlir::ModuleOp>(mlirSources, &context);
  if (!module)
    return llvm::make_error<ToldError>();
  if (Stage stage = detectStage(*module); stage > Stage::Gatefold && choice.weightType != "f32")
    return makeUsageError("--weight-type is for models at stage `gatefold`; `" + path +
                          "` is at stage `" + getStageName(stage) + "`");
  return llvm::Error::success();
}

llvm::Error ModelModule::readFold(const ModelChoice &choice,
                                  const std::map<std::string, int64_t> &sizes,
                                  std::unique_ptr<llvm::MemoryBuffer> buffer, PhaseTimer &timer) {
  timer.begin("parse and check");
  text = std::make_unique<FoldText>(std::move(buffer), choice.importDirectories);
  handler = std::make_unique<mlir::SourceMgrDiagnosticHandler>(text->getSources(), &context,
                                                               llvm::errs());
  if (!text->check()) {
    text->printDiagnostics();
    return llvm::make_error<ToldError>();
  }
  llvm::Expected<const Declaration *> model = text->findModel(choice.model);
  if (!model) {
    text->printDiagnostics();
    return model.takeError();
  }
  std::vector<std::string> names;
  for (const DimParameter &parameter : (*model)->dimParameters)
    names.push_back(parameter.name.text);
  for (const auto &[name, size] : sizes)
    if (!llvm::is_contained(names, name))
      return makeUsageError("the model `" + (*model)->name.text + "` has no dimension `" + name +
                            "` in its brackets" + suggest(name, names));

  timer.begin("lower");
  declaration = *model;
  this->sizes = sizes;
  module = lowerModel(context, text->getFile(), *declaration, this->sizes, text->getDiagnostics());
  timer.end();
  if (!module || !choice.quiet)
    text->printDiagnostics();
  return module ? llvm::Error::success() : llvm::make_error<ToldError>();
}

llvm::Expected<std::vector<NamedValue>> ModelModule::listValues() {
  if (!declaration)
    return makeUsageError("--watch and --plot are for .fold texts; the outputs of `" + path +
                          "` are fixed");
  return listNamedValues(context, text->getFile(), *declaration, sizes, text->getDiagnostics());
}

llvm::Error ModelModule::watch(const WatchedValues &watched) {
  module =
      lowerModel(context, text->getFile(), *declaration, sizes, text->getDiagnostics(), watched);
  return module ? llvm::Error::success() : llvm::make_error<ToldError>();
}

llvm::Error ModelModule::advanceTo(Stage stage, const PipelineOptions &options,
                                   llvm::function_ref<void(mlir::PassManager &)> configure) {
  Stage current = detectStage(*module);
  if (current > stage)
    return makeError(path + ": is at stage `" + getStageName(current) +
                     "` and cannot go back to `" + getStageName(stage) + "`");
  if (auto triple = module->getOperation()->getAttrOfType<mlir::StringAttr>(
          mlir::LLVM::LLVMDialect::getTargetTripleAttrName()))
    if (llvm::Error error = checkArchitecture(path, triple, options.target))
      return error;
  if (mlir::failed(lowerTo(*module, stage, options, configure)))
    return llvm::make_error<ToldError>();
  return llvm::Error::success();
}

llvm::Error ModelModule::checkCode() {
  llvm::Expected<ModelInterface> described = describeModel(*module);
  if (!described)
    return described.takeError();
  auto pointer = mlir::LLVM::LLVMPointerType::get(&context);
  auto number = mlir::IntegerType::get(&context, 64);
  auto entryType = mlir::LLVM::LLVMFunctionType::get(mlir::LLVM::LLVMVoidType::get(&context),
                                                     llvm::SmallVector<mlir::Type>(5, pointer));
  auto workspaceType = mlir::LLVM::LLVMFunctionType::get(number, {pointer});
  auto check = [&](const std::string &symbol, mlir::Type type) -> llvm::Error {
    auto function = module->lookupSymbol<mlir::LLVM::LLVMFuncOp>(symbol);
    if (function && !function.isExternal() && function.getFunctionType() == type)
      return llvm::Error::success();
    std::string expected;
    llvm::raw_string_ostream(expected) << type;
    return makeError(path + ": expected a function `" + symbol + "` of type `" + expected +
                     "` with a body, as the entries of `" + described->name + "` need it");
  };
  for (const EntryInterface &entry : described->entries) {
    if (llvm::Error error = check(entry.symbol, entryType))
      return error;
    if (llvm::Error error = check(entry.symbol + "_workspace", workspaceType))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error ModelModule::keepEntries(llvm::ArrayRef<std::string> names,
                                     const PipelineOptions &options) {
  llvm::Expected<ModelInterface> described = describeModel(*module);
  if (!described)
    return described.takeError();
  for (const std::string &name : names)
    if (!described->entry(name))
      return makeError("`" + described->name + "` has no entry `" + name + "`" +
                       (described->whyNoStep.empty() ? "" : ": " + described->whyNoStep));
  KeepEntriesOptions keep;
  keep.names.assign(names.begin(), names.end());
  mlir::PassManager manager(&context, mlir::ModuleOp::getOperationName());
  manager.enableVerifier(options.verifyEach);
  manager.nest<ir::ModelOp>().addPass(createKeepEntries(keep));
  if (mlir::failed(manager.run(*module)))
    return llvm::make_error<ToldError>();
  return llvm::Error::success();
}

llvm::Expected<PipelineOptions> gatefold::makePipelineOptions(const ModelChoice &choice) {
  PipelineOptions options;
  llvm::Expected<Target> target = Target::named(choice.cpu);
  if (!target)
    return makeUsageError(llvm::toString(target.takeError()));
  options.target = std::move(*target);
  options.verifyEach |= choice.verifyEach;
  options.disabledPasses = choice.disabledPasses;
  options.passOptions = choice.passOptions;
  options.fast = choice.fast;
  std::optional<WeightType> weightType = parseWeightType(choice.weightType);
  if (!weightType)
    return makeUsageError("expected one of " + listWeightTypes() + " for --weight-type, found `" +
                          choice.weightType + "`");
  options.weightType = *weightType;
  llvm::Error wrong = llvm::Error::success();
  llvm::handleAllErrors(checkPassSwitches(options), [&](const llvm::ErrorInfoBase &info) {
    wrong = llvm::joinErrors(std::move(wrong), makeUsageError(info.message()));
  });
  if (wrong)
    return std::move(wrong);
  return options;
}

llvm::Error gatefold::checkArchitecture(llvm::StringRef path, llvm::StringRef triple,
                                        const Target &target) {
  llvm::Triple found(triple), expected(target.triple);
  if (triple.empty() || found.getArch() == expected.getArch())
    return llvm::Error::success();
  return makeError(path + ": is code for `" + triple + "`, expected `" + target.triple + "`");
}

void gatefold::printModule(llvm::raw_ostream &os, mlir::ModuleOp module, bool locations) {
  mlir::OpPrintingFlags flags;
  flags.printNameLocAsPrefix(true);
  if (locations) {
    flags.enableDebugInfo(/*enable=*/true, /*prettyForm=*/false);
    module->print(os, flags);
  } else {
    copyForPrinting(module)->print(os, flags);
  }
  os << '\n';
}
