//===- Compare.cpp - How far two sets of tensors are apart -------*- C++ -*-===//
//
// Compares tensors in f64 and prints the result as a table.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Compare.h"
#include "gatefold/Runtime/TensorFiles.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <array>
#include <cmath>
#include <limits>

using namespace gatefold;

static constexpr double infinity = std::numeric_limits<double>::infinity();

static std::string describe(const Tensor &tensor) {
  return elementTypeName(tensor.type()).str() + " " + shapeText(tensor.shape());
}

static std::string describe(const Tensor &a, const Tensor &b) {
  if (a.type() == b.type())
    return describe(a);
  return (elementTypeName(a.type()) + " / " + elementTypeName(b.type()) + " " +
          shapeText(a.shape()))
      .str();
}

/// |a - b|; 0 for equal infinities and two NaN, infinity where just one is not finite.
static double absoluteDifference(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  double difference = std::fabs(a - b);
  return std::isnan(difference) ? infinity : difference;
}

/// |a - b| of two integers of 64 bits that may be beyond what f64 tells apart.
template <typename T>
static double integerDifference(const Tensor &a, const Tensor &b, int64_t i) {
  T x = a.data<T>()[i], y = b.data<T>()[i];
  uint64_t larger = static_cast<uint64_t>(std::max(x, y));
  return static_cast<double>(larger - static_cast<uint64_t>(std::min(x, y)));
}

static double relativeDifference(double difference, double b) {
  if (difference == 0)
    return 0;
  return std::isinf(difference) || b == 0 ? infinity : difference / std::fabs(b);
}

TensorComparison gatefold::compareTensors(llvm::StringRef name, const Tensor &a, const Tensor &b,
                                          const Tolerance &tolerance) {
  TensorComparison result;
  result.name = name.str();
  result.description = describe(a, b);
  if (a.shape() != b.shape()) {
    result.description = describe(a) + " / " + describe(b);
    result.failure = "the shapes differ: " + shapeText(a.shape()) + " and " + shapeText(b.shape());
    return result;
  }
  bool isSigned = a.type() == b.type() && a.type() == ElementType::I64;
  bool isUnsigned = a.type() == b.type() && a.type() == ElementType::U64;
  result.numElements = a.numElements();
  for (int64_t i = 0; i < result.numElements; ++i) {
    double x = a.elementAsDouble(i), y = b.elementAsDouble(i);
    double difference = isSigned     ? integerDifference<int64_t>(a, b, i)
                        : isUnsigned ? integerDifference<uint64_t>(a, b, i)
                                     : absoluteDifference(x, y);
    bool isInside =
        difference == 0 || (std::isfinite(difference) &&
                            difference <= tolerance.absolute + tolerance.relative * std::fabs(y));
    result.numOutside += !isInside;
    result.largestRelative = std::max(result.largestRelative, relativeDifference(difference, y));
    if (i > 0 && difference <= result.largestAbsolute)
      continue;
    result.largestAbsolute = difference;
    result.largestAbsoluteIndex = i;
    result.valueA = x;
    result.valueB = y;
  }
  if (result.numElements)
    result.largestAbsolutePlace = indexText(a.shape(), result.largestAbsoluteIndex);
  return result;
}

/// The result for a tensor that only one side has.
static TensorComparison oneSided(const NamedTensor &entry, llvm::StringRef side,
                                 const NamedTensors &others) {
  TensorComparison result;
  result.name = entry.name;
  result.description = describe(entry.tensor);
  result.failure = ("only in " + side).str();
  if (llvm::StringRef nearest = others.nearestName(entry.name); !nearest.empty())
    result.failure += ("; the other has `" + nearest + "`").str();
  return result;
}

Comparison gatefold::compareTensors(const NamedTensors &a, const NamedTensors &b,
                                    const Tolerance &tolerance) {
  Comparison result;
  result.tolerance = tolerance;
  if (a.size() == 1 && b.size() == 1) {
    bool isSameName = a[0].name == b[0].name;
    std::string name = isSameName ? a[0].name : a[0].name + " / " + b[0].name;
    result.tensors.push_back(compareTensors(name, a[0].tensor, b[0].tensor, tolerance));
    return result;
  }
  for (const NamedTensor &entry : a) {
    const Tensor *other = b.find(entry.name);
    result.tensors.push_back(other ? compareTensors(entry.name, entry.tensor, *other, tolerance)
                                   : oneSided(entry, "the first", b));
  }
  for (const NamedTensor &entry : b)
    if (!a.find(entry.name))
      result.tensors.push_back(oneSided(entry, "the second", a));
  return result;
}

llvm::Expected<Comparison> gatefold::compareFiles(llvm::StringRef a, llvm::StringRef b,
                                                  const Tolerance &tolerance) {
  llvm::Expected<NamedTensors> first = readTensors(a);
  if (!first)
    return first.takeError();
  llvm::Expected<NamedTensors> second = readTensors(b);
  if (!second)
    return second.takeError();
  return compareTensors(*first, *second, tolerance);
}

bool Comparison::passed() const {
  return !tensors.empty() &&
         llvm::all_of(tensors, [](const TensorComparison &t) { return t.passed(); });
}

static std::string numberText(double value, int digits) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.*g", digits, value);
  return text;
}

namespace {
/// A line of the table; a line of a failure has its first two cells only, and the failure.
using Row = std::array<std::string, 8>;
} // namespace

static Row makeRow(const TensorComparison &tensor) {
  if (!tensor.failure.empty())
    return {tensor.name, tensor.description, tensor.failure, "", "", "", "", ""};
  return {tensor.name,
          tensor.description,
          numberText(tensor.largestAbsolute, 3),
          tensor.largestAbsolutePlace,
          numberText(tensor.valueA, 9),
          numberText(tensor.valueB, 9),
          numberText(tensor.largestRelative, 3),
          std::to_string(tensor.numOutside) + " of " + std::to_string(tensor.numElements)};
}

void Comparison::print(llvm::raw_ostream &out) const {
  if (tensors.empty()) {
    out << "nothing to compare: neither side has a tensor\n";
    return;
  }
  std::vector<Row> rows = {
      {"tensor", "type", "largest |a - b|", "at", "a", "b", "|a - b| / |b|", "outside"}};
  llvm::append_range(rows, llvm::map_range(tensors, makeRow));
  std::array<size_t, std::tuple_size_v<Row>> widths{};
  for (auto [position, row] : llvm::enumerate(rows)) {
    // A failure's text runs over the cells to its right.
    bool isFailure = position > 0 && !tensors[position - 1].failure.empty();
    for (size_t column = 0; column < (isFailure ? 2 : row.size()); ++column)
      widths[column] = std::max(widths[column], row[column].size());
  }
  for (const Row &row : rows) {
    std::string line;
    llvm::raw_string_ostream text(line);
    for (auto [cell, width] : llvm::zip_equal(row, widths))
      text << llvm::left_justify(cell, width) << "  ";
    out << llvm::StringRef(line).rtrim() << "\n";
  }
  auto numFailed = llvm::count_if(tensors, [](const TensorComparison &t) { return !t.passed(); });
  out << llvm::formatv("{0} of {1} tensors agree (atol {2}, rtol {3})\n",
                       tensors.size() - numFailed, tensors.size(),
                       numberText(tolerance.absolute, 6), numberText(tolerance.relative, 6));
}
