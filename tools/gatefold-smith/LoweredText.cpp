//===- LoweredText.cpp - A text as a module ----------------------*- C++ -*-===//
//
// The way of a text through the front end and on to machine code, without files.
//
//===----------------------------------------------------------------------===//

#include "LoweredText.h"
#include "gatefold/Codegen/Jit.h"
#include "gatefold/Language/Checker.h"
#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Library.h"
#include "gatefold/Language/Lowering.h"
#include "gatefold/Language/Syntax.h"
#include "gatefold/Runtime/Error.h"

using namespace gatefold;
using namespace gatefold::smith;

namespace {
/// A text with its tree and what was found wrong with it.
struct ParsedText {
  llvm::SourceMgr sources;
  Diagnostics diagnostics{sources};
  std::unique_ptr<SourceFile> file;

  ParsedText(llvm::StringRef text, llvm::StringRef name) {
    unsigned buffer =
        sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, name), llvm::SMLoc());
    file = parseWithLibrary(sources, buffer, diagnostics);
    if (file)
      gatefold::check(*file, diagnostics);
  }

  std::string getMessages() const {
    std::string text;
    llvm::raw_string_ostream os(text);
    diagnostics.print(os);
    return text;
  }
};
} // namespace

static mlir::DialectRegistry makeRegistry() {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  return registry;
}

LoweredText::LoweredText() : context(makeRegistry(), mlir::MLIRContext::Threading::DISABLED) {}

llvm::Expected<std::unique_ptr<LoweredText>> LoweredText::create(llvm::StringRef text,
                                                                 llvm::StringRef name) {
  ParsedText parsed(text, name);
  if (parsed.diagnostics.hasErrors())
    return makeError(parsed.getMessages());
  const gatefold::Declaration *model = nullptr;
  for (const std::unique_ptr<gatefold::Declaration> &declaration : parsed.file->declarations)
    if (declaration->kind == gatefold::Declaration::Kind::Model && !declaration->fromLibrary)
      model = declaration.get();
  if (!model)
    return makeError(name + ": there is no model in this text");
  std::unique_ptr<LoweredText> lowered(new LoweredText);
  lowered->module = lowerModel(lowered->context, *parsed.file, *model, {}, parsed.diagnostics);
  if (!lowered->module)
    return makeError(parsed.getMessages());
  return lowered;
}

ir::EntryOp LoweredText::getSequence() {
  return (*module->getOps<ir::ModelOp>().begin()).lookupEntry("sequence");
}

llvm::Expected<std::unique_ptr<CompiledModel>>
LoweredText::compile(const PipelineOptions &options) {
  std::string messages;
  mlir::ScopedDiagnosticHandler collect(&context, [&](mlir::Diagnostic &diagnostic) {
    messages += diagnostic.str() + "\n";
    return mlir::success();
  });
  mlir::OwningOpRef<mlir::ModuleOp> copy = module->clone();
  auto code = compileInMemory(*copy, options);
  if (!code)
    return makeError(messages + llvm::toString(code.takeError()));
  return code;
}

bool smith::checkText(llvm::StringRef text, std::string &messages) {
  ParsedText parsed(text, "model.fold");
  bool passed =
      !parsed.diagnostics.hasErrors() && checkRequirements(*parsed.file, parsed.diagnostics);
  messages = parsed.getMessages();
  return passed;
}
