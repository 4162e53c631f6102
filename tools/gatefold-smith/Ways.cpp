//===- Ways.cpp - All ways to run a model agree ------------------*- C++ -*-===//
//
// One function for each way; each returns what it found wrong.
//
//===----------------------------------------------------------------------===//

#include "Ways.h"
#include "gatefold/Runtime/Compare.h"
#include "gatefold/Runtime/RaggedBatch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace gatefold;
using namespace gatefold::smith;

std::string smith::describeDifference(const NamedTensors &found, const NamedTensors &expected) {
  for (const NamedTensor &tensor : expected) {
    const Tensor *other = found.find(tensor.name);
    if (!other)
      return "there is no `" + tensor.name + "`";
    if (other->type() == tensor.tensor.type() && other->shape() == tensor.tensor.shape() &&
        other->bytes() == tensor.tensor.bytes())
      continue;
    TensorComparison comparison = compareTensors(tensor.name, *other, tensor.tensor, {});
    if (!comparison.failure.empty())
      return "`" + tensor.name + "`: " + comparison.failure;
    return llvm::formatv("{0} of {1} elements of `{2}` differ, most at {3}: {4}, expected {5}",
                         comparison.numOutside, comparison.numElements, tensor.name,
                         comparison.largestAbsolutePlace, comparison.valueA, comparison.valueB);
  }
  return "";
}

namespace {
/// Runs one session in all ways.
class Ways {
public:
  Ways(const Session &session, const NamedTensors &inputs, const RunSizes &sizes,
       const NamedTensors &outputs, uint64_t seed, const StreamTolerances &tolerances);

  std::optional<Failure> check();

private:
  using Check = llvm::Expected<std::string> (Ways::*)();
  llvm::Expected<std::string> checkThreads();
  llvm::Expected<std::string> checkSingles();
  llvm::Expected<std::string> checkRagged();
  llvm::Expected<std::string> checkChunks();
  llvm::Expected<std::string> checkSteps();

  /// What differs between outputs of a stream and those expected.
  std::string describeStream(const NamedTensors &found, const NamedTensors &expected) const;
  /// What differs between two states of a stream; nothing is said of those that may differ.
  std::string describeMemories(const StreamState &found, const StreamState &expected) const;
  bool runsOverTime(PortKind kind, llvm::StringRef name) const;
  NamedTensors sliceTime(const NamedTensors &tensors, PortKind kind, int64_t start,
                         int64_t size) const;
  std::map<std::string, std::vector<int64_t>> makeLengths();

  const Session &session;
  const NamedTensors &inputs, &outputs;
  const RunSizes &sizes;
  const StreamTolerances &tolerances;
  Random random;
  const EntryInterface &sequence;
  std::string time; ///< the dimension of the steps; empty: there are none
};
} // namespace

/// The dimension that inputs of `step` lack.
static std::string findTime(const ModelInterface &model) {
  const EntryInterface *step = model.entry("step");
  if (!step)
    return "";
  for (const Port &port : model.entry("sequence")->arguments)
    for (const Port &stepPort : step->arguments)
      if (port.kind == PortKind::Input && stepPort.kind == PortKind::Input &&
          port.name == stepPort.name && port.shape.size() == stepPort.shape.size() + 1)
        return port.shape[1].name;
  return "";
}

Ways::Ways(const Session &session, const NamedTensors &inputs, const RunSizes &sizes,
           const NamedTensors &outputs, uint64_t seed, const StreamTolerances &tolerances)
    : session(session), inputs(inputs), outputs(outputs), sizes(sizes), tolerances(tolerances),
      random(seed), sequence(*session.getInterface().entry("sequence")),
      time(findTime(session.getInterface())) {}

bool Ways::runsOverTime(PortKind kind, llvm::StringRef name) const {
  return llvm::any_of(sequence.arguments, [&](const Port &port) {
    return port.kind == kind && port.name == name && port.shape.size() > 1 &&
           port.shape[1].name == time;
  });
}

NamedTensors Ways::sliceTime(const NamedTensors &tensors, PortKind kind, int64_t start,
                             int64_t size) const {
  NamedTensors sliced;
  for (const NamedTensor &tensor : tensors)
    sliced.set(tensor.name, runsOverTime(kind, tensor.name)
                                ? sliceAxis(tensor.tensor, 1, start, size)
                                : tensor.tensor);
  return sliced;
}

//===----------------------------------------------------------------------===//
// Batches
//===----------------------------------------------------------------------===//

llvm::Expected<std::string> Ways::checkThreads() {
  // With fewer threads than examples each has some of these, with more all share the work of each.
  for (unsigned threads : {2u, static_cast<unsigned>(sizes.batch) + 1}) {
    auto found = session.runSequence(inputs, threads);
    if (!found)
      return found.takeError();
    if (std::string difference = describeDifference(*found, outputs); !difference.empty())
      return llvm::formatv("{0} threads: {1}", threads, difference).str();
  }
  return "";
}

llvm::Expected<std::string> Ways::checkSingles() {
  for (int64_t example = 0; example < sizes.batch; ++example) {
    NamedTensors single, expected;
    for (const NamedTensor &input : inputs)
      single.set(input.name, takeExample(input.tensor, example));
    for (const NamedTensor &output : outputs)
      expected.set(output.name, takeExample(output.tensor, example));
    auto found = session.runSequence(single, /*threads=*/1 + example % 3);
    if (!found)
      return found.takeError();
    if (std::string difference = describeDifference(*found, expected); !difference.empty())
      return llvm::formatv("example {0}: {1}", example, difference).str();
  }
  return "";
}

std::map<std::string, std::vector<int64_t>> Ways::makeLengths() {
  std::map<std::string, std::vector<int64_t>> lengths;
  for (const auto &[name, size] : sizes.free) {
    int64_t least = name == "T" ? 0 : 1;
    for (const MinimumSize &minimum : sequence.minimums)
      if (minimum.size == name)
        least = std::max(least, minimum.minimum);
    for (int64_t example = 0; example < sizes.batch; ++example)
      lengths[name].push_back(std::min(size, random.between(least, std::max(least, size))));
  }
  return lengths;
}

llvm::Expected<std::string> Ways::checkRagged() {
  std::map<std::string, std::vector<int64_t>> lengths = makeLengths();
  NamedTensors given;
  for (const Port &port : sequence.arguments) {
    const Dimension *axis = port.kind == PortKind::Input ? findFreeAxis(port) : nullptr;
    if (axis)
      given.set(port.name,
                Tensor::copyOf<int64_t>(ElementType::I64, {sizes.batch}, lengths.at(axis->name)));
  }
  auto found = session.runSequence(inputs, given, /*threads=*/1);
  if (!found)
    return found.takeError();
  NamedTensors expected;
  for (const NamedTensor &output : outputs)
    expected.set(output.name, Tensor::zeros(output.tensor.type(), output.tensor.shape()));
  for (int64_t example = 0; example < sizes.batch; ++example) {
    NamedTensors cut;
    for (const Port &port : sequence.arguments) {
      if (port.kind != PortKind::Input)
        continue;
      Tensor one = sliceAxis(*inputs.find(port.name), 0, example, 1);
      for (size_t axis = 1; axis < port.shape.size(); ++axis)
        if (port.shape[axis].isDynamic())
          one = sliceAxis(one, axis, 0, lengths.at(port.shape[axis].name)[example]);
      cut.set(port.name, std::move(one));
    }
    auto alone = session.runSequence(cut);
    if (!alone)
      return alone.takeError();
    for (const NamedTensor &output : *alone) {
      Tensor whole = *expected.find(output.name);
      putExamples(whole, {example}, output.tensor);
      expected.set(output.name, std::move(whole));
    }
  }
  return describeDifference(*found, expected);
}

//===----------------------------------------------------------------------===//
// Streams
//===----------------------------------------------------------------------===//

std::string Ways::describeStream(const NamedTensors &found, const NamedTensors &expected) const {
  if (tolerances.empty())
    return describeDifference(found, expected);
  for (const NamedTensor &tensor : expected) {
    const Tensor *other = found.find(tensor.name);
    if (!other)
      return "there is no `" + tensor.name + "`";
    TensorComparison comparison =
        compareTensors(tensor.name, *other, tensor.tensor, {tolerances.at(tensor.name), 0});
    if (!comparison.failure.empty())
      return "`" + tensor.name + "`: " + comparison.failure;
    if (!comparison.passed())
      return llvm::formatv("`{0}` is {1} at {2}, expected {3}", tensor.name, comparison.valueA,
                           comparison.largestAbsolutePlace, comparison.valueB);
  }
  return "";
}

std::string Ways::describeMemories(const StreamState &found, const StreamState &expected) const {
  if (!tolerances.empty())
    return "";
  std::string difference = describeDifference(found.memories, expected.memories);
  return difference.empty() ? "" : "memories: " + difference;
}

llvm::Expected<std::string> Ways::checkChunks() {
  auto whole = session.start(inputs, sizes.batch);
  if (!whole)
    return whole.takeError();
  StreamState parts = *whole;
  auto once = session.runChunk(*whole, inputs);
  if (!once)
    return once.takeError();
  if (std::string difference = describeStream(*once, outputs); !difference.empty())
    return "in one chunk: " + difference;
  const int64_t steps = sizes.free.at(time);
  for (int64_t start = 0; start < steps;) {
    int64_t size = random.between(random.chance(0.1) ? 0 : 1, steps - start);
    auto found = session.runChunk(parts, sliceTime(inputs, PortKind::Input, start, size));
    if (!found)
      return found.takeError();
    NamedTensors expected;
    for (const NamedTensor &output : sliceTime(outputs, PortKind::Output, start, size))
      if (runsOverTime(PortKind::Output, output.name) || start + size == steps)
        expected.set(output.name, output.tensor);
    if (std::string difference = describeStream(*found, expected); !difference.empty())
      return llvm::formatv("steps {0} to {1}: {2}", start, start + size, difference).str();
    start += size;
  }
  if (steps == 0)
    return "";
  return describeMemories(parts, *whole);
}

llvm::Expected<std::string> Ways::checkSteps() {
  if (sizes.free.at(time) == 0)
    return "";
  auto inSteps = session.start(inputs, sizes.batch);
  if (!inSteps)
    return inSteps.takeError();
  StreamState whole = *inSteps;
  auto found = session.runSteps(*inSteps, inputs, /*threads=*/2);
  if (!found)
    return found.takeError();
  if (std::string difference = describeStream(*found, outputs); !difference.empty())
    return difference;
  auto once = session.runChunk(whole, inputs);
  if (!once)
    return once.takeError();
  return describeMemories(*inSteps, whole);
}

std::optional<Failure> Ways::check() {
  std::vector<std::pair<const char *, Check>> checks{{"1 = 2 threads", &Ways::checkThreads},
                                                     {"batch = singles", &Ways::checkSingles}};
  if (sizes.batch > 0 && !sizes.free.empty())
    checks.emplace_back("ragged = singles", &Ways::checkRagged);
  if (!time.empty()) {
    checks.emplace_back("chunks = whole", &Ways::checkChunks);
    checks.emplace_back("step = sequence", &Ways::checkSteps);
  }
  for (auto [name, check] : checks) {
    llvm::Expected<std::string> problem = (this->*check)();
    if (!problem)
      return Failure{name, llvm::toString(problem.takeError())};
    if (!problem->empty())
      return Failure{name, *problem};
  }
  return std::nullopt;
}

std::optional<Failure> smith::checkWays(const Session &session, const NamedTensors &inputs,
                                        const RunSizes &sizes, const NamedTensors &outputs,
                                        uint64_t seed, const StreamTolerances &tolerances) {
  return Ways(session, inputs, sizes, outputs, seed, tolerances).check();
}
