//===- Diagnostics.cpp - Messages about a source text -------------*- C++ -*-===//
//
// Collects messages and prints them with the line of the source that each is about.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include <algorithm>
#include <numeric>
#include <tuple>

using namespace gatefold;

static bool isContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string gatefold::shortenMessage(llvm::StringRef text) {
  constexpr size_t longest = 60, longestMessage = 2000;
  auto isNameCharacter = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  std::string shortened;
  while (!text.empty() && shortened.size() <= longestMessage) {
    const llvm::StringRef name = text.take_while(isNameCharacter);
    shortened += name.take_front(longest);
    shortened += name.size() > longest ? "…" : "";
    text = text.drop_front(name.size());
    const llvm::StringRef between = text.take_until(isNameCharacter);
    shortened += between;
    text = text.drop_front(between.size());
  }
  if (shortened.size() <= longestMessage)
    return shortened;
  size_t end = longestMessage;
  while (isContinuationByte(shortened[end]))
    --end;
  return shortened.substr(0, end) + "…";
}

Diagnostic &Diagnostics::error(SourceRange range, const llvm::Twine &text) {
  ++errors;
  messages.push_back({Severity::Error, range, shortenMessage(text.str()), {}, ""});
  return messages.back();
}

Diagnostic &Diagnostics::warning(SourceRange range, const llvm::Twine &text) {
  messages.push_back({Severity::Warning, range, shortenMessage(text.str()), {}, ""});
  return messages.back();
}

//===----------------------------------------------------------------------===//
// The source line and the caret range below it
//===----------------------------------------------------------------------===//

namespace {
/// One column of the terminal and the byte of the source line that it comes from.
struct Column {
  std::string text;
  size_t byte;
};

/// What is shown of a source line: `begin` and `end` bound the marked columns.
struct Excerpt {
  std::vector<Column> columns;
  size_t begin = 0, end = 0;
};
} // namespace

static constexpr size_t tabWidth = 4;
static constexpr size_t shownColumns = 120;
/// How many bytes around the marked place are looked at: enough for `shownColumns` characters of
/// four bytes.
static constexpr size_t examinedBytes = 4 * shownColumns;

/// Number of bytes of the character at the start of `text`; 0 when it is not UTF-8.
static size_t characterLength(llvm::StringRef text) {
  auto *start = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  return llvm::isLegalUTF8Sequence(start, end) ? llvm::getNumBytesForUTF8(*start) : 0;
}

/// Splits `text`, which starts at byte `offset` of its line, into columns: tabs become spaces, and
/// what a terminal must not see becomes `?`.
static std::vector<Column> toColumns(llvm::StringRef text, size_t offset) {
  std::vector<Column> columns;
  for (size_t i = 0; i < text.size();) {
    unsigned char c = text[i];
    size_t length = c < 0x80 ? 1 : characterLength(text.substr(i));
    if (c == '\t') {
      do
        columns.push_back({" ", offset + i});
      while (columns.size() % tabWidth != 0);
    } else if (length == 0 || c < 0x20 || c == 0x7F) {
      columns.push_back({"?", offset + i});
    } else {
      columns.push_back({text.substr(i, length).str(), offset + i});
    }
    i += std::max<size_t>(length, 1);
  }
  return columns;
}

/// The line around the byte `begin`, as it is shown, with the bytes `begin` to `end` marked.
static Excerpt makeExcerpt(llvm::StringRef line, size_t begin, size_t end) {
  size_t first = begin > examinedBytes ? begin - examinedBytes : 0;
  while (first > 0 && isContinuationByte(line[first]))
    --first;
  size_t last = std::min(line.size(), begin + examinedBytes);
  while (last < line.size() && isContinuationByte(line[last]))
    ++last;

  Excerpt excerpt;
  excerpt.columns = toColumns(line.slice(first, last), first);
  std::vector<Column> &columns = excerpt.columns;
  auto columnOf = [&](size_t byte) {
    return llvm::partition_point(columns, [&](const Column &c) { return c.byte < byte; }) -
           columns.begin();
  };
  excerpt.begin = columnOf(begin);
  excerpt.end = columnOf(end);

  bool cutStart = first > 0, cutEnd = last < line.size();
  if (columns.size() > shownColumns) {
    // A third of what is shown stands before the mark, unless the line starts or ends nearer.
    size_t start = excerpt.begin > shownColumns / 3 ? excerpt.begin - shownColumns / 3 : 0;
    start = std::min(start, columns.size() - shownColumns);
    cutStart |= start > 0;
    cutEnd |= start + shownColumns < columns.size();
    columns.erase(columns.begin(), columns.begin() + start);
    columns.resize(shownColumns);
    excerpt.begin -= start;
    excerpt.end = std::min(excerpt.end - start, shownColumns);
  }
  // An empty range is marked too, even behind the last column.
  excerpt.end = std::max(excerpt.end, excerpt.begin + 1);
  if (cutStart && !columns.empty())
    columns.front().text = "…";
  if (cutEnd && !columns.empty())
    columns.back().text = "…";
  return excerpt;
}

/// Prints the line that `range` starts on and marks the range below it, as far as it lies on that
/// line.
static void printExcerpt(llvm::raw_ostream &os, const llvm::SourceMgr &sources, SourceRange range,
                         bool colors) {
  unsigned id = sources.FindBufferContainingLoc(range.Start);
  llvm::StringRef buffer = sources.getMemoryBuffer(id)->getBuffer();
  const char *start = range.Start.getPointer();
  const auto &info = sources.getBufferInfo(id);
  size_t lineStart = info.getPointerForLineNumber(info.getLineNumber(start)) - buffer.begin();
  size_t lineEnd = std::min(buffer.find('\n', start - buffer.begin()), buffer.size());
  llvm::StringRef line = buffer.slice(lineStart, lineEnd);
  line.consume_back("\r");

  size_t begin = std::min<size_t>(start - line.begin(), line.size());
  size_t end = std::min<size_t>(range.End.getPointer() - line.begin(), line.size());
  Excerpt excerpt = makeExcerpt(line, begin, end);

  std::string text;
  for (const Column &column : excerpt.columns)
    text += column.text;
  os << llvm::StringRef(text).rtrim() << '\n';
  os.indent(excerpt.begin);
  if (colors)
    os.changeColor(llvm::raw_ostream::GREEN, /*Bold=*/true);
  os << '^' << std::string(excerpt.end - excerpt.begin - 1, '~');
  if (colors)
    os.resetColor();
  os << '\n';
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

static void printPlace(llvm::raw_ostream &os, const SourcePlace &place) {
  os << place.file << ':' << place.line << ':' << place.column;
}

static void printSeverity(llvm::raw_ostream &os, Severity severity, bool colors) {
  bool isError = severity == Severity::Error;
  if (colors)
    os.changeColor(isError ? llvm::raw_ostream::RED : llvm::raw_ostream::MAGENTA, /*Bold=*/true);
  os << (isError ? "error" : "warning");
  if (colors)
    os.resetColor();
  os << ": ";
}

static void printMessage(llvm::raw_ostream &os, const llvm::SourceMgr &sources,
                         const Diagnostic &message, bool colors) {
  std::optional<SourcePlace> place = resolve(sources, message.range);
  if (place) {
    printPlace(os, *place);
    os << ": ";
  }
  printSeverity(os, message.severity, colors);
  os << message.text << '\n';
  if (place)
    printExcerpt(os, sources, message.range, colors);
  for (const Diagnostic::Note &note : message.notes) {
    os << "  note: " << note.text;
    if (std::optional<SourcePlace> notePlace = resolve(sources, note.range)) {
      os << " (";
      printPlace(os, *notePlace);
      os << ')';
    }
    os << '\n';
  }
  if (!message.hint.empty())
    os << "  hint: " << message.hint << '\n';
}

void Diagnostics::print(llvm::raw_ostream &os, bool colors) const {
  // Messages without a place come last; those about one place keep the order of their discovery.
  auto key = [&](size_t index) {
    SourceRange range = messages[index].range;
    unsigned id = range.isValid() ? sources.FindBufferContainingLoc(range.Start) : 0;
    return std::tuple(id == 0, id, range.Start.getPointer(), index);
  };
  std::vector<size_t> sorted(messages.size());
  std::iota(sorted.begin(), sorted.end(), 0);
  llvm::sort(sorted, [&](size_t a, size_t b) { return key(a) < key(b); });

  bool hadColors = os.colors_enabled();
  os.enable_colors(colors);
  for (size_t index : sorted)
    printMessage(os, sources, messages[index], colors);
  os.enable_colors(hadColors);
}

/// The edit distance costs the product of the lengths, and nobody misspells longer names by hand.
static constexpr size_t longestMisspelling = 100;

std::string gatefold::nearestName(llvm::StringRef name, llvm::ArrayRef<std::string> candidates) {
  // Another single letter is not a misspelling, but another case of it is.
  unsigned limit = name.size() < 2 ? 0 : (name.size() + 2) / 3;
  if (name.size() > longestMisspelling)
    return "";
  std::tuple<unsigned, unsigned> best = {limit + 1, 0};
  const std::string *nearest = nullptr;
  for (const std::string &candidate : candidates) {
    unsigned distance = name.edit_distance_insensitive(candidate, true, limit);
    if (distance > limit || candidate == name)
      continue;
    std::tuple<unsigned, unsigned> score = {distance, name.edit_distance(candidate)};
    if (score >= best && nearest)
      continue;
    best = score;
    nearest = &candidate;
  }
  return nearest ? *nearest : "";
}
