//===- TestCase.cpp - Inputs and outputs of test cases -----------*- C++ -*-===//
//
// Reads the files that lie beside a model in the layout of ONNX's backend tests.
//
//===----------------------------------------------------------------------===//

#include "Reader.h"
#include "gatefold/Onnx/Import.h"
#include "gatefold/Runtime/Error.h"
#include "llvm/Support/Path.h"

using namespace gatefold;
using namespace gatefold::onnx;

static DeclaredPort::Kind kindOf(const TypeProto &type) {
  if (type.has_optional_type())
    return type.optional_type().elem_type().has_sequence_type()
               ? DeclaredPort::Kind::OptionalSequence
               : DeclaredPort::Kind::Optional;
  return type.has_sequence_type() ? DeclaredPort::Kind::Sequence : DeclaredPort::Kind::Tensor;
}

llvm::Expected<DeclaredPorts> onnx::readPorts(llvm::StringRef path) {
  llvm::Expected<InputFile> file = openInputFile(path);
  if (!file)
    return file.takeError();
  auto model = readModel(*file);
  if (!model)
    return model.takeError();
  const GraphProto &graph = (*model)->graph();
  DeclaredPorts ports;
  for (const ValueInfoProto &input : graph.input())
    if (llvm::none_of(graph.initializer(),
                      [&](const TensorProto &tensor) { return tensor.name() == input.name(); }))
      ports.inputs.push_back({input.name(), kindOf(input.type())});
  for (const ValueInfoProto &output : graph.output())
    ports.outputs.push_back({output.name(), kindOf(output.type())});
  for (const NodeProto &node : graph.node())
    ports.operators.push_back(node.op_type());
  return ports;
}

/// Parses the file as one kind of message.
template <typename Message>
static llvm::Error parse(llvm::StringRef path, Message &message) {
  llvm::Expected<InputFile> file = openInputFile(path);
  if (!file)
    return file.takeError();
  if (!message.ParseFromArray((*file)->getBufferStart(),
                              static_cast<int>((*file)->getBufferSize())))
    return fileError(*file, "is no protocol buffer of the kind that the model declares");
  return llvm::Error::success();
}

/// A sequence as tensors.
static CaseValue readSequence(const SequenceProto &sequence, llvm::StringRef name,
                              llvm::StringRef folder) {
  CaseValue value;
  value.length = sequence.tensor_values_size();
  for (const TensorProto &tensor : sequence.tensor_values())
    value.tensors.push_back(
        {(name + "." + llvm::Twine(value.tensors.size())).str(), readTensor(tensor, folder)});
  return value;
}

llvm::Expected<CaseValue> onnx::readCaseValue(llvm::StringRef path, const DeclaredPort &port) {
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  try {
    CaseValue value;
    if (port.kind == DeclaredPort::Kind::Tensor) {
      TensorProto tensor;
      if (llvm::Error error = parse(path, tensor))
        return std::move(error);
      value.tensors.push_back({port.name, readTensor(tensor, folder)});
      return value;
    }
    if (port.kind == DeclaredPort::Kind::Sequence) {
      SequenceProto sequence;
      if (llvm::Error error = parse(path, sequence))
        return std::move(error);
      return readSequence(sequence, port.name, folder);
    }
    OptionalProto optional;
    if (llvm::Error error = parse(path, optional))
      return std::move(error);
    if (optional.has_sequence_value())
      return readSequence(optional.sequence_value(), port.name, folder);
    if (optional.has_tensor_value())
      value.tensors.push_back({port.name, readTensor(optional.tensor_value(), folder)});
    else
      value.length = -1;
    return value;
  } catch (const ImportFailure &failure) {
    return makeError(path + ": " + failure.reason);
  }
}
