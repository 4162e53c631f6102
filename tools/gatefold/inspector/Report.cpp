//===- Report.cpp - The directory of an inspection ---------------*- C++ -*-===//
//
// Nothing is written over that an earlier inspection has not made.
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include "ModelModule.h"
#include "Page.h"
#include "gatefold/Runtime/OutputFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include <array>

using namespace gatefold;

/// The first line of an index, by which a directory is known as one of ours.
static constexpr llvm::StringLiteral indexTitle = "What every pass does to the model";

/// The files of a report besides the numbered ones.
static constexpr llvm::StringLiteral indexFile = "index.txt", explainFile = "explain.txt",
                                     jsonFile = "inspect.json", pageFile = "index.html";

std::string Report::pathOf(llvm::StringRef file) const {
  llvm::SmallString<128> path(options.directory);
  llvm::sys::path::append(path, file);
  return path.str().str();
}

void Report::write(llvm::StringRef file, llvm::function_ref<void(llvm::raw_ostream &)> print) {
  errors = llvm::joinErrors(std::move(errors), writeFile(pathOf(file), print));
}

std::string Report::nextFile(llvm::StringRef name) {
  unsigned number = numFiles++;
  return (number < 10 ? "0" : "") + std::to_string(number) + "-" + name.str();
}

/// Whether `file` has a name that `Report::addFile` gives: "07-gatefold-batch.mlir".
static bool isNumberedFile(llvm::StringRef file) {
  return file.size() > 3 && llvm::isDigit(file[0]) && llvm::isDigit(file[1]) &&
         file.contains('-') &&
         llvm::is_contained(llvm::ArrayRef<llvm::StringRef>{".fold", ".mlir", ".ll", ".s"},
                            llvm::sys::path::extension(file));
}

llvm::Error Report::prepare() {
  std::string index = pathOf(indexFile);
  bool isOurs = false;
  if (auto buffer = llvm::MemoryBuffer::getFile(index))
    isOurs = (*buffer)->getBuffer().starts_with(indexTitle);

  std::error_code failure = llvm::sys::fs::create_directories(options.directory);
  llvm::sys::fs::directory_iterator entry(options.directory, failure), end;
  while (!failure && entry != end) {
    llvm::StringRef name = llvm::sys::path::filename(entry->path());
    if (!isOurs)
      return llvm::createStringError(
          llvm::inconvertibleErrorCode(),
          options.directory + ": is neither empty nor made by an earlier inspection; name "
                              "another directory, which is made if it is missing");
    std::string path = entry->path();
    bool isStale = isNumberedFile(name) ||
                   llvm::is_contained({indexFile, explainFile, jsonFile, pageFile}, name);
    entry.increment(failure);
    if (!failure && isStale)
      failure = llvm::sys::fs::remove(path);
  }
  if (failure)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   options.directory + ": cannot be used: " + failure.message());
  // From here on the directory is known as ours, even if this process does not come to its end.
  return writeFile(index, [&](llvm::raw_ostream &os) {
    os << indexTitle << " in " << options.path << "\n\nThe inspection was not finished.\n";
  });
}

void Report::addFile(llvm::StringRef name, InspectionStep step, const LocatedText &text) {
  step.file = nextFile(name);
  write(step.file, [&](llvm::raw_ostream &os) { os << text.text; });
  data.addText(std::move(step), llvm::sys::path::extension(name).drop_front(), text);
}

void Report::addModule(llvm::StringRef name, InspectionStep step, mlir::ModuleOp module,
                       llvm::StringRef header) {
  LocatedText text = printLocated(module);
  step.file = nextFile(name);
  write(step.file, [&](llvm::raw_ostream &os) {
    os << header;
    if (options.locations)
      printModule(os, module, /*locations=*/true);
    else
      os << text.text;
  });
  data.addText(std::move(step), "mlir", text);
}

/// A difference that is so many times that before the pass is the pass's doing, unless both are
/// rounding: that far from the largest result.
static constexpr double jumpFactor = 100, roundingShare = 1e-5;

void Report::verify(InspectionStep &step, mlir::ModuleOp module) {
  if (!verification)
    return;
  progress.show("verifying after " + step.name);
  llvm::Expected<double> difference = verification->findDifference(module);
  if (!difference) {
    step.unverified = llvm::toString(difference.takeError());
    return;
  }
  double rounding = roundingShare * std::max(verification->getLargest(), 1.0);
  step.difference = *difference;
  step.isJump = *difference > rounding && *difference > jumpFactor * lastDifference.value_or(0);
  if (step.isJump)
    warnings.push_back(
        llvm::formatv("warning: after {0} results differ by {1:e2}\n", step.name, *difference));
  lastDifference = *difference;
}

llvm::Error Report::addProfile(mlir::ModuleOp module, const Target &target,
                               const ProfileOptions &profileOptions) {
  progress.show("profiling");
  auto profile = makeProfile(module, target, profileOptions, data.getOrigins());
  if (!profile)
    return profile.takeError();
  data.setProfile(std::move(*profile));
  return llvm::Error::success();
}

void Report::addStart(Stage stage, mlir::ModuleOp module) {
  std::string name = getStageName(stage).str();
  InspectionStep step{"(stage " + name + ")", name};
  verify(step, module);
  addModule(name + ".mlir", std::move(step), module);
  if (stage == Stage::Gatefold)
    data.getGraph().addModule(module);
}

/// "12 -> 34", or nothing.
static std::string describeOperations(const InspectionStep &step) {
  if (!step.operations)
    return "";
  return llvm::formatv("{0} -> {1}", step.operations->first, step.operations->second);
}

void Report::addPass(const PassRecord &record, mlir::Operation *op) {
  progress.show("after " + record.name);
  InspectionStep step;
  step.what = record.pass + (record.failed ? " (failed)" : "");
  step.name = record.name;
  step.target = record.target;
  step.milliseconds = record.milliseconds;
  step.counts = explanation.takeCounts();
  step.operations = {record.operationsBefore, record.operationsAfter};
  if (!record.changed && !record.failed) {
    data.addIdleStep(std::move(step));
    return;
  }
  while (mlir::Operation *parent = op->getParentOp())
    op = parent;
  std::string header = llvm::formatv("// {0} on {1}: {2:f3} ms, {3} operations\n", step.what,
                                     step.target, record.milliseconds, describeOperations(step));
  auto module = mlir::cast<mlir::ModuleOp>(op);
  data.getGraph().noteFusion(module);
  verify(step, module);
  addModule(record.name + ".mlir", std::move(step), module, header);
}

void Report::printIndex(llvm::raw_ostream &os) const {
  using Row = std::array<std::string, 6>;
  std::vector<Row> rows = {
      {"file", "ms", "operations", verification ? "difference" : "", "on", "pass"}};
  for (const InspectionStep &step : data.getSteps())
    rows.push_back(
        {step.file.empty() ? "-" : step.file,
         step.milliseconds ? llvm::formatv("{0:f3}", *step.milliseconds).str() : "",
         describeOperations(step),
         step.difference ? llvm::formatv("{0:e1}", *step.difference).str() : "", step.target,
         step.what + (step.counts.empty() ? "" : " (" + describeCounts(step.counts) + ")")});
  Row::size_type last = std::tuple_size_v<Row> - 1;
  std::array<size_t, std::tuple_size_v<Row>> widths = {0, 9, 0, 0, 0, 0};
  for (const Row &row : rows)
    for (auto [width, cell] : llvm::zip_equal(widths, row))
      width = std::max(width, cell.size());
  os << indexTitle << " in " << options.path << "\n\n";
  for (const Row &row : rows) {
    for (size_t column = 0; column < last; ++column)
      if (widths[column] == 0)
        continue; // nothing was verified
      else if (column == 1)
        os << llvm::right_justify(row[column], widths[column]) << "  ";
      else
        os << llvm::left_justify(row[column], widths[column]) << "  ";
    os << row[last] << '\n';
  }
  os << "\nA pass without a file changed nothing.\n";
}

llvm::Error Report::finish(const InspectionData::Subject &subject) {
  progress.show("writing the page");
  write(indexFile, [&](llvm::raw_ostream &os) { printIndex(os); });
  write(explainFile, [&](llvm::raw_ostream &os) { explanation.print(os); });
  std::string json;
  llvm::raw_string_ostream jsonStream(json);
  data.writeJson(jsonStream, subject, explanation);
  write(jsonFile, [&](llvm::raw_ostream &os) { os << json; });
  write(pageFile, [&](llvm::raw_ostream &os) { writeInspectorPage(os, subject.model, json); });
  progress.stop();
  if (!options.quiet)
    for (const std::string &warning : warnings)
      llvm::errs() << warning;
  if (!errors && !options.quiet && llvm::sys::Process::StandardErrIsDisplayed())
    llvm::errs() << pathOf(pageFile) << " is the page, to open in a browser\n";
  return std::move(errors);
}
