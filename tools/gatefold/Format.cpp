//===- Format.cpp - gatefold fmt ---------------------------------*- C++ -*-===//
//
// Lays texts out in the one canonical way.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "FoldText.h"
#include "gatefold/Language/Formatter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>

using namespace gatefold;

static constexpr const char *footer = R"(Examples:
  gatefold fmt lstm.fold                         lay the file out anew
  gatefold fmt --check models/*.fold             list the files that are laid out differently
  gatefold fmt - < lstm.fold                     from standard input to standard output

Comments, blank lines and parentheses stay the author's. A file with errors is left as it is.
Exit status: 0 success; 1 errors, or files that --check lists; 2 a wrong command line.)";

namespace {
struct FormatOptions {
  std::vector<std::string> paths;
  bool check = false;
  bool toStdout = false;
};
} // namespace

/// The contents of the file `path`, or of standard input for `-`.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readInput(const std::string &path) {
  if (path != "-")
    return readText(path);
  auto buffer = llvm::MemoryBuffer::getSTDIN();
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "standard input: cannot be read: " +
                                                          buffer.getError().message());
  return std::move(*buffer);
}

/// Puts `text` into the place of the file `path`, which keeps its permissions, in one step.
static llvm::Error replaceFile(llvm::StringRef path, llvm::StringRef text) {
  auto fail = [&](const std::string &reason) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   path + ": cannot be written: " + reason);
  };
  llvm::SmallString<128> target; // behind symbolic links
  if (std::error_code code = llvm::sys::fs::real_path(path, target))
    return fail(code.message());
  auto permissions = llvm::sys::fs::getPermissions(target);
  if (!permissions)
    return fail(permissions.getError().message());
  auto file = llvm::sys::fs::TempFile::create(target + ".%%%%%%", *permissions);
  if (!file)
    return fail(llvm::toString(file.takeError()));
  llvm::raw_fd_ostream os(file->FD, /*shouldClose=*/false);
  os << text;
  os.flush();
  std::error_code code = os.error();
  os.clear_error();
  if (!code)
    code = llvm::sys::fs::setPermissions(file->FD, *permissions);
  if (code) {
    llvm::consumeError(file->discard());
    return fail(code.message());
  }
  if (llvm::Error error = file->keep(target))
    return fail(llvm::toString(std::move(error)));
  return llvm::Error::success();
}

/// Formats one file. False after errors, or when `--check` finds a difference.
static bool formatFile(const std::string &path, const FormatOptions &options) {
  auto buffer = readInput(path);
  if (!buffer) {
    reportError(buffer.takeError());
    return false;
  }
  const std::string original = (*buffer)->getBuffer().str();
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  unsigned id = sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  std::optional<std::string> text = formatText(sources, id, diagnostics);
  diagnostics.print(llvm::errs(), useColors());
  if (!text)
    return false;
  if (options.check) {
    if (*text != original)
      llvm::outs() << path << '\n';
    return *text == original;
  }
  if (path == "-" || options.toStdout)
    llvm::outs() << *text;
  else if (*text != original)
    return reportError(replaceFile(path, *text)) == ExitStatus::Success;
  return true;
}

static ExitStatus format(const FormatOptions &options) {
  if (options.check && options.toStdout)
    return reportError(makeUsageError("--check and --stdout exclude each other"));
  bool succeeded = true;
  for (const std::string &path : options.paths)
    succeeded &= formatFile(path, options);
  return succeeded ? ExitStatus::Success : ExitStatus::Failure;
}

Command gatefold::declareFormat(CLI::App &app) {
  auto options = std::make_shared<FormatOptions>();
  app.add_option("FILE", options->paths, "Texts to lay out; - is standard input")
      ->required()
      ->option_text("...");
  app.add_flag("--check", options->check, "Only list the files that would change");
  app.add_flag("--stdout", options->toStdout, "Print the result instead of writing the file");
  app.footer(footer);
  return [options] { return format(*options); };
}
