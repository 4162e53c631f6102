//===- OnnxTarget.cpp - The importer against hostile models -------*- C++ -*-===//
//
// A model is refused with a message, or becomes a text without errors.
//
//===----------------------------------------------------------------------===//

#include "Targets.h"
#include "gatefold/Language/Checker.h"
#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Library.h"
#include "gatefold/Language/Syntax.h"
#include "gatefold/Onnx/Import.h"

using namespace gatefold;
using namespace gatefold::fuzz;

/// The messages of a text behind the library; empty where it has no errors.
static std::string errorsOf(llvm::StringRef text) {
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  unsigned buffer = sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, "a.onnx"),
                                               llvm::SMLoc());
  std::unique_ptr<SourceFile> file = parseWithLibrary(sources, buffer, diagnostics);
  check(*file, diagnostics);
  if (!diagnostics.hasErrors())
    return "";
  std::string messages;
  llvm::raw_string_ostream out(messages);
  diagnostics.print(out);
  return messages;
}

void fuzz::runOnnx(llvm::StringRef bytes) {
  llvm::Expected<onnx::ImportedModel> model = onnx::importModel(makeFile(bytes, "/nowhere/a.onnx"));
  if (!model) {
    promise(!llvm::toString(model.takeError()).empty(), "a model is refused without a message");
    return;
  }
  if (model->text.empty())
    return; // no output has elements
  std::string messages = errorsOf(model->text);
  promise(messages.empty(), "a model becomes a text with errors\n" + messages + model->text);
}
