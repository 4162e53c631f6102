//===- RunReplay.cpp - Tokens that are run again -----------------*- C++ -*-===//
//
// What makes tokens tells nothing but these. For the values within it, its decoder reads them again
// as a sequence, which computes the same numbers to the bit.
//
//===----------------------------------------------------------------------===//

#include "CompileOnce.h"
#include "InterpretedRun.h"
#include "RunWatch.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/RaggedBatch.h"
#include <cstring>

using namespace gatefold;

/// The last `count` rows, or none of them, of the steps of a decoder that read `count` tokens at
/// the end; `axis` is 1 behind a batch of one.
static Tensor takeRows(const Tensor &tensor, int64_t axis, int64_t count) {
  Tensor::Shape shape(tensor.shape());
  const int64_t begin = shape[axis] - std::max<int64_t>(count, 1);
  int64_t rowBytes = elementSize(tensor.type());
  for (int64_t size : tensor.shape().drop_front(axis + 1))
    rowBytes *= size;
  shape[axis] = count;
  Tensor rows = Tensor::zeros(tensor.type(), shape);
  if (!rows.bytes().empty())
    std::memcpy(rows.mutableBytes(), tensor.bytes().data() + begin * rowBytes, count * rowBytes);
  return rows;
}

/// One example of its own, with its tokens: all outputs, those of the decoder cut to its tokens.
static llvm::Expected<NamedTensors> replayExample(llvm::ArrayRef<NamedValue> values,
                                                  NamedTensors tensors, bool batched, int32_t first,
                                                  llvm::ArrayRef<int32_t> tokens,
                                                  ExampleRunner run) {
  llvm::ArrayRef<int32_t> read = tokens.empty() ? tokens : tokens.drop_back();
  auto set = [&](llvm::StringRef name, llvm::ArrayRef<int32_t> from) {
    Tensor::Shape shape = {static_cast<int64_t>(from.size())};
    if (batched)
      shape.insert(shape.begin(), 1);
    tensors.set(name, Tensor::copyOf<int32_t>(ElementType::I32, shape, from));
  };
  set(replayedFirst, first);
  set(replayedTokens, read);
  llvm::Expected<NamedTensors> outputs = run(tensors);
  if (!outputs)
    return outputs.takeError();
  for (const NamedValue &value : values)
    if (value.isGenerated)
      outputs->set(value.name, takeRows(*outputs->find(value.name), batched, tokens.size()));
  return std::move(*outputs);
}

/// Examples [1, ...] in one batch, with 0 beyond those that are smaller.
static Tensor joinExamples(llvm::ArrayRef<const Tensor *> parts) {
  Tensor::Shape shape(parts.front()->shape());
  for (const Tensor *part : parts)
    for (auto [most, size] : llvm::zip_equal(shape, part->shape()))
      most = std::max(most, size);
  shape[0] = static_cast<int64_t>(parts.size());
  Tensor joined = Tensor::zeros(parts.front()->type(), shape);
  for (auto [example, part] : llvm::enumerate(parts))
    putExamples(joined, static_cast<int64_t>(example), *part);
  return joined;
}

llvm::Expected<NamedTensors> RunWatch::replayAll(const ReplayInputs &inputs,
                                                 ExampleRunner run) const {
  if (!inputs.batched)
    return replayExample(values, inputs.tensors, false, inputs.first, inputs.tokens.front(), run);
  auto batch = RaggedBatch::create(inputs.entry, inputs.tensors, inputs.lengths);
  if (!batch)
    return batch.takeError();
  batch->split([](int64_t example) { return std::vector<int64_t>{example}; });
  std::vector<NamedTensors> ofExamples(inputs.tokens.size());
  for (const ExampleGroup &group : batch->getGroups()) {
    const int64_t example = group.examples.front();
    auto outputs =
        replayExample(values, group.inputs, true, inputs.first, inputs.tokens[example], run);
    if (!outputs)
      return outputs.takeError();
    ofExamples[example] = std::move(*outputs);
  }
  NamedTensors joined;
  for (const NamedValue &value : values) {
    std::vector<const Tensor *> parts;
    for (const NamedTensors &ofExample : ofExamples)
      if (const Tensor *part = ofExample.find(value.name))
        parts.push_back(part);
    if (!parts.empty())
      joined.set(value.name, joinExamples(parts));
  }
  return joined;
}

llvm::Expected<NamedTensors> RunWatch::interpretReplay(const ReplayInputs &inputs,
                                                       const ReplaySettings &settings,
                                                       const PipelineOptions &pipeline) const {
  mlir::OwningOpRef<mlir::ModuleOp> copy(replay->getModule().clone());
  if (mlir::failed(lowerTo(*copy, Stage::Entries, pipeline)))
    return llvm::make_error<ToldError>();
  llvm::Expected<ModelInterface> described = describeModel(*copy);
  if (!described)
    return described.takeError();
  InterpretedRun run = {replay->getModule(), *described, settings.weights, settings.precision};
  return replayAll(inputs, [&](const NamedTensors &tensors) -> llvm::Expected<NamedTensors> {
    llvm::Expected<BoundInputs> bound = bindInputs(*described->entry("sequence"), tensors);
    if (!bound)
      return bound.takeError();
    return run.run(*bound);
  });
}

llvm::Expected<NamedTensors> RunWatch::runReplay(const ReplayInputs &inputs,
                                                 const ReplaySettings &settings,
                                                 PhaseTimer &timer) const {
  timer.begin("run again");
  // What has a size of its own at each step has to stay within its step.
  PipelineOptions pipeline = settings.pipeline;
  if (llvm::any_of(values, [](const NamedValue &value) { return value.grows; }))
    pipeline.disabledPasses.push_back("distribute-scan");
  if (settings.interpret)
    return interpretReplay(inputs, settings, pipeline);
  if (llvm::Error error = replay->advanceTo(Stage::Entries, pipeline))
    return std::move(error);
  if (llvm::Error error = replay->keepEntries({"sequence"}, pipeline))
    return std::move(error);
  auto compiled = compileOnce(*replay, pipeline, settings.useCache, timer);
  if (!compiled)
    return compiled.takeError();
  auto session = Session::create(std::move(*compiled), settings.weights);
  if (!session)
    return session.takeError();
  timer.begin("run again");
  return replayAll(inputs, [&](const NamedTensors &tensors) {
    return (*session)->runSequence(tensors, settings.threads);
  });
}
