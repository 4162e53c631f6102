//===- ModelGrower.h - Grows random models -----------------------*- C++ -*-===//
//
// A model is inputs, stages that make sequences of sequences, and outputs.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_MODELGROWER_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_MODELGROWER_H

#include "CellGrower.h"
#include "Generator.h"

namespace gatefold::smith {

/// What depends on the size of models.
struct Limits {
  std::vector<int64_t> widths;
  int64_t numStages;
  int cellDepth;
};

/// Grows one model.
class ModelGrower {
public:
  ModelGrower(uint64_t seed, ModelSize size);
  Tree grow();

private:
  using Stage = void (ModelGrower::*)();

  void makeSizes();
  void makeInputs();
  void makeFunctions();
  std::string makeLayer(const Axis &input, const Axis &output);

  void addCellStage();
  void addLibraryStage();
  void addStack();
  void addBidirectional();
  void addReverse();
  void addLayer();
  void addNorm();
  void addConvolution();
  void addAttention();
  void addSelfAttention();
  void addElementwise();
  void addEncoder();
  void addGeneration();
  void addOutputs();

  std::string addInstance(const std::string &prefix, const std::string &callee,
                          std::vector<Axis> arguments = {}, std::optional<int64_t> count = {});
  Expression scan(const std::string &instance, std::vector<Expression> sequences,
                  const Type &stepResult);
  Binding addValue(const std::string &prefix, Expression value);
  Type overTime(Type type) const;
  Binding pickSequence();
  Axis pickAxis() { return random.pick(axes); }
  CellGrower cellGrower() { return {random, tree, names, axes, limits.cellDepth}; }

  Random random;
  Limits limits;
  Tree tree;
  Names names;
  Declaration model;
  Axis time, rows;
  std::vector<Axis> axes;
  std::vector<Binding> sequences; ///< f32 [T, N], the newest last
  std::vector<Binding> others;    ///< of other types, or without time
  std::vector<Binding> marks;     ///< inputs [T] of bools and integers
  std::vector<Binding> fixed;     ///< inputs without time
};

/// The type of one step of a sequence.
inline Type stepOf(Type type) {
  type.shape.erase(type.shape.begin());
  return type;
}

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_MODELGROWER_H
