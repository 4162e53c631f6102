//===- main.cpp - The gatefold program ---------------------------*- C++ -*-===//
//
// Checks, compiles, runs, compares and inspects models. Each command has a file of its own.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"
#include <cstdlib>

using namespace gatefold;

/// Ends the process as an error does: LLVM gives up where it has no machine code for an
/// instruction, which a module that was edited may have, and would have the process abort.
[[noreturn]] static void tellFatalError(void *, const char *reason, bool) {
  printError(reason);
  std::exit(static_cast<int>(ExitStatus::Failure));
}

int main(int argc, char **argv) {
  llvm::install_fatal_error_handler(tellFatalError);
  std::atexit(llvm::sys::RunInterruptHandlers); // removes files that are not complete
  return static_cast<int>(runCommandLine(argc, argv));
}
