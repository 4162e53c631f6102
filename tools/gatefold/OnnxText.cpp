//===- OnnxText.cpp - ONNX models on the command line ------------*- C++ -*-===//
//
// Imports a model and lays its text out.
//
//===----------------------------------------------------------------------===//

#include "OnnxText.h"
#include "CommandLine.h"
#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Formatter.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/OutputFile.h"
#include "gatefold/Runtime/SafeTensors.h"
#include "gatefold/Runtime/TensorFiles.h"

using namespace gatefold;

bool gatefold::isOnnxPath(llvm::StringRef path) { return path.ends_with(".onnx"); }

/// Imports a model; named dimensions of memories that nobody gave a size are 1, and this is told.
static llvm::Expected<onnx::ImportedModel> importOneExample(llvm::StringRef path,
                                                            onnx::ImportOptions options) {
  std::string taken;
  while (true) {
    auto imported = onnx::importModel(path, options);
    bool isMore = false;
    if (!imported) {
      llvm::Error rest = llvm::handleErrors(
          imported.takeError(), [&](std::unique_ptr<onnx::NeedsMore> needed) -> llvm::Error {
            for (const std::string &name : needed->getSizes())
              if (options.sizes.emplace(name, 1).second) {
                taken += (taken.empty() ? "" : ", ") + name;
                isMore = true;
              }
            return isMore ? llvm::Error::success() : llvm::Error(std::move(needed));
          });
      if (rest)
        return std::move(rest);
      continue;
    }
    if (!taken.empty())
      llvm::errs() << "note: " << path
                   << ": memories need sizes, and a text has a batch of its own: " << taken
                   << " is 1; --dim NAME=N gives another\n";
    return imported;
  }
}

llvm::Expected<onnx::ImportedModel>
gatefold::importOnnx(llvm::StringRef path, const OnnxOptions &options,
                     const std::map<std::string, int64_t> &sizes) {
  onnx::ImportOptions import;
  import.sizes = sizes;
  for (const std::string &text : options.fixed) {
    auto assignment = splitAssignment(text);
    if (!assignment)
      return makeUsageError("expected --fix NAME=FILE[:KEY], found `" + text + "`");
    llvm::Expected<Tensor> tensor = readTensor(assignment->second);
    if (!tensor)
      return tensor.takeError();
    import.fixed.emplace(assignment->first, std::move(*tensor));
  }
  for (const std::string &text : options.carried) {
    auto assignment = splitAssignment(text);
    if (!assignment)
      return makeUsageError("expected --carry INPUT=OUTPUT, found `" + text + "`");
    import.carried.insert(*assignment);
  }
  return importOneExample(path, std::move(import));
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
gatefold::layOutText(const onnx::ImportedModel &model, llvm::StringRef path) {
  if (model.text.empty())
    return makeError(path + ": has no output with elements");
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  unsigned buffer = sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBufferCopy(model.text, path), llvm::SMLoc());
  std::optional<std::string> text = formatText(sources, buffer, diagnostics);
  return llvm::MemoryBuffer::getMemBufferCopy(text.value_or(model.text), path);
}

llvm::Error gatefold::writeImported(const onnx::ImportedModel &model, llvm::StringRef path,
                                    llvm::StringRef textPath, llvm::StringRef weightsPath) {
  auto text = layOutText(model, path);
  if (!text)
    return text.takeError();
  std::vector<OutputFile> files;
  if (!weightsPath.empty()) {
    llvm::Expected<OutputFile> file = OutputFile::create(weightsPath);
    if (!file)
      return file.takeError();
    if (llvm::Error error = writeSafeTensors(file->stream(), model.weights))
      return error;
    files.push_back(std::move(*file));
  }
  if (!textPath.empty()) {
    llvm::Expected<OutputFile> file = OutputFile::create(textPath);
    if (!file)
      return file.takeError();
    file->stream() << (*text)->getBuffer();
    files.push_back(std::move(*file));
  }
  if (llvm::Error error = commitAll(files))
    return error;
  if (textPath.empty())
    llvm::outs() << (*text)->getBuffer();
  return llvm::Error::success();
}
