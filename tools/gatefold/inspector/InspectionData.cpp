//===- InspectionData.cpp - All that an inspection knows ---------*- C++ -*-===//
//
// Keeps each line once and writes everything as JSON.
//
//===----------------------------------------------------------------------===//

#include "InspectionData.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace gatefold;

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

unsigned InspectionData::numberLine(llvm::StringRef text, unsigned origin) {
  auto &entry = *lineNumbers.try_emplace(text).first;
  for (unsigned number : entry.second)
    if (lines[number].origins == origin)
      return number;
  entry.second.push_back(lines.size());
  lines.push_back({entry.first(), origin});
  return entry.second.back();
}

void InspectionData::addText(InspectionStep step, llvm::StringRef language,
                             const LocatedText &located) {
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(located.text).rtrim('\n').split(parts, '\n');
  std::vector<unsigned> sets(parts.size(), 0);
  for (auto [line, location] : located.lines)
    if (line < sets.size())
      sets[line] = origins.getUnion(sets[line], origins.getSet(location));

  std::vector<unsigned> numbers;
  for (auto [part, set] : llvm::zip_equal(parts, sets))
    numbers.push_back(numberLine(part, set));
  Text text{language.str(), findRuns(numbers, lastText)};
  lastText = std::move(numbers);
  steps.push_back(std::move(step));
  texts.push_back(std::move(text));
}

void InspectionData::addIdleStep(InspectionStep step) {
  steps.push_back(std::move(step));
  texts.push_back(std::nullopt);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

void InspectionData::writeSteps(llvm::json::OStream &json) const {
  for (const auto &[step, text] : llvm::zip_equal(steps, texts))
    json.object([&] {
      json.attribute("what", step.what);
      json.attribute("name", step.name);
      if (!step.target.empty())
        json.attribute("on", step.target);
      if (!step.file.empty())
        json.attribute("file", step.file);
      if (step.milliseconds)
        json.attribute("milliseconds", *step.milliseconds);
      if (step.operations)
        json.attribute("operations",
                       llvm::json::Array{step.operations->first, step.operations->second});
      if (!step.counts.empty())
        json.attribute("counts", countsToJson(step.counts));
      if (step.difference)
        json.attribute("difference", std::isfinite(*step.difference)
                                         ? llvm::json::Value(*step.difference)
                                         : llvm::json::Value(nullptr));
      if (step.isJump)
        json.attribute("jump", true);
      if (!step.unverified.empty())
        json.attribute("unverified", step.unverified);
      if (!text)
        return;
      json.attribute("language", text->language);
      json.attributeArray("text", [&] {
        for (auto [first, count] : text->runs)
          json.value(llvm::json::Array{first, count});
      });
    });
}

/// The declarations of a source that code may come from, with the lines they span.
static void writeDeclarations(llvm::json::OStream &json, const InspectionData::Subject &subject,
                              llvm::StringRef source) {
  for (const auto &declaration : subject.file->declarations) {
    std::optional<SourcePlace> place = resolve(*subject.sources, declaration->range);
    if (place && place->file == source)
      json.value(llvm::json::Object{{"kind", spell(declaration->kind)},
                                    {"name", declaration->name.text},
                                    {"line", place->line},
                                    {"endLine", place->endLine}});
  }
}

void InspectionData::writeSources(llvm::json::OStream &json, const Subject &subject) const {
  llvm::StringMap<llvm::StringRef> contents;
  for (unsigned id = 1; id <= subject.sources->getNumBuffers(); ++id) {
    const llvm::MemoryBuffer *buffer = subject.sources->getMemoryBuffer(id);
    contents[buffer->getBufferIdentifier()] = buffer->getBuffer();
  }
  // The numbers of sources in places are indices of this array.
  for (const std::string &name : origins.getSources())
    json.object([&] {
      json.attribute("name", name);
      if (contents.contains(name))
        json.attribute("text", llvm::json::fixUTF8(contents[name]));
      if (subject.file)
        json.attributeArray("declarations", [&] { writeDeclarations(json, subject, name); });
    });
}

namespace {
/// A line without the numbers of its values and blocks, in whose places are holes.
struct Template {
  static constexpr char hole = '\x01';
  std::string text;
  llvm::SmallVector<int64_t> numbers; ///< none for a text that has the sign of a hole itself

  explicit Template(llvm::StringRef line);
};
} // namespace

Template::Template(llvm::StringRef line) {
  constexpr size_t mostDigits = 9;
  for (size_t place = 0; place < line.size();) {
    llvm::StringRef digits = line.substr(place).take_while(llvm::isDigit);
    const char before = place == 0 ? ' ' : line[place - 1];
    const bool isNumber = !digits.empty() && digits.size() <= mostDigits &&
                          (digits == "0" || digits[0] != '0') &&
                          (before == '%' || before == '_' || before == 'b');
    if (line[place] == hole) {
      text = line.str();
      numbers.clear();
      return;
    }
    if (isNumber) {
      numbers.push_back(std::stoll(digits.str()));
      text += hole;
    } else {
      text += digits.empty() ? line.substr(place, 1) : digits;
    }
    place += std::max<size_t>(digits.size(), 1);
  }
}

/// Passes change the numbers of all values, but hardly what is between them.
void InspectionData::writeLines(llvm::json::OStream &json) const {
  llvm::StringMap<size_t> known;
  std::vector<llvm::StringRef> templates;
  int64_t last = 0; // the first number of the line before that has one
  json.attributeArray("lines", [&] {
    for (const Line &line : lines) {
      Template parts(line.text);
      auto [place, isNew] = known.try_emplace(parts.text, templates.size());
      if (isNew)
        templates.push_back(place->first());
      llvm::json::Array row{static_cast<int64_t>(place->second)};
      for (auto [index, number] : llvm::enumerate(parts.numbers))
        row.push_back(index == 0 ? number - last : parts.numbers.front() - number);
      if (!parts.numbers.empty())
        last = parts.numbers.front();
      json.value(std::move(row));
    }
  });
  json.attributeArray("templates", [&] {
    for (llvm::StringRef text : templates)
      json.value(llvm::json::fixUTF8(text));
  });
}

void InspectionData::writeJson(llvm::raw_ostream &os, const Subject &subject,
                               const Explanation &explanation) const {
  llvm::json::OStream json(os);
  json.object([&] {
    json.attribute("gatefold", GATEFOLD_VERSION);
    json.attribute("path", subject.path);
    json.attribute("model", subject.model);
    json.attribute("cpu", subject.cpu);
    json.attributeArray("sources", [&] { writeSources(json, subject); });
    origins.writeJson(json);
    writeLines(json);
    json.attributeArray("lineSets", [&] {
      for (const Line &line : lines)
        json.value(line.origins);
    });
    json.attributeArray("steps", [&] { writeSteps(json); });
    json.attribute("passes", explanation.toJson());
    graph.writeJson(json);
    if (profile)
      profile->writeJson(json);
  });
  os << '\n';
}
