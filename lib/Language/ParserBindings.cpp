//===- ParserBindings.cpp - Parsing of bindings -----------------*- C++ -*-===//
//
// How the weights of a layer or cell lie in a checkpoint.
//
//===----------------------------------------------------------------------===//

#include "ParserImpl.h"

using namespace gatefold;

/// binding ::= "binding" name [ binding-parameters ] "for" name block
void Parser::parseBinding() {
  Token first = current;
  advance();
  auto binding = std::make_unique<BindingDeclaration>();
  binding->documentation = documentationText(first.documentation);
  binding->fromLibrary = fromLibrary;
  bool headerIsValid = parseBindingHeader(*binding);
  if (!headerIsValid && !recoverToBlock())
    return addUnread(binding->name.text);
  inBinding = true;
  bindingParameters.clear();
  for (const auto &parameter : binding->parameters)
    bindingParameters.insert(parameter.name.text);
  bool linesAreValid = parseBlock([&] { return parseBindingLine(binding->lines); });
  inBinding = false;
  binding->range = rangeFrom(first);
  if (headerIsValid && linesAreValid)
    file.bindings.push_back(std::move(binding));
  else
    addUnread(binding->name.text);
}

bool Parser::parseBindingHeader(BindingDeclaration &binding) {
  std::optional<Name> name = parseName("a name after `binding`");
  if (!name)
    return false;
  binding.name = std::move(*name);
  if (at(Kind::LeftParen) && !parseBindingParameters(binding))
    return false;
  if (!expect(Kind::For, "`for` and the name of a layer or cell"))
    return false;
  std::optional<Name> target = parseName("the name of a layer or cell after `for`");
  if (!target)
    return false;
  binding.target = std::move(*target);
  if (at(Kind::LeftBrace))
    return true;
  expected("`{`");
  return false;
}

/// binding-parameters ::= "(" [ name [ "=" integer ] { "," name [ "=" integer ] } ] ")"
bool Parser::parseBindingParameters(BindingDeclaration &binding) {
  Token open = current;
  advance();
  if (accept(Kind::RightParen))
    return true;
  return parseList(open, Kind::RightParen, [&] {
    std::optional<Name> name = parseNameOrKeyword("the name of a parameter of the binding");
    if (!name)
      return false;
    BindingDeclaration::BindingParameter parameter{std::move(*name), std::nullopt};
    if (accept(Kind::Assign)) {
      parameter.defaultValue = parseInteger("an integer, the parameter's default");
      if (!parameter.defaultValue)
        return false;
    }
    binding.parameters.push_back(std::move(parameter));
    return true;
  });
}

/// binding-line ::= ( name | ("rows" | "columns") "(" name { "," name } ")" ) "=" expression
bool Parser::parseBindingLine(std::vector<BindingLine> &lines) {
  Token first = current;
  BindingLine line;
  std::optional<Name> name = parseName("a weight, `rows(...)` or `columns(...)`");
  if (!name)
    return false;
  if (at(Kind::LeftParen)) {
    bool rows = name->text == "rows";
    if (!rows && name->text != "columns") {
      if (Diagnostic *message = error(
              name->range, "expected `rows` or `columns` before `(`, found `" + name->text + "`"))
        message->withHint("`rows(...)` packs weights below each other, `columns(...)` beside each "
                          "other");
      return false;
    }
    line.packing = rows ? BindingLine::Packing::Rows : BindingLine::Packing::Columns;
    Token open = current;
    advance();
    if (!parseNames(line.weights, "the name of a weight") ||
        !expectClosing(Kind::RightParen, open, "`,` or `)`"))
      return false;
  } else {
    line.weights.push_back(std::move(*name));
  }
  if (!expect(Kind::Assign, "`=` and where the weight lies in the checkpoint"))
    return false;
  line.value = parseExpression();
  line.range = rangeFrom(first);
  if (!line.value || !expectEndOfStatement())
    return false;
  lines.push_back(std::move(line));
  return true;
}
