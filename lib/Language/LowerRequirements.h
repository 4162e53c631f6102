//===- LowerRequirements.h - What an instance asks of its sizes ---*- C++ -*-===//
//
// The checker proves a declaration for all sizes; what hangs on the sizes themselves is found here,
// before anything is lowered: divisions that leave a remainder, `require`s, sizes below 1, ranges
// beyond an axis, values too large.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_LOWERREQUIREMENTS_H
#define GATEFOLD_LIB_LANGUAGE_LOWERREQUIREMENTS_H

#include "LowerSizes.h"
#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Syntax.h"
#include <set>

namespace gatefold::lowering {

/// The numbers of `model`'s dimensions: those of `dimensions`, or else the defaults. Reports
/// dimensions that the model does not have, and sizes that are missing or below 1.
DimBindings sizesOf(const Declaration &model, const std::map<std::string, int64_t> &dimensions,
                    Diagnostics &diagnostics);

/// Checks a model and everything it uses, once for each choice of sizes. After a check without
/// errors the lowering of the model cannot fail.
class RequirementChecker {
public:
  explicit RequirementChecker(Diagnostics &diagnostics) : diagnostics(diagnostics) {}

  /// Checks `model` with its dimensions' numbers; what has no number in `sizes` is free.
  void checkModel(const Declaration &model, const DimBindings &sizes);

private:
  /// Sizes and numbers of elements beyond this do not fit the 32-bit indices of tokens.
  static constexpr int64_t mostElements = int64_t(1) << 31;

  /// What inlining a declaration brings: a bound on the operations, and on how deep the lowering
  /// goes.
  struct Extent {
    uint64_t expressions = 0;
    unsigned depth = 0;
  };
  /// A declaration in use: its sizes, and the place that made them so.
  struct Use {
    const Declaration *declaration;
    const DimBindings &sizes;
    int64_t mapped; ///< elements of the axes that calls map over, as far as they are static
    bool isCalled;  ///< false: an instance whose free dimensions are not known yet
    SourceRange range;
    std::string text;
  };

  Extent checkUse(const Use &use);
  static std::string keyOf(const Use &use);
  void checkBody(const Use &use);
  void checkSizesOf(const Declaration &declaration);
  bool checkRequire(const RequireStatement &require, bool isCalled);
  std::optional<bool> holds(const RequireStatement &require) const;
  void checkStatement(const Statement &statement, bool isCalled);
  void checkInstance(const AssignStatement &statement, const Symbol &instance);
  void checkLoop(const ForStatement &loop);
  void checkExpression(const Expression &expression);
  void checkComprehension(const ComprehensionExpression &comprehension);
  void checkNode(const Expression &expression);
  void checkCall(const CallExpression &call);
  void checkPlaces(llvm::ArrayRef<ArrayPlace> elements);
  void checkGenerate(const GenerateExpression &generate);
  void checkBuiltin(const CallExpression &call);
  void checkReshape(const CallExpression &call);
  void checkReflect(const CallExpression &call, const Dim &border);
  void checkIndex(const IndexExpression &index);
  void checkRange(const IndexItem &item, const Dim &size);
  bool checkSize(SourceRange range, const Dim &size);
  bool checkType(SourceRange range, const Type &type);
  void checkModelParameter(const Parameter &parameter);
  void grow(const Extent &extent, SourceRange range);
  Diagnostic *report(SourceRange range, const llvm::Twine &text);
  std::string valuesOf(const std::vector<std::string> &names) const;
  std::string valuesOf(const Dim &size) const { return valuesOf(size.names()); }
  const DimBindings &sizes() const { return uses.back()->sizes; }

  Diagnostics &diagnostics;
  std::vector<const Use *> uses;         ///< from the model to where the check is
  Extent extent;                         ///< of the innermost use so far
  unsigned depth = 0;                    ///< of expressions and uses in each other
  bool isTooLarge = false;               ///< reported once
  std::map<std::string, Extent> checked; ///< by declaration and sizes
  std::set<std::pair<const Declaration *, std::string>> reported; ///< to say nothing twice
};

} // namespace gatefold::lowering

#endif // GATEFOLD_LIB_LANGUAGE_LOWERREQUIREMENTS_H
