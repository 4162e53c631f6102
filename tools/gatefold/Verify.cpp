//===- Verify.cpp - gatefold verify ------------------------------*- C++ -*-===//
//
// Runs the cases of a conformance suite and tells how they went.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "OnnxCase.h"
#include "ProgressLine.h"
#include "gatefold/Onnx/Import.h"
#include "gatefold/Runtime/Error.h"
#include "gatefold/Runtime/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <CLI/CLI.hpp>
#include <chrono>

using namespace gatefold;

static constexpr const char *footer =
    R"(A case is a folder with `input_0.pb`, … and `output_0.pb`, …, as ONNX's backend tests have them. A suite
is a folder below which lie folders with `model.onnx` and, beside it, cases `test_data_set_0`, …; a file
`tests.tsv` in it with columns `test` and `operator` says what each is about. Models are compiled for the
shapes of a case, and inputs whose values decide shapes are constants. Floating-point results agree where
|a - b| <= 1e-5 + 1e-3 |b|, those of 16 bits within 2e-3; all others are equal. With --round-trip each model
is also written as `gatefold import` does, read again and run; its results have to be equal to the bit.

Examples:
  gatefold verify model.onnx test_data_set_0 test_data_set_1
  gatefold verify --suite onnx/backend/test/data --junit results.xml
  gatefold verify --suite onnx/backend/test/data --round-trip

Exit status: 0 no case failed; 1 one did, or a round trip; 2 a wrong command line.)";

namespace {
struct VerifyCommand {
  std::string model;
  std::vector<std::string> folders;
  std::string suite, junit, filter;
  bool isVerbose = false, isQuiet = false;
  CaseOptions options;
};

/// A case of a suite that is to be run.
struct SuiteCase {
  std::string name, operatorName, model, folder;
};
} // namespace

using Outcome = CaseResult::Outcome;
using RoundTrip = CaseResult::RoundTrip;

/// Which operator each test is about, by the suite's table.
static std::map<std::string, std::string> readOperators(llvm::StringRef suite) {
  std::map<std::string, std::string> operators;
  llvm::SmallString<256> path(suite);
  llvm::sys::path::append(path, "tests.tsv");
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return operators;
  llvm::SmallVector<llvm::StringRef> lines;
  (*buffer)->getBuffer().split(lines, '\n');
  for (llvm::StringRef line : lines) {
    llvm::SmallVector<llvm::StringRef> columns;
    line.split(columns, '\t');
    if (columns.size() >= 3)
      operators[columns[1].str()] = columns[2].str();
  }
  return operators;
}

/// All cases below a folder, in the order of their paths.
static llvm::Expected<std::vector<SuiteCase>> findCases(const VerifyCommand &command) {
  namespace fs = llvm::sys::fs;
  namespace path = llvm::sys::path;
  std::map<std::string, std::string> operators = readOperators(command.suite);
  std::vector<SuiteCase> cases;
  std::error_code error;
  for (fs::recursive_directory_iterator at(command.suite, error), end; at != end && !error;
       at.increment(error)) {
    if (!path::filename(at->path()).starts_with("test_data_set_"))
      continue;
    SuiteCase found;
    found.folder = at->path();
    llvm::StringRef parent = path::parent_path(at->path());
    found.model = (parent + "/model.onnx").str();
    found.name = path::filename(parent).str();
    auto known = operators.find(found.name);
    found.operatorName = known == operators.end() ? "" : known->second;
    if (fs::exists(found.model) && llvm::StringRef(found.model).contains(command.filter))
      cases.push_back(std::move(found));
  }
  if (error)
    return makeError(command.suite + ": cannot be read: " + error.message());
  if (cases.empty())
    return makeError(command.suite + ": there is no case below it");
  llvm::sort(cases, [](const SuiteCase &a, const SuiteCase &b) { return a.folder < b.folder; });
  return cases;
}

static const char *spell(Outcome outcome) {
  switch (outcome) {
  case Outcome::Passed:
    return "passed";
  case Outcome::Failed:
    return "failed";
  case Outcome::Unsupported:
    return "unsupported";
  }
  return "";
}

static std::vector<CaseResult> runCases(llvm::ArrayRef<SuiteCase> cases,
                                        const VerifyCommand &command) {
  std::vector<CaseResult> results;
  ProgressLine progress(command.isQuiet);
  for (const SuiteCase &each : cases) {
    progress.show(
        llvm::formatv("{0} of {1} cases: {2}", results.size() + 1, cases.size(), each.name).str());
    auto start = std::chrono::steady_clock::now();
    CaseResult result = runCase(each.model, each.folder, command.options);
    std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    result.seconds = taken.count();
    result.name = each.name;
    result.operatorName = each.operatorName;
    progress.wipe();
    if (result.outcome != Outcome::Passed || command.isVerbose)
      llvm::outs() << spell(result.outcome) << ' ' << result.name
                   << (result.reason.empty() ? "" : ": ") << result.reason << '\n';
    if (!result.difference.empty())
      llvm::outs() << "different " << result.name << ": " << result.difference << '\n';
    llvm::outs().flush();
    results.push_back(std::move(result));
  }
  return results;
}

/// A line for each operator, and the line that sums up.
static void printTable(llvm::ArrayRef<CaseResult> results) {
  std::map<std::string, std::array<int64_t, 3>> table;
  std::array<int64_t, 3> total = {};
  for (const CaseResult &result : results) {
    size_t column = static_cast<size_t>(result.outcome);
    ++table[result.operatorName][column];
    ++total[column];
  }
  llvm::raw_ostream &os = llvm::outs();
  if (table.size() > 1) {
    os << llvm::left_justify("operator", 32) << "  passed  failed  unsupported\n";
    for (const auto &[name, counts] : table)
      os << llvm::left_justify(name, 32)
         << llvm::format("%8ld%8ld%13ld\n", long(counts[0]), long(counts[1]), long(counts[2]));
  }
  os << total[0] << " passed, " << total[1] << " failed, " << total[2] << " unsupported\n";
}

/// How the texts did that the cases' models were written as.
static void printRoundTrips(llvm::ArrayRef<CaseResult> results) {
  auto count = [&](RoundTrip roundTrip) {
    return llvm::count_if(results, [&](const CaseResult &r) { return r.roundTrip == roundTrip; });
  };
  llvm::outs() << "round trips: " << count(RoundTrip::Equal) << " equal, "
               << count(RoundTrip::Different) << " different, " << count(RoundTrip::None)
               << " without a text\n";
}

static bool isFailure(const CaseResult &result) {
  return result.outcome == Outcome::Failed || result.roundTrip == RoundTrip::Different;
}

/// Text within XML.
static std::string escape(llvm::StringRef text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    case '&':
      escaped += "&amp;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    default:
      if (static_cast<unsigned char>(c) >= 32 || c == '\n')
        escaped += c;
    }
  }
  return escaped;
}

static llvm::Error writeJunit(const std::string &path, llvm::ArrayRef<CaseResult> results) {
  return writeFile(path, [&](llvm::raw_ostream &os) {
    auto isSkipped = [](const CaseResult &r) { return r.outcome == Outcome::Unsupported; };
    os << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"onnx\" tests=\""
       << results.size() << "\" failures=\"" << llvm::count_if(results, isFailure)
       << "\" skipped=\"" << llvm::count_if(results, isSkipped) << "\">\n";
    for (const CaseResult &result : results) {
      os << "  <testcase classname=\"" << escape(result.operatorName) << "\" name=\""
         << escape(result.name) << "\" time=\"" << llvm::format("%.3f", result.seconds) << "\"";
      if (!isFailure(result) && !isSkipped(result))
        os << "/>\n";
      else
        os << "><" << (isFailure(result) ? "failure" : "skipped") << " message=\""
           << escape(result.reason.empty() ? result.difference : result.reason)
           << "\"/></testcase>\n";
    }
    os << "</testsuite>\n";
  });
}

static ExitStatus verify(const VerifyCommand &command) {
  if (command.suite.empty() == (command.model.empty() || command.folders.empty()))
    return reportError(makeUsageError("expected MODEL FOLDER…, or --suite FOLDER"));
  std::vector<SuiteCase> cases;
  if (command.suite.empty()) {
    for (const std::string &folder : command.folders)
      cases.push_back({folder, "", command.model, folder});
  } else {
    auto found = findCases(command);
    if (!found)
      return reportError(found.takeError());
    cases = std::move(*found);
  }
  std::vector<CaseResult> results = runCases(cases, command);
  printTable(results);
  if (command.options.checksRoundTrip)
    printRoundTrips(results);
  if (!command.junit.empty())
    if (llvm::Error error = writeJunit(command.junit, results))
      return reportError(std::move(error));
  return llvm::any_of(results, isFailure) ? ExitStatus::Failure : ExitStatus::Success;
}

Command gatefold::declareVerify(CLI::App &app) {
  auto command = std::make_shared<VerifyCommand>();
  app.add_option("MODEL", command->model, "An ONNX model")->option_text(" ");
  app.add_option("FOLDER", command->folders, "Cases of the model")->option_text("...");
  app.add_option("--suite", command->suite, "Run all cases below this folder")
      ->option_text("FOLDER");
  app.add_option("--filter", command->filter, "Only cases whose path contains TEXT")
      ->option_text("TEXT");
  app.add_option("--junit", command->junit, "Write the results as JUnit's XML")
      ->option_text("FILE");
  app.add_flag("--round-trip", command->options.checksRoundTrip,
               "Also write each model as a text, and run that");
  app.add_flag("--verbose", command->isVerbose, "Also list cases that passed");
  app.add_flag("--text", command->options.printsTexts, "Print the texts that are run");
  app.add_flag("--quiet", command->isQuiet, "Print results, but no progress");
  app.footer(footer);
  return [command] { return verify(*command); };
}
