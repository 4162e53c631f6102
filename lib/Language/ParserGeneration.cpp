//===- ParserGeneration.cpp - Parsing of generation -----------*- C++ -*-===//
//
// What the tokens of texts are, and the tokens that a cell makes one by one.
//
//===----------------------------------------------------------------------===//

#include "ParserImpl.h"

using namespace gatefold;

//===----------------------------------------------------------------------===//
// Vocabularies
//===----------------------------------------------------------------------===//

/// vocabulary ::= "vocabulary" name "=" vocabulary-value
void Parser::parseVocabulary() {
  Token first = current;
  advance();
  auto vocabulary = std::make_unique<VocabularyDeclaration>();
  std::optional<Name> name = parseName("a name after `vocabulary`");
  if (!name || !expect(Kind::Assign, "`=` and the tokens of the vocabulary") ||
      !parseVocabularyValue(*vocabulary) || !expectEndOfStatement()) {
    addUnread(name ? name->text : "");
    return recover(first);
  }
  vocabulary->range = {first.range().Start, vocabulary->range.End};
  vocabulary->name = std::move(*name);
  vocabulary->documentation = documentationText(first.documentation);
  vocabulary->fromLibrary = fromLibrary;
  file.vocabularies.push_back(std::move(vocabulary));
}

/// vocabulary-value ::= ( "characters" | "bytes" | "list" | "pieces" ) "(" [ string { "," string }
/// ]
/// ")"
bool Parser::parseVocabularyValue(VocabularyDeclaration &vocabulary) {
  using VocabularyKind = VocabularyDeclaration::Kind;
  constexpr llvm::StringLiteral what = "`characters(…)`, `bytes()`, `list(…)` or `pieces(…)`";
  bool known = false;
  for (VocabularyKind kind : {VocabularyKind::Characters, VocabularyKind::Bytes,
                              VocabularyKind::List, VocabularyKind::Pieces})
    if (current.isWord(spell(kind))) {
      vocabulary.kind = kind;
      known = true;
    }
  vocabulary.kindRange = current.range();
  if (!known) {
    expected(what);
    return false;
  }
  advance();
  Token open = current;
  if (!expect(Kind::LeftParen))
    return false;
  auto parseText = [&] {
    Token text = current;
    if (!expect(Kind::String, "a text in quotes") || !countTerm(text.range()))
      return false;
    vocabulary.arguments.push_back({unquote(text.text), text.range()});
    return true;
  };
  if (!accept(Kind::RightParen) && !parseList(open, Kind::RightParen, parseText))
    return false;
  vocabulary.range = rangeFrom(open);
  return checkVocabularyArguments(vocabulary);
}

/// Whether there are as many arguments as the kind takes; reports when not.
bool Parser::checkVocabularyArguments(const VocabularyDeclaration &vocabulary) {
  const size_t count = vocabulary.arguments.size();
  auto refuse = [&](llvm::StringRef takes) {
    error(vocabulary.kindRange, "`" + spell(vocabulary.kind) + "` takes " + takes + ", found " +
                                    llvm::Twine(count) + (count == 1 ? " text" : " texts"));
    return false;
  };
  switch (vocabulary.kind) {
  case VocabularyDeclaration::Kind::Characters:
    return count == 1 || refuse("one text with all characters");
  case VocabularyDeclaration::Kind::Bytes:
    return count == 0 || refuse("nothing");
  case VocabularyDeclaration::Kind::List:
    return count > 0 || refuse("the path of a file or the tokens");
  case VocabularyDeclaration::Kind::Pieces:
    return count == 1 || refuse("the path of a file");
  }
  llvm_unreachable("every kind of vocabulary takes some number of texts");
}

//===----------------------------------------------------------------------===//
// Generation
//===----------------------------------------------------------------------===//

/// generate ::= "generate" name [ "(" [ ";" expression { "," expression } ] ")" ] { clause }
ExpressionPtr Parser::parseGenerate() {
  Token first = current;
  advance();
  std::optional<Name> callee = parseName("the name of a cell's instance after `generate`");
  if (!callee)
    return nullptr;
  auto generate = std::make_unique<GenerateExpression>(SourceRange(), std::move(*callee));
  Token open = current;
  if (accept(Kind::LeftParen)) {
    if (!at(Kind::RightParen) && !at(Kind::Semicolon)) {
      if (Diagnostic *message = expected("`;` or `)`"))
        message->withHint("a generating cell reads its own tokens; only what is the same at every "
                          "step is given: `generate c(; memory)`");
      return nullptr;
    }
    if (accept(Kind::Semicolon) &&
        !parseExpressions(generate->fixed, "an argument that is the same at every step"))
      return nullptr;
    if (!expectClosing(Kind::RightParen, open, generate->fixed.empty() ? "" : "`,` or `)`"))
      return nullptr;
  }
  while (at(Kind::From) || at(Kind::Name))
    if (!parseGenerateClause(*generate))
      return nullptr;
  generate->range = rangeFrom(first);
  return generate;
}

/// clause ::= "prompt" expression | "from" token | "until" token | "limit" dimension
///          | "starting" initial-memories
bool Parser::parseGenerateClause(GenerateExpression &generate) {
  Token word = current;
  const bool known = at(Kind::From) || word.isWord("prompt") || word.isWord("until") ||
                     word.isWord("limit") || word.isWord("starting");
  if (!known) {
    expected("`prompt`, `from`, `until`, `limit`, `starting` or the end of the line");
    return false;
  }
  const bool isRepeated =
      (at(Kind::From) && generate.from) || (word.isWord("prompt") && generate.prompt) ||
      (word.isWord("until") && generate.until) || (word.isWord("limit") && generate.limit) ||
      (word.isWord("starting") && !generate.starting.empty());
  if (isRepeated) {
    error(word.range(), "`" + word.text + "` stands here a second time");
    return false;
  }
  advance();
  if (word.is(Kind::From))
    return (generate.from = parseTokenValue("the first token after `from`")) != nullptr;
  if (word.isWord("until"))
    return (generate.until = parseTokenValue("the last token after `until`")) != nullptr;
  if (word.isWord("prompt"))
    return (generate.prompt = parseExpression("tokens after `prompt`")) != nullptr;
  if (word.isWord("limit"))
    return (generate.limit = parseDimension("the most tokens after `limit`")) != nullptr;
  return parseInitialMemories(generate.starting);
}

/// token ::= string | expression
ExpressionPtr Parser::parseTokenValue(llvm::StringRef what) {
  if (!at(Kind::String))
    return parseExpression(what);
  auto text = std::make_unique<StringExpression>(current.range(), unquote(current.text));
  advance();
  return text;
}
