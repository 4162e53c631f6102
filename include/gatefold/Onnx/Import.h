//===- Import.h - From ONNX files to texts of the language -------*- C++ -*-===//
//
// Reads an ONNX model and writes it as a text of the language with the weights that belong to it.
// Everything behind that is the same for all texts.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_ONNX_IMPORT_H
#define GATEFOLD_ONNX_IMPORT_H

#include "gatefold/Runtime/InputFile.h"
#include "gatefold/Runtime/NamedTensors.h"
#include <map>
#include <optional>

namespace gatefold::onnx {

/// What an import may be told.
struct ImportOptions {
  /// Inputs that are known: they become constants and are no inputs of the text any more. By their
  /// names in the file; an element of a sequence is NAME.0.
  std::map<std::string, Tensor> fixed;
  /// The shapes of inputs, by their names in the file, where they are known better than the file
  /// says.
  std::map<std::string, std::vector<int64_t>> shapes;
  /// Lengths of inputs that are sequences; an optional input without a value has -1.
  std::map<std::string, int64_t> lengths;
  /// Sizes of named dimensions.
  std::map<std::string, int64_t> sizes;
  /// Inputs that are memories, and the outputs that are their next values. The graph is one step
  /// then: all other inputs and outputs have the steps as their first axis, and memories begin with
  /// 0.
  std::map<std::string, std::string> carried;
};

/// An input or output of the imported model.
struct ImportedPort {
  std::string name;                    ///< in the file; an element of a sequence is NAME.0
  std::string textName;                ///< in the text; empty where the text has no such port
  ElementType type = ElementType::F32; ///< in the file; the text may have a wider one
  std::optional<Tensor> constant;      ///< an output without elements, which no text can have
};

/// A model as a text.
struct ImportedModel {
  std::string text; ///< with one model; its weights are called as in `weights`
  NamedTensors weights;
  std::vector<ImportedPort> inputs;
  std::vector<ImportedPort> outputs;
};

/// Says what has to be known so that the import can succeed.
class NeedsMore : public llvm::ErrorInfo<NeedsMore, llvm::StringError> {
public:
  NeedsMore(const llvm::Twine &message, std::vector<std::string> inputs,
            std::vector<std::string> sizes)
      : ErrorInfo(message.str(), llvm::inconvertibleErrorCode()), inputs(std::move(inputs)),
        sizes(std::move(sizes)) {}
  /// Inputs that have to be fixed.
  llvm::ArrayRef<std::string> getInputs() const { return inputs; }
  /// Named dimensions of memories that have to be numbers. Most often they count examples, and a
  /// text has a batch of its own, so that 1 will do.
  llvm::ArrayRef<std::string> getSizes() const { return sizes; }
  static char ID;

private:
  std::vector<std::string> inputs, sizes;
};

/// Imports the file `path`. An error lists everything that is not supported, each with the node's
/// name, its operator, the version of the operator set, and the reason. It is a NeedsMore where the
/// model may be supported once more is known.
llvm::Expected<ImportedModel> importModel(llvm::StringRef path, const ImportOptions &options = {});

/// As `importModel` of a path, from contents already there. The folder of external data is that of
/// the file's name.
llvm::Expected<ImportedModel> importModel(const InputFile &file, const ImportOptions &options = {});

/// The name, type and elements of what a file of a test case holds: one tensor, or as many as a
/// sequence has, called NAME.0 and so on; none for an optional without a value.
struct CaseValue {
  std::vector<NamedTensor> tensors;
  int64_t length = -2; ///< of a sequence; -1 for an optional without a value; -2 for a tensor
};

/// The inputs (or outputs) of the model and their kinds, in the order of the file.
struct DeclaredPort {
  enum class Kind { Tensor, Sequence, Optional, OptionalSequence };
  std::string name;
  Kind kind = Kind::Tensor;
};
struct DeclaredPorts {
  std::vector<DeclaredPort> inputs; ///< without those that have initial values
  std::vector<DeclaredPort> outputs;
  std::vector<std::string> operators; ///< of the graph's nodes
};
llvm::Expected<DeclaredPorts> readPorts(llvm::StringRef path);

/// Reads a file `input_0.pb` or `output_0.pb` of a test case for this port.
llvm::Expected<CaseValue> readCaseValue(llvm::StringRef path, const DeclaredPort &port);

} // namespace gatefold::onnx

#endif // GATEFOLD_ONNX_IMPORT_H
