//===- CellGrower.h - Grows random cells -------------------------*- C++ -*-===//
//
// A cell is memories, gates, other values and next values. Which memories it has and how its gates
// depend on each other is random.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_CELLGROWER_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_CELLGROWER_H

#include "Grower.h"

namespace gatefold::smith {

/// What a cell is to look like from outside.
struct CellShape {
  std::vector<Type> inputs; ///< of one step each
  std::vector<Type> fixed;  ///< the same at every step
  Axis output = {};         ///< its first result is f32 of this axis
  bool readsToken = false;  ///< its first input is a token, by way of a table
};

/// Grows one cell.
class CellGrower {
public:
  CellGrower(Random &random, Tree &tree, Names &names, std::vector<Axis> axes, int depth);

  /// Adds a cell to the tree, and those that it uses; returns its name.
  std::string grow(const CellShape &shape);

private:
  struct Memory {
    Binding binding; ///< as the body sees it
    Type next;
    bool isShown = false; ///< its next value has been given
  };

  void addToken();
  void growMemories();
  void addState(const Type &type, bool isBack);
  void addWindow();
  void addHistories();
  void addInner();
  void growGates();
  void growExtras();
  void growHeads();
  void growLoop();
  void growNextValues();
  void growWhen(const std::vector<Memory> &inside);
  Expression growNext(const Memory &memory);
  Expression growNextVector(const Memory &memory);
  Expression growNextMatrix(const Memory &memory);
  Expression growNextCount(const Memory &memory);
  Expression callInner();
  Expression readMatrix(const Binding &matrix, const Axis &output);
  void growResults(const Axis &output);
  Axis pickAxis() { return random.pick(axes); }

  Random &random;
  Tree &tree;
  Names &names;
  std::vector<Axis> axes;
  int depth; ///< how deep cells may still lie in each other
  Declaration cell;
  Grower grower;
  std::vector<Memory> memories;
  std::vector<Binding> shown; ///< next values and results of inner cells
  std::optional<Statement> inner;
  CellShape innerShape;
  std::optional<Known> keys, values;
};

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_CELLGROWER_H
