//===- RunTensors.cpp - What a run reads and writes --------------*- C++ -*-===//
//
// Inputs from files and outputs to files.
//
//===----------------------------------------------------------------------===//

#include "RunTensors.h"
#include "CommandLine.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/InputFile.h"
#include "gatefold/Runtime/Summary.h"
#include "gatefold/Runtime/TensorFiles.h"
#include "gatefold/Runtime/Wav.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace gatefold;

static bool isTextFile(llvm::StringRef path) { return path.ends_with(".txt"); }
static bool isSoundFile(llvm::StringRef path) { return path.ends_with(".wav"); }

static bool isSound(llvm::StringRef spec) {
  TensorLocation location = parseTensorLocation(spec);
  return isSoundFile(location.path) && location.key.empty();
}

/// Reads one input; notes the sample rate if it is a sound.
static llvm::Expected<Tensor> readInput(llvm::StringRef spec, std::optional<int64_t> &sampleRate) {
  TensorLocation location = parseTensorLocation(spec);
  if (!isSound(spec))
    return readTensor(spec);
  llvm::Expected<Sound> sound = readWav(location.path);
  if (!sound)
    return sound.takeError();
  sampleRate = sampleRate.value_or(sound->sampleRate);
  return sound->samples;
}

/// Reads a file as one text, without a newline at its end.
static llvm::Error readTextInput(const std::string &name, llvm::StringRef path, RunInputs &inputs) {
  llvm::Expected<InputFile> file = openInputFile(path);
  if (!file)
    return file.takeError();
  llvm::StringRef text = (*file)->getBuffer();
  text.consume_back("\n");
  inputs.texts.push_back({name, {text.str()}, false});
  return llvm::Error::success();
}

static llvm::Error addInput(const std::string &spec, RunInputs &inputs,
                            std::optional<int64_t> &sampleRate) {
  auto assignment = splitAssignment(spec);
  if (!assignment)
    return makeUsageError("expected --input NAME=FILE, found `" + spec + "`");
  const auto &[name, file] = *assignment;
  if (inputs.tensors.find(name) ||
      llvm::any_of(inputs.texts, [&](const InputTexts &texts) { return texts.name == name; }))
    return makeUsageError("the input `" + name + "` is given twice");
  if (isTextFile(file))
    return readTextInput(name, file, inputs);
  llvm::Expected<Tensor> tensor = readInput(file, sampleRate);
  if (!tensor)
    return tensor.takeError();
  inputs.tensors.set(name, std::move(*tensor));
  if (isSound(file))
    inputs.sounds.insert(name);
  return llvm::Error::success();
}

llvm::Expected<RunInputs> gatefold::readInputs(llvm::ArrayRef<std::string> specs) {
  RunInputs inputs;
  std::optional<int64_t> sampleRate;
  llvm::Error errors = llvm::Error::success();
  for (const std::string &spec : specs)
    errors = llvm::joinErrors(std::move(errors), addInput(spec, inputs, sampleRate));
  if (errors)
    return std::move(errors);
  inputs.sampleRate = sampleRate.value_or(inputs.sampleRate);
  return inputs;
}

/// Whether a port, [batch, ...], takes or gives sequences of pieces of a fixed size, [T, K].
static bool isInPieces(const Port &port) {
  return port.shape.size() == 3 && port.shape[1].isDynamic() && !port.shape[2].isDynamic();
}

void gatefold::cutSounds(const EntryInterface &entry, RunInputs &inputs) {
  for (const Port &port : entry.arguments) {
    const Tensor *sound = inputs.tensors.find(port.name);
    if (port.kind != PortKind::Input || !sound || !inputs.sounds.count(port.name) ||
        !isInPieces(port) || port.shape[2].size == 0)
      continue;
    int64_t size = port.shape[2].size;
    int64_t count = llvm::divideCeil(static_cast<uint64_t>(sound->numElements()), size);
    Tensor pieces = Tensor::zeros(ElementType::F32, {count, size});
    llvm::copy(llvm::ArrayRef(sound->data<float>(), sound->numElements()),
               pieces.mutableData<float>());
    inputs.tensors.set(port.name, std::move(pieces));
  }
}

llvm::Expected<NamedTensors> gatefold::convertInputs(const EntryInterface &entry,
                                                     const NamedTensors &inputs) {
  NamedTensors converted = inputs;
  llvm::Error errors = llvm::Error::success();
  for (const Port &port : entry.arguments) {
    const Tensor *input = inputs.find(port.name);
    if (port.kind != PortKind::Input || !input || input->type() == port.type ||
        isFloatingPoint(input->type()) != isFloatingPoint(port.type))
      continue;
    llvm::Expected<Tensor> tensor = input->convertTo(port.type);
    if (tensor)
      converted.set(port.name, std::move(*tensor));
    else
      errors = llvm::joinErrors(std::move(errors), makeError("input `" + port.name + "`: " +
                                                             llvm::toString(tensor.takeError())));
  }
  if (errors)
    return std::move(errors);
  return converted;
}

RunOutputs::File &RunOutputs::findFile(const std::string &path) {
  std::string realPath = findRealPath(path);
  for (File &file : files)
    if (file.realPath == realPath)
      return file;
  return files.emplace_back(File{path, realPath, {}});
}

llvm::Expected<RunOutputs> RunOutputs::parse(llvm::ArrayRef<std::string> specs,
                                             llvm::ArrayRef<FileRead> read) {
  RunOutputs outputs;
  llvm::StringSet<> names;
  for (const std::string &spec : specs) {
    auto assignment = splitAssignment(spec);
    if (!assignment)
      return makeUsageError("expected --output NAME=FILE, found `" + spec + "`");
    const auto &[name, path] = *assignment;
    if (!names.insert(name).second)
      return makeUsageError("the output `" + name + "` is given twice");
    File &file = outputs.findFile(path);
    file.names.push_back(name);
    for (const FileRead &other : read)
      if (findRealPath(other.path) == file.realPath)
        return makeUsageError("the output `" + name + "` would overwrite " + other.what + " `" +
                              other.path + "`");
  }
  return outputs;
}

/// The output of that name; null if there is none.
static const Port *findOutput(const EntryInterface &entry, llvm::StringRef name) {
  for (const Port &port : entry.arguments)
    if (port.kind == PortKind::Output && port.name == name)
      return &port;
  return nullptr;
}

llvm::Error RunOutputs::check(const EntryInterface &entry) const {
  std::vector<std::string> known;
  for (const Port &port : entry.arguments)
    if (port.kind == PortKind::Output)
      known.push_back(port.name);
  llvm::Error errors = llvm::Error::success();
  for (const File &file : files)
    for (const std::string &name : file.names) {
      if (findOutput(entry, name))
        continue;
      std::string nearest = suggest(name, known);
      errors = llvm::joinErrors(
          std::move(errors),
          makeError("there is no output `" + name + "`" +
                    (nearest.empty() ? "; the outputs are `" + llvm::join(known, "`, `") + "`"
                                     : nearest)));
    }
  return errors;
}

void RunOutputs::noteSounds(const EntryInterface &entry, const RunInputs &inputs) {
  for (const Port &sound : entry.arguments) {
    if (sound.kind != PortKind::Input || !inputs.sounds.count(sound.name) || !isInPieces(sound))
      continue;
    const double seconds = static_cast<double>(sound.shape[2].size) / inputs.sampleRate;
    for (const Port &port : entry.arguments)
      if (port.kind == PortKind::Output && port.shape.size() == 2 &&
          port.shape[1] == sound.shape[1])
        secondsPerStep[port.name] = seconds;
  }
}

llvm::Error RunOutputs::begin(const EntryInterface &entry, bool batched, bool asDoubles) {
  llvm::Error errors = llvm::Error::success();
  for (File &file : files) {
    const Port *first = findOutput(entry, file.names.front());
    file.joinsPieces = isSoundFile(file.path) && !batched && isInPieces(*first);
    bool isText = isTextFile(file.path) && file.names.size() == 1 && !first->vocabulary.empty();
    NamedTensors samples; // without elements
    for (const std::string &name : file.names) {
      const Port &port = *findOutput(entry, name);
      ElementType type = asDoubles && isFloatingPoint(port.type) ? ElementType::F64 : port.type;
      size_t rank = file.joinsPieces ? 1 : port.shape.size() - !batched;
      samples.set(name, Tensor::zeros(type, Tensor::Shape(rank, 0)));
    }
    if (llvm::Error error = isText ? llvm::Error::success() : checkFormat(file.path, samples)) {
      std::string which = file.names.size() == 1
                              ? "output `" + file.names.front() + "`: "
                              : "outputs `" + llvm::join(file.names, "`, `") + "`: ";
      errors =
          llvm::joinErrors(std::move(errors), makeError(which + llvm::toString(std::move(error))));
      continue;
    }
    if (llvm::Expected<OutputFile> created = OutputFile::create(file.path))
      begun.push_back(std::move(*created));
    else
      errors = llvm::joinErrors(std::move(errors), created.takeError());
  }
  return errors;
}

bool RunOutputs::wantsText(llvm::StringRef name) const {
  return files.empty() || llvm::any_of(files, [&](const File &file) {
           return isTextFile(file.path) && llvm::is_contained(file.names, name);
         });
}

/// Writes texts as lines, each with something in front.
static void writeTexts(llvm::raw_ostream &out, llvm::StringRef front,
                       llvm::ArrayRef<std::string> texts) {
  for (const std::string &text : texts)
    out << front << text << '\n';
}

llvm::Error RunOutputs::write(const NamedTensors &outputs, const OutputTexts &texts,
                              int64_t sampleRate) {
  if (files.empty())
    for (const NamedTensor &output : outputs) {
      if (auto place = texts.find(output.name); place != texts.end())
        writeTexts(llvm::outs(), outputs.size() == 1 ? "" : output.name + ": ", place->second);
      else
        printSummary(llvm::outs(), output.name, output.tensor, secondsPerStep[output.name]);
    }
  llvm::Error errors = llvm::Error::success();
  for (auto [file, target] : llvm::zip_equal(files, begun)) {
    auto text = texts.find(file.names.front());
    if (isTextFile(file.path) && text != texts.end()) {
      writeTexts(target.stream(), "", text->second);
      continue;
    }
    NamedTensors together;
    for (const std::string &name : file.names) {
      const Tensor &output = *outputs.find(name);
      together.set(name, file.joinsPieces ? llvm::cantFail(output.withShape(output.numElements()))
                                          : output);
    }
    errors = llvm::joinErrors(std::move(errors), writeTensors(target, together, sampleRate));
  }
  if (errors)
    return errors;
  return commitAll(begun);
}
