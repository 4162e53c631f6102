//===- ParserImpl.h - The recursive descent parser ----------------*- C++ -*-===//
//
// The parser's state and its functions, one for each production. They lie in Parser.cpp (tokens,
// errors, recovery) and a file for each sort of productions.
//
// A function that fails has reported why and returns null, nullopt or false; its callers only pass
// that on, up to the statement or declaration, which skips to a place where reading can go on.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_LANGUAGE_PARSERIMPL_H
#define GATEFOLD_LIB_LANGUAGE_PARSERIMPL_H

#include "gatefold/Language/Lexer.h"
#include "gatefold/Language/Parser.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringSet.h"

namespace gatefold {

class Parser {
public:
  Parser(SourceFile &file, llvm::StringRef buffer, Diagnostics &diagnostics, bool fromLibrary);
  /// file ::= { import } { declaration }
  void parseFile();

private:
  using Kind = Token::Kind;

  //===--- Tokens: Parser.cpp ---------------------------------------------===//

  /// Moves to the next token.
  void advance();
  bool at(Kind kind) const { return current.is(kind); }
  /// Takes the current token if it is of this kind.
  bool accept(Kind kind);
  /// Takes the current token if it is this word, which is no keyword.
  bool acceptWord(llvm::StringRef word);
  /// Takes a token of this kind or reports that `what` was expected; "" names the kind itself.
  bool expect(Kind kind, llvm::StringRef what = "");
  /// Like expect, for the partner of the bracket `open`.
  bool expectClosing(Kind kind, const Token &open, llvm::StringRef what = "");
  /// Takes the end of the statement: the end of its line, or a `}` that is left to the block.
  bool expectEndOfStatement();
  std::optional<Name> parseName(llvm::StringRef what);
  /// A name, or a keyword taken as one: the parameters of bindings, as in `torch(layer = 0)`.
  std::optional<Name> parseNameOrKeyword(llvm::StringRef what);
  /// name { "," name }
  bool parseNames(std::vector<Name> &names, llvm::StringRef what);
  std::optional<int64_t> parseInteger(llvm::StringRef what);
  /// One or more items between commas, up to and with `close`. `item` reads one.
  bool parseList(const Token &open, Kind close, llvm::function_ref<bool()> item);
  /// The range from the start of `first` to the end of the last token taken.
  SourceRange rangeFrom(const Token &first) const;

  //===--- Errors and recovery: Parser.cpp --------------------------------===//

  /// Reports that `what` was expected at the current token, at the end of the previous one if a
  /// line ends between them. Says nothing when the token is already reported; null then.
  Diagnostic *expected(const llvm::Twine &what);
  /// Reports at a range. Null when reading was given up.
  Diagnostic *error(SourceRange range, const llvm::Twine &text);
  /// Completes the message that the current token, the first of its line, begins nothing.
  void hintContinuation(Diagnostic *message);
  /// Ends the reading after too many errors.
  void giveUp();
  /// After an error in a statement or header that began with `first`: skips to the line after it.
  void recover(const Token &first);
  /// block ::= "{" { item } "}"; `item` reads one line. False after any error in it.
  bool parseBlock(llvm::function_ref<bool()> item);
  /// After an error in a header: true if the block follows and can be read.
  bool recoverToBlock();
  /// Skips the current token, and when it is `{` all up to its partner.
  void skipToken();
  /// Forgets what was counted for the last statement.
  void beginStatement();

  //===--- Declarations: ParserDeclarations.cpp ---------------------------===//

  /// The text of the `///` lines among the source lines `lines`, joined by line ends.
  static std::string documentationText(llvm::StringRef lines);
  void parseTopLevel();
  void parseImport();
  void reportNoDeclaration();
  /// Remembers a declaration with errors, so that the checker says nothing of its uses. The name is
  /// empty when it could not be read.
  void addUnread(llvm::StringRef name);
  void addUnread(std::unique_ptr<Declaration> declaration);
  void addUnreadAround(const Token &first);
  void parseConstant();
  void parseDeclaration();
  bool parseHeader(Declaration &declaration);
  bool parseDimParameters(Declaration &declaration);
  bool parseParameters(Declaration &declaration);
  bool parseParameter(Declaration &declaration, bool fixed);
  bool parseResults(Declaration &declaration);
  bool parseResultsInParentheses(Declaration &declaration);
  std::optional<TypeSyntax> parseType(llvm::StringRef what, bool isResult = false);
  ExpressionPtr parseAxis(bool isResult);

  //===--- Bindings: ParserBindings.cpp -----------------------------------===//

  void parseBinding();
  bool parseBindingHeader(BindingDeclaration &binding);
  bool parseBindingParameters(BindingDeclaration &binding);
  bool parseBindingLine(std::vector<BindingLine> &lines);

  //===--- Vocabularies and generation: ParserGeneration.cpp --------------===//

  void parseVocabulary();
  bool parseVocabularyValue(VocabularyDeclaration &vocabulary);
  bool checkVocabularyArguments(const VocabularyDeclaration &vocabulary);
  ExpressionPtr parseGenerate();
  bool parseGenerateClause(GenerateExpression &generate);
  ExpressionPtr parseTokenValue(llvm::StringRef what);

  //===--- Statements: ParserStatements.cpp -------------------------------===//

  bool parseStatement(std::vector<StatementPtr> &body);
  StatementPtr parseWeight();
  StatementPtr parseState();
  StatementPtr parseWindow();
  StatementPtr parseHistory();
  StatementPtr parseWhen();
  StatementPtr parseFor();
  /// The block of a statement.
  bool parseInnerBlock(std::vector<StatementPtr> &body);
  /// variable "in" expression
  bool parseIteration(std::optional<Name> &variable, ExpressionPtr &over);
  StatementPtr parseRequire();
  StatementPtr parseIgnore();
  StatementPtr parseReturn();
  StatementPtr parseAssignment();
  StatementPtr parseNext();
  bool parseLoad(std::optional<LoadClause> &load);

  //===--- Expressions: ParserExpressions.cpp -----------------------------===//

  /// How tight the operators bind, loosest first.
  enum Precedence { Or = 1, And, Not, Comparison, Sum, Product, Contraction, Sign, Power };
  struct OperatorInfo {
    BinaryOperator op;
    Precedence precedence;
  };

  /// Counts nesting while it lives; false when there is too much.
  class NestingScope;

  static std::optional<OperatorInfo> binaryOperator(Kind kind);
  ExpressionPtr parseExpression(llvm::StringRef what = "an expression");
  /// A sum: what stands where dimensions do.
  ExpressionPtr parseDimension(llvm::StringRef what = "a dimension");
  ExpressionPtr parseBinary(Precedence loosest, llvm::StringRef what);
  ExpressionPtr parseNot();
  ExpressionPtr parseSigned(llvm::StringRef what);
  ExpressionPtr parsePower(llvm::StringRef what);
  ExpressionPtr parseIf();
  ExpressionPtr parsePostfix(llvm::StringRef what);
  ExpressionPtr parseCall(ExpressionPtr callee, const Token &first);
  ExpressionPtr parseIndex(ExpressionPtr base, const Token &first);
  bool parseIndexItem(std::vector<IndexItem> &items);
  ExpressionPtr parseMember(ExpressionPtr base, const Token &first);
  /// "(" [argument { "," argument }] ")"; null `arguments` allows only those with a name.
  bool parseArguments(std::vector<ExpressionPtr> *arguments, std::vector<NamedArgument> &named);
  bool parseNamedArgument(std::vector<NamedArgument> &named, bool mayBeTuple);
  /// Counts an operator or operand of the statement; false, and reported, when there are too many.
  bool countOperator(SourceRange range);
  bool countTerm(SourceRange range);
  bool reportLimit(SourceRange range, const llvm::Twine &text);
  bool isModuloMisplaced() const;
  void misplacedModulo(SourceRange range);

  //===--- Primary expressions: ParserPrimaries.cpp -----------------------===//

  ExpressionPtr parsePrimary(llvm::StringRef what);
  ExpressionPtr parseNumber();
  ExpressionPtr parseString();
  ExpressionPtr parseParenthesized();
  ExpressionPtr parseTuple(const Token &open, ExpressionPtr firstElement);
  ExpressionPtr parseComprehension();
  ExpressionPtr parseScan();
  /// expression { "," expression }
  bool parseExpressions(std::vector<ExpressionPtr> &expressions, llvm::StringRef what);
  bool parseScanArguments(std::vector<ExpressionPtr> &sequences, std::vector<ExpressionPtr> &fixed);
  bool parsePlace(std::vector<ExpressionPtr> &places);
  bool parseInitialMemories(std::vector<InitialMemory> &initial);

  SourceFile &file;
  Diagnostics &diagnostics;
  Lexer lexer;
  bool fromLibrary;
  unsigned errorsBefore;     ///< errors of other texts
  size_t declarationsBefore; ///< declarations of other texts
  bool mayImport = true;     ///< nothing but imports stands above

  Token current;  ///< the token to look at; an `EndOfLine` stands before `ahead` where a statement
                  ///< ends
  Token ahead;    ///< the token after it
  Token previous; ///< the last token taken
  Token beforePrevious;
  bool afterEndOfLine = true; ///< `current` is the first token of a statement
  unsigned bracketDepth = 0;  ///< open `(` and `[`: lines go on inside

  // Of the statement that is being read.
  unsigned nesting = 0;
  unsigned operators = 0;
  unsigned terms = 0;
  bool tooDeep =
      false; ///< the last error was about nesting: its brackets are worth skipping as a whole
  bool inBinding = false;
  llvm::StringSet<> bindingParameters; ///< of the binding that is being read; may be keywords
  bool inSize = false;
  const char *unclosedAt = nullptr; ///< where the end of a block was missed
  const char *tupleStart = nullptr; ///< the `(` that may begin a tuple
  bool inRequire = false;           ///< on the left side of its relation
  SourceRange modulo;               ///< the `%` there
  unsigned blocks = 0;              ///< statements with a block around this one
  bool hasBrokenBlock = false;      ///< of the statement that was just read
  bool afterJunk = false;           ///< at the top level, behind what begins no declaration
  bool gaveUp = false;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_LANGUAGE_PARSERIMPL_H
