//===- InterpretedRun.cpp - Models without compilation -----------*- C++ -*-===//
//
// Interprets example by example, and step by step where that is asked for or tokens are made.
//
//===----------------------------------------------------------------------===//

#include "InterpretedRun.h"
#include "CommandLine.h"
#include "StreamRun.h"
#include "TensorParts.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"

using namespace gatefold;

namespace {
/// The results of one call of an entry.
struct EntryResults {
  NamedTensors outputs, memories;
};

/// Interprets the entries of one model.
class Interpretation {
public:
  Interpretation(const InterpretedRun &run, ir::ModelOp model) : options(run), model(model) {}

  /// One example, all of its sequence at once; with memories where the entry takes them.
  llvm::Expected<NamedTensors> runSequence(const NamedTensors &inputs,
                                           const NamedTensors &memories = {});
  /// One example, step by step.
  llvm::Expected<NamedTensors> runSteps(const NamedTensors &inputs);
  /// One example through the entry `name`.
  llvm::Expected<EntryResults> call(llvm::StringRef name, const NamedTensors &inputs,
                                    const NamedTensors &memories,
                                    std::map<std::string, int64_t> sizes = {});

private:
  bool isTimed(PortKind kind, llvm::StringRef name) const;

  const InterpretedRun &options;
  ir::ModelOp model;
};
} // namespace

llvm::Expected<EntryResults> Interpretation::call(llvm::StringRef name, const NamedTensors &inputs,
                                                  const NamedTensors &memories,
                                                  std::map<std::string, int64_t> sizes) {
  ir::EntryOp entry = model.lookupEntry(name);
  if (!entry)
    return makeError("`" + model.getSymName() + "` has no entry `" + name + "`");
  std::vector<Tensor> arguments;
  for (unsigned index = 0; index < entry.getNumArguments(); ++index) {
    ir::PortAttr port = entry.getArgumentPort(index);
    const NamedTensors &from = port.getKind() == ir::PortKind::Memory ? memories : inputs;
    const Tensor *argument = from.find(port.getName().getValue());
    if (!argument)
      return makeError("nothing is known of the argument `" + port.getName().getValue() + "`");
    arguments.push_back(*argument);
  }
  auto findWeight = [&](llvm::StringRef path) -> llvm::Expected<Tensor> {
    if (const Tensor *weight = options.weights.find(path))
      return *weight;
    return makeError("there is no weight `" + path + "`");
  };
  auto values = interpret(entry, arguments, findWeight, {options.precision, std::move(sizes)});
  if (!values)
    return values.takeError();
  EntryResults results;
  for (auto [index, value] : llvm::enumerate(*values)) {
    ir::PortAttr port = entry.getResultPort(index);
    (port.getKind() == ir::PortKind::Memory ? results.memories : results.outputs)
        .set(port.getName().getValue(), std::move(value));
  }
  return results;
}

bool Interpretation::isTimed(PortKind kind, llvm::StringRef name) const {
  for (const Port &port : options.description.entry("sequence")->arguments)
    if (port.kind == kind && port.name == name)
      return runsOverTime(options.description, port);
  return false;
}

llvm::Expected<NamedTensors> Interpretation::runSequence(const NamedTensors &inputs,
                                                         const NamedTensors &memories) {
  llvm::Expected<EntryResults> results = call("sequence", inputs, memories);
  if (!results)
    return results.takeError();
  return std::move(results->outputs);
}

llvm::Expected<NamedTensors> Interpretation::runSteps(const NamedTensors &inputs) {
  int64_t steps = 0;
  for (const NamedTensor &input : inputs)
    if (isTimed(PortKind::Input, input.name))
      steps = input.tensor.shape()[0];
  EntryResults now;
  if (model.lookupEntry("init")) {
    llvm::Expected<EntryResults> initial =
        call("init", inputs, {}, {{capacitySizeName.str(), steps}});
    if (!initial)
      return initial.takeError();
    now = std::move(*initial);
  }
  // No step says what an output after the last step is where there is none; the sequence does.
  if (steps == 0)
    return runSequence(inputs, now.memories);
  std::map<std::string, std::vector<Tensor>> collected;
  for (int64_t step = 0; step < steps; ++step) {
    NamedTensors slices;
    for (const NamedTensor &input : inputs)
      slices.set(input.name, isTimed(PortKind::Input, input.name) ? takeFirst(input.tensor, step)
                                                                  : input.tensor);
    llvm::Expected<EntryResults> next = call("step", slices, now.memories);
    if (!next)
      return next.takeError();
    now = std::move(*next);
    for (const NamedTensor &output : now.outputs)
      collected[output.name].push_back(output.tensor);
  }
  NamedTensors outputs;
  for (const NamedTensor &last : now.outputs)
    outputs.set(last.name,
                isTimed(PortKind::Output, last.name) ? stack(collected[last.name]) : last.tensor);
  return outputs;
}

/// Brings the memories out and derives the entry `step`; the batch axis stays away.
static llvm::Error deriveEntries(mlir::ModuleOp module) {
  mlir::PassManager manager(module.getContext(), mlir::ModuleOp::getOperationName());
  manager.nest<ir::ModelOp>().addPass(createDeriveEntries());
  if (mlir::failed(manager.run(module)))
    return llvm::make_error<ToldError>();
  return llvm::Error::success();
}

/// The outputs of a batch without an example.
static llvm::Expected<NamedTensors> makeEmptyBatch(const EntryInterface &sequence,
                                                   const BoundInputs &inputs, Precision precision) {
  NamedTensors outputs;
  for (const Port &port : sequence.arguments) {
    if (port.kind != PortKind::Output)
      continue;
    bool widened = precision == Precision::Double && isFloatingPoint(port.type);
    llvm::Expected<Tensor> output = Tensor::create(widened ? ElementType::F64 : port.type,
                                                   shapeOf(sequence, inputs.sizes, port));
    if (!output)
      return output.takeError();
    outputs.set(port.name, std::move(*output));
  }
  return outputs;
}

/// The inputs of one example.
static NamedTensors takeExample(const EntryInterface &sequence, const BoundInputs &inputs,
                                int64_t example) {
  NamedTensors ofExample;
  size_t next = 0;
  for (const Port &port : sequence.arguments)
    if (port.kind == PortKind::Input)
      ofExample.set(port.name, takeFirst(inputs.tensors[next++], example));
  return ofExample;
}

llvm::Expected<NamedTensors> InterpretedRun::run(const BoundInputs &inputs) const {
  mlir::ModuleOp entries = module;
  if (stepwise)
    if (llvm::Error error = deriveEntries(entries))
      return std::move(error);
  int64_t batch = inputs.tensors.empty() ? 1 : inputs.tensors.front().shape()[0];
  if (batch == 0)
    return makeEmptyBatch(*description.entry("sequence"), inputs, precision);

  Interpretation interpretation(*this, *entries.getOps<ir::ModelOp>().begin());
  std::vector<NamedTensors> examples;
  for (int64_t example = 0; example < batch; ++example) {
    NamedTensors ofExample = takeExample(*description.entry("sequence"), inputs, example);
    auto outputs =
        stepwise ? interpretation.runSteps(ofExample) : interpretation.runSequence(ofExample);
    if (!outputs)
      return outputs.takeError();
    examples.push_back(std::move(*outputs));
  }
  if (!inputs.batched)
    return std::move(examples.front());
  NamedTensors stacked;
  for (const NamedTensor &first : examples.front()) {
    std::vector<Tensor> parts;
    parts.reserve(examples.size());
    for (const NamedTensors &example : examples)
      parts.push_back(*example.find(first.name));
    stacked.set(first.name, stack(parts));
  }
  return stacked;
}

//===----------------------------------------------------------------------===//
// Generation
//===----------------------------------------------------------------------===//

namespace {
/// The interpreted entry `decode`, row by row.
class InterpretedDecoder : public Decoder {
public:
  /// `rows` holds what the decoder begins with, by name, for the first rows.
  InterpretedDecoder(Interpretation &interpretation, const ModelInterface &model, int64_t mostRows,
                     std::vector<NamedTensors> rows)
      : interpretation(interpretation), generation(*model.generation), mostRows(mostRows),
        rows(std::move(rows)) {
    for (const Port &port : model.entry("decode")->arguments)
      if (port.kind == PortKind::Output)
        vocabularySize = port.shape.back().size;
  }

  int64_t getMostRows() const override { return mostRows; }
  int64_t getVocabularySize() const override { return vocabularySize; }
  llvm::Expected<llvm::ArrayRef<float>> step(llvm::ArrayRef<int32_t> tokens) override;
  void reorder(llvm::ArrayRef<int64_t> sources) override {
    std::vector<NamedTensors> next;
    for (int64_t source : sources)
      next.push_back(rows[source]);
    rows = std::move(next);
  }

private:
  Interpretation &interpretation;
  const Generation &generation;
  int64_t mostRows, vocabularySize = 0;
  std::vector<NamedTensors> rows; // inputs and memories
  std::vector<float> scores;
};
} // namespace

llvm::Expected<llvm::ArrayRef<float>> InterpretedDecoder::step(llvm::ArrayRef<int32_t> tokens) {
  scores.clear();
  for (auto [row, token] : llvm::zip_equal(rows, tokens)) {
    NamedTensors inputs = row;
    inputs.set(generation.token, Tensor::copyOf<int32_t>(ElementType::I32, {}, {token}));
    llvm::Expected<EntryResults> results = interpretation.call("decode", inputs, row);
    if (!results)
      return results.takeError();
    llvm::Expected<Tensor> ofRow =
        results->outputs.find(generation.scores)->convertTo(ElementType::F32);
    if (!ofRow)
      return ofRow.takeError();
    scores.insert(scores.end(), ofRow->data<float>(), ofRow->data<float>() + vocabularySize);
    for (const NamedTensor &memory : results->memories)
      row.set(memory.name, memory.tensor);
  }
  return llvm::ArrayRef<float>(scores);
}

/// How many tokens the prompts of these inputs have.
static int64_t countPrompt(const ModelInterface &model, const BoundInputs &inputs) {
  const EntryInterface &sequence = *model.entry("sequence");
  for (const Port &port : sequence.arguments)
    if (port.kind == PortKind::Output && port.name == model.generation->prompt)
      return shapeOf(sequence, inputs.sizes, port)[1];
  return 0;
}

llvm::Expected<std::vector<GeneratedTokens>>
InterpretedRun::generate(const BoundInputs &inputs, const GenerationSettings &settings,
                         const TokenCallback &callback) const {
  const Generation &generation = *description.generation;
  llvm::Expected<int64_t> limit = findLimit(generation, settings);
  if (!limit)
    return limit.takeError();
  int64_t batch = inputs.tensors.empty() ? 1 : inputs.tensors.front().shape()[0];
  int64_t capacity = std::max<int64_t>(countPrompt(description, inputs) + *limit, 1);
  Interpretation interpretation(*this, *mlir::ModuleOp(module).getOps<ir::ModelOp>().begin());
  std::vector<NamedTensors> rows;
  GenerationTask task = {settings.first, settings.end, *limit, {}};
  for (int64_t example = 0; example < batch; ++example) {
    NamedTensors ofExample = takeExample(*description.entry("sequence"), inputs, example);
    llvm::Expected<EntryResults> start =
        interpretation.call("sequence", ofExample, {}, {{capacitySizeName.str(), capacity}});
    if (!start)
      return start.takeError();
    task.prompts.emplace_back();
    if (const Tensor *prompt = start->outputs.find(generation.prompt))
      task.prompts.back().assign(prompt->data<int32_t>(),
                                 prompt->data<int32_t>() + prompt->numElements());
    rows.push_back(std::move(start->outputs));
  }
  int64_t width = settings.strategy.kind == StrategyKind::Beam ? settings.strategy.beamWidth : 1;
  InterpretedDecoder decoder(interpretation, description, batch * std::max<int64_t>(width, 1),
                             std::move(rows));
  return generateTokens(decoder, task, settings.strategy, callback);
}
