//===- Summary.cpp - A tensor at a glance ------------------------*- C++ -*-===//
//
// Statistics and the values at the edges of a tensor.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Summary.h"
#include "ElementDispatch.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include <cmath>
#include <limits>

using namespace gatefold;

static constexpr int64_t longestText = 200;

namespace {
/// What is said of all elements.
struct Statistics {
  int64_t numFinite = 0;
  int64_t numNan = 0;
  int64_t numInfinite = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  double sum = 0;
};
} // namespace

static Statistics computeStatistics(const Tensor &tensor) {
  Statistics result;
  for (int64_t i = 0, count = tensor.numElements(); i < count; ++i) {
    double value = tensor.elementAsDouble(i);
    if (std::isnan(value)) {
      ++result.numNan;
    } else if (std::isinf(value)) {
      ++result.numInfinite;
    } else {
      ++result.numFinite;
      result.min = std::min(result.min, value);
      result.max = std::max(result.max, value);
      result.sum += value;
    }
  }
  return result;
}

static void printElement(llvm::raw_ostream &out, const Tensor &tensor, int64_t index) {
  dispatchElement(tensor.type(), [&](auto element) {
    using Type = decltype(element);
    auto value = Type::load(tensor.data<typename Type::stored>()[index]);
    if constexpr (std::is_floating_point_v<decltype(value)>)
      out << llvm::format("%.6g", static_cast<double>(value));
    else
      out << std::to_string(value);
  });
}

/// Calls `show` with 0..count-1, but of many only with the first and last `edge`, and `skip`
/// between them.
static void forEdges(int64_t count, int64_t most, int64_t edge,
                     llvm::function_ref<void(int64_t)> show, llvm::function_ref<void()> skip) {
  for (int64_t i = 0; i < count; ++i) {
    if (count > most && i == edge) {
      skip();
      i = count - edge;
    }
    show(i);
  }
}

/// Prints the values, one line for each row along the last axis.
static void printValues(llvm::raw_ostream &out, const Tensor &tensor) {
  llvm::ArrayRef<int64_t> shape = tensor.shape();
  int64_t columns = shape.empty() ? 1 : shape.back();
  llvm::ArrayRef<int64_t> outer = shape.empty() ? shape : shape.drop_back();
  auto printRow = [&](int64_t row) {
    out << "  ";
    if (!outer.empty())
      out << indexText(outer, row) << "  ";
    bool isFirst = true;
    auto separate = [&] {
      out << (isFirst ? "" : ", ");
      isFirst = false;
    };
    forEdges(
        columns, 8, 3,
        [&](int64_t column) {
          separate();
          printElement(out, tensor, row * columns + column);
        },
        [&] {
          separate();
          out << "...";
        });
    out << "\n";
  };
  forEdges(tensor.numElements() / columns, 5, 2, printRow, [&] { out << "  ...\n"; });
}

/// The characters that a vector of tokens spells; empty if it is none or they do not all print.
static std::string spelledText(const Tensor &tensor) {
  bool isTokens = tensor.type() == ElementType::I32 || tensor.type() == ElementType::I64;
  std::string text;
  if (!isTokens || tensor.rank() != 1)
    return text;
  for (int64_t i = 0, count = tensor.numElements(); i < count; ++i) {
    double token = tensor.elementAsDouble(i);
    bool isCharacter = (token >= 32 && token < 127) || token == '\n' || token == '\t';
    if (!isCharacter)
      return "";
    text += static_cast<char>(token);
  }
  return text;
}

/// Prints text in quotes, on one line.
static void printQuoted(llvm::raw_ostream &out, llvm::StringRef text) {
  out << "\"";
  for (char c : text.take_front(longestText)) {
    if (c == '\n')
      out << "\\n";
    else if (c == '\t')
      out << "\\t";
    else
      out << (c == '"' || c == '\\' ? "\\" : "") << c;
  }
  out << (text.size() > longestText ? "\"..." : "\"");
}

/// The first and last places of each stretch of a vector of bools that is true.
static std::vector<std::pair<int64_t, int64_t>> findRanges(const Tensor &tensor) {
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (int64_t i = 0, count = tensor.numElements(); i < count; ++i) {
    if (tensor.elementAsDouble(i) == 0)
      continue;
    if (!ranges.empty() && ranges.back().second == i - 1)
      ranges.back().second = i;
    else
      ranges.push_back({i, i});
  }
  return ranges;
}

/// Prints where a long vector of bools is true, such as the steps at which somebody speaks: "true
/// at 3-17, 40", and where elements have a duration, "in seconds: 0.10-0.58, 1.28-1.31".
static void printRanges(llvm::raw_ostream &out, const Tensor &tensor, double secondsPerElement) {
  constexpr size_t mostRanges = 20;
  const std::vector<std::pair<int64_t, int64_t>> ranges = findRanges(tensor);
  if (ranges.empty()) {
    out << "  nowhere true\n";
    return;
  }
  auto printEach = [&](llvm::function_ref<void(int64_t first, int64_t last)> print) {
    for (auto [i, range] : llvm::enumerate(llvm::ArrayRef(ranges).take_front(mostRanges))) {
      out << (i == 0 ? "" : ", ");
      print(range.first, range.second);
    }
    out << (ranges.size() > mostRanges ? ", ...\n" : "\n");
  };
  out << "  true at ";
  printEach([&](int64_t first, int64_t last) {
    out << first;
    if (last > first)
      out << "-" << last;
  });
  if (secondsPerElement <= 0)
    return;
  out << "  in seconds: ";
  printEach([&](int64_t first, int64_t last) {
    out << llvm::format("%.2f-%.2f", static_cast<double>(first) * secondsPerElement,
                        static_cast<double>(last + 1) * secondsPerElement);
  });
}

void gatefold::printSummary(llvm::raw_ostream &out, llvm::StringRef name, const Tensor &tensor,
                            double secondsPerElement) {
  out << name << ": " << elementTypeName(tensor.type()) << " " << shapeText(tensor.shape()) << "\n";
  if (tensor.numElements() == 0)
    return;
  if (std::string text = spelledText(tensor); !text.empty()) {
    out << "  ";
    printQuoted(out, text);
    out << "\n";
  }
  Statistics statistics = computeStatistics(tensor);
  if (statistics.numFinite)
    out << llvm::format("  min %.6g, mean %.6g, max %.6g", statistics.min,
                        statistics.sum / static_cast<double>(statistics.numFinite), statistics.max);
  else
    out << "  no finite number";
  if (statistics.numNan)
    out << ", " << statistics.numNan << " NaN";
  if (statistics.numInfinite)
    out << ", " << statistics.numInfinite << " infinite";
  out << "\n";
  if (tensor.type() == ElementType::Bool && tensor.rank() == 1 && tensor.numElements() > 8)
    printRanges(out, tensor, secondsPerElement);
  printValues(out, tensor);
}
