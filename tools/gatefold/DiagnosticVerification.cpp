//===- DiagnosticVerification.cpp - Tests of messages ------------*- C++ -*-===//
//
// Hands the language's messages to MLIR's verifier of diagnostics.
//
//===----------------------------------------------------------------------===//

#include "DiagnosticVerification.h"
#include "FoldText.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/ToolUtilities.h"

using namespace gatefold;

/// A range as a location of MLIR; `otherwise` for a range that is nowhere.
static mlir::Location toLocation(mlir::MLIRContext &context, const llvm::SourceMgr &sources,
                                 SourceRange range, mlir::Location otherwise) {
  std::optional<SourcePlace> place = resolve(sources, range);
  if (!place)
    return otherwise;
  return mlir::FileLineColLoc::get(&context, place->file, place->line, place->column);
}

/// Tells MLIR everything that was found wrong with the text.
static void emitAll(mlir::MLIRContext &context, FoldText &text) {
  for (const Diagnostic &message : text.getDiagnostics().all()) {
    mlir::Location place =
        toLocation(context, text.getSources(), message.range, mlir::UnknownLoc::get(&context));
    mlir::InFlightDiagnostic diagnostic = message.severity == Severity::Error
                                              ? mlir::emitError(place, message.text)
                                              : mlir::emitWarning(place, message.text);
    for (const Diagnostic::Note &note : message.notes)
      diagnostic.attachNote(toLocation(context, text.getSources(), note.range, place)) << note.text;
    if (!message.hint.empty())
      diagnostic.attachNote(place) << "hint: " << message.hint;
  }
}

static bool processPart(std::unique_ptr<llvm::MemoryBuffer> part, bool verify) {
  FoldText text(std::move(part));
  text.checkWithSizes();
  if (!verify) {
    text.printDiagnostics();
    return !text.hasErrors();
  }
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::SourceMgrDiagnosticVerifierHandler verifier(text.getSources(), &context);
  emitAll(context, text);
  return mlir::succeeded(verifier.verify());
}

bool gatefold::processParts(std::unique_ptr<llvm::MemoryBuffer> text, bool split, bool verify) {
  auto process = [&](std::unique_ptr<llvm::MemoryBuffer> part, llvm::raw_ostream &) {
    return mlir::success(processPart(std::move(part), verify));
  };
  return mlir::succeeded(mlir::splitAndProcessBuffer(std::move(text), process, llvm::outs(),
                                                     split ? mlir::kDefaultSplitMarker : ""));
}
