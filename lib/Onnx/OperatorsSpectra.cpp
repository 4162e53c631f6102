//===- OperatorsSpectra.cpp - Fourier transforms and windows -----*- C++ -*-===//
//
// Discrete Fourier transforms, and the tables that go with them.
//
//===----------------------------------------------------------------------===//

#include "Folding.h"
#include "OperatorContext.h"
#include "Operators.h"
#include <cmath>
#include <numbers>
#include <numeric>

using namespace gatefold;
using namespace gatefold::onnx;

//===----------------------------------------------------------------------===//
// Transforms
//===----------------------------------------------------------------------===//

namespace {
/// Complex numbers; the imaginary part is null where all are real.
struct Complex {
  Value real = nullptr, imaginary = nullptr;
};
} // namespace

/// Parts of [.., 1] or [.., 2].
static Complex readComplex(Builder &builder, Value x) {
  std::optional<int64_t> parts = x->rank() < 2 ? std::nullopt : x->shape.back().asConstant();
  if (parts != 1 && parts != 2)
    fail("a signal of shape " + spellShape(x->shape) + ", expected a last axis of size 1 or 2");
  auto part = [&](double index) {
    return builder.take(x, -1, builder.scalar(DataType::Int64, index));
  };
  return {part(0), *parts == 2 ? part(1) : nullptr};
}

/// Both parts along a new axis.
static Value joinComplex(Builder &builder, const Complex &x, int64_t axis) {
  return builder.concatenate(
      {builder.unsqueeze(x.real, {axis}), builder.unsqueeze(x.imaginary, {axis})}, axis);
}

static Complex mapComplex(const Complex &x, llvm::function_ref<Value(Value)> apply) {
  return {apply(x.real), x.imaginary ? apply(x.imaginary) : nullptr};
}

/// Transforms along the last axis, of which the first `bins` results are wanted.
static Complex transform(Builder &builder, const Complex &x, int64_t bins, bool isInverse) {
  int64_t size = *x.real->shape.back().asConstant();
  Shape shape = {Dim::constant(2), Dim::constant(bins), Dim::constant(size)};
  Value table = builder.expression(
      DataType::Float, shape,
      "fourier_table[" + std::to_string(size) + ", " + std::to_string(bins) + "]()", {});
  Value cosines = builder.take(table, 0, builder.scalar(DataType::Int64, 0));
  Value sines = builder.take(table, 0, builder.scalar(DataType::Int64, 1));
  // Forward by angles that fall, backward by angles that rise.
  auto turned = [&](Value part, bool isNegative) {
    Value result = builder.contract(part, sines);
    return isNegative ? builder.negate(result) : result;
  };
  Complex result = {builder.contract(x.real, cosines), turned(x.real, !isInverse)};
  if (x.imaginary) {
    result.real = builder.add(result.real, turned(x.imaginary, isInverse));
    result.imaginary = builder.add(result.imaginary, builder.contract(x.imaginary, cosines));
  }
  if (isInverse)
    result =
        mapComplex(result, [&](Value part) { return builder.multiplyScalar(part, 1.0 / size); });
  return result;
}

static void requireTable(int64_t size, int64_t bins) {
  if (size < 1 || bins < 1 || size > mostFoldedElements / bins)
    fail("a transform of " + llvm::Twine(size) + " elements");
}

/// Elements along the last axis cut off, or zeros behind them.
static Value fitLength(Builder &builder, Value x, int64_t length) {
  int64_t size = *x->shape.back().asConstant();
  if (size > length)
    return builder.slice(x, -1, Dim(), Dim::constant(length));
  return builder.pad(x, -1, Dim(), Dim::constant(length - size), builder.scalar(x->type, 0));
}

/// The real signal of `size` elements that has the half spectrum x.
static Value transformBack(Builder &builder, const Complex &x, int64_t size) {
  if (!x.imaginary)
    fail("a real spectrum of one side");
  Complex fitting =
      mapComplex(x, [&](Value part) { return fitLength(builder, part, size / 2 + 1); });
  Value spectrum = joinComplex(builder, fitting, x.real->rank() - 1);
  Shape shape(llvm::ArrayRef<Dim>(x.real->shape).drop_back());
  shape.push_back(Dim::constant(size));
  Value result = builder.expression(DataType::Float, shape,
                                    "irfft[" + std::to_string(size) + "]($0)", {spectrum});
  return builder.unsqueeze(result, {result->rank()});
}

/// A transform along the last axis of both parts; its result has the parts in a last axis.
static Value transformSignal(OperatorContext &context, const Complex &x, int64_t size) {
  Builder &builder = context.builder;
  bool isInverse = context.integerAttribute("inverse", 0);
  bool isHalf = context.integerAttribute("onesided", 0);
  int64_t bins = isHalf ? size / 2 + 1 : size;
  requireTable(size, bins);
  if (isHalf && isInverse)
    return transformBack(builder, x, size);
  if (isHalf && x.imaginary)
    fail("one side of the spectrum of complex numbers");
  Complex fitting = mapComplex(x, [&](Value part) { return fitLength(builder, part, size); });
  return joinComplex(builder, transform(builder, fitting, bins, isInverse), x.real->rank());
}

static void dft(OperatorContext &context) {
  Builder &builder = context.builder;
  Value given = context.input(0);
  Complex x = readComplex(builder, builder.cast(given, DataType::Float));
  int64_t axis = context.hasInput(2)   ? context.integer(2)
                 : context.opset >= 20 ? -2
                                       : context.integerAttribute("axis", 1);
  axis = Builder::normalizeAxis(axis, given->rank());
  if (axis == x.real->rank())
    fail("a transform along the axis of real and imaginary parts");
  std::optional<int64_t> found = x.real->shape[axis].asConstant();
  if (!found || *found < 1)
    fail("a transform of " + x.real->shape[axis].str() + " elements, a size that has to be known");
  bool isBack = context.integerAttribute("inverse", 0) && context.integerAttribute("onesided", 0);
  int64_t size = context.hasInput(1) ? context.integer(1) : isBack ? 2 * (*found - 1) : *found;
  llvm::SmallVector<int64_t> order(x.real->rank());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[axis], order.back());
  Value result = transformSignal(
      context, mapComplex(x, [&](Value part) { return builder.permute(part, order); }), size);
  order.push_back(order.size());
  context.output(0, builder.cast(builder.permute(result, order), given->type));
}

/// Transforms of windows of a signal [B, L, 1 or 2], one every step: [B, windows, bins, 2].
static void stft(OperatorContext &context) {
  Builder &builder = context.builder;
  Value signal = context.input(0), window = context.inputOrNull(2);
  Complex x = readComplex(builder, builder.cast(signal, DataType::Float));
  if (x.real->rank() != 2)
    fail("a signal of shape " + spellShape(signal->shape) + ", expected 3 axes");
  int64_t step = context.integer(1);
  if (!context.hasInput(3) && (!window || window->rank() != 1))
    fail("neither a window nor its length");
  std::optional<int64_t> size =
      context.hasInput(3) ? context.integer(3) : window->shape[0].asConstant();
  bool isHalf = context.integerAttribute("onesided", 1);
  if (!size || step < 1 || (isHalf && x.imaginary))
    fail("windows of this length, step or kind");
  int64_t bins = isHalf ? *size / 2 + 1 : *size;
  requireTable(*size, bins);
  Complex parts = mapComplex(x, [&](Value part) {
    Value cut = builder.windows(part, 1, *size, step, 1);
    return window ? builder.multiply(cut, builder.cast(window, DataType::Float)) : cut;
  });
  Value result = joinComplex(builder, transform(builder, parts, bins, false), 3);
  context.output(0, builder.cast(result, signal->type));
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// A table in the type that the node asks for.
static void outputTable(OperatorContext &context, llvm::ArrayRef<Dim> shape,
                        std::vector<float> numbers) {
  Literal contents;
  contents.floats = std::move(numbers);
  auto type = static_cast<DataType>(context.integerAttribute("output_datatype", 1));
  context.output(
      0, context.builder.cast(context.builder.literal(DataType::Float, shape, std::move(contents)),
                              type));
}

/// a0 - a1 cos(angle) + a2 cos(2 angle), with angles that go around once.
static void cosineWindow(OperatorContext &context, double a0, double a1, double a2) {
  int64_t size = context.integer(0);
  bool isPeriodic = context.integerAttribute("periodic", 1);
  if (size < 0 || size > mostFoldedElements || (size == 1 && !isPeriodic))
    fail("a window of " + llvm::Twine(size) + " elements");
  int64_t around = isPeriodic ? size : size - 1;
  std::vector<float> window;
  for (int64_t i = 0; i < size; ++i) {
    double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(around);
    window.push_back(static_cast<float>(a0 - a1 * std::cos(angle) + a2 * std::cos(2 * angle)));
  }
  outputTable(context, {Dim::constant(size)}, std::move(window));
}

static void hannWindow(OperatorContext &context) { cosineWindow(context, 0.5, 0.5, 0); }

static void hammingWindow(OperatorContext &context) {
  cosineWindow(context, 25.0 / 46, 21.0 / 46, 0);
}

static void blackmanWindow(OperatorContext &context) { cosineWindow(context, 0.42, 0.5, 0.08); }

//===----------------------------------------------------------------------===//
// Mel filters
//===----------------------------------------------------------------------===//

static double melOf(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
static double hertzOf(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

/// Triangles over bins of a spectrum whose corners are evenly spaced in mel: [bins, filters].
static void melWeightMatrix(OperatorContext &context) {
  int64_t filters = context.integer(0), length = context.integer(1), rate = context.integer(2);
  int64_t bins = length / 2 + 1;
  if (filters < 1 || length < 1 || rate < 1 || bins > mostFoldedElements / filters)
    fail(llvm::Twine(filters) + " filters for transforms of " + llvm::Twine(length) + " elements");
  double lowest = melOf(context.number(3)), highest = melOf(context.number(4));
  double spacing = (highest - lowest) / static_cast<double>(filters + 2);
  std::vector<int64_t> corners;
  for (int64_t i = 0; i < filters + 2; ++i) {
    double hertz = hertzOf(static_cast<double>(i) * spacing + lowest);
    double bin = std::floor(static_cast<double>(length + 1) * hertz / static_cast<double>(rate));
    if (!(bin >= 0 && bin < static_cast<double>(bins)))
      fail("filters beyond half of the sample rate");
    corners.push_back(static_cast<int64_t>(bin));
  }
  std::vector<float> weights(bins * filters);
  for (int64_t filter = 0; filter < filters; ++filter) {
    int64_t low = corners[filter], centre = corners[filter + 1], high = corners[filter + 2];
    auto weight = [&](int64_t bin) -> float & { return weights[bin * filters + filter]; };
    for (int64_t bin = low; bin < centre; ++bin)
      weight(bin) = static_cast<float>(bin - low) / static_cast<float>(centre - low);
    for (int64_t bin = centre; bin < high; ++bin)
      weight(bin) = static_cast<float>(high - bin) / static_cast<float>(high - centre);
    weight(centre) = 1;
  }
  outputTable(context, {Dim::constant(bins), Dim::constant(filters)}, std::move(weights));
}

void onnx::addSpectrumOperators(OperatorTable &table) {
  table.add("DFT", dft);
  table.add("STFT", stft);
  table.add("HannWindow", hannWindow);
  table.add("HammingWindow", hammingWindow);
  table.add("BlackmanWindow", blackmanWindow);
  table.add("MelWeightMatrix", melWeightMatrix);
}
