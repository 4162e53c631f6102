//===- LoweringTesting.h - Lower a text in a test -----------------*- C++ -*-===//
//
// Shared by the lowering's tests.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_LANGUAGE_LOWERINGTESTING_H
#define GATEFOLD_TEST_UNIT_LANGUAGE_LOWERINGTESTING_H

#include "gatefold/IR/Gatefold.h"
#include "gatefold/Language/Checker.h"
#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Library.h"
#include "gatefold/Language/Lowering.h"
#include "gatefold/Language/Syntax.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

namespace gatefold {

/// A text that was parsed behind the library, checked, and whose last model was lowered.
struct Lowered {
  explicit Lowered(llvm::StringRef text, const std::map<std::string, int64_t> &dimensions = {})
      : diagnostics(sources) {
    const unsigned buffer = sources.AddNewSourceBuffer(
        llvm::MemoryBuffer::getMemBufferCopy(text, "test.fold"), llvm::SMLoc());
    file = parseWithLibrary(sources, buffer, diagnostics);
    isChecked = file && check(*file, diagnostics);
    if (!isChecked)
      return;
    module = lowerModel(context, *file, *file->declarations.back(), dimensions, diagnostics);
    isValid = module && mlir::succeeded(mlir::verify(*module));
  }

  /// The module as text.
  std::string ir(bool withLocations = false) {
    std::string text;
    llvm::raw_string_ostream os(text);
    mlir::OpPrintingFlags flags;
    if (withLocations)
      flags.enableDebugInfo();
    if (module)
      module->getOperation()->print(os, flags);
    return text;
  }

  /// All messages as the user sees them.
  std::string messages() const {
    std::string text;
    llvm::raw_string_ostream os(text);
    diagnostics.print(os);
    return text;
  }

  llvm::SourceMgr sources;
  Diagnostics diagnostics;
  std::unique_ptr<SourceFile> file;
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;
  bool isChecked = false;
  bool isValid = false;
};

} // namespace gatefold

#endif // GATEFOLD_TEST_UNIT_LANGUAGE_LOWERINGTESTING_H
