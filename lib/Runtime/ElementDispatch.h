//===- ElementDispatch.h - From an element type to a C++ type ----*- C++ -*-===//
//
// Calls a template with the C++ type that corresponds to an element type known only at run time.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_ELEMENTDISPATCH_H
#define GATEFOLD_LIB_RUNTIME_ELEMENTDISPATCH_H

#include "gatefold/Runtime/ElementType.h"
#include "llvm/Support/ErrorHandling.h"
#include <type_traits>

namespace gatefold {

/// How the elements of one type are stored and what number a stored element is.
template <typename Stored, typename Value = Stored>
struct Element {
  using stored = Stored;
  using value = Value;
  static Value load(Stored element) { return element; }
  static Stored store(Value number) { return number; }
};

struct HalfElement : Element<uint16_t, float> {
  static float load(uint16_t element) { return halfToFloat(element); }
  static uint16_t store(float number) { return floatToHalf(number); }
};

struct BfloatElement : Element<uint16_t, float> {
  static float load(uint16_t element) { return bfloatToFloat(element); }
  static uint16_t store(float number) { return floatToBfloat(number); }
};

/// A byte, of which a file may hold others than 0 and 1.
struct BoolElement : Element<uint8_t, bool> {
  static bool load(uint8_t element) { return element != 0; }
};

/// Calls `use` with an object of the type that describes `type`: one of the above.
template <typename Use>
auto dispatchElement(ElementType type, Use &&use) {
  switch (type) {
  case ElementType::F16:
    return use(HalfElement());
  case ElementType::BF16:
    return use(BfloatElement());
  case ElementType::F32:
    return use(Element<float>());
  case ElementType::F64:
    return use(Element<double>());
  case ElementType::I8:
    return use(Element<int8_t>());
  case ElementType::U8:
    return use(Element<uint8_t>());
  case ElementType::I16:
    return use(Element<int16_t>());
  case ElementType::U16:
    return use(Element<uint16_t>());
  case ElementType::I32:
    return use(Element<int32_t>());
  case ElementType::U32:
    return use(Element<uint32_t>());
  case ElementType::I64:
    return use(Element<int64_t>());
  case ElementType::U64:
    return use(Element<uint64_t>());
  case ElementType::Bool:
    return use(BoolElement());
  }
  llvm_unreachable("all element types are listed");
}

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_ELEMENTDISPATCH_H
