//===- Checkpoint.cpp - The weights of a model from a file -------*- C++ -*-===//
//
// Computes each weight from its source and gathers everything that does not fit into one message.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Checkpoint.h"
#include "Error.h"
#include "WeightNode.h"
#include "gatefold/Runtime/TensorFiles.h"
#include "gatefold/Runtime/WeightSource.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include <map>

using namespace gatefold;

namespace {
/// What can be wrong, in the order in which a message tells it.
enum class Fault { Missing, Shape, ElementType, Source, Superfluous };

/// How a fault is called on a line of its own and in the line that counts them all.
struct FaultWords {
  llvm::StringRef line;
  llvm::StringRef count;
};
} // namespace

static FaultWords wordsOf(Fault fault) {
  switch (fault) {
  case Fault::Missing:
    return {"missing", "missing"};
  case Fault::Shape:
    return {"shape", "of another shape"};
  case Fault::ElementType:
    return {"dtype", "of another type"};
  case Fault::Source:
    return {"source", "of a malformed source"};
  case Fault::Superfluous:
    return {"superfluous", "superfluous"};
  }
  llvm_unreachable("all faults are listed");
}

namespace {
/// One line of the message.
struct Problem {
  std::string name;
  std::string facts; // a shape, or what was expected and found
  std::string note;  // more about it; may be empty
};

class Binder {
public:
  Binder(const NamedTensors &checkpoint, llvm::ArrayRef<std::string> ignored)
      : checkpoint(checkpoint) {
    this->ignored.insert(ignored.begin(), ignored.end());
  }

  /// Notes which tensors of the checkpoint no weight reads.
  void findSuperfluous(llvm::ArrayRef<WeightSpec> weights);

  /// Computes one weight into the result, or notes why it cannot be.
  llvm::Error bind(const WeightSpec &weight);

  /// The weights, or all problems in one error.
  llvm::Expected<NamedTensors> finish(llvm::StringRef fileName);

private:
  void noteMissing(const WeightSpec &weight, llvm::ArrayRef<std::string> names);
  void noteShape(const WeightSpec &weight, llvm::ArrayRef<int64_t> found);
  std::string countText() const;

  void note(Fault fault, const llvm::Twine &name, const llvm::Twine &facts,
            const llvm::Twine &remark = "") {
    problems[fault].push_back({name.str(), facts.str(), remark.str()});
  }

  const NamedTensors &checkpoint;
  llvm::StringSet<> ignored;
  llvm::SmallVector<llvm::StringRef> superfluous;
  std::map<Fault, std::vector<Problem>> problems;
  NamedTensors result;
};
} // namespace

/// The source of a weight; without one, the tensor of its own name.
static llvm::Expected<WeightSource> sourceOf(const WeightSpec &weight) {
  if (weight.source.empty())
    return WeightSource::tensor(weight.path);
  return WeightSource::parse(weight.source);
}

/// "bound to 'weight_ih_l0'[0:128 of 512]", or nothing for a weight without a source.
static std::string boundTo(const WeightSpec &weight) {
  return weight.source.empty() ? "" : "bound to " + weight.source;
}

void Binder::findSuperfluous(llvm::ArrayRef<WeightSpec> weights) {
  llvm::StringSet<> used;
  for (const WeightSpec &weight : weights) {
    llvm::Expected<WeightSource> source = sourceOf(weight);
    if (!source) {
      llvm::consumeError(source.takeError()); // `bind` notes it
      continue;
    }
    for (const std::string &name : source->tensorNames())
      used.insert(name);
  }
  for (const NamedTensor &entry : checkpoint) {
    if (used.contains(entry.name) || ignored.contains(entry.name))
      continue;
    superfluous.push_back(entry.name);
    note(Fault::Superfluous, entry.name, shapeText(entry.tensor.shape()));
  }
}

void Binder::noteMissing(const WeightSpec &weight, llvm::ArrayRef<std::string> names) {
  llvm::SmallVector<std::string> remarks;
  if (!weight.source.empty())
    remarks.push_back(boundTo(weight));
  for (const std::string &name : names)
    if (llvm::StringRef nearest = nearestName(name, superfluous); !nearest.empty())
      remarks.push_back(("did you mean `" + nearest + "`?").str());
  note(Fault::Missing, weight.path, shapeText(weight.shape), llvm::join(remarks, "; "));
}

void Binder::noteShape(const WeightSpec &weight, llvm::ArrayRef<int64_t> found) {
  note(Fault::Shape, weight.path,
       "expected " + shapeText(weight.shape) + " found " + shapeText(found), boundTo(weight));
}

llvm::Error Binder::bind(const WeightSpec &weight) {
  llvm::Expected<WeightSource> source = sourceOf(weight);
  if (!source) {
    note(Fault::Source, weight.path, weight.source, llvm::toString(source.takeError()));
    return llvm::Error::success();
  }
  std::vector<std::string> names = source->tensorNames();
  bool isConstant = names.empty();
  llvm::erase_if(names, [&](const std::string &name) { return checkpoint.find(name); });
  if (!names.empty()) {
    noteMissing(weight, names);
    return llvm::Error::success();
  }
  llvm::Expected<Tensor> value =
      source->evaluate([&](llvm::StringRef name) { return checkpoint.find(name); });
  if (!value)
    return llvm::handleErrors(value.takeError(), [&](const WeightSourceError &error) {
      bool isShape = error.kind == WeightSourceError::Kind::Shape;
      note(isShape ? Fault::Shape : Fault::ElementType, weight.path,
           (isShape ? "expected " + shapeText(weight.shape) + ": " : "") + error.text);
    });
  if (isConstant) {
    llvm::Expected<Tensor> filled = Tensor::create(ElementType::F32, weight.shape);
    if (!filled)
      return filled.takeError();
    std::fill_n(filled->mutableData<float>(), filled->numElements(), *value->data<float>());
    value = std::move(*filled);
  }
  if (value->shape() != llvm::ArrayRef<int64_t>(weight.shape))
    noteShape(weight, value->shape());
  result.set(weight.path, std::move(*value));
  return llvm::Error::success();
}

/// "2 tensors missing, 1 of another shape"
std::string Binder::countText() const {
  std::string text;
  for (const auto &[fault, lines] : problems) {
    text += (text.empty() ? "" : ", ") + std::to_string(lines.size());
    // The first count carries the noun for all.
    if (text.find(' ') == std::string::npos)
      text += lines.size() == 1 ? " tensor" : " tensors";
    text += " " + wordsOf(fault).count.str();
  }
  return text;
}

llvm::Expected<NamedTensors> Binder::finish(llvm::StringRef fileName) {
  if (problems.empty())
    return std::move(result);
  size_t wordWidth = 0, nameWidth = 0, factsWidth = 0;
  for (const auto &[fault, lines] : problems) {
    wordWidth = std::max(wordWidth, wordsOf(fault).line.size());
    for (const Problem &problem : lines) {
      nameWidth = std::max(nameWidth, problem.name.size());
      if (!problem.note.empty())
        factsWidth = std::max(factsWidth, problem.facts.size());
    }
  }
  std::string message = (fileName + ": error: " + countText()).str();
  llvm::raw_string_ostream out(message);
  for (const auto &[fault, lines] : problems)
    for (const Problem &problem : lines) {
      out << "\n  " << llvm::left_justify(wordsOf(fault).line, wordWidth) << "  "
          << llvm::left_justify(problem.name, nameWidth) << "  ";
      if (problem.note.empty())
        out << problem.facts;
      else
        out << llvm::left_justify(problem.facts, factsWidth) << "  (" << problem.note << ")";
    }
  return makeError(message);
}

llvm::Expected<NamedTensors> gatefold::bindWeights(llvm::StringRef fileName,
                                                   const NamedTensors &checkpoint,
                                                   llvm::ArrayRef<WeightSpec> weights,
                                                   llvm::ArrayRef<std::string> ignored) {
  Binder binder(checkpoint, ignored);
  binder.findSuperfluous(weights);
  for (const WeightSpec &weight : weights)
    if (llvm::Error error = binder.bind(weight))
      return makeError(fileName + ": `" + weight.path + "`: " + llvm::toString(std::move(error)));
  return binder.finish(fileName);
}

llvm::Expected<NamedTensors> gatefold::loadWeights(llvm::StringRef path,
                                                   llvm::ArrayRef<WeightSpec> weights,
                                                   llvm::ArrayRef<std::string> ignored) {
  llvm::Expected<NamedTensors> checkpoint = readTensors(path);
  if (!checkpoint)
    return checkpoint.takeError();
  // An .npy file has one tensor without a name.
  if (path.ends_with(".npy") && checkpoint->size() == 1 && weights.size() == 1 &&
      weights.front().source.empty()) {
    NamedTensors named;
    named.set(weights.front().path, (*checkpoint)[0].tensor);
    return bindWeights(path, named, weights, ignored);
  }
  return bindWeights(path, *checkpoint, weights, ignored);
}
