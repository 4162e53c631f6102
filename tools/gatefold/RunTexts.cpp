//===- RunTexts.cpp - Texts in and out of a run ------------------*- C++ -*-===//
//
// Reads texts and lengths, and finds the vocabularies that turn them into tokens and back.
//
//===----------------------------------------------------------------------===//

#include "RunTexts.h"
#include "CommandLine.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/InputFile.h"
#include "gatefold/Runtime/RaggedBatch.h"
#include "gatefold/Runtime/Session.h"
#include "gatefold/Runtime/TensorFiles.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

void gatefold::addTextOptions(CLI::App &app, TextOptions &options) {
  addRepeatedOption(app, "--text", options.texts, "A text for an input of tokens; several: a batch")
      ->option_text("NAME=TEXT ...");
  addRepeatedOption(app, "--lines", options.lines, "A batch of texts, one on each line of a file")
      ->option_text("NAME=FILE ...");
  addRepeatedOption(app, "--lengths", options.lengths,
                    "How long each example of a batch is, along the input's free axis")
      ->option_text("NAME=FILE[:KEY] ...");
  addRepeatedOption(app, "--vocabulary", options.vocabularies,
                    "The file of a vocabulary, instead of the one that the model names")
      ->option_text("NAME=FILE ...");
}

std::vector<FileRead> gatefold::listFilesRead(const TextOptions &options) {
  std::vector<FileRead> files;
  auto add = [&](const char *what, llvm::ArrayRef<std::string> specs) {
    for (const std::string &spec : specs)
      if (auto assignment = splitAssignment(spec))
        files.push_back({what, parseTensorLocation(assignment->second).path});
  };
  add("the lines", options.lines);
  add("the lengths", options.lengths);
  add("the vocabulary", options.vocabularies);
  return files;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static InputTexts *findTexts(RunInputs &inputs, llvm::StringRef name) {
  for (InputTexts &texts : inputs.texts)
    if (texts.name == name)
      return &texts;
  return nullptr;
}

/// An error if the input was given already.
static llvm::Error checkNew(RunInputs &inputs, const std::string &name) {
  if (inputs.tensors.find(name) || findTexts(inputs, name))
    return makeUsageError("the input `" + name + "` is given twice");
  return llvm::Error::success();
}

/// NAME=TEXT, where the text may be empty.
static llvm::Error addText(llvm::StringRef spec, RunInputs &inputs, size_t filesBefore) {
  auto [name, text] = spec.split('=');
  if (name.empty() || !spec.contains('='))
    return makeUsageError("expected --text NAME=TEXT, found `" + spec + "`");
  InputTexts *known = findTexts(inputs, name);
  bool isFile = known && static_cast<size_t>(known - inputs.texts.data()) < filesBefore;
  if (isFile || inputs.tensors.find(name))
    return makeUsageError("the input `" + name + "` is given twice");
  if (!known)
    known = &inputs.texts.emplace_back(InputTexts{name.str(), {}, false});
  known->texts.push_back(text.str());
  known->isBatch = known->texts.size() > 1;
  return llvm::Error::success();
}

/// NAME=FILE with a text on each line.
static llvm::Error addLines(const std::string &spec, RunInputs &inputs) {
  auto assignment = splitAssignment(spec);
  if (!assignment)
    return makeUsageError("expected --lines NAME=FILE, found `" + spec + "`");
  if (llvm::Error error = checkNew(inputs, assignment->first))
    return error;
  llvm::Expected<InputFile> file = openInputFile(assignment->second);
  if (!file)
    return file.takeError();
  InputTexts texts = {assignment->first, {}, true};
  for (llvm::StringRef rest = (*file)->getBuffer(); !rest.empty();) {
    auto [line, below] = rest.split('\n');
    line.consume_back("\r");
    texts.texts.push_back(line.str());
    rest = below;
  }
  inputs.texts.push_back(std::move(texts));
  return llvm::Error::success();
}

static llvm::Error addLengths(const std::string &spec, RunInputs &inputs) {
  auto assignment = splitAssignment(spec);
  if (!assignment)
    return makeUsageError("expected --lengths NAME=FILE, found `" + spec + "`");
  if (inputs.lengths.find(assignment->first))
    return makeUsageError("the lengths of `" + assignment->first + "` are given twice");
  llvm::Expected<Tensor> tensor = readTensor(assignment->second);
  if (!tensor)
    return tensor.takeError();
  inputs.lengths.set(assignment->first, std::move(*tensor));
  return llvm::Error::success();
}

llvm::Error gatefold::readTexts(const TextOptions &options, RunInputs &inputs) {
  llvm::Error errors = llvm::Error::success();
  auto keep = [&](llvm::Error error) {
    errors = llvm::joinErrors(std::move(errors), std::move(error));
  };
  size_t filesBefore = inputs.texts.size();
  for (const std::string &spec : options.texts)
    keep(addText(spec, inputs, filesBefore));
  for (const std::string &spec : options.lines)
    keep(addLines(spec, inputs));
  for (const std::string &spec : options.lengths)
    keep(addLengths(spec, inputs));
  return errors;
}

//===----------------------------------------------------------------------===//
// Vocabularies
//===----------------------------------------------------------------------===//

/// A file that is not where the model's text says is looked for beside the checkpoint, with which
/// vocabularies are handed on.
static void findBeside(llvm::StringRef checkpoint, VocabularySpec &spec) {
  if (spec.file.empty() || checkpoint.empty() || llvm::sys::fs::exists(spec.file))
    return;
  llvm::SmallString<128> beside = llvm::sys::path::parent_path(checkpoint);
  llvm::sys::path::append(beside, llvm::sys::path::filename(spec.file));
  if (llvm::sys::fs::exists(beside))
    spec.file = beside.str().str();
}

llvm::Expected<RunVocabularies> RunVocabularies::create(const ModelInterface &model,
                                                        llvm::ArrayRef<std::string> overrides,
                                                        llvm::StringRef checkpoint) {
  RunVocabularies vocabularies;
  vocabularies.specs = model.vocabularies;
  for (VocabularySpec &spec : vocabularies.specs)
    findBeside(checkpoint, spec);
  std::vector<std::string> names;
  for (const VocabularySpec &spec : model.vocabularies)
    names.push_back(spec.name);
  for (const std::string &override : overrides) {
    auto assignment = splitAssignment(override);
    if (!assignment)
      return makeUsageError("expected --vocabulary NAME=FILE, found `" + override + "`");
    const auto &[name, file] = *assignment;
    auto place = llvm::find(names, name);
    if (place == names.end()) {
      std::string nearest = suggest(name, names);
      if (nearest.empty())
        nearest = names.empty() ? "; the model has none"
                                : "; the vocabularies are `" + llvm::join(names, "`, `") + "`";
      return makeError("there is no vocabulary `" + name + "`" + nearest);
    }
    VocabularySpec &spec = vocabularies.specs[place - names.begin()];
    spec.tokens.clear();
    spec.file = file;
  }
  return vocabularies;
}

llvm::Expected<const Vocabulary *> RunVocabularies::find(llvm::StringRef name) {
  auto place = loaded.find(name.str());
  if (place != loaded.end())
    return &place->second;
  VocabularySpec spec = {"bytes", VocabularyKind::Bytes, {}, ""};
  for (const VocabularySpec &known : specs)
    if (known.name == name)
      spec = known;
  llvm::Expected<Vocabulary> vocabulary = Vocabulary::load(spec);
  if (!vocabulary)
    return vocabulary.takeError();
  return &loaded.emplace(name.str(), std::move(*vocabulary)).first->second;
}

//===----------------------------------------------------------------------===//
// Texts and tokens
//===----------------------------------------------------------------------===//

static const Port *findPort(const EntryInterface &entry, PortKind kind, llvm::StringRef name) {
  for (const Port &port : entry.arguments)
    if (port.kind == kind && port.name == name)
      return &port;
  return nullptr;
}

Tensor gatefold::padTokens(llvm::ArrayRef<std::vector<int32_t>> tokens) {
  size_t longest = 0;
  for (const std::vector<int32_t> &ofText : tokens)
    longest = std::max(longest, ofText.size());
  Tensor padded = Tensor::zeros(
      ElementType::I32, {static_cast<int64_t>(tokens.size()), static_cast<int64_t>(longest)});
  int32_t *to = padded.mutableData<int32_t>();
  for (const std::vector<int32_t> &ofText : tokens) {
    llvm::copy(ofText, to);
    to += longest;
  }
  return padded;
}

/// Encodes the texts of one input.
static llvm::Error encodeInput(const Port &port, RunVocabularies &vocabularies,
                               const InputTexts &texts, RunInputs &inputs) {
  if (port.type != ElementType::I32)
    return makeError("input `" + port.name + "` takes " + describePort(port) + ", not a text");
  llvm::Expected<const Vocabulary *> vocabulary = vocabularies.find(port.vocabulary);
  if (!vocabulary)
    return vocabulary.takeError();
  std::vector<std::vector<int32_t>> tokens;
  std::vector<int64_t> lengths;
  for (auto [example, text] : llvm::enumerate(texts.texts)) {
    auto encoded = (*vocabulary)->encode(text);
    if (!encoded)
      return makeError("input `" + port.name + "`" +
                       (texts.isBatch ? ", text " + llvm::Twine(example + 1) : llvm::Twine()) +
                       ": " + llvm::toString(encoded.takeError()));
    lengths.push_back(static_cast<int64_t>(encoded->size()));
    tokens.push_back(std::move(*encoded));
  }
  Tensor padded = padTokens(tokens);
  if (!texts.isBatch)
    padded = llvm::cantFail(padded.withShape(padded.shape().drop_front()));
  inputs.tensors.set(port.name, std::move(padded));
  if (!llvm::all_equal(lengths) && !inputs.lengths.find(port.name))
    inputs.lengths.set(
        port.name,
        Tensor::copyOf<int64_t>(ElementType::I64, {static_cast<int64_t>(lengths.size())}, lengths));
  return llvm::Error::success();
}

llvm::Error gatefold::encodeTexts(const EntryInterface &entry, RunVocabularies &vocabularies,
                                  RunInputs &inputs) {
  llvm::Error errors = llvm::Error::success();
  for (const InputTexts &texts : inputs.texts) {
    const Port *port = findPort(entry, PortKind::Input, texts.name);
    if (!port) // for the check of all inputs to tell
      inputs.tensors.set(texts.name, Tensor::zeros(ElementType::I32, {0}));
    else
      errors = llvm::joinErrors(std::move(errors), encodeInput(*port, vocabularies, texts, inputs));
  }
  return errors;
}

/// The length of each example along a port's axis behind the batch; nothing where all are as long
/// as the axis.
static std::vector<int64_t> findLengths(const EntryInterface &entry, const Port &port,
                                        const NamedTensors &lengths) {
  std::vector<int64_t> found;
  for (const NamedTensor &given : lengths) {
    const Port *input = findPort(entry, PortKind::Input, given.name);
    const Dimension *dimension = input ? findFreeAxis(*input) : nullptr;
    if (!dimension || port.shape.size() < 2 || dimension->name != port.shape[1].name)
      continue;
    for (int64_t example = 0; example < given.tensor.numElements(); ++example)
      found.push_back(static_cast<int64_t>(given.tensor.elementAsDouble(example)));
  }
  return found;
}

/// An error for the first token of an input that its vocabulary does not have.
static llvm::Error checkTokens(const Port &port, const Vocabulary &vocabulary, const Tensor &tokens,
                               llvm::ArrayRef<int64_t> lengths) {
  int64_t length = tokens.rank() == 0 ? 1 : tokens.shape().back();
  const auto *data = tokens.data<int32_t>();
  for (int64_t place = 0, count = tokens.numElements(); place < count; ++place) {
    bool isPadding = !lengths.empty() && place % length >= lengths[place / length];
    if (!isPadding && (data[place] < 0 || data[place] >= vocabulary.size()))
      return makeError("input `" + port.name + "`: the token " + llvm::Twine(data[place]) + " at " +
                       indexText(tokens.shape(), place) + " is not in the vocabulary `" +
                       vocabulary.getName() + "` of " + llvm::Twine(vocabulary.size()) + " tokens");
  }
  return llvm::Error::success();
}

llvm::Error gatefold::checkTokens(const EntryInterface &entry, RunVocabularies &vocabularies,
                                  const NamedTensors &inputs, const NamedTensors &lengths) {
  llvm::Error errors = llvm::Error::success();
  for (const NamedTensor &input : inputs) {
    const Port *port = findPort(entry, PortKind::Input, input.name);
    if (!port || port->vocabulary.empty() || input.tensor.type() != ElementType::I32)
      continue;
    llvm::Expected<const Vocabulary *> vocabulary = vocabularies.find(port->vocabulary);
    if (vocabulary)
      errors =
          llvm::joinErrors(std::move(errors), ::checkTokens(*port, **vocabulary, input.tensor,
                                                            findLengths(entry, *port, lengths)));
    else
      llvm::consumeError(vocabulary.takeError()); // numbers need no vocabulary
  }
  return errors;
}

llvm::Expected<OutputTexts> gatefold::decodeOutputs(const EntryInterface &entry,
                                                    RunVocabularies &vocabularies,
                                                    const RunOutputs &wanted,
                                                    const NamedTensors &outputs,
                                                    const NamedTensors &lengths) {
  OutputTexts texts;
  for (const NamedTensor &output : outputs) {
    const Port *port = findPort(entry, PortKind::Output, output.name);
    if (!port || port->vocabulary.empty() || port->shape.size() != 2 ||
        output.tensor.type() != ElementType::I32 || !wanted.wantsText(output.name))
      continue;
    llvm::Expected<const Vocabulary *> vocabulary = vocabularies.find(port->vocabulary);
    if (!vocabulary)
      return vocabulary.takeError();
    int64_t length = output.tensor.shape().back();
    int64_t examples = output.tensor.rank() == 2 ? output.tensor.shape()[0] : 1;
    std::vector<int64_t> ownLengths = findLengths(entry, *port, lengths);
    for (int64_t example = 0; example < examples; ++example) {
      llvm::ArrayRef<int32_t> tokens(output.tensor.data<int32_t>() + example * length, length);
      if (!ownLengths.empty())
        tokens = tokens.take_front(ownLengths[example]);
      llvm::Expected<std::string> text = (*vocabulary)->decode(tokens);
      if (!text)
        return makeError("output `" + output.name + "`: " + llvm::toString(text.takeError()));
      texts[output.name].push_back(std::move(*text));
    }
  }
  return texts;
}
