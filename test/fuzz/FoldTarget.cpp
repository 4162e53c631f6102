//===- FoldTarget.cpp - The front end against hostile texts -------*- C++ -*-===//
//
// From a text to the dialect. Whoever is refused is told why; what is not refused is valid.
//
//===----------------------------------------------------------------------===//

#include "Targets.h"
#include "gatefold/IR/Gatefold.h"
#include "gatefold/Language/Checker.h"
#include "gatefold/Language/Formatter.h"
#include "gatefold/Language/Imports.h"
#include "gatefold/Language/Library.h"
#include "gatefold/Language/Lowering.h"
#include "gatefold/Language/Parser.h"
#include "gatefold/Runtime/Error.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

using namespace gatefold;
using namespace gatefold::fuzz;

static unsigned addText(llvm::SourceMgr &sources, llvm::StringRef text) {
  return sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, "a.fold"),
                                    llvm::SMLoc());
}

/// Prints the messages, which walks to all their places.
static void print(const Diagnostics &diagnostics) {
  std::string text;
  llvm::raw_string_ostream out(text);
  diagnostics.print(out);
  promise(diagnostics.all().empty() || !text.empty(), "there are messages, and none is printed");
}

/// Lays the text out; what comes out stays as it is. Returns whether it has the grammar's form.
static bool format(llvm::StringRef text) {
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  std::optional<std::string> once = formatText(sources, addText(sources, text), diagnostics);
  promise(once || diagnostics.hasErrors(), "a text is not laid out, and nobody says why");
  if (!once)
    return false;
  std::optional<std::string> twice = formatText(sources, addText(sources, *once), diagnostics);
  promise(twice && *once == *twice, "a text that was laid out is laid out anew");
  return true;
}

/// Sizes for the dimensions in brackets that have none.
static std::map<std::string, int64_t> chooseSizes(const Declaration &model) {
  std::map<std::string, int64_t> sizes;
  for (const DimParameter &parameter : model.dimParameters)
    if (!parameter.defaultValue)
      sizes[parameter.name.text] = static_cast<int64_t>(sizes.size() % 4) + 2;
  return sizes;
}

static void lower(const SourceFile &file, const Declaration &model, llvm::SourceMgr &sources) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.getDiagEngine().registerHandler([](mlir::Diagnostic &) {});
  Diagnostics diagnostics(sources);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      lowerModel(context, file, model, chooseSizes(model), diagnostics);
  print(diagnostics);
  promise(module || diagnostics.hasErrors(), "a model is not lowered, and nobody says why");
  promise(!module || mlir::succeeded(mlir::verify(*module)), "a lowered model is not valid");
}

void fuzz::runFold(llvm::StringRef bytes) {
  // Most of what a fuzzer makes is no text of the language. The checker sees what is left of such
  // texts, too, but not of all: that takes ten times as long.
  if (!format(bytes) && bytes.size() % 8 != 0)
    return;
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  std::unique_ptr<SourceFile> file = parseLibrary(sources, diagnostics);
  parseWithImports(*file, sources, addText(sources, bytes), diagnostics, {},
                   [](llvm::StringRef path) -> llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> {
                     return makeError(path + ": is not there");
                   });
  bool isValid = check(*file, diagnostics);
  if (isValid)
    checkRequirements(*file, diagnostics);
  print(diagnostics);
  promise(isValid || diagnostics.hasErrors(), "a text is refused, and nobody says why");
  if (!isValid)
    return;
  for (const std::unique_ptr<Declaration> &declaration : file->declarations)
    if (declaration->kind == Declaration::Kind::Model)
      lower(*file, *declaration, sources);
}
