//===- ModelText.h - Models written in a few lines --------------*- C++ -*-===//
//
// Describes a model by its tensors and the text of its body, and makes inputs and weights for it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_CODEGEN_MODELTEXT_H
#define GATEFOLD_TEST_UNIT_CODEGEN_MODELTEXT_H

#include "gatefold/Runtime/NamedTensors.h"
#include <map>
#include <string>
#include <vector>

namespace gatefold::test {

/// Sizes of dynamic dimensions by name.
using Sizes = std::map<std::string, int64_t>;

/// A tensor at the border of a model. `type` is spelled "Tx13xf32"; a dimension that is not a
/// number is dynamic.
struct TensorText {
  std::string name;
  std::string type;
  int64_t below = 4; ///< random integers are from 0 to below - 1

  /// "tensor<?x13xf32>"
  std::string getTensorType() const;
  std::vector<std::string> getDimensions() const;
  ElementType getElementType() const;
  /// The extents for these sizes.
  Tensor::Shape getShape(const Sizes &sizes) const;
};

/// A model with one entry `sequence`. In `body` inputs and weights are values of their names; the
/// outputs are the values of theirs.
struct ModelText {
  std::string name;
  std::vector<TensorText> inputs, weights, outputs;
  std::string body;

  /// The text of the module.
  std::string getModule() const;
  /// True if one of the inputs has this dimension.
  bool hasDimension(llvm::StringRef dimension) const;
  /// The same model with `value` in place of every `$variable`.
  ModelText with(llvm::StringRef variable, int64_t value) const;
};

/// The model once for each value of `$variable`.
std::vector<ModelText> forEach(const ModelText &model, llvm::StringRef variable,
                               llvm::ArrayRef<int64_t> values);

/// The models of all the lists in one.
std::vector<ModelText> join(std::initializer_list<std::vector<ModelText>> lists);

/// Numbers that are the same on every machine: from -1 to 1, or integers from 0 to below - 1.
Tensor makeRandomTensor(ElementType type, llvm::ArrayRef<int64_t> shape, int64_t below,
                        unsigned seed);

/// Random tensors of the inputs, with a batch axis in front.
NamedTensors makeInputs(const ModelText &model, const Sizes &sizes, int64_t batch);

/// Random weights.
NamedTensors makeWeights(const ModelText &model);

/// The elements from `start` to `start + size` of an axis.
Tensor sliceTensor(const Tensor &tensor, unsigned axis, int64_t start, int64_t size);

/// One example of a batch, without the batch axis.
Tensor pickExample(const Tensor &tensor, int64_t example);

} // namespace gatefold::test

#endif // GATEFOLD_TEST_UNIT_CODEGEN_MODELTEXT_H
