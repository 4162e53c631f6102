//===- Report.h - The directory of an inspection -----------------*- C++ -*-===//
//
// Writes numbered files while passes run, and in the end the index of them and the page.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_REPORT_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_REPORT_H

#include "Explanation.h"
#include "InspectionData.h"
#include "PassRecorder.h"
#include "ProgressLine.h"
#include "Verification.h"

namespace gatefold {

/// Where a report goes.
struct ReportOptions {
  std::string path; ///< of the model
  std::string directory;
  bool locations = false; ///< the numbered files have every place
  bool quiet = false;     ///< no warnings
};

/// The directory being written: numbered files, the index of them, and the page.
class Report {
public:
  /// `verification` may be null; otherwise what passes leave is compared with it. `progress` is
  /// stopped in the end.
  Report(ReportOptions options, std::unique_ptr<Verification> verification, ProgressLine &progress)
      : options(std::move(options)), verification(std::move(verification)), progress(progress) {}

  /// Makes the directory, and removes what an earlier inspection wrote there.
  llvm::Error prepare();
  /// Adds the next numbered file, with the step after which the model looks so; `name` ends with
  /// its suffix.
  void addFile(llvm::StringRef name, InspectionStep step, const LocatedText &text);
  void addModule(llvm::StringRef name, InspectionStep step, mlir::ModuleOp module,
                 llvm::StringRef header = "");
  /// Runs the module, which is at Stage::LLVM, and notes where the time goes.
  llvm::Error addProfile(mlir::ModuleOp module, const Target &target,
                         const ProfileOptions &profileOptions);
  /// Adds the module as it is before all passes, and its graph.
  void addStart(Stage stage, mlir::ModuleOp module);
  void addPass(const PassRecord &record, mlir::Operation *op);
  /// Writes the index, the page and what the passes said; returns all errors there were.
  llvm::Error finish(const InspectionData::Subject &subject);

  Explanation explanation;

private:
  std::string pathOf(llvm::StringRef file) const;
  void write(llvm::StringRef file, llvm::function_ref<void(llvm::raw_ostream &)> print);
  std::string nextFile(llvm::StringRef name);
  /// Notes how far the module is from what is right after a step.
  void verify(InspectionStep &step, mlir::ModuleOp module);
  void printIndex(llvm::raw_ostream &os) const;

  const ReportOptions options;
  InspectionData data;
  std::unique_ptr<Verification> verification;
  std::optional<double> lastDifference;
  ProgressLine &progress;
  std::vector<std::string> warnings; // told when there is no progress to tell any more
  unsigned numFiles = 0;
  llvm::Error errors = llvm::Error::success();
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_REPORT_H
