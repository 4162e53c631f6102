//===- CheckerImpl.h - The parts of the checker -------------------*- C++ -*-===//
//
// What the Check*.cpp files share: the names of the file, the checker of one declaration, and the
// unification of a callee's dimensions with its arguments. Nobody outside the checker includes
// this.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_CHECKERIMPL_H
#define GATEFOLD_LIB_LANGUAGE_CHECKERIMPL_H

#include "gatefold/Language/Builtins.h"
#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Syntax.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"
#include <utility>

namespace gatefold::checking {

//===----------------------------------------------------------------------===//
// Words for messages
//===----------------------------------------------------------------------===//

/// The text of `range` on one line, shortened when long.
std::string textOf(SourceRange range);
std::string textOf(const Expression &expression);

/// "`text`".
std::string quoted(llvm::StringRef text);

/// "1 argument", "2 arguments".
std::string counted(size_t count, llvm::StringRef noun);

/// What a declaration of this kind is called in a sentence: "function", "layer".
std::string nounOf(Declaration::Kind kind);

/// Adds "did you mean `…`?" when a candidate is near.
void hintNearest(Diagnostic &diagnostic, llvm::StringRef name,
                 llvm::ArrayRef<std::string> candidates);

/// Whether the expression is nothing but the name of a weight.
bool isWeight(const Expression &expression);

/// The argument `name = value` of a call, or null.
Expression *findNamed(const CallExpression &call, llvm::StringRef name);

/// Whether a scan or a generation that gives `count` values for a cell's parameters in front of
/// `;`, or `behind` it, lacks none but the last ones that have defaults.
bool hasEnough(const Declaration &cell, bool behind, size_t count);

/// Adds where the operand comes from and its type.
void noteOperand(Diagnostic &diagnostic, const Expression &operand);

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

/// The declarations and constants of a file by name. The user's names hide the library's, but not
/// from the library.
class FileNames {
public:
  FileNames(SourceFile &file, Diagnostics &diagnostics);

  Declaration *findDeclaration(llvm::StringRef name, bool fromLibrary) const;
  const Symbol *findConstant(llvm::StringRef name, bool fromLibrary) const;
  /// Whether a declaration of the user that has this name could not be read, or, for the second,
  /// may be one that could not: what is known of the name is not what was meant.
  bool isUnread(llvm::StringRef name) const { return file.unreadNames.count(name.str()) != 0; }
  bool mayBeUnread(llvm::StringRef name) const { return file.hasNamelessUnread || isUnread(name); }
  /// Names of the declarations of one kind that user code sees.
  std::vector<std::string> declarationNames(Declaration::Kind kind) const;
  std::vector<std::string> constantNames() const;

  SourceFile &file;
  Diagnostics &diagnostics;
  /// Finds the vocabularies, and reports names that two have.
  void checkVocabularies();
  llvm::StringMap<const VocabularyDeclaration *> vocabularies;

  /// Declarations whose parameters or results could not be resolved: calls of them are not checked.
  llvm::DenseSet<const Declaration *> brokenSignatures;

private:
  void addDeclarations();
  void addConstants();

  struct Names {
    llvm::StringMap<Declaration *> declarations;
    llvm::StringMap<ConstantDeclaration *> constants;
  };
  Names user, library;
};

/// Evaluates every constant of the file, in order.
void checkConstants(FileNames &names);

/// The size of an axis that has at most `limit` elements; the run decides.
Dim atMost(const Dim &limit);

/// Checks every binding; the declarations have been checked before.
void checkBindings(FileNames &names);

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// Finds what a name in a size stands for; reports and returns nullopt when it stands for nothing.
using SizeLookup = llvm::function_ref<std::optional<Dim>(NameExpression &)>;

/// The division `a / b` if the expression is `floor(a / b)`, else null.
BinaryExpression *getRoundedDown(const Expression &expression);

/// The size that a dimension expression spells: integers, names, + - * / and floor(a / b). Reports
/// what is none, a division that does not come out whole, and sizes beyond all reason; divisions
/// are added to `divisions`.
std::optional<Dim> resolveSize(Diagnostics &diagnostics, Expression &expression, SizeLookup lookUp,
                               std::vector<ExactDivision> &divisions);

/// Reports a constant size, one that is computed included, that no axis can have, and returns
/// whether it is fine.
bool isAxisSize(Diagnostics &diagnostics, SourceRange range, const Dim &size);

/// The common shape of two elementwise operands: aligned at the last axis, the size 1 stretches.
std::optional<llvm::SmallVector<Dim, 4>> broadcast(llvm::ArrayRef<Dim> left,
                                                   llvm::ArrayRef<Dim> right);

/// Finds the dimensions of a callee from the shapes of its arguments.
class Unifier {
public:
  /// `known` are dimensions in the caller's terms; the callee's others are open.
  Unifier(const Declaration &callee, const DimBindings &known);

  /// Binds every open name that stands alone as an axis of `parameter`.
  void bindNames(llvm::ArrayRef<Dim> parameter, llvm::ArrayRef<Dim> argument);
  /// Whether the shapes agree; binds a last open name of an axis if the axis is linear in it.
  bool agree(llvm::ArrayRef<Dim> parameter, llvm::ArrayRef<Dim> argument);
  /// Gives an open name a size.
  void bind(llvm::StringRef name, const Dim &size);

  /// In the caller's terms; open names keep their name in the callee.
  Type inCallersTerms(const Type &type) const;
  /// The callee's names that are still open.
  std::vector<std::string> open() const;
  const DimBindings &bindings() const { return bound; }

private:
  Dim substituted(const Dim &size) const;
  bool solve(const Dim &parameter, const Dim &argument);

  DimBindings renamed; // the callee's names made different from all of the caller's
  DimBindings bound;   // by the callee's own names
};

//===----------------------------------------------------------------------===//
// One declaration
//===----------------------------------------------------------------------===//

/// Checks one declaration: first its signature, and after those of all others its body.
class DeclarationChecker {
public:
  DeclarationChecker(FileNames &names, Declaration &declaration);

  /// Resolves dimensions, parameters and results.
  void checkSignature();
  /// Checks the statements. Instances' declarations should have been checked before.
  void checkBody();

private:
  using SymbolKind = Symbol::Kind;

  // Scope (CheckScope.cpp)
  Symbol *addSymbol(SymbolKind kind, llvm::StringRef name, SourceRange definition, Type type);
  Symbol *define(SymbolKind kind, const Name &name, Type type);
  void warnIfShadowing(SymbolKind kind, const Name &name);
  Symbol *findLocal(llvm::StringRef name) const;
  const Symbol *findNumber(llvm::StringRef name) const;
  bool reportIfLater(const Name &name);
  bool isUnread(const Name &name);
  bool mayBeUnread(const Name &name);
  void reportUnknown(const Name &name, llvm::StringRef what, llvm::ArrayRef<SymbolKind> kinds,
                     bool withFunctions);
  void collectDefinitions();
  void collectNextDefinitions(const Statement &statement);
  void warnUnused();
  Diagnostic &error(SourceRange range, const llvm::Twine &text);

  // Signature and sizes (CheckSignature.cpp)
  std::optional<Type> resolveType(TypeSyntax &syntax, SizeLookup lookUp);
  void checkResultNames();
  Symbol *addDimension(const Name &name);
  std::optional<Dim> lookUpSize(NameExpression &name, bool isParameter);
  std::optional<Dim> checkSize(Expression &expression);
  bool isSize(const Expression &expression) const;
  bool requireStatic(SourceRange range, llvm::ArrayRef<Dim> sizes, llvm::StringRef what);
  void checkDefaults();

  // Statements (CheckStatements.cpp)
  void checkStatement(Statement &statement);
  void checkWeight(WeightStatement &statement);
  void checkWeightName(const Name &name);
  void checkInitial(const Expression &initial, llvm::StringRef when);
  void checkAssign(AssignStatement &statement);
  void checkCallAssign(AssignStatement &statement, CallExpression &call);
  void checkScanAssign(AssignStatement &statement, ScanExpression &scan);
  void checkNext(NextStatement &statement);
  void checkRequire(RequireStatement &statement);
  void checkReturn(ReturnStatement &statement);
  void checkNextValues();
  bool fits(Expression &value, const Type &expected);

  // Memories (CheckMemories.cpp)
  bool needsCell(SourceRange range, llvm::StringRef what);
  std::optional<Dim> checkReach(Expression &steps, llvm::StringRef what);
  void checkState(StateStatement &statement);
  void fitsMemory(Expression &initial, const Type &type, llvm::StringRef name);
  Type nextTypeOf(const Symbol &state) const;
  Type checkKept(Expression &value, llvm::StringRef what);
  Symbol *addMemory(const Name &name, Type type);
  void checkWindow(WindowStatement &statement);
  void checkHistory(HistoryStatement &statement);
  Type typeOfPosition(PositionExpression &position);

  // Blocks (CheckBlocks.cpp)
  enum class BlockKind {
    When,
    Loop,     ///< `for`
    Mapped,   ///< a comprehension over a size or a value
    Elements, ///< a comprehension over an array of instances
  };
  struct Block {
    BlockKind kind;
    const Symbol *variable; ///< of a loop
  };
  bool isIn(BlockKind kind) const;
  void defineRefused(const Statement &statement);
  void checkBlock(std::vector<StatementPtr> &body, BlockKind kind, const Symbol *variable);
  void checkWhen(WhenStatement &statement);
  Symbol *findArray(Expression &over);
  Symbol *defineElement(const Name &name, const Symbol &array);
  std::optional<Dim> checkCount(Expression &over);
  std::optional<Dim> checkWalked(Expression &over, Type &part);
  void checkFor(ForStatement &statement);
  Symbol *defineTurn(const Name &name);
  Symbol *defineOrRebind(const Name &name, Type type);
  Type typeOfComprehension(ComprehensionExpression &comprehension);
  bool advancesOnce(const CallExpression &call, const Symbol &cell);

  // Vocabularies and generation (CheckGenerate.cpp)
  void resolveVocabulary(TypeSyntax &syntax, const Type &type);
  void checkToken(Expression &token);
  bool isDecoder(const GenerateExpression &generate, const Declaration &cell);
  bool checkFixedOf(GenerateExpression &generate, const Declaration &cell);
  std::optional<Dim> checkLimits(GenerateExpression &generate);
  Type typeOfGenerate(GenerateExpression &generate);

  // Instances (CheckInstances.cpp)
  static std::pair<Expression *, Expression *> spellingOf(AssignStatement &statement);
  const Declaration *findInstantiated(Expression &value);
  void checkInstance(AssignStatement &statement, const Declaration &callee);
  bool reportUnknownInstance(const AssignStatement &statement);
  bool mayOwn(SourceRange range, const Declaration &callee);
  std::optional<DimBindings> checkDimArguments(const Declaration &callee, Expression &spelling);
  std::optional<Dim> checkArraySize(Expression &count);
  void checkPrefix(const LoadClause &load, bool isArray);
  void checkLoad(LoadClause &load, const Declaration &callee);
  void checkLoadArguments(LoadClause &load);

  // Expressions (CheckExpressions.cpp)
  const Type &checkExpression(Expression &expression);
  Type typeOf(Expression &expression);
  Type typeOfName(NameExpression &name);
  Type typeOfNextName(NameExpression &name);
  Type typeOfUnary(UnaryExpression &unary);
  Type typeOfBinary(BinaryExpression &binary);
  Type typeOfIf(IfExpression &expression);
  Type elementwise(const Expression &whole, Expression &left, Expression &right, Element element);
  bool isArithmetic(const Expression &whole, llvm::StringRef spelling, Element element);
  Element agree(const Expression &whole, Expression &left, Expression &right);
  bool adapt(Expression &expression, Element element);
  bool adaptLeaf(Expression &expression, Element element);
  bool adaptOperands(BinaryExpression &binary, Element element);
  Type typeOfProduct(BinaryExpression &product);
  Type matmul(BinaryExpression &product);
  Type contraction(BinaryExpression &product);
  Type reportProduct(BinaryExpression &product, llvm::StringRef rightAxis, const Dim &needed);
  void hintWeight(Diagnostic &diagnostic, const BinaryExpression &product, const Dim &needed);

  // Calls (CheckCalls.cpp)
  Type typeOfCall(CallExpression &call);
  Type typeOfOnlyResult(CallExpression &call);
  Type callFunction(CallExpression &call, const Declaration &callee);
  Type callInstance(CallExpression &call, Symbol &instance);
  Type callDeclaration(CallExpression &call, const Declaration &callee, DimBindings known);
  bool matchArguments(CallExpression &call, const Declaration &callee,
                      std::vector<Expression *> &arguments);
  bool matchElement(Expression &argument, const Parameter &parameter, const Declaration &callee);
  bool mapArguments(CallExpression &call, const Declaration &callee,
                    llvm::ArrayRef<Expression *> arguments);
  bool unify(Unifier &unifier, SourceRange range, const Declaration &callee,
             llvm::ArrayRef<Expression *> arguments, llvm::ArrayRef<unsigned> extraAxes);
  Diagnostic &reportArgument(const Expression &argument, const Parameter &parameter,
                             const Declaration &callee, const Unifier &unifier, unsigned extraAxes);
  bool isExpressible(SourceRange range, const Declaration &callee, const Type &type);
  bool allBound(Unifier &unifier, SourceRange range, const Declaration &callee);
  void checkArguments(CallExpression &call);
  bool callsBuiltin(const CallExpression &call) const;

  // Builtins (CheckBuiltins.cpp, CheckShapeBuiltins.cpp)
  Type callBuiltin(CallExpression &call, llvm::StringRef name);
  Type typeOfBuiltin(CallExpression &call, const Builtin &builtin);
  Type typeOfPair(CallExpression &call);
  bool checkBuiltinArguments(CallExpression &call, const Builtin &builtin);
  bool needsFloat(CallExpression &call, Expression &argument, bool alsoIntegers);
  bool needsAxes(CallExpression &call, const Expression &argument, unsigned count);
  Type typeOfReduction(CallExpression &call, const Builtin &builtin);
  std::optional<int64_t> checkAxis(Expression &value, const Expression &argument);
  bool checkAxes(CallExpression &call, const Expression &argument);
  bool checkOnlyAxis(CallExpression &call, const Expression &argument);
  Type typeOfPermute(CallExpression &call);
  Type typeOfReshape(CallExpression &call);
  Type typeOfWindows(CallExpression &call);
  Type typeOfPad(CallExpression &call, const Builtin &builtin);
  bool checkPadValue(CallExpression &call);
  Type typeOfRange(CallExpression &call);
  Type typeOfJoin(CallExpression &call);
  Type typeOfStack(CallExpression &call);
  bool sameElements(CallExpression &call);
  Type typeOfSplit(CallExpression &call);
  Type typeOfFlatten(CallExpression &call);
  Type typeOfConversion(CallExpression &call, const Builtin &builtin);

  // Indexing (CheckIndexing.cpp)
  Type typeOfIndex(IndexExpression &index);
  bool checkPicked(IndexExpression &index, IndexItem &item, Type &result);
  bool checkAt(IndexExpression &index, IndexItem &item, const Dim &axis);
  bool checkSlice(IndexExpression &index, IndexItem &item, const Dim &axis);

  // Scans and final memories (CheckScans.cpp)
  Type typeOfScan(ScanExpression &scan);
  bool checkScan(ScanExpression &scan);
  Symbol *findStepped(SourceRange range, const Name &name, llvm::StringRef what);
  bool checkSequences(ScanExpression &scan, const Declaration &callee,
                      std::vector<Expression *> &arguments, std::vector<unsigned> &extraAxes);
  void checkMemoriesGiven(const Symbol &cell, std::vector<InitialMemory> &given);
  Type typeOfMember(MemberExpression &member);
  /// One name of a path to a memory, and its place in an array, or null.
  struct PathStep {
    const Name *name;
    Expression *place;
  };
  std::optional<Type> followPath(const Symbol &instance, llvm::ArrayRef<PathStep> path,
                                 std::vector<const Symbol *> &symbols,
                                 std::vector<ArrayPlace> &elements);
  const Symbol *findStep(const Declaration &owner, const PathStep &step, bool isLast);
  bool checkPlace(const Symbol &part, const PathStep &step, llvm::ArrayRef<const Symbol *> owners,
                  std::vector<ArrayPlace> &elements);

  FileNames &names;
  Diagnostics &diagnostics;
  Declaration &declaration;
  unsigned numSilenced = 0; ///< errors not told, since they may only follow from what was not read
  llvm::StringMap<Symbol *> locals;             ///< everything but dimensions
  llvm::StringMap<Symbol *> dimensions;         ///< declared and free ones
  llvm::StringMap<Symbol *> nextValues;         ///< `h'` by `h`
  llvm::StringMap<SourceRange> definitions;     ///< every name that the body defines somewhere
  llvm::StringMap<SourceRange> nextDefinitions; ///< every `h'` that the body defines somewhere
  llvm::DenseMap<const Symbol *, SourceRange>
      advanced; ///< the call that advances a cell, or each of an array of them, in this cell
  llvm::DenseSet<const Symbol *> reachingBack; ///< states with `back`
  std::vector<Block> blocks;                   ///< that the statement looked at stands in
};

} // namespace gatefold::checking

#endif // GATEFOLD_LIB_LANGUAGE_CHECKERIMPL_H
