//===- OnnxCase.cpp - One case of a conformance suite ------------*- C++ -*-===//
//
// Reads a case, imports its model for the shapes there, compiles and runs it, and compares.
//
//===----------------------------------------------------------------------===//

#include "OnnxCase.h"
#include "ImportedRun.h"
#include "gatefold/Runtime/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cmath>

using namespace gatefold;

namespace {
/// What lies in a case's folder.
struct CaseData {
  NamedTensors inputs;
  NamedTensors outputs;
  onnx::ImportOptions import; ///< shapes and lengths of the inputs
};
} // namespace

static llvm::Expected<CaseData> readCase(const onnx::DeclaredPorts &ports, llvm::StringRef folder) {
  CaseData data;
  auto read = [&](llvm::StringRef prefix, size_t index, const onnx::DeclaredPort &port) {
    llvm::SmallString<256> path(folder);
    llvm::sys::path::append(path, prefix + llvm::Twine(index) + ".pb");
    return onnx::readCaseValue(path, port);
  };
  for (auto [index, port] : llvm::enumerate(ports.inputs)) {
    auto value = read("input_", index, port);
    if (!value)
      return value.takeError();
    if (value->length >= -1)
      data.import.lengths[port.name] = value->length;
    for (NamedTensor &tensor : value->tensors) {
      data.import.shapes[tensor.name] = tensor.tensor.shape().vec();
      data.inputs.set(tensor.name, std::move(tensor.tensor));
    }
  }
  for (auto [index, port] : llvm::enumerate(ports.outputs)) {
    auto value = read("output_", index, port);
    if (!value)
      return value.takeError();
    for (NamedTensor &tensor : value->tensors)
      data.outputs.set(tensor.name, std::move(tensor.tensor));
  }
  return data;
}

/// Imports the model; inputs whose values are needed for it become constants.
static llvm::Expected<onnx::ImportedModel> importCase(llvm::StringRef model, CaseData &data) {
  while (true) {
    auto imported = onnx::importModel(model, data.import);
    if (imported)
      return imported;
    bool isFixed = false;
    llvm::Error rest = llvm::handleErrors(
        imported.takeError(), [&](std::unique_ptr<onnx::NeedsMore> needed) -> llvm::Error {
          for (const std::string &name : needed->getInputs())
            if (const Tensor *tensor = data.inputs.find(name))
              isFixed |= data.import.fixed.emplace(name, *tensor).second;
          return isFixed ? llvm::Error::success() : llvm::Error(std::move(needed));
        });
    if (rest)
      return std::move(rest);
  }
}

/// The largest finite number of a tensor, or 0.
static double largestNumber(const Tensor &tensor) {
  double largest = 0;
  for (int64_t i = 0; i < tensor.numElements(); ++i)
    if (double value = std::fabs(tensor.elementAsDouble(i)); std::isfinite(value))
      largest = std::max(largest, value);
  return largest;
}

/// Why a case cannot be run: doubles that no f32 can hold.
static llvm::Error checkNumbers(const CaseData &data) {
  for (const NamedTensors *tensors : {&data.inputs, &data.outputs})
    for (const NamedTensor &each : *tensors)
      if (each.tensor.type() == ElementType::F64 &&
          largestNumber(each.tensor) > std::numeric_limits<float>::max())
        return makeError("`" + each.name + "` has doubles that are too large for f32");
  return llvm::Error::success();
}

/// Compares one output.
static std::string compareOutput(const Tensor &found, const Tensor &expected,
                                 const CaseOptions &options) {
  bool isShort = expected.type() == ElementType::F16 || expected.type() == ElementType::BF16;
  TensorComparison comparison =
      compareTensors("", found, expected,
                     isShort                            ? options.shortTolerance
                     : isFloatingPoint(expected.type()) ? options.tolerance
                                                        : Tolerance());
  if (comparison.passed())
    return "";
  if (!comparison.failure.empty())
    return comparison.failure;
  std::string text = std::to_string(comparison.numOutside) + " of " +
                     std::to_string(comparison.numElements) + " elements differ, most at " +
                     comparison.largestAbsolutePlace + ": ";
  llvm::raw_string_ostream(text) << comparison.valueA << ", expected " << comparison.valueB;
  return text;
}

static llvm::Error compareOutputs(const onnx::ImportedModel &imported, const NamedTensors &results,
                                  const CaseData &data, const CaseOptions &options) {
  if (imported.outputs.size() != data.outputs.size())
    return makeError("there are " + llvm::Twine(imported.outputs.size()) + " outputs, expected " +
                     llvm::Twine(data.outputs.size()));
  for (const onnx::ImportedPort &port : imported.outputs) {
    const Tensor *expected = data.outputs.find(port.name);
    const Tensor *found = port.constant ? &*port.constant : results.find(port.textName);
    if (!expected || !found)
      return makeError("output `" + port.name + "` is missing");
    std::string difference = compareOutput(*found, *expected, options);
    if (!difference.empty())
      return makeError("output `" + port.name + "`: " + difference);
  }
  return llvm::Error::success();
}

/// What tells the results of the written files from those of the model; empty where nothing does.
static std::string findDifference(const NamedTensors &written, const NamedTensors &direct) {
  if (written.size() != direct.size())
    return "there are " + std::to_string(written.size()) + " outputs instead of " +
           std::to_string(direct.size());
  for (const NamedTensor &expected : direct) {
    const Tensor *found = written.find(expected.name);
    if (!found || found->type() != expected.tensor.type() ||
        found->shape() != expected.tensor.shape() || found->bytes() != expected.tensor.bytes())
      return "output `" + expected.name + "` differs";
  }
  return "";
}

static void checkRoundTrip(const onnx::ImportedModel &imported, const NamedTensors &inputs,
                           const NamedTensors &direct, CaseResult &result) {
  result.roundTrip = CaseResult::RoundTrip::Equal;
  auto written = runWritten(imported, inputs);
  result.difference =
      written ? findDifference(*written, direct) : llvm::toString(written.takeError());
  if (!result.difference.empty())
    result.roundTrip = CaseResult::RoundTrip::Different;
}

static llvm::Error check(llvm::StringRef model, llvm::StringRef folder, const CaseOptions &options,
                         CaseResult &result) {
  auto ports = onnx::readPorts(model);
  if (!ports)
    return ports.takeError();
  auto data = readCase(*ports, folder);
  if (!data)
    return data.takeError();
  if (llvm::Error error = checkNumbers(*data)) {
    result.outcome = CaseResult::Outcome::Unsupported;
    return error;
  }
  auto imported = importCase(model, *data);
  if (!imported) {
    result.outcome = CaseResult::Outcome::Unsupported;
    return imported.takeError();
  }
  if (options.printsTexts)
    llvm::outs() << imported->text;
  NamedTensors results;
  if (!imported->text.empty()) {
    auto run = runImported(*imported, data->inputs, model);
    if (!run)
      return run.takeError();
    results = std::move(*run);
    if (options.checksRoundTrip)
      checkRoundTrip(*imported, data->inputs, results, result);
  }
  return compareOutputs(*imported, results, *data, options);
}

CaseResult gatefold::runCase(llvm::StringRef model, llvm::StringRef folder,
                             const CaseOptions &options) {
  CaseResult result;
  if (llvm::Error error = check(model, folder, options, result)) {
    result.reason = llvm::toString(std::move(error));
    if (result.outcome == CaseResult::Outcome::Passed)
      result.outcome = CaseResult::Outcome::Failed;
  }
  return result;
}
