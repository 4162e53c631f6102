//===- DataType.h - ONNX's element types -------------------------*- C++ -*-===//
//
// The element types of ONNX tensors, and what carries their elements in a text.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_DATATYPE_H
#define GATEFOLD_LIB_ONNX_DATATYPE_H

#include "gatefold/Runtime/ElementType.h"
#include <string>

namespace gatefold::onnx {

/// An element type, by its number in the format.
enum class DataType : int32_t {
  Undefined = 0,
  Float = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Double = 11,
  UInt32 = 12,
  UInt64 = 13,
  BFloat16 = 16
};

/// What holds the elements of such a tensor in a text: f32, i32, i64 or bool. Numbers of 16 bits
/// and doubles are f32, integers below 32 bits are i32, unsigned ones of 32 and 64 bits are i64.
/// Nullopt for a type that no text can hold.
std::optional<ElementType> carrierOf(DataType type);

/// The type as the runtime's tensors know it; nullopt for one that they do not.
std::optional<ElementType> storedAs(DataType type);

/// The type whose tensors the runtime holds like this.
DataType dataTypeOf(ElementType type);

/// Whether the elements are integers; bool is none.
bool isInteger(DataType type);

/// Whether the elements are floating-point numbers.
bool isFloat(DataType type);

/// The bits of an integer that its carrier does not keep to by itself, and whether it is signed.
struct NarrowInteger {
  int bits;
  bool isSigned;
};
std::optional<NarrowInteger> narrowInteger(DataType type);

/// The name that messages use: "float16"; "type 20" for one that is not known.
std::string dataTypeName(DataType type);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_DATATYPE_H
