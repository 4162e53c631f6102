//===- TensorConversion.cpp - Tensors in another element type ----*- C++ -*-===//
//
// Converts elements between types and refuses what an integer target cannot hold.
//
//===----------------------------------------------------------------------===//

#include "ElementDispatch.h"
#include "Error.h"
#include "gatefold/Runtime/Tensor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/ScopedPrinter.h"
#include <cmath>
#include <limits>
#include <utility>

using namespace gatefold;

double Tensor::elementAsDouble(int64_t index) const {
  return dispatchElement(elementType, [&](auto element) {
    using From = decltype(element);
    auto stored = reinterpret_cast<const typename From::stored *>(storage.get())[index];
    return static_cast<double>(From::load(stored));
  });
}

/// Whether an integer (or bool) type `To` holds exactly this number.
template <typename To, typename From>
static bool holds(From number) {
  if constexpr (std::is_floating_point_v<From>) {
    // Both bounds are powers of two (or zero), which every floating-point type holds; comparing
    // against them refuses NaN and infinity as well.
    const From lowest = static_cast<From>(std::numeric_limits<To>::min());
    const From beyond = std::ldexp(From(1), std::numeric_limits<To>::digits);
    return number >= lowest && number < beyond && std::trunc(number) == number;
  } else if constexpr (std::is_same_v<To, bool>) {
    return number == From(0) || number == From(1);
  } else if constexpr (std::is_same_v<From, bool>) {
    return true;
  } else {
    return std::in_range<To>(number);
  }
}

/// Converts `count` elements. Returns the index of the first that does not fit, or `count`.
template <typename From, typename To>
static int64_t convertElements(const char *source, char *target, int64_t count) {
  auto *in = reinterpret_cast<const typename From::stored *>(source);
  auto *out = reinterpret_cast<typename To::stored *>(target);
  using Number = typename To::value;
  for (int64_t i = 0; i < count; ++i) {
    auto number = From::load(in[i]);
    if constexpr (!std::is_floating_point_v<Number>)
      if (!holds<Number>(number))
        return i;
    out[i] = To::store(static_cast<Number>(number));
  }
  return count;
}

llvm::Expected<Tensor> Tensor::convertTo(ElementType target) const {
  if (target == elementType)
    return *this;
  llvm::Expected<Tensor> result = create(target, extents);
  if (!result)
    return result.takeError();
  char *out = result->mutableBytes();
  int64_t count = numElements();
  int64_t converted = dispatchElement(elementType, [&](auto from) {
    return dispatchElement(target, [&](auto to) {
      return convertElements<decltype(from), decltype(to)>(storage.get(), out, count);
    });
  });
  if (converted != count)
    return makeError(elementTypeName(target) + " does not hold the value " +
                     llvm::to_string(llvm::format("%.17g", elementAsDouble(converted))) + " at " +
                     indexText(extents, converted));
  return result;
}
