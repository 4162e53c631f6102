//===- main.cpp - gatefold-lsp-server ------------------------------*- C++ -*-===//
//
// The language server: an editor starts it and speaks the Language Server Protocol with it over
// standard input and output.
//
//===----------------------------------------------------------------------===//

#include "LanguageServer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

int main(int argc, char **argv) {
  CLI::App app("The language server of Gatefold. Editors start it; it speaks the Language Server "
               "Protocol over standard input and output.");
  std::vector<std::string> directories;
  app.add_option("-I,--import", directories,
                 "A folder to look in for imported files, besides that of the importing file")
      ->option_text("FOLDER");
  app.set_version_flag("--version", "gatefold-lsp-server " GATEFOLD_VERSION);
  bool usesStdio = false; // what there is anyway, but many editors pass it
  app.add_flag("--stdio", usesStdio, "Speak over standard input and output, as always");
  CLI11_PARSE(app, argc, argv);

  llvm::sys::ChangeStdinToBinary();
  llvm::lsp::JSONTransport transport(stdin, llvm::outs());
  return lsp::LanguageServer(transport, std::move(directories)).run() ? 0 : 1;
}
