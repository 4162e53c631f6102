//===- EntrySignature.cpp - The functions that entries become -------*- C++ -*-===//

#include "gatefold/Conversion/EntrySignature.h"
#include "gatefold/Transforms/Passes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace gatefold;

Type gatefold::getMemoryType(Type element) {
  return element.isInteger(1) ? IntegerType::get(element.getContext(), 8) : element;
}

SmallVector<int64_t> gatefold::getTypicalSizes(const EntrySignature &signature) {
  return llvm::map_to_vector(
      signature.sizes, [](StringAttr name) -> int64_t { return name == batchDimension ? 1 : 100; });
}

bool gatefold::isComputedSize(StringAttr dim) {
  return llvm::any_of(dim.getValue(), [](char c) { return !llvm::isAlnum(c) && c != '_'; });
}

EntrySignature::EntrySignature(ir::EntryOp entry) {
  auto model = entry->getParentOfType<ir::ModelOp>();
  StringRef modelName = model.getSymName(), name = entry.getSymName();
  function = (modelName + "." + name).str();
  workspaceFunction = function + ".workspace";
  symbol = (modelName + "_" + name).str();
  workspaceSymbol = symbol + "_workspace";

  llvm::SetVector<StringAttr> names;
  auto addSizes = [&](ir::PortAttr port, Type type, bool isResult = false) {
    for (auto [size, dim] :
         llvm::zip_equal(cast<RankedTensorType>(type).getShape(), port.getDims()))
      if (ShapedType::isDynamic(size) && !(isResult && isComputedSize(dim)))
        names.insert(dim);
  };
  auto elementType = [](Type type) {
    return getMemoryType(cast<RankedTensorType>(type).getElementType());
  };
  for (auto [index, type] : llvm::enumerate(entry.getArgumentTypes())) {
    arguments.push_back(elementType(type));
    addSizes(entry.getArgumentPort(index), type);
  }
  for (auto [index, type] : llvm::enumerate(entry.getResultTypes())) {
    results.push_back(elementType(type));
    addSizes(entry.getResultPort(index), type, /*isResult=*/true);
  }
  for (auto weight : model.getBody().getOps<ir::WeightOp>())
    if (name != "prepare" || !weight.getPrepared())
      weights.push_back(weight);
  sizes = names.takeVector();
}
