//===- CommandLine.h - What all commands of the driver share -----*- C++ -*-===//
//
// Exit statuses, the declaration of the commands, and how errors are told.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_COMMANDLINE_H
#define GATEFOLD_TOOLS_GATEFOLD_COMMANDLINE_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace gatefold {

/// What the process returns.
enum class ExitStatus {
  Success = 0,
  Failure = 1, ///< errors in what was read, or a comparison that failed
  Usage = 2,   ///< the command line is wrong, or nothing could be done
};

/// What a command does once the command line is read.
using Command = std::function<ExitStatus()>;

/// Declares a command with its options, and returns what it does. One function for each command.
Command declareCheck(CLI::App &app);
Command declareCompile(CLI::App &app);
Command declareRun(CLI::App &app);
Command declareCompare(CLI::App &app);
Command declareInspect(CLI::App &app);
Command declareBench(CLI::App &app);
Command declareFormat(CLI::App &app);
Command declareImport(CLI::App &app);
Command declareVerify(CLI::App &app);

/// Reads the command line and runs the command that it names.
ExitStatus runCommandLine(int argc, char **argv);

/// A mistake on the command line; reported with Usage as the exit status.
class UsageError : public llvm::ErrorInfo<UsageError, llvm::StringError> {
public:
  explicit UsageError(const llvm::Twine &message)
      : ErrorInfo(message.str(), llvm::inconvertibleErrorCode()) {}
  static char ID;
};

/// Stands for errors that were printed already.
class ToldError : public llvm::ErrorInfo<ToldError> {
public:
  void log(llvm::raw_ostream &os) const override { os << "the errors above"; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }
  static char ID;
};

llvm::Error makeUsageError(const llvm::Twine &message);

/// Prints each error of the list as `error: message` on stderr, but for a ToldError, and returns
/// Failure, or Usage if one of them is a UsageError; Success for no error.
ExitStatus reportError(llvm::Error error);

/// Prints `error: message` on stderr.
void printError(const llvm::Twine &message);

/// Whether messages on stderr are coloured: it is a terminal, and NO_COLOR is not set.
bool useColors();

/// " did you mean `NAME`?" after a semicolon when a candidate is near; otherwise empty.
std::string suggest(llvm::StringRef name, llvm::ArrayRef<std::string> candidates,
                    llvm::StringRef prefix = "");

/// Adds an option that takes one text each time it is given, into a list.
CLI::Option *addRepeatedOption(CLI::App &app, const std::string &name,
                               std::vector<std::string> &values, const std::string &description);

/// Adds --threads N|auto.
CLI::Option *addThreadsOption(CLI::App &app, unsigned &threads);

/// Which model of a file, and the sizes of its dimensions.
struct ModelChoice {
  std::string path;
  std::string model;              ///< empty: the only one
  std::vector<std::string> sizes; ///< NAME=N each
  std::vector<std::string> importDirectories;
  std::string cpu = "host"; ///< the processor to compile for
  bool verifyEach = false;  ///< run MLIR's verifier after every pass
  std::vector<std::string> disabledPasses;
  std::vector<std::string> passOptions; ///< PASS=OPTION=VALUE each
  std::string weightType = "f32";       ///< what the weights of products are stored as
  bool fast = false;                    ///< allow changed orders of sums
  bool quiet = false;                   ///< no warnings, and no progress
  std::vector<std::string> fixed;       ///< inputs of an ONNX model: NAME=FILE[:KEY] each
  std::vector<std::string> carried;     ///< memories of an ONNX model: INPUT=OUTPUT each

  /// The sizes by name; an error for one that is not NAME=N.
  llvm::Expected<std::map<std::string, int64_t>> parseSizes() const;
};

/// Adds --fix and --carry, for ONNX models.
void addOnnxOptions(CLI::App &app, std::vector<std::string> &fixed,
                    std::vector<std::string> &carried);

/// Adds -I.
void addImportOption(CLI::App &app, std::vector<std::string> &directories);

/// Adds FILE, -I, --model, --dim, --target-cpu, --verify-each, --quiet and the switches of the
/// optimiser.
void addModelOptions(CLI::App &app, ModelChoice &choice);

/// Splits NAME=REST; nullopt when there is no name or no `=`.
std::optional<std::pair<std::string, std::string>> splitAssignment(llvm::StringRef text);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_COMMANDLINE_H
