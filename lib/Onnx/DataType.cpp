//===- DataType.cpp - ONNX's element types -----------------------*- C++ -*-===//
//
// A table of element types.
//
//===----------------------------------------------------------------------===//

#include "DataType.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::onnx;

namespace {
struct TypeFacts {
  DataType type;
  const char *name;
  ElementType stored;
  ElementType carrier;
};
} // namespace

static constexpr TypeFacts facts[] = {
    {DataType::Float, "float", ElementType::F32, ElementType::F32},
    {DataType::UInt8, "uint8", ElementType::U8, ElementType::I32},
    {DataType::Int8, "int8", ElementType::I8, ElementType::I32},
    {DataType::UInt16, "uint16", ElementType::U16, ElementType::I32},
    {DataType::Int16, "int16", ElementType::I16, ElementType::I32},
    {DataType::Int32, "int32", ElementType::I32, ElementType::I32},
    {DataType::Int64, "int64", ElementType::I64, ElementType::I64},
    {DataType::Bool, "bool", ElementType::Bool, ElementType::Bool},
    {DataType::Float16, "float16", ElementType::F16, ElementType::F32},
    {DataType::Double, "double", ElementType::F64, ElementType::F32},
    {DataType::UInt32, "uint32", ElementType::U32, ElementType::I64},
    {DataType::UInt64, "uint64", ElementType::U64, ElementType::I64},
    {DataType::BFloat16, "bfloat16", ElementType::BF16, ElementType::F32},
};

static const TypeFacts *findFacts(DataType type) {
  const TypeFacts *found = llvm::find_if(facts, [&](const TypeFacts &f) { return f.type == type; });
  return found == std::end(facts) ? nullptr : found;
}

std::optional<ElementType> onnx::carrierOf(DataType type) {
  const TypeFacts *found = findFacts(type);
  return found ? std::optional(found->carrier) : std::nullopt;
}

std::optional<ElementType> onnx::storedAs(DataType type) {
  const TypeFacts *found = findFacts(type);
  return found ? std::optional(found->stored) : std::nullopt;
}

DataType onnx::dataTypeOf(ElementType type) {
  return llvm::find_if(facts, [&](const TypeFacts &f) { return f.stored == type; })->type;
}

bool onnx::isFloat(DataType type) {
  const TypeFacts *found = findFacts(type);
  return found && found->carrier == ElementType::F32;
}

bool onnx::isInteger(DataType type) {
  const TypeFacts *found = findFacts(type);
  return found && (found->carrier == ElementType::I32 || found->carrier == ElementType::I64);
}

std::optional<NarrowInteger> onnx::narrowInteger(DataType type) {
  switch (type) {
  case DataType::UInt8:
    return NarrowInteger{8, false};
  case DataType::Int8:
    return NarrowInteger{8, true};
  case DataType::UInt16:
    return NarrowInteger{16, false};
  case DataType::Int16:
    return NarrowInteger{16, true};
  case DataType::UInt32:
    return NarrowInteger{32, false};
  default:
    return std::nullopt;
  }
}

std::string onnx::dataTypeName(DataType type) {
  if (const TypeFacts *found = findFacts(type))
    return found->name;
  if (type == DataType::String)
    return "string";
  return "type " + std::to_string(static_cast<int32_t>(type));
}
