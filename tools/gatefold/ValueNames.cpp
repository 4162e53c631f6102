//===- ValueNames.cpp - How printed values are called ------------*- C++ -*-===//

#include "ValueNames.h"

using namespace gatefold;

mlir::OwningOpRef<mlir::ModuleOp> gatefold::copyForPrinting(mlir::ModuleOp module) {
  mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
  mlir::AttrTypeReplacer replacer;
  replacer.addReplacement([](mlir::NameLoc named) -> std::optional<mlir::Attribute> {
    llvm::StringRef name = named.getName();
    if (!name.consume_back("'"))
      return std::nullopt;
    auto spelled = mlir::StringAttr::get(named.getContext(), name + "_next");
    return mlir::NameLoc::get(spelled, named.getChildLoc());
  });
  replacer.recursivelyReplaceElementsIn(*copy, /*replaceAttrs=*/false, /*replaceLocs=*/true);
  return copy;
}
