//===- LowerInstances.h - The tree of instances -------------------*- C++ -*-===//
//
// A model and the layers and cells in it, each with its path, its sizes, and how its weights lie in
// a checkpoint.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_LOWERINSTANCES_H
#define GATEFOLD_LIB_LANGUAGE_LOWERINSTANCES_H

#include "LowerSizes.h"
#include "gatefold/Language/Syntax.h"
#include "llvm/ADT/DenseMap.h"
#include <memory>

namespace gatefold::lowering {

/// One instance. The model is the root of the tree.
struct Instance {
  const Declaration *declaration = nullptr;
  const Instance *owner = nullptr;              ///< null for the model
  const AssignStatement *statement = nullptr;   ///< that makes it; null for the model
  std::optional<int64_t> index;                 ///< its place in an array of instances
  std::string path;                             ///< `stack.inner`; "" for the model
  std::string prefix;                           ///< of its tensors' names in a checkpoint
  DimBindings sizes;                            ///< in model terms; free dimensions are missing
  std::vector<std::unique_ptr<Instance>> parts; ///< in the order of the text
  /// The parts by their symbols; an array has all of its elements.
  llvm::DenseMap<const Symbol *, llvm::SmallVector<const Instance *, 1>> partsOf;

  /// `name` as a path in the model: `stack.inner.W`.
  std::string pathOf(llvm::StringRef name) const;
};

/// Builds the tree below `declaration`, whose sizes the requirement checker has found good.
std::unique_ptr<Instance> makeInstance(const Declaration &declaration, DimBindings sizes);

/// How the weight `weight` of `instance` lies in a checkpoint (the text of a
/// Runtime/WeightSource.h); "" when it is the tensor that has the weight's path as its name.
std::string sourceOf(const Instance &instance, const Symbol &weight);

} // namespace gatefold::lowering

#endif // GATEFOLD_LIB_LANGUAGE_LOWERINSTANCES_H
