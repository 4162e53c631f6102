//===- WeightType.cpp - What the weights of products are stored as ---*- C++ -*-===//

#include "gatefold/Transforms/WeightType.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;

llvm::ArrayRef<WeightType> gatefold::getWeightTypes() {
  static constexpr WeightType all[] = {WeightType::F32, WeightType::BF16, WeightType::F16,
                                       WeightType::Int8};
  return all;
}

llvm::StringRef gatefold::getWeightTypeName(WeightType type) {
  switch (type) {
  case WeightType::F32:
    return "f32";
  case WeightType::BF16:
    return "bf16";
  case WeightType::F16:
    return "f16";
  case WeightType::Int8:
    return "int8";
  }
  llvm_unreachable("all weight types are listed");
}

std::optional<WeightType> gatefold::parseWeightType(llvm::StringRef name) {
  for (WeightType type : getWeightTypes())
    if (getWeightTypeName(type) == name)
      return type;
  return std::nullopt;
}

std::string gatefold::listWeightTypes() {
  return llvm::join(llvm::map_range(getWeightTypes(), getWeightTypeName), ", ");
}
