//===- RunTensors.cpp - What a run reads and writes --------------*- C++ -*-===//
//
// Inputs from files and outputs to files.
//
//===----------------------------------------------------------------------===//

#include "RunTensors.h"
#include "CommandLine.h"
#include "gatefold/Runtime/Summary.h"
#include "gatefold/Runtime/TensorFiles.h"
#include "gatefold/Runtime/Wav.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace gatefold;

/// Reads one input; notes the sample rate if it is a sound.
static llvm::Expected<Tensor> readInput(llvm::StringRef spec, std::optional<int64_t> &sampleRate) {
  TensorLocation location = parseTensorLocation(spec);
  if (!llvm::StringRef(location.path).ends_with(".wav") || !location.key.empty())
    return readTensor(spec);
  llvm::Expected<Sound> sound = readWav(location.path);
  if (!sound)
    return sound.takeError();
  sampleRate = sampleRate.value_or(sound->sampleRate);
  return sound->samples;
}

llvm::Expected<RunInputs> gatefold::readInputs(llvm::ArrayRef<std::string> specs) {
  RunInputs inputs;
  std::optional<int64_t> sampleRate;
  llvm::Error errors = llvm::Error::success();
  for (const std::string &spec : specs) {
    auto assignment = splitAssignment(spec);
    if (!assignment) {
      errors = llvm::joinErrors(std::move(errors),
                                makeUsageError("expected --input NAME=FILE, found `" + spec + "`"));
      continue;
    }
    const auto &[name, file] = *assignment;
    if (inputs.tensors.find(name))
      errors = llvm::joinErrors(std::move(errors),
                                makeUsageError("the input `" + name + "` is given twice"));
    llvm::Expected<Tensor> tensor = readInput(file, sampleRate);
    if (tensor)
      inputs.tensors.set(name, std::move(*tensor));
    else
      errors = llvm::joinErrors(std::move(errors), tensor.takeError());
  }
  if (errors)
    return std::move(errors);
  inputs.sampleRate = sampleRate.value_or(inputs.sampleRate);
  return inputs;
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
      errors = llvm::joinErrors(std::move(errors),
                                llvm::createStringError(llvm::inconvertibleErrorCode(),
                                                        "input `" + port.name + "`: " +
                                                            llvm::toString(tensor.takeError())));
  }
  if (errors)
    return std::move(errors);
  return converted;
}

llvm::Expected<RunOutputs> RunOutputs::parse(llvm::ArrayRef<std::string> specs) {
  RunOutputs outputs;
  llvm::StringSet<> names;
  for (const std::string &spec : specs) {
    auto assignment = splitAssignment(spec);
    if (!assignment)
      return makeUsageError("expected --output NAME=FILE, found `" + spec + "`");
    if (!names.insert(assignment->first).second)
      return makeUsageError("the output `" + assignment->first + "` is given twice");
    outputs.files.push_back(std::move(*assignment));
  }
  return outputs;
}

llvm::Error RunOutputs::check(const EntryInterface &entry) const {
  std::vector<std::string> names;
  for (const Port &port : entry.arguments)
    if (port.kind == PortKind::Output)
      names.push_back(port.name);
  llvm::Error errors = llvm::Error::success();
  for (const auto &[name, path] : files) {
    if (llvm::is_contained(names, name))
      continue;
    std::string nearest = suggest(name, names);
    errors = llvm::joinErrors(
        std::move(errors),
        llvm::createStringError(llvm::inconvertibleErrorCode(),
                                "there is no output `" + name + "`" +
                                    (nearest.empty()
                                         ? "; the outputs are `" + llvm::join(names, "`, `") + "`"
                                         : nearest)));
  }
  return errors;
}

llvm::Error RunOutputs::write(const NamedTensors &outputs, int64_t sampleRate) const {
  if (files.empty()) {
    for (const NamedTensor &output : outputs)
      printSummary(llvm::outs(), output.name, output.tensor);
    return llvm::Error::success();
  }
  llvm::StringSet<> written;
  llvm::Error errors = llvm::Error::success();
  for (const auto &[firstName, path] : files) {
    if (!written.insert(path).second)
      continue;
    NamedTensors together;
    for (const auto &[name, otherPath] : files)
      if (otherPath == path)
        together.set(name, *outputs.find(name));
    errors = llvm::joinErrors(std::move(errors), writeTensors(path, together, sampleRate));
  }
  return errors;
}
