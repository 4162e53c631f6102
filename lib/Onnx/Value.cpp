//===- Value.cpp - What the values of an imported graph are ------*- C++ -*-===//
//
// Helpers on shapes.
//
//===----------------------------------------------------------------------===//

#include "Value.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::onnx;

void onnx::fail(const llvm::Twine &reason) { throw ImportFailure{reason.str()}; }

std::vector<Value> onnx::findReached(llvm::ArrayRef<Value> results) {
  llvm::SmallVector<Value> open(results);
  llvm::DenseSet<Value> seen;
  std::vector<Value> reached;
  while (!open.empty()) {
    Value value = open.pop_back_val();
    if (value->isLiteral() || !seen.insert(value).second)
      continue;
    reached.push_back(value);
    llvm::append_range(open, value->operands);
  }
  llvm::sort(reached, [](Value a, Value b) { return a->id < b->id; });
  return reached;
}

std::optional<int64_t> onnx::countElements(llvm::ArrayRef<Dim> shape) {
  if (llvm::is_contained(shape, Dim()))
    return 0;
  int64_t count = 1;
  for (const Dim &dim : shape) {
    std::optional<int64_t> size = dim.asConstant();
    if (!size || llvm::MulOverflow(count, *size, count) || count > (int64_t(1) << 62))
      return std::nullopt;
  }
  return count;
}

Dim onnx::productOf(llvm::ArrayRef<Dim> shape) {
  Dim product = Dim::constant(1);
  for (const Dim &dim : shape)
    product = requireShort(product * dim);
  return product;
}

Dim onnx::requireShort(Dim size) {
  constexpr size_t mostTerms = 64, mostCharacters = 2000;
  if (size.numTerms() > mostTerms || (!size.asConstant() && size.str().size() > mostCharacters))
    fail("a size has more than " + llvm::Twine(mostTerms) + " terms, or " +
         llvm::Twine(mostCharacters) + " characters");
  return size;
}

std::optional<std::vector<int64_t>> onnx::asNumbers(llvm::ArrayRef<Dim> shape) {
  std::vector<int64_t> numbers;
  for (const Dim &dim : shape) {
    std::optional<int64_t> size = dim.asConstant();
    if (!size)
      return std::nullopt;
    numbers.push_back(*size);
  }
  return numbers;
}

std::string onnx::spellNumber(float value) {
  char buffer[32];
  if (std::fabs(value) < 1e6f && value == std::trunc(value) && !std::signbit(value)) {
    std::snprintf(buffer, sizeof(buffer), "%.0f", value);
    return buffer;
  }
  for (int digits = 1; digits <= 9; ++digits) {
    std::snprintf(buffer, sizeof(buffer), "%.*g", digits, value);
    if (std::strtof(buffer, nullptr) == value)
      break;
  }
  return buffer;
}

std::string onnx::spellType(Value value) {
  std::string element = elementTypeName(value->carrier()).str();
  if (value->rank() == 0)
    return element;
  return (element == "f32" ? "" : element) + spellShape(value->shape);
}

std::string onnx::spellShape(llvm::ArrayRef<Dim> shape) {
  std::string text = "[";
  for (const Dim &dim : shape)
    text += (text.size() > 1 ? ", " : "") + dim.str();
  return text + "]";
}
