//===- ParserDeclarations.cpp - Parsing of declarations ------------*- C++ -*-===//
//
// Constants, functions, layers, cells, models and bindings with their headers.
//
//===----------------------------------------------------------------------===//

#include "ParserImpl.h"

using namespace gatefold;

std::string Parser::documentationText(llvm::StringRef lines) {
  std::string text;
  while (!lines.empty()) {
    llvm::StringRef line;
    std::tie(line, lines) = lines.split('\n');
    line = line.trim();
    if (!line.consume_front("///") || line.starts_with("/"))
      continue;
    line.consume_front(" ");
    if (!text.empty())
      text += '\n';
    text += line;
  }
  return text;
}

/// file ::= { import } { constant | declaration | binding | vocabulary }
void Parser::parseFile() {
  while (!at(Kind::EndOfFile)) {
    if (accept(Kind::EndOfLine))
      continue;
    parseTopLevel();
    if (at(Kind::EndOfLine) || at(Kind::EndOfFile) || at(Kind::RightBrace) || current.startsLine)
      continue;
    Token first = current;
    expected("the end of the line");
    if (first.beginsDeclaration())
      addUnread("");
    recover(first);
  }
}

void Parser::addUnread(llvm::StringRef name) {
  if (name.empty())
    file.hasNamelessUnread = true;
  else
    file.unreadNames.insert(name.str());
}

void Parser::parseTopLevel() {
  beginStatement();
  bracketDepth = 0;
  if (current.beginsDeclaration())
    afterJunk = false;
  if (at(Kind::Import))
    return parseImport();
  if (current.beginsDeclaration())
    mayImport = false;
  if (at(Kind::Const))
    return parseConstant();
  if (at(Kind::Binding))
    return parseBinding();
  if (at(Kind::Vocabulary))
    return parseVocabulary();
  if (current.beginsDeclaration())
    return parseDeclaration();

  reportNoDeclaration();
}

void Parser::addUnread(std::unique_ptr<Declaration> declaration) {
  addUnread(declaration->name.text);
  if (!declaration->name.text.empty())
    file.unread.push_back(std::move(declaration));
}

/// Guesses what lines that begin no declaration were meant to be: one with a misspelled keyword, or
/// the end of the declaration above, which an early `}` has cut off.
void Parser::addUnreadAround(const Token &first) {
  if (first.is(Kind::Name)) {
    addUnread(first.text);
    if (ahead.is(Kind::Name))
      return addUnread(ahead.text);
  } else if (!first.isKeyword() && !first.is(Kind::RightBrace)) {
    addUnread("");
  }
  if (file.declarations.size() == declarationsBefore)
    return;
  addUnread(std::move(file.declarations.back()));
  file.declarations.pop_back();
}

/// What begins no declaration is reported once, not on each of its lines.
void Parser::reportNoDeclaration() {
  Token first = current;
  std::string nearest = at(Kind::Name)
                            ? nearestName(first.text, {"import", "const", "fn", "layer", "cell",
                                                       "model", "binding", "vocabulary"})
                            : "";
  if (!afterJunk || !nearest.empty()) {
    const llvm::StringRef import = mayImport ? "`import`, " : "";
    Diagnostic *message = expected("a declaration: " + import +
                                   "`const`, `fn`, `layer`, `cell`, `model`, `binding` or "
                                   "`vocabulary`");
    if (message && !nearest.empty())
      message->withHint("did you mean `" + nearest + "`?");
    else
      hintContinuation(message);
    addUnreadAround(first);
  }
  afterJunk = true;
  if (at(Kind::RightBrace))
    advance();
  else
    recover(first);
}

/// import ::= "import" string
void Parser::parseImport() {
  Token first = current;
  if (!mayImport)
    if (Diagnostic *message = error(first.range(), "`import` stands before all declarations"))
      message->withHint("move it to the first lines of the file");
  advance();
  Token path = current;
  if (!expect(Kind::String, "the path of a file in quotes after `import`") ||
      !expectEndOfStatement()) {
    addUnread("");
    return recover(first);
  }
  file.imports.push_back(
      {{first.range().Start, path.range().End}, unquote(path.text), path.range()});
}

/// constant ::= "const" name "=" expression
void Parser::parseConstant() {
  Token first = current;
  advance();
  auto constant = std::make_unique<ConstantDeclaration>();
  std::optional<Name> name = parseName("a name after `const`");
  if (name && expect(Kind::Assign, "`=` and the value of the constant"))
    constant->value = parseExpression();
  constant->range = rangeFrom(first);
  if (!constant->value || !expectEndOfStatement()) {
    addUnread(name ? name->text : "");
    return recover(first);
  }
  constant->name = std::move(*name);
  constant->documentation = documentationText(first.documentation);
  constant->fromLibrary = fromLibrary;
  file.constants.push_back(std::move(constant));
}

//===----------------------------------------------------------------------===//
// Functions, layers, cells and models
//===----------------------------------------------------------------------===//

static Declaration::Kind declarationKind(Token::Kind keyword) {
  switch (keyword) {
  case Token::Kind::Layer:
    return Declaration::Kind::Layer;
  case Token::Kind::Cell:
    return Declaration::Kind::Cell;
  case Token::Kind::Model:
    return Declaration::Kind::Model;
  default:
    return Declaration::Kind::Function;
  }
}

/// declaration ::= ("fn" | "layer" | "cell" | "model") header block
void Parser::parseDeclaration() {
  Token first = current;
  advance();
  auto declaration = std::make_unique<Declaration>();
  declaration->kind = declarationKind(first.kind);
  declaration->documentation = documentationText(first.documentation);
  declaration->fromLibrary = fromLibrary;
  bool isValid = parseHeader(*declaration);
  if (isValid || recoverToBlock())
    isValid &= parseBlock([&] { return parseStatement(declaration->body); });
  declaration->range = rangeFrom(first);
  if (isValid)
    file.declarations.push_back(std::move(declaration));
  else
    addUnread(std::move(declaration));
}

/// header ::= name [ "[" dim-parameters "]" ] "(" parameters ")" "->" results
bool Parser::parseHeader(Declaration &declaration) {
  std::optional<Name> name = parseName(("a name after `" + spell(declaration.kind) + "`").str());
  if (!name)
    return false;
  declaration.name = std::move(*name);
  if (!at(Kind::LeftBracket) && !at(Kind::LeftParen))
    addUnread(""); // the name may have grown into what follows it
  if (at(Kind::LeftBracket) && !parseDimParameters(declaration))
    return false;
  if (!parseParameters(declaration))
    return false;
  if (!expect(Kind::Arrow, "`->` and the type of the result") || !parseResults(declaration))
    return false;
  if (at(Kind::LeftBrace))
    return true;
  expected("`{`");
  return false;
}

/// dim-parameters ::= dim-parameter { "," dim-parameter };  dim-parameter ::= name [ "=" integer ]
bool Parser::parseDimParameters(Declaration &declaration) {
  Token open = current;
  advance();
  return parseList(open, Kind::RightBracket, [&] {
    std::optional<Name> name = parseName("the name of a dimension");
    if (!name)
      return false;
    DimParameter dim{std::move(*name), std::nullopt};
    if (accept(Kind::Assign)) {
      dim.defaultValue = parseInteger("an integer, the dimension's default");
      if (!dim.defaultValue)
        return false;
    }
    declaration.dimParameters.push_back(std::move(dim));
    return true;
  });
}

/// parameters ::= [ parameter { "," parameter } ] [ ";" parameter { "," parameter } ]
bool Parser::parseParameters(Declaration &declaration) {
  Token open = current;
  if (!expect(Kind::LeftParen, "`(` and the parameters"))
    return false;
  if (accept(Kind::RightParen))
    return true;
  auto parseGroup = [&](bool fixed) {
    do {
      if (!parseParameter(declaration, fixed))
        return false;
    } while (accept(Kind::Comma));
    return true;
  };
  if (!at(Kind::Semicolon) && !parseGroup(/*fixed=*/false))
    return false;
  if (!at(Kind::Semicolon))
    return expectClosing(Kind::RightParen, open, "`,` or `)`");
  if (declaration.kind != Declaration::Kind::Cell) {
    if (Diagnostic *message =
            error(current.range(), "only a cell has parameters that are the same at every step"))
      message->withHint("separate the parameters by `,`");
    return false;
  }
  advance();
  return parseGroup(/*fixed=*/true) && expectClosing(Kind::RightParen, open, "`,` or `)`");
}

/// parameter ::= name ":" type [ "=" expression ]
bool Parser::parseParameter(Declaration &declaration, bool fixed) {
  Parameter parameter;
  parameter.fixed = fixed;
  std::optional<Name> name = parseName("the name of a parameter");
  if (!name || !expect(Kind::Colon, "`:` and the type of the parameter"))
    return false;
  std::optional<TypeSyntax> type = parseType("the type of the parameter");
  if (!type)
    return false;
  parameter.name = std::move(*name);
  parameter.type = std::move(*type);
  if (accept(Kind::Assign)) {
    parameter.defaultValue = parseExpression();
    if (!parameter.defaultValue)
      return false;
  }
  declaration.parameters.push_back(std::move(parameter));
  return true;
}

/// results ::= type { "," type } | "(" name ":" type { "," name ":" type } ")"; a function has one
/// type.
bool Parser::parseResults(Declaration &declaration) {
  if (at(Kind::LeftParen) && declaration.kind != Declaration::Kind::Function)
    return parseResultsInParentheses(declaration);
  for (;;) {
    std::optional<TypeSyntax> type = parseType("the type of the result", /*isResult=*/true);
    if (!type)
      return false;
    declaration.results.push_back({std::nullopt, std::move(*type), {}, {}});
    if (!at(Kind::Comma))
      return true;
    if (declaration.kind == Declaration::Kind::Function) {
      error(current.range(), "a `fn` has one result");
      return false;
    }
    advance();
  }
}

bool Parser::parseResultsInParentheses(Declaration &declaration) {
  Token open = current;
  advance();
  bool named = at(Kind::Name) && ahead.is(Kind::Colon);
  return parseList(open, Kind::RightParen, [&] {
    std::optional<Name> name;
    if (named) {
      name = parseName("the name of a result");
      if (!name || !expect(Kind::Colon, "`:` and the type of the result"))
        return false;
    }
    std::optional<TypeSyntax> type = parseType("the type of the result", /*isResult=*/true);
    if (!type)
      return false;
    declaration.results.push_back({std::move(name), std::move(*type), {}, {}});
    return true;
  });
}

/// type ::= ( [ element ] "[" axis { "," axis } "]" | element ) [ "of" name ]
std::optional<TypeSyntax> Parser::parseType(llvm::StringRef what, bool isResult) {
  Token first = current;
  TypeSyntax type;
  if (at(Kind::Name)) {
    type.element = parseName(what);
    if (!type.element)
      return std::nullopt;
  } else if (!at(Kind::LeftBracket)) {
    if (Diagnostic *message = expected(what))
      message->withHint("a type is written `[H, 4]`, `token[T]` or `f32`");
    return std::nullopt;
  }
  if (at(Kind::LeftBracket)) {
    Token open = current;
    advance();
    bool valid = parseList(open, Kind::RightBracket, [&] {
      type.dims.push_back(parseAxis(isResult));
      return type.dims.back() != nullptr;
    });
    if (!valid)
      return std::nullopt;
  }
  if (acceptWord("of")) {
    type.vocabulary = parseName("the name of a vocabulary after `of`");
    if (!type.vocabulary)
      return std::nullopt;
  }
  type.range = rangeFrom(first);
  return type;
}

/// axis ::= dimension | "<=" dimension, the latter in results
ExpressionPtr Parser::parseAxis(bool isResult) {
  Token first = current;
  if (!at(Kind::LessEqual))
    return parseDimension();
  if (!isResult) {
    error(first.range(), "`<=` stands only in the type of a result");
    return nullptr;
  }
  advance();
  ExpressionPtr limit = parseDimension("the largest size of the axis after `<=`");
  if (!limit)
    return nullptr;
  return std::make_unique<BoundExpression>(rangeFrom(first), std::move(limit));
}
