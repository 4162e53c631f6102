//===- LocatedText.h - Text whose lines know their operations ----*- C++ -*-===//
//
// Prints modules so that each line is known to be some operation's.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_LOCATEDTEXT_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_LOCATEDTEXT_H

#include "gatefold/Codegen/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include <string>
#include <utility>
#include <vector>

namespace gatefold {

/// Where an operation comes from. Functions that products share have no place of their own: what is
/// in them comes from everywhere that they are called from.
class OperationOrigins {
public:
  explicit OperationOrigins(mlir::ModuleOp module);
  mlir::Location find(mlir::Operation *op) const;

private:
  llvm::DenseMap<mlir::Operation *, mlir::Location> callers; // of functions without a place
};

/// A text, and for some lines (counted from 0) where what stands there comes from.
struct LocatedText {
  std::string text;
  std::vector<std::pair<unsigned, mlir::Location>> lines;
};

/// Prints a module so that values are called as in the source.
LocatedText printLocated(mlir::ModuleOp module);

/// Translates a module at Stage::LLVM a second time, with the number of an operation as the line
/// that each instruction comes from, and finds by it where lines of code come from. The code itself
/// is always that of the module without numbers: where the two differ, lines have no place.
class NumberedCode {
public:
  static llvm::Expected<NumberedCode> make(mlir::ModuleOp module, llvm::LLVMContext &context,
                                           const Target &target);

  /// LLVM's representation of `code`, which is the translation of the module without numbers.
  LocatedText print(const llvm::Module &code) const;

  /// Assembly that was made of the same; makes it again with numbers, which can be done once.
  llvm::Expected<LocatedText> locateAssembly(std::string assembly, const Target &target);

  /// The code with numbers, until locateAssembly().
  llvm::Module &getModule() const { return *numbered; }

  /// Where the operation with a number comes from; null for a number that is none.
  mlir::LocationAttr getLocation(unsigned number) const {
    return number < locations.size() ? locations[number] : mlir::LocationAttr();
  }

private:
  std::unique_ptr<llvm::Module> numbered;
  std::vector<mlir::LocationAttr> locations; // by number; 0 is no operation
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_LOCATEDTEXT_H
