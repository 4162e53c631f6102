//===- HeatMap.h - Numbers as colours ----------------------------*- C++ -*-===//
//
// Draws matrices as SVG pictures, and as blocks in a terminal.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_HEATMAP_H
#define GATEFOLD_TOOLS_GATEFOLD_HEATMAP_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace gatefold {

/// A matrix of numbers with a text for each row and column; either list of texts may be empty.
struct HeatMap {
  std::string title;
  std::vector<std::string> rows, columns; ///< UTF-8
  int64_t rowCount = 0, columnCount = 0;
  std::vector<double> values; ///< row by row

  double at(int64_t row, int64_t column) const { return values[row * columnCount + column]; }
  /// Divides all values by the largest, so that small ones can be seen, and says so in the title.
  /// Does nothing where that is nearly 1, or 0.
  void scaleToLargest();
};

/// What a token is called in a picture: itself, if it can be printed; a space is ␣, and what is no
/// UTF-8 or has no look is spelled `\x0a`.
std::string spellLabel(llvm::StringRef text);

/// An SVG picture of one map: squares with the columns' texts above and the rows' texts beside
/// them, from white for 0 to dark for 1.
void drawSquares(llvm::raw_ostream &os, const HeatMap &map);

/// An SVG picture of several maps that have the same columns, such as tokens, and many rows, such
/// as the units of a gate. Values from 0 are drawn from white to dark blue, those on both sides of
/// 0 from red to blue.
void drawStrips(llvm::raw_ostream &os, llvm::StringRef title, llvm::ArrayRef<HeatMap> maps);

/// The map on a terminal: a row on each line. Without colours, in five shades.
void printBlocks(llvm::raw_ostream &os, const HeatMap &map, bool colors);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_HEATMAP_H
