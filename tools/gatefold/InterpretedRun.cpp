//===- InterpretedRun.cpp - Models without compilation -----------*- C++ -*-===//
//
// Interprets example by example, and step by step where that is asked for.
//
//===----------------------------------------------------------------------===//

#include "InterpretedRun.h"
#include "CommandLine.h"
#include "StreamRun.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include <cstring>

using namespace gatefold;

/// Entry `index` of the first axis, which is dropped.
static Tensor takeFirst(const Tensor &tensor, int64_t index) {
  llvm::ArrayRef<int64_t> shape = tensor.shape().drop_front();
  Tensor part = Tensor::zeros(tensor.type(), shape);
  size_t bytes = part.bytes().size();
  if (bytes > 0)
    std::memcpy(part.mutableBytes(), tensor.bytes().data() + index * bytes, bytes);
  return part;
}

/// Tensors of one shape, below each other along a new first axis.
static Tensor stack(llvm::ArrayRef<Tensor> parts) {
  Tensor::Shape shape(parts.front().shape());
  shape.insert(shape.begin(), static_cast<int64_t>(parts.size()));
  Tensor stacked = Tensor::zeros(parts.front().type(), shape);
  char *to = stacked.mutableBytes();
  for (const Tensor &part : parts) {
    if (!part.bytes().empty())
      std::memcpy(to, part.bytes().data(), part.bytes().size());
    to += part.bytes().size();
  }
  return stacked;
}

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

private:
  llvm::Expected<EntryResults> call(llvm::StringRef name, const NamedTensors &inputs,
                                    const NamedTensors &memories,
                                    std::map<std::string, int64_t> sizes = {});
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
    NamedTensors ofExample;
    size_t next = 0;
    for (const Port &port : description.entry("sequence")->arguments)
      if (port.kind == PortKind::Input)
        ofExample.set(port.name, takeFirst(inputs.tensors[next++], example));
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
