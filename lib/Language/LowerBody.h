//===- LowerBody.h - Lowering of bodies ---------------------------*- C++ -*-===//
//
// Walks the statements of a declaration with its sizes known and builds their operations, calls and
// scans included.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_LOWERBODY_H
#define GATEFOLD_LIB_LANGUAGE_LOWERBODY_H

#include "LowerInstances.h"
#include "LowerValue.h"
#include "gatefold/Language/Diagnostics.h"

namespace gatefold::lowering {

/// A state of a particular instance.
using StateOfInstance = std::pair<const Instance *, const Symbol *>;

/// The memories within one step of a scan.
struct StepMemories {
  std::map<StateOfInstance, LoweredValue> current; ///< as the step before left them
  std::map<StateOfInstance, LoweredValue> next;    ///< those that the step has defined
  const Instance *scanned = nullptr; ///< the cell; together with null the key of the step's number
};

/// The way to a memory: the instances passed and the state, and the places in the arrays among
/// them.
using MemoryPath = std::pair<std::vector<const Symbol *>, std::vector<int64_t>>;

/// The final memories of a scan by their paths.
using FinalMemories = std::map<MemoryPath, LoweredValue>;

/// Whether the state of a next value has a row for each of several steps.
inline bool reachesBack(const Symbol &next) { return next.state->type.rank() > next.type.rank(); }

struct GenerationPlan;
struct GivenMemories;
struct ScanMemory;
struct ScanPlan;
struct ScanSource;
class ValueRecorder;

/// What all bodies of an entry share.
struct EntryLowering {
  mlir::OpBuilder &builder;
  const llvm::SourceMgr &sources;
  EntrySizes sizes;
  std::map<StateOfInstance, LoweredValue>
      weights;                       ///< the values of weights, by instance and symbol
  ValueRecorder *recorder = nullptr; ///< of the values that the text names, if somebody asks
};

/// The location of `range`, wrapped into the name of the value it defines and the place it is
/// called from.
mlir::Location locate(mlir::MLIRContext *context, const llvm::SourceMgr &sources, SourceRange range,
                      llvm::StringRef name, std::optional<mlir::Location> caller);

/// Where a body stands and what its names are.
struct Scope {
  const Instance *instance = nullptr; ///< null in functions
  DimBindings sizes;                  ///< free dimensions included
  Shape frame;                        ///< see Note [Frames]
  std::optional<mlir::Location> caller;
  StepMemories *memories = nullptr; ///< within a step
  llvm::DenseMap<const Symbol *, LoweredValue> values;
  llvm::DenseMap<const Symbol *, FinalMemories> finalMemories; ///< by the Memories symbol
  llvm::DenseMap<const Symbol *, const Instance *> elements;   ///< where loops over arrays are

  // Within a comprehension.
  class BodyLowering *outer = nullptr; ///< the body around it
  const Symbol *walked = nullptr;      ///< its variable
  bool walksSize = false;              ///< whether the variable is a number
};

/// Lowers one body.
class BodyLowering {
public:
  BodyLowering(EntryLowering &entry, Scope scope) : entry(entry), scope(std::move(scope)) {}

  void bind(const Symbol *symbol, LoweredValue value) { scope.values[symbol] = std::move(value); }
  /// Gives a parameter its default.
  void bindDefault(const Parameter &parameter);
  /// Lowers all statements; returns the results with the element types and shapes that
  /// `declaration` states.
  std::vector<LoweredValue> run(const Declaration &declaration);
  /// The value of `expression`, whose operation gets `name`.
  LoweredValue lower(const Expression &expression, llvm::StringRef name = "");
  /// The values that a generation begins with, in the order of the plan.
  llvm::SmallVector<mlir::Value> lowerStart(GenerationPlan &plan);
  /// Runs the decoder of a generation over tokens, i32 [1] and [T], for the values in it. The
  /// prompt stands between them.
  void replay(const GenerateExpression &generate, const LoweredValue &first,
              const LoweredValue &tokens);
  /// The scores and next memories of one step of a generation.
  llvm::SmallVector<mlir::Value> lowerDecode(GenerationPlan &plan, mlir::ValueRange arguments);
  /// The value brought to `type`, which is in the terms of this body.
  LoweredValue conform(const LoweredValue &value, const Type &type, mlir::Location location);

private:
  void lowerStatement(const Statement &statement);
  void lowerAssign(const AssignStatement &assign);
  LoweredValue lowerName(const NameExpression &expression);
  LoweredValue lowerUnary(const UnaryExpression &unary, llvm::StringRef name);
  LoweredValue lowerBinaryExpression(const BinaryExpression &binary, llvm::StringRef name);
  LoweredValue lowerIf(const IfExpression &choice, llvm::StringRef name);
  LoweredValue lowerIndex(const IndexExpression &index, llvm::StringRef name);
  LoweredValue lowerItems(ValueBuilder &build, const IndexExpression &index, LoweredValue value,
                          unsigned *picked);
  LoweredValue lowerMember(const MemberExpression &member);
  std::vector<int64_t> placesOf(llvm::ArrayRef<ArrayPlace> elements) const;
  const Instance *instanceOf(const Symbol *symbol) const;

  // Blocks (LowerBlocks.cpp)
  void lowerWhen(const WhenStatement &when);
  void lowerFor(const ForStatement &loop);
  LoweredValue lowerElement(ValueBuilder &build, const LoweredValue &value, const Dim &place);
  LoweredValue lowerComprehension(const ComprehensionExpression &comprehension,
                                  llvm::StringRef name);
  LoweredValue lowerElements(const ComprehensionExpression &comprehension, llvm::StringRef name);
  LoweredValue valueOf(const Symbol *symbol);
  std::optional<LoweredValue> lowerPicks(const IndexExpression &index, llvm::StringRef name);

  // Calls (LowerCalls.cpp)
  std::vector<LoweredValue> lowerCall(const CallExpression &call, llvm::StringRef name);
  LoweredValue lowerBuiltinCall(const CallExpression &call, llvm::StringRef name);
  LoweredValue enterFrame(ValueBuilder &build, LoweredValue argument, const Shape &mapped,
                          unsigned extraAxes);
  LoweredValue leaveFrame(ValueBuilder &build, LoweredValue result, const Shape &mapped);

  // Scans (LowerScans.cpp)
  std::vector<LoweredValue> lowerScan(const ScanExpression &scan, llvm::StringRef name,
                                      FinalMemories *finalMemories);
  std::vector<LoweredValue> lowerScan(const ScanSource &scan, llvm::StringRef name,
                                      FinalMemories *finalMemories);
  llvm::SmallVector<mlir::Value> endStep(ScanPlan &plan, StepMemories &memories, SourceRange range);
  void lowerStep(const ScanSource &scan, ScanPlan &plan, ir::ScanOp op);

  // Memories (LowerMemories.cpp)
  LoweredValue lowerInitial(const GivenMemories &begin, const ScanMemory &memory);
  void lowerNext(const NextStatement &next);
  void lowerWindow(const WindowStatement &window);
  void lowerHistory(const HistoryStatement &history);
  const LoweredValue &position() const;
  void advancePosition(const ScanPlan &plan, StepMemories &memories, SourceRange scan);

  mlir::Location locate(SourceRange range, llvm::StringRef name) const {
    return lowering::locate(entry.builder.getContext(), entry.sources, range, name, scope.caller);
  }
  ValueBuilder builderAt(SourceRange range, llvm::StringRef name = "");

  // Named values (LowerWatch.cpp)
  void record(const Symbol &symbol, const LoweredValue &value, bool isSoftmax = false);
  void recordParameters(const Declaration &declaration);

  EntryLowering &entry;
  Scope scope;
  std::vector<LoweredValue> results;
};

} // namespace gatefold::lowering

#endif // GATEFOLD_LIB_LANGUAGE_LOWERBODY_H
