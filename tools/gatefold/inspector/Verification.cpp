//===- Verification.cpp - Whether passes keep the results --------*- C++ -*-===//
//
// Between passes some entries have their batch axis and others do not, so tensors are kept example
// by example, and given to each entry as it wants them.
//
//===----------------------------------------------------------------------===//

#include "Verification.h"
#include "RandomTensors.h"
#include "StreamRun.h"
#include "TensorParts.h"
#include "gatefold/Codegen/Jit.h"
#include "gatefold/Interpreter/Interpreter.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/Session.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Parser/Parser.h"
#include <cmath>

using namespace gatefold;

/// Examples, and the least size of a dimension that the text leaves open. No two such dimensions
/// have one size, so that none can stand for another.
static constexpr int64_t numExamples = 2, leastSize = 5;

//===----------------------------------------------------------------------===//
// Interpreting
//===----------------------------------------------------------------------===//

namespace {

/// The entries of a model in the dialect, on examples.
class EntryRunner {
public:
  using Examples = std::vector<NamedTensors>;
  struct Results {
    Examples outputs, memories;
  };

  EntryRunner(ir::ModelOp model, const NamedTensors &weights, Precision precision)
      : model(model), weights(weights), precision(precision) {}

  bool has(llvm::StringRef entry) { return static_cast<bool>(model.lookupEntry(entry)); }

  /// Runs what makes prepared weights of the others, where there is such an entry.
  llvm::Error prepare();
  llvm::Expected<Results> run(llvm::StringRef name, const Examples &inputs,
                              const Examples &memories, int64_t capacity);

private:
  llvm::Expected<std::vector<Tensor>> call(ir::EntryOp entry, llvm::ArrayRef<Tensor> arguments,
                                           int64_t capacity);

  ir::ModelOp model;
  const NamedTensors &weights;
  NamedTensors prepared;
  Precision precision;
};

} // namespace

llvm::Expected<std::vector<Tensor>>
EntryRunner::call(ir::EntryOp entry, llvm::ArrayRef<Tensor> arguments, int64_t capacity) {
  auto find = [&](llvm::StringRef path) -> llvm::Expected<Tensor> {
    for (const NamedTensors *tensors : {&weights, static_cast<const NamedTensors *>(&prepared)})
      if (const Tensor *weight = tensors->find(path))
        return *weight;
    return makeError("there is no weight `" + path + "`");
  };
  return interpret(
      entry, arguments, find,
      {precision, {{batchDimension.str(), numExamples}, {capacitySizeName.str(), capacity}}});
}

llvm::Error EntryRunner::prepare() {
  ir::EntryOp entry = model.lookupEntry("prepare");
  if (!entry)
    return llvm::Error::success();
  auto values = call(entry, {}, 0);
  if (!values)
    return values.takeError();
  for (auto [index, value] : llvm::enumerate(*values))
    prepared.set(entry.getResultPort(index).getName().getValue(), std::move(value));
  return llvm::Error::success();
}

/// Whether the batch pass has been here. An entry without ports that could tell has no batch.
static bool isBatched(ir::EntryOp entry) {
  auto hasBatch = [](ir::PortAttr port) {
    return !port.getDims().empty() && port.getDims().front().getValue() == batchDimension;
  };
  for (unsigned index = 0; index < entry.getNumArguments(); ++index)
    if (hasBatch(entry.getArgumentPort(index)))
      return true;
  for (unsigned index = 0; index < entry.getNumResults(); ++index)
    if (hasBatch(entry.getResultPort(index)))
      return true;
  return false;
}

llvm::Expected<EntryRunner::Results> EntryRunner::run(llvm::StringRef name, const Examples &inputs,
                                                      const Examples &memories, int64_t capacity) {
  ir::EntryOp entry = model.lookupEntry(name);
  const bool batched = isBatched(entry);
  Results results{Examples(numExamples), Examples(numExamples)};
  for (int64_t example = 0; example < (batched ? 1 : numExamples); ++example) {
    std::vector<Tensor> arguments;
    for (unsigned index = 0; index < entry.getNumArguments(); ++index) {
      ir::PortAttr port = entry.getArgumentPort(index);
      const Examples &from = port.getKind() == ir::PortKind::Memory ? memories : inputs;
      std::vector<Tensor> parts;
      for (const NamedTensors &tensors : from)
        if (const Tensor *tensor = tensors.find(port.getName().getValue()))
          parts.push_back(*tensor);
      if (parts.size() != numExamples)
        return makeError("nothing is known of the argument `" + port.getName().getValue() + "`");
      arguments.push_back(batched ? stack(parts) : parts[example]);
    }
    auto values = call(entry, arguments, capacity);
    if (!values)
      return values.takeError();
    for (auto [index, value] : llvm::enumerate(*values)) {
      ir::PortAttr port = entry.getResultPort(index);
      Examples &to = port.getKind() == ir::PortKind::Memory ? results.memories : results.outputs;
      for (int64_t part = 0; part < numExamples; ++part)
        if (batched || part == example)
          to[part].set(port.getName().getValue(), batched ? takeFirst(value, part) : value);
    }
  }
  return results;
}

//===----------------------------------------------------------------------===//
// What is right
//===----------------------------------------------------------------------===//

static mlir::DialectRegistry makeRegistry() {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  return registry;
}

/// A copy in another context; null, with a diagnostic, where there is none.
static mlir::OwningOpRef<mlir::ModuleOp> copyTo(mlir::MLIRContext &context, mlir::ModuleOp module) {
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  if (mlir::failed(mlir::writeBytecodeToFile(module, os)))
    return {};
  return mlir::parseSourceString<mlir::ModuleOp>(bytes, &context);
}

Verification::Verification(const PipelineOptions &options)
    : options(options), context(makeRegistry(), mlir::MLIRContext::Threading::DISABLED) {
  // What comes after a pass is done without the optimiser: it is not what is looked at.
  this->options.disabledPasses = {allPasses.str()};
  this->options.passOptions.clear();
  this->options.weightType = WeightType::F32;
}

/// Sizes for all dimensions of an entry that are open.
static std::map<std::string, int64_t> chooseSizes(const EntryInterface &entry) {
  std::map<std::string, int64_t> sizes;
  int64_t next = leastSize;
  for (const std::string &name : entry.sizes)
    sizes[name] = next++;
  for (const MinimumSize &minimum : entry.minimums)
    sizes[minimum.size] = std::max(sizes[minimum.size], minimum.minimum);
  sizes[batchDimension.str()] = numExamples;
  return sizes;
}

llvm::Expected<std::unique_ptr<Verification>> Verification::create(mlir::ModuleOp module,
                                                                   const PipelineOptions &options) {
  std::unique_ptr<Verification> made(new Verification(options));
  mlir::OwningOpRef<mlir::ModuleOp> copy = copyTo(made->context, module);
  if (!copy || mlir::failed(lowerTo(*copy, Stage::Entries, options)))
    return makeError("the model cannot be copied");
  auto description = describeModel(*copy);
  if (!description)
    return description.takeError();
  made->description = std::move(*description);
  const EntryInterface &sequence = *made->description.entry("sequence");
  auto weights = makeRandomWeights(made->description.weights);
  if (!weights)
    return weights.takeError();
  made->weights = std::move(*weights);
  auto inputs = makeRandomInputs(sequence, chooseSizes(sequence));
  if (!inputs)
    return inputs.takeError();
  made->inputs.resize(numExamples);
  for (const NamedTensor &input : *inputs)
    for (int64_t example = 0; example < numExamples; ++example)
      made->inputs[example].set(input.name, takeFirst(input.tensor, example));

  EntryRunner runner(*module.getOps<ir::ModelOp>().begin(), made->weights, Precision::Double);
  auto results = runner.run("sequence", made->inputs, {}, /*capacity=*/1);
  if (!results)
    return results.takeError();
  made->expected = std::move(results->outputs);
  for (const NamedTensors &outputs : made->expected)
    for (const NamedTensor &output : outputs)
      for (int64_t index = 0; index < output.tensor.numElements(); ++index)
        made->largest = std::max(made->largest, std::fabs(output.tensor.elementAsDouble(index)));
  return made;
}

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

/// The largest difference of elements; infinity where one is no number, or the shapes differ.
static double findDistance(const Tensor &found, const Tensor &expected) {
  if (found.shape() != expected.shape())
    return INFINITY;
  double distance = 0;
  for (int64_t index = 0; index < found.numElements(); ++index) {
    double left = found.elementAsDouble(index), right = expected.elementAsDouble(index);
    if (left == right || (std::isnan(left) && std::isnan(right)))
      continue;
    double difference = std::fabs(left - right);
    distance = std::isnan(difference) ? INFINITY : std::max(distance, difference);
  }
  return distance;
}

double Verification::compare(const Examples &found) const {
  double distance = 0;
  for (auto [example, right] : llvm::zip_equal(found, expected))
    for (const NamedTensor &output : right) {
      const Tensor *other = example.find(output.name);
      distance = std::max(distance, other ? findDistance(*other, output.tensor) : INFINITY);
    }
  return distance;
}

/// The steps that the inputs have, and 1 where they have none.
static int64_t countTimeSteps(const ModelInterface &description, const NamedTensors &inputs) {
  for (const Port &port : description.entry("sequence")->arguments)
    if (port.kind == PortKind::Input && runsOverTime(description, port))
      return inputs.find(port.name)->shape()[0];
  return 1;
}

/// The tensors of one step, and all of those that do not run over time.
static NamedTensors takeStep(const ModelInterface &description, PortKind kind,
                             const NamedTensors &tensors, int64_t step) {
  NamedTensors taken;
  for (const Port &port : description.entry("sequence")->arguments)
    if (port.kind == kind)
      if (const Tensor *tensor = tensors.find(port.name))
        taken.set(port.name, runsOverTime(description, port) ? takeFirst(*tensor, step) : *tensor);
  return taken;
}

llvm::Expected<double> Verification::interpretEntries(mlir::ModuleOp module) {
  EntryRunner runner(*module.getOps<ir::ModelOp>().begin(), weights, Precision::Single);
  if (llvm::Error error = runner.prepare())
    return std::move(error);
  const int64_t steps = runner.has("step") ? countTimeSteps(description, inputs.front()) : 1;
  EntryRunner::Results now;
  if (runner.has("init")) {
    auto initial = runner.run("init", inputs, {}, steps);
    if (!initial)
      return initial.takeError();
    now = std::move(*initial);
  }
  auto sequence = runner.run("sequence", inputs, now.memories, steps);
  if (!sequence)
    return sequence.takeError();
  double distance = compare(sequence->outputs);
  if (!runner.has("step"))
    return distance;
  for (int64_t step = 0; step < steps; ++step) {
    Examples slices;
    for (const NamedTensors &example : inputs)
      slices.push_back(takeStep(description, PortKind::Input, example, step));
    auto next = runner.run("step", slices, now.memories, steps);
    if (!next)
      return next.takeError();
    now = std::move(*next);
    for (auto [found, right] : llvm::zip_equal(now.outputs, expected)) {
      // Outputs of the last step alone are right only there.
      NamedTensors rightNow = takeStep(description, PortKind::Output, right, step);
      for (const Port &port : description.entry("sequence")->arguments)
        if (port.kind == PortKind::Output && (step + 1 == steps || runsOverTime(description, port)))
          distance =
              std::max(distance, findDistance(*found.find(port.name), *rightNow.find(port.name)));
    }
  }
  return distance;
}

llvm::Expected<double> Verification::runCompiled(mlir::ModuleOp module) {
  mlir::OwningOpRef<mlir::ModuleOp> copy = copyTo(context, module);
  if (!copy)
    return makeError("the model cannot be copied");
  auto compiled = compileInMemory(*copy, options);
  if (!compiled)
    return compiled.takeError();
  auto session = Session::create(std::move(*compiled), weights);
  if (!session)
    return session.takeError();
  NamedTensors stacked;
  for (const NamedTensor &input : inputs.front()) {
    std::vector<Tensor> parts;
    for (const NamedTensors &example : inputs)
      parts.push_back(*example.find(input.name));
    stacked.set(input.name, stack(parts));
  }
  double distance = 0;
  auto take = [&](llvm::Expected<NamedTensors> outputs) -> llvm::Error {
    if (!outputs)
      return outputs.takeError();
    Examples found(numExamples);
    for (const NamedTensor &output : *outputs)
      for (int64_t example = 0; example < numExamples; ++example)
        found[example].set(output.name, takeFirst(output.tensor, example));
    distance = std::max(distance, compare(found));
    return llvm::Error::success();
  };
  if (llvm::Error error = take((*session)->runSequence(stacked)))
    return std::move(error);
  if (description.entry("step"))
    if (llvm::Error error = take(runStream(**session, stacked, {/*stepwise=*/true, std::nullopt})))
      return std::move(error);
  return distance;
}

llvm::Expected<double> Verification::findDifference(mlir::ModuleOp module) {
  return detectStage(module) <= Stage::Entries ? interpretEntries(module) : runCompiled(module);
}
