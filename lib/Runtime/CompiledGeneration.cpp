//===- CompiledGeneration.cpp - Tokens from a compiled loop ------*- C++ -*-===//
//
// Tells the entry `generate` the settings and what to begin with, and gathers what it records.
//
//===----------------------------------------------------------------------===//

#include "CompiledGeneration.h"
#include "Error.h"

using namespace gatefold;

/// What the entry says of an example in `state`.
enum class ExampleState : int32_t { GoesOn, Ended, AtLimit, Failed };

bool gatefold::hasCompiledLoop(const CompiledModel &model, const Strategy &strategy) {
  return strategy.kind != StrategyKind::Beam && model.getInterface().entry("generate") &&
         model.getEntry("generate");
}

namespace {
class CompiledGeneration {
public:
  CompiledGeneration(const LoadedModel &loaded, EntryCall call, const GenerationTask &task,
                     const Strategy &strategy, const TokenCallback &callback)
      : loaded(loaded), call(std::move(call)), task(task), strategy(strategy), callback(callback),
        examples(static_cast<int64_t>(task.prompts.size())) {}

  llvm::Error connect(const NamedTensors &start);
  llvm::Expected<std::vector<GeneratedTokens>> run();

private:
  llvm::Error connectArgument(size_t argument, const NamedTensors &start);
  void fillSetting(llvm::StringRef name, Tensor &setting) const;
  void collect();
  llvm::Error tellFailure() const;
  bool isDone() const;
  std::vector<GeneratedTokens> takeResults() const;

  template <typename T>
  void fill(Tensor &setting, llvm::function_ref<T(int64_t example)> value) const {
    for (int64_t example = 0; example < examples; ++example)
      setting.mutableData<T>()[example] = value(example);
  }
  const int32_t *find(llvm::StringRef name) const {
    return tensors[findArgument(("generate." + name).str())].data<int32_t>();
  }
  size_t findArgument(llvm::StringRef name) const;

  const LoadedModel &loaded;
  EntryCall call;
  const GenerationTask &task;
  const Strategy &strategy;
  const TokenCallback &callback;
  int64_t examples;
  std::vector<Tensor> tensors; // by argument; of weights and next memories none
  int64_t most = 0;            // tokens of an example that a call makes
  Tensor results;              // i32 [examples, limit]
};
} // namespace

/// Gives an input its values. Progress begins with zeros but for what was read before and the token
/// behind it, and row r is that of example r.
void CompiledGeneration::fillSetting(llvm::StringRef name, Tensor &setting) const {
  bool isGreedy = strategy.kind == StrategyKind::Greedy;
  if (name == "generate.temperature")
    fill<double>(setting, [&](int64_t) { return isGreedy ? 0 : strategy.temperature; });
  else if (name == "generate.top_k")
    fill<int32_t>(setting, [&](int64_t) {
      return static_cast<int32_t>(std::min<int64_t>(strategy.topK, INT32_MAX));
    });
  else if (name == "generate.top_p")
    fill<double>(setting, [&](int64_t) { return strategy.topP; });
  else if (name == "generate.seed")
    fill<uint64_t>(setting, [&](int64_t example) {
      return isGreedy ? 0 : strategy.seeds[strategy.seeds.size() == 1 ? 0 : example];
    });
  else if (name == "generate.end")
    fill<int32_t>(setting, [&](int64_t) { return task.end.value_or(-1); });
  else if (name == "generate.limit")
    fill<int32_t>(setting, [&](int64_t) { return static_cast<int32_t>(task.limit); });
  else if (name == "generate.token")
    fill<int32_t>(setting, [&](int64_t example) { return findGiven(task, example, task.numRead); });
  else if (name == "generate.steps")
    fill<int32_t>(setting, [&](int64_t) { return static_cast<int32_t>(task.numRead); });
  else if (name == "generate.row_example")
    fill<int32_t>(setting, [](int64_t example) { return static_cast<int32_t>(example); });
}

llvm::Error CompiledGeneration::connectArgument(size_t argument, const NamedTensors &start) {
  const EntryInterface &entry = call.getEntry();
  const Port &port = entry.arguments[argument];
  Tensor::Shape shape = shapeOf(entry, call.getSizes(), port);
  Tensor tensor;
  if (llvm::StringRef(port.name).starts_with("generate.")) {
    auto created = Tensor::create(port.type, shape);
    if (!created)
      return created.takeError();
    tensor = std::move(*created);
    fillSetting(port.name, tensor);
  } else {
    const Tensor *value = start.find(port.name);
    if (!value || value->type() != port.type || value->shape() != llvm::ArrayRef(shape))
      return makeError(llvm::Twine("the entry `generate` needs ") + portKindName(port.kind) + " `" +
                       port.name + "`, " + elementTypeName(port.type) + " " + shapeText(shape) +
                       ", but the model begins with " +
                       (value ? elementTypeName(value->type()) + " " + shapeText(value->shape())
                              : llvm::Twine("none")));
    tensor = *value;
  }
  tensors[argument] = std::move(tensor);
  return llvm::Error::success();
}

/// The argument that a tensor of this name belongs to.
size_t CompiledGeneration::findArgument(llvm::StringRef name) const {
  const std::vector<Port> &ports = call.getEntry().arguments;
  auto found = llvm::find_if(ports, [&](const Port &port) {
    return port.name == name && port.kind != PortKind::Weight && port.kind != PortKind::NextMemory;
  });
  return found - ports.begin();
}

llvm::Error CompiledGeneration::connect(const NamedTensors &start) {
  const EntryInterface &entry = call.getEntry();
  most = sizeOf(entry, call.getSizes(), tokensSizeName);
  tensors.resize(entry.arguments.size());
  for (auto [argument, port] : llvm::enumerate(entry.arguments))
    if (port.kind != PortKind::Weight && port.kind != PortKind::NextMemory)
      if (llvm::Error error = connectArgument(argument, start))
        return error;
  for (auto [argument, port] : llvm::enumerate(entry.arguments)) {
    if (port.kind == PortKind::Weight)
      call.setPointer(argument, loaded.weights.find(port.name)->bytes().data());
    else if (port.kind == PortKind::Input)
      call.setPointer(argument, tensors[argument].bytes().data());
    else // in place
      call.setPointer(argument, tensors[findArgument(port.name)].mutableBytes());
  }
  auto created = Tensor::create(ElementType::I32, {examples, task.limit});
  if (!created)
    return created.takeError();
  results = std::move(*created);
  return llvm::Error::success();
}

/// Takes over the tokens of a call, of which the callback hears in the order in which they were
/// made.
void CompiledGeneration::collect() {
  const int32_t *tokens = find("tokens"), *count = find("count"), *made = find("made");
  int32_t *all = results.mutableData<int32_t>();
  for (int64_t column = 0; column < most; ++column)
    for (int64_t example = 0; example < examples; ++example) {
      if (column >= count[example])
        continue;
      int64_t place = made[example] - count[example] + column;
      int32_t *result = all + example * task.limit;
      result[place] = tokens[example * most + column];
      if (callback)
        callback(example, place == 0 ? findBefore(task, example) : result[place - 1],
                 result[place]);
    }
}

bool CompiledGeneration::isDone() const {
  const int32_t *state = find("state");
  return llvm::none_of(llvm::ArrayRef(state, examples),
                       [](int32_t of) { return ExampleState(of) == ExampleState::GoesOn; });
}

/// What made a call fail: the decoder, or scores from which no token can be chosen.
llvm::Error CompiledGeneration::tellFailure() const {
  llvm::Error error = call.getError();
  const int32_t *state = find("state"), *made = find("made");
  for (int64_t example = 0; example < examples; ++example)
    if (ExampleState(state[example]) == ExampleState::Failed)
      return tellScores(std::move(error), examples, example, made[example]);
  return error;
}

std::vector<GeneratedTokens> CompiledGeneration::takeResults() const {
  std::vector<GeneratedTokens> taken(examples);
  const int32_t *state = find("state"), *made = find("made");
  for (auto [example, result] : llvm::enumerate(taken)) {
    const int32_t *begin = results.data<int32_t>() + example * task.limit;
    result.tokens.assign(begin, begin + made[example]);
    result.ended = ExampleState(state[example]) == ExampleState::Ended;
    result.before = findBefore(task, static_cast<int64_t>(example));
  }
  return taken;
}

llvm::Expected<std::vector<GeneratedTokens>> CompiledGeneration::run() {
  while (!isDone()) {
    bool isGood = call.run();
    collect();
    if (!isGood)
      return tellFailure();
  }
  return takeResults();
}

llvm::Expected<std::vector<GeneratedTokens>>
gatefold::generateCompiled(const LoadedModel &loaded, llvm::ArrayRef<int64_t> sizes,
                           const NamedTensors &start, const GenerationTask &task,
                           const Strategy &strategy, const TokenCallback &callback) {
  llvm::Expected<const EntryInterface *> entry = loaded.requireEntry("generate");
  if (!entry)
    return entry.takeError();
  llvm::Expected<EntryCall> call = EntryCall::create(*loaded.model, **entry, sizes);
  if (!call)
    return call.takeError();
  CompiledGeneration generation(loaded, std::move(*call), task, strategy, callback);
  if (llvm::Error error = generation.connect(start))
    return std::move(error);
  return generation.run();
}
