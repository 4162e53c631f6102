//===- InspectionData.h - All that an inspection knows -----------*- C++ -*-===//
//
// Collects the texts of a model between source and assembly, with the origin of every line, and
// writes them as JSON. docs/Inspector.md describes the format.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_INSPECTIONDATA_H
#define GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_INSPECTIONDATA_H

#include "Explanation.h"
#include "FoldText.h"
#include "LineRuns.h"
#include "LocatedText.h"
#include "ModelGraph.h"
#include "Origins.h"
#include "Profile.h"
#include <optional>

namespace gatefold {

/// One step of the way from a model to its code.
struct InspectionStep {
  std::string what;        ///< the pass with its options, or "(LLVM IR)"
  std::string name;        ///< in short
  std::string target = {}; ///< what it ran on; empty: all
  std::string file = {};   ///< the numbered file that shows the result; empty: nothing changed
  std::optional<double> milliseconds = {};
  std::optional<std::pair<int64_t, int64_t>> operations = {}; ///< before and after
  PassCounts counts = {};
  std::optional<double> difference = {}; ///< the largest of any result from the right one
  std::string unverified = {};           ///< why there is none
  bool isJump = false;                   ///< the difference is much larger than before the step
};

/// Collects steps in order and writes them.
class InspectionData {
public:
  /// Adds a step after which the model looks like `text`.
  void addText(InspectionStep step, llvm::StringRef language, const LocatedText &text);
  /// Adds a step that changed nothing.
  void addIdleStep(InspectionStep step);

  const std::vector<InspectionStep> &getSteps() const { return steps; }
  ModelGraph &getGraph() { return graph; }
  OriginTable &getOrigins() { return origins; }
  void setProfile(Profile measured) { profile = std::move(measured); }

  /// What is told about the model as a whole.
  struct Subject {
    std::string path;
    std::string model;
    std::string cpu;
    const llvm::SourceMgr *sources = nullptr;
    const SourceFile *file = nullptr; ///< null for a model that was read as MLIR
  };
  void writeJson(llvm::raw_ostream &os, const Subject &subject,
                 const Explanation &explanation) const;

private:
  /// A text as lines of the table of all lines, and of the text before.
  struct Text {
    std::string language;
    std::vector<LineRun> runs;
  };
  unsigned numberLine(llvm::StringRef text, unsigned origins);
  void writeSteps(llvm::json::OStream &json) const;
  void writeLines(llvm::json::OStream &json) const;
  void writeSources(llvm::json::OStream &json, const Subject &subject) const;

  std::vector<InspectionStep> steps;
  std::vector<std::optional<Text>> texts; // by step
  std::vector<unsigned> lastText;         // the numbers of its lines
  OriginTable origins;
  ModelGraph graph{origins};
  std::optional<Profile> profile;
  /// A line that some text has.
  struct Line {
    llvm::StringRef text;
    unsigned origins; // a set
  };
  llvm::StringMap<llvm::SmallVector<unsigned, 1>> lineNumbers; // by text, one for each set
  std::vector<Line> lines;                                     // each once
};

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_INSPECTOR_INSPECTIONDATA_H
