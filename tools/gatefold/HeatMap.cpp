//===- HeatMap.cpp - Numbers as colours --------------------------*- C++ -*-===//
//
// Colours, the shapes of SVG, and blocks of text.
//
//===----------------------------------------------------------------------===//

#include "HeatMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Unicode.h"
#include <algorithm>
#include <cmath>

using namespace gatefold;

std::string gatefold::spellLabel(llvm::StringRef text) {
  if (text == " ")
    return "␣";
  const auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.bytes_begin());
  bool isText = llvm::isLegalUTF8String(&begin, text.bytes_end()) &&
                llvm::sys::unicode::columnWidthUTF8(text) > 0;
  if (isText || text.empty())
    return text.str();
  std::string spelled;
  for (unsigned char byte : text)
    spelled += "\\x" + llvm::utohexstr(byte, /*LowerCase=*/true, 2);
  return spelled;
}

void HeatMap::scaleToLargest() {
  double largest = 0;
  for (double value : values)
    if (std::isfinite(value))
      largest = std::max(largest, std::abs(value));
  if (largest == 0 || largest > 0.9)
    return;
  llvm::raw_string_ostream(title) << ", the largest " << llvm::format("%.2g", largest);
  for (double &value : values)
    value /= largest;
}

/// Columns of a terminal that a text takes.
static int64_t countColumns(llvm::StringRef text) {
  return std::max(0, llvm::sys::unicode::columnWidthUTF8(text));
}

static int64_t widest(llvm::ArrayRef<std::string> texts) {
  int64_t most = 0;
  for (const std::string &text : texts)
    most = std::max(most, countColumns(text));
  return most;
}

//===----------------------------------------------------------------------===//
// Colours
//===----------------------------------------------------------------------===//

namespace {
struct Color {
  int red, green, blue;
};
} // namespace

/// A colour between white and full ones, at `share` from 0 to 1. Negative ones go to red.
static Color pickColor(double share) {
  const Color full = share < 0 ? Color{178, 24, 43} : Color{8, 48, 107};
  const double amount = std::isnan(share) ? 0 : std::min(1.0, std::abs(share));
  auto mix = [&](int end) { return static_cast<int>(std::lround(255 + amount * (end - 255))); };
  return {mix(full.red), mix(full.green), mix(full.blue)};
}

static std::string spellColor(double share) {
  const Color color = pickColor(share);
  std::string text = "#";
  for (int part : {color.red, color.green, color.blue})
    text += llvm::utohexstr(part, /*LowerCase=*/true, 2);
  return text;
}

//===----------------------------------------------------------------------===//
// SVG
//===----------------------------------------------------------------------===//

static std::string escape(llvm::StringRef text) {
  std::string escaped;
  llvm::raw_string_ostream os(escaped);
  llvm::printHTMLEscaped(text, os);
  return escaped;
}

static void beginPicture(llvm::raw_ostream &os, int64_t width, int64_t height,
                         llvm::StringRef title) {
  os << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width << "\" height=\"" << height
     << "\" viewBox=\"0 0 " << width << ' ' << height << "\" font-family=\"sans-serif\""
     << " font-size=\"14\">\n<title>" << escape(title) << "</title>\n"
     << "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
}

/// `anchor` is "start", "middle" or "end"; a text that is turned reads upwards.
static void drawText(llvm::raw_ostream &os, int64_t x, int64_t y, llvm::StringRef anchor,
                     llvm::StringRef text, bool isTurned = false) {
  os << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << '"';
  if (isTurned)
    os << " transform=\"rotate(-60 " << x << ' ' << y << ")\"";
  os << '>' << escape(text) << "</text>\n";
}

/// The columns' texts, with their feet at `y`.
static void drawColumnTexts(llvm::raw_ostream &os, const HeatMap &map, int64_t x, int64_t y,
                            int64_t width) {
  const bool isTurned = widest(map.columns) > 2;
  for (auto [column, text] : llvm::enumerate(map.columns))
    drawText(os, x + static_cast<int64_t>(column) * width + width / 2, y,
             isTurned ? "start" : "middle", text, isTurned);
}

/// Room for the columns' texts, in pixels.
static int64_t heightOfTexts(const HeatMap &map) {
  const int64_t columns = widest(map.columns);
  return columns > 2 ? 12 + 7 * columns : 24;
}

void gatefold::drawSquares(llvm::raw_ostream &os, const HeatMap &map) {
  const int64_t side = 24, left = 16 + 8 * widest(map.rows), top = 28 + heightOfTexts(map);
  beginPicture(os, left + side * map.columnCount + 48, top + side * map.rowCount + 12, map.title);
  drawText(os, 8, 20, "start", map.title);
  drawColumnTexts(os, map, left, top - 8, side);
  for (int64_t row = 0; row < map.rowCount; ++row) {
    const int64_t y = top + row * side;
    if (!map.rows.empty())
      drawText(os, left - 8, y + 17, "end", map.rows[row]);
    for (int64_t column = 0; column < map.columnCount; ++column)
      os << "<rect x=\"" << left + column * side << "\" y=\"" << y << "\" width=\"" << side
         << "\" height=\"" << side << "\" fill=\"" << spellColor(map.at(row, column))
         << "\" stroke=\"#dddddd\"><title>" << llvm::format("%.3f", map.at(row, column))
         << "</title></rect>\n";
  }
  os << "</svg>\n";
}

/// The fields of a map, those of one colour in one path: that keeps the file small.
static void drawFields(llvm::raw_ostream &os, const HeatMap &map, int64_t x, int64_t y,
                       int64_t width, int64_t height) {
  constexpr int64_t steps = 24;
  double largest = 1;
  for (double value : map.values)
    if (std::isfinite(value))
      largest = std::max(largest, std::abs(value));
  for (int64_t level = -steps; level <= steps; ++level) {
    std::string path;
    llvm::raw_string_ostream to(path);
    for (int64_t row = 0; row < map.rowCount; ++row)
      for (int64_t column = 0; column < map.columnCount; ++column)
        if (level != 0 && std::lround(steps * map.at(row, column) / largest) == level)
          to << 'M' << x + column * width << ' ' << y + row * height << 'h' << width << 'v'
             << height << "h-" << width << 'z';
    if (!path.empty())
      os << "<path fill=\"" << spellColor(static_cast<double>(level) / steps) << "\" d=\"" << path
         << "\"/>\n";
  }
  os << "<rect x=\"" << x << "\" y=\"" << y << "\" width=\"" << width * map.columnCount
     << "\" height=\"" << height * map.rowCount << "\" fill=\"none\" stroke=\"#888888\"/>\n";
}

void gatefold::drawStrips(llvm::raw_ostream &os, llvm::StringRef title,
                          llvm::ArrayRef<HeatMap> maps) {
  constexpr int64_t perLine = 3, margin = 24, width = 24;
  int64_t mostRows = 1, mostColumns = 4;
  for (const HeatMap &map : maps) {
    mostRows = std::max(mostRows, map.rowCount);
    mostColumns = std::max(mostColumns, map.columnCount);
  }
  const int64_t height = mostRows > 96 ? 2 : mostRows > 32 ? 4 : 12;
  const int64_t texts = maps.empty() ? 0 : heightOfTexts(maps.front());
  const int64_t across = mostColumns * width + margin;
  const int64_t down = mostRows * height + texts + 28 + margin;
  const int64_t lines = (static_cast<int64_t>(maps.size()) + perLine - 1) / perLine;
  const int64_t inLine = std::min<int64_t>(perLine, maps.size());
  beginPicture(os, margin + inLine * across + 48, 32 + lines * down, title);
  drawText(os, 8, 20, "start", title);
  for (auto [place, map] : llvm::enumerate(maps)) {
    const int64_t x = margin + static_cast<int64_t>(place) % perLine * across;
    const int64_t y = 32 + static_cast<int64_t>(place) / perLine * down;
    drawText(os, x, y + 16, "start", map.title);
    drawColumnTexts(os, map, x, y + 20 + texts, width);
    drawFields(os, map, x, y + 28 + texts, width, height);
  }
  os << "</svg>\n";
}

//===----------------------------------------------------------------------===//
// Terminals
//===----------------------------------------------------------------------===//

/// A field of a row, `width` columns wide.
static std::string spellField(double share, int64_t width, bool colors) {
  static constexpr const char *shades[] = {" ", "░", "▒", "▓", "█"};
  std::string field;
  llvm::raw_string_ostream os(field);
  const Color color = pickColor(share);
  const double amount = std::isnan(share) ? 0 : std::min(1.0, std::abs(share));
  if (colors)
    os << "\033[48;2;" << color.red << ';' << color.green << ';' << color.blue << 'm';
  for (int64_t place = 0; place < width; ++place)
    os << (colors ? " " : shades[std::lround(4 * amount)]);
  os << (colors ? "\033[0m " : " ");
  return field;
}

void gatefold::printBlocks(llvm::raw_ostream &os, const HeatMap &map, bool colors) {
  std::vector<std::string> rows = map.rows;
  for (int64_t row = rows.size(); row < map.rowCount; ++row)
    rows.push_back(std::to_string(row));
  const int64_t left = widest(rows), wide = widest(map.columns);
  const bool areNumbered = map.columns.empty() || wide > 6;
  const int64_t width = areNumbered ? 3 : std::max<int64_t>(wide, 2) + 1;
  os << map.title << '\n';
  os.indent(left + 1);
  for (int64_t column = 0; column < map.columnCount; ++column) {
    const std::string text = areNumbered ? std::to_string(column) : map.columns[column];
    os << text;
    if (column + 1 < map.columnCount)
      os.indent(std::max<int64_t>(0, width - countColumns(text)));
  }
  for (int64_t row = 0; row < map.rowCount; ++row) {
    os << '\n';
    std::string line = rows[row] + ' ';
    for (int64_t column = 0; column < map.columnCount; ++column)
      line += spellField(map.at(row, column), width - 1, colors);
    os.indent(left - countColumns(rows[row])) << llvm::StringRef(line).rtrim(' ');
  }
  os << '\n';
  if (areNumbered && !map.columns.empty()) {
    os << "columns:";
    for (auto [column, text] : llvm::enumerate(map.columns))
      os << (column ? ", " : " ") << column << ' ' << text;
    os << '\n';
  }
}
