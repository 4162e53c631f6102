//===- Explanation.cpp - What the passes say about a model -------*- C++ -*-===//
//
// Listens to MLIR's remarks, merges those that are equal in several entries, and prints them.
//
//===----------------------------------------------------------------------===//

#include "Explanation.h"
#include "gatefold/IR/Explain.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace gatefold;

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

namespace gatefold {
/// A place in a text.
struct Place {
  std::string file; // empty: unknown
  unsigned line = 0;
  unsigned column = 0;

  bool operator==(const Place &) const = default;
  bool isLibrary() const { return llvm::StringRef(file).starts_with("<library>"); }
  std::string describe() const {
    return file.empty() ? "" : llvm::formatv("{0}:{1}:{2}", file, line, column).str();
  }
};

/// What a pass said, in one entry or in several.
struct PassRemark {
  llvm::remarks::Type type;
  Place place;   ///< in the user's own text, if it comes from there in any way
  Place library; ///< in the standard library, where the work itself stands there
  std::string text;
  std::vector<std::string> entries; ///< empty: all

  bool isAbout(const PassRemark &other) const {
    return std::tie(type, place, library, text) ==
           std::tie(other.type, other.place, other.library, other.text);
  }
};

/// All that one pass said.
struct PassReport {
  std::string pass;
  PassCounts counts;
  std::vector<PassRemark> remarks;
};
} // namespace gatefold

/// The places of a location from the innermost to the outermost.
static std::vector<Place> listPlaces(mlir::Location location) {
  std::vector<Place> places;
  location->walk([&](mlir::Location part) {
    if (auto place = llvm::dyn_cast<mlir::FileLineColLoc>(part))
      places.push_back({place.getFilename().str(), place.getLine(), place.getColumn()});
    return mlir::WalkResult::advance();
  });
  return places;
}

//===----------------------------------------------------------------------===//
// Listening
//===----------------------------------------------------------------------===//

/// What was heard; the context holds on to it as well.
struct Explanation::Contents {
  std::vector<PassReport> reports;
  PassCounts newCounts;
  std::string pipeline; ///< as text, to find the order of passes in

  void hear(const mlir::remark::detail::Remark &remark);
  PassReport &reportOf(llvm::StringRef pass);
  llvm::SmallVector<const PassReport *> inOrder() const;
};

/// What MLIR hands remarks to.
class Explanation::Streamer : public mlir::remark::detail::MLIRRemarkStreamerBase {
public:
  explicit Streamer(std::shared_ptr<Contents> contents) : contents(std::move(contents)) {}
  void streamOptimizationRemark(const mlir::remark::detail::Remark &remark) override {
    contents->hear(remark);
  }

private:
  std::shared_ptr<Contents> contents;
};

static void addCount(PassCounts &counts, llvm::StringRef what, int64_t count) {
  auto known = llvm::find_if(counts, [&](const auto &entry) { return entry.first == what; });
  if (known == counts.end())
    counts.emplace_back(what.str(), count);
  else
    known->second += count;
}

PassReport &Explanation::Contents::reportOf(llvm::StringRef pass) {
  auto known =
      llvm::find_if(reports, [&](const PassReport &report) { return report.pass == pass; });
  if (known != reports.end())
    return *known;
  reports.push_back({pass.str(), {}, {}});
  return reports.back();
}

void Explanation::Contents::hear(const mlir::remark::detail::Remark &remark) {
  PassReport &report = reportOf(remark.getCategoryName());
  PassRemark heard{remark.getRemarkType(), {}, {}, "", {}};
  bool isCount = remark.getRemarkName() == ir::countRemark;
  for (const auto &argument : remark.getArgs()) {
    int64_t count;
    if (isCount && llvm::to_integer(argument.val, count)) {
      addCount(report.counts, argument.key, count);
      addCount(newCounts, argument.key, count);
    }
    heard.text += argument.val;
  }
  if (isCount)
    return;
  std::vector<Place> places = listPlaces(remark.getLocation());
  auto own = llvm::find_if(places, [](const Place &place) { return !place.isLibrary(); });
  if (own != places.end())
    heard.place = *own;
  if (!places.empty() && places.front().isLibrary())
    heard.library = places.front();
  if (own == places.end())
    std::swap(heard.place, heard.library);
  if (llvm::StringRef entry = remark.getFunction(); entry != "<unknown function>")
    heard.entries.push_back(entry.str());

  auto same =
      llvm::find_if(report.remarks, [&](const PassRemark &known) { return known.isAbout(heard); });
  if (same == report.remarks.end())
    report.remarks.push_back(std::move(heard));
  else if (!heard.entries.empty() && !llvm::is_contained(same->entries, heard.entries.front()))
    same->entries.push_back(heard.entries.front());
}

llvm::SmallVector<const PassReport *> Explanation::Contents::inOrder() const {
  std::vector<std::pair<size_t, const PassReport *>> sorted;
  for (const PassReport &report : reports)
    sorted.emplace_back(llvm::StringRef(pipeline).find("gatefold-" + report.pass), &report);
  llvm::sort(sorted);
  return llvm::to_vector(llvm::make_second_range(sorted));
}

Explanation::Explanation() : contents(std::make_shared<Contents>()) {}
Explanation::~Explanation() = default;

llvm::Error Explanation::listenTo(mlir::MLIRContext &context) {
  mlir::remark::RemarkCategories all;
  all.passed = all.missed = all.analysis = all.failed = ".*";
  if (mlir::failed(mlir::remark::enableOptimizationRemarks(
          context, std::make_unique<Streamer>(contents),
          std::make_unique<mlir::remark::RemarkEmittingPolicyAll>(), all)))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "the remarks of passes cannot be listened to");
  return llvm::Error::success();
}

void Explanation::addPipeline(mlir::PassManager &manager) {
  llvm::raw_string_ostream os(contents->pipeline);
  manager.printAsTextualPipeline(os);
}

PassCounts Explanation::takeCounts() { return std::exchange(contents->newCounts, {}); }

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

std::string gatefold::describeCounts(const PassCounts &counts) {
  return llvm::join(llvm::map_range(counts,
                                    [](const auto &entry) {
                                      return entry.first + ": " + std::to_string(entry.second);
                                    }),
                    ", ");
}

llvm::json::Object gatefold::countsToJson(const PassCounts &counts) {
  llvm::json::Object object;
  for (const auto &[what, count] : counts)
    object[what] = count;
  return object;
}

/// " (in sequence and step; at <library>/cells.fold:20:9)", or nothing.
static std::string describeContext(const PassRemark &remark) {
  std::vector<std::string> parts;
  if (!remark.entries.empty())
    parts.push_back("in " + ir::listWords(remark.entries));
  if (std::string library = remark.library.describe(); !library.empty())
    parts.push_back("at " + library);
  return parts.empty() ? "" : " (" + llvm::join(parts, "; ") + ")";
}

static char getMark(llvm::remarks::Type type) {
  switch (type) {
  case llvm::remarks::Type::Passed:
    return '+';
  case llvm::remarks::Type::Missed:
  case llvm::remarks::Type::Failure:
    return '-';
  default:
    return ' ';
  }
}

void Explanation::print(llvm::raw_ostream &os) const {
  size_t width = 0;
  for (const PassReport &report : contents->reports)
    for (const PassRemark &remark : report.remarks)
      width = std::max(width, remark.place.describe().size());
  llvm::StringRef gap = "";
  for (const PassReport *report : contents->inOrder()) {
    os << std::exchange(gap, "\n") << report->pass;
    if (!report->counts.empty())
      os << " (" << describeCounts(report->counts) << ')';
    os << '\n';
    for (const PassRemark &remark : report->remarks) {
      std::string place = remark.place.describe();
      place += place.empty() ? "  " : ": ";
      os << getMark(remark.type) << ' ' << llvm::left_justify(place, width + 2) << remark.text
         << describeContext(remark) << '\n';
    }
  }
}

static llvm::json::Object placeToJson(const Place &place) {
  return llvm::json::Object{{"file", place.file}, {"line", place.line}, {"column", place.column}};
}

static llvm::json::Object toJson(const PassRemark &remark) {
  char mark = getMark(remark.type);
  llvm::json::Object object{
      {"kind", mark == '+'   ? "done"
               : mark == '-' ? "refused"
                             : "fact"},
      {"text", remark.text},
      {"entries", llvm::json::Array(remark.entries)},
  };
  if (!remark.place.file.empty())
    object["place"] = placeToJson(remark.place);
  if (!remark.library.file.empty())
    object["library"] = placeToJson(remark.library);
  return object;
}

llvm::json::Array Explanation::toJson() const {
  llvm::json::Array passes;
  for (const PassReport *report : contents->inOrder()) {
    llvm::json::Array remarks;
    for (const PassRemark &remark : report->remarks)
      remarks.push_back(::toJson(remark));
    passes.push_back(llvm::json::Object{{"pass", report->pass},
                                        {"counts", countsToJson(report->counts)},
                                        {"remarks", std::move(remarks)}});
  }
  return passes;
}

void Explanation::printJson(llvm::raw_ostream &os) const {
  os << llvm::formatv("{0:2}\n", llvm::json::Value(llvm::json::Object{{"passes", toJson()}}));
}
