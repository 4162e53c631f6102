//===- gatefold-opt.cpp - Runs passes over IR -------------------*- C++ -*-===//
//
// Reads IR, runs the passes that the command line names, and prints the result. For tests and for
// looking at single passes. `--mlir-use-nameloc-as-prefix` calls values by the user's names.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Codegen/Pipeline.h"
#include "gatefold/Conversion/Passes.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  gatefold::registerDialects(registry);

  gatefold::registerGatefoldPasses();
  gatefold::registerGatefoldConversionPasses();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerSymbolDCEPass();
  mlir::registerStripDebugInfoPass();
  mlir::registerPass([] { return mlir::createSCFToControlFlowPass(); });

  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Gatefold's passes over IR\n", registry));
}
