//===- CheckGenerate.cpp - Vocabularies and generation ------------*- C++ -*-===//
//
// `return generate decoder(; memory) from "<s>" until "</s>" limit 20 starting (h = last.h)`
//
//===----------------------------------------------------------------------===//

#include "CheckerImpl.h"

using namespace gatefold;
using namespace gatefold::checking;

using Kind = Declaration::Kind;

//===----------------------------------------------------------------------===//
// Vocabularies
//===----------------------------------------------------------------------===//

void FileNames::checkVocabularies() {
  for (const auto &vocabulary : file.vocabularies) {
    auto [entry, isNew] = vocabularies.try_emplace(vocabulary->name.text, vocabulary.get());
    if (!isNew)
      diagnostics
          .error(vocabulary->name.range,
                 "vocabulary " + quoted(vocabulary->name.text) + " is already declared")
          .note(entry->second->name.range, "it is declared here first");
  }
}

/// Finds the vocabulary that a type names.
void DeclarationChecker::resolveVocabulary(TypeSyntax &syntax, const Type &type) {
  const Name &name = *syntax.vocabulary;
  if (type.element != Element::Token)
    error(name.range, "only tokens have a vocabulary, found " + type.str());
  syntax.vocabularyDeclaration = names.vocabularies.lookup(name.text);
  if (syntax.vocabularyDeclaration || mayBeUnread(name))
    return;
  std::vector<std::string> candidates;
  for (const auto &entry : names.vocabularies)
    candidates.push_back(entry.first().str());
  hintNearest(error(name.range, "unknown vocabulary " + quoted(name.text)), name.text, candidates);
}

/// The tokens that a vocabulary writes out; nothing when a file has them.
static std::optional<std::vector<std::string>> tokensOf(const VocabularyDeclaration &vocabulary) {
  using VocabularyKind = VocabularyDeclaration::Kind;
  if (vocabulary.kind != VocabularyKind::List || vocabulary.arguments.size() < 2)
    return std::nullopt;
  std::vector<std::string> tokens;
  for (const auto &argument : vocabulary.arguments)
    tokens.push_back(argument.text);
  return tokens;
}

/// Checks the token behind `from` or `until`: a number, or a text of the result's vocabulary.
void DeclarationChecker::checkToken(Expression &token) {
  if (auto *text = llvm::dyn_cast<StringExpression>(&token)) {
    const TypeSyntax &type = declaration.results[0].type;
    if (!type.vocabulary) {
      error(token.range, "a token in quotes needs a vocabulary for the result")
          .withHint("write `token[<= 64] of NAME`, or the token's number");
      return;
    }
    if (!type.vocabularyDeclaration)
      return;
    std::optional<std::vector<std::string>> tokens = tokensOf(*type.vocabularyDeclaration);
    if (tokens && !llvm::is_contained(*tokens, text->value))
      hintNearest(error(token.range, "vocabulary " + quoted(type.vocabulary->text) +
                                         " has no token " + quoted(text->value))
                      .note(type.vocabularyDeclaration->name.range, "it is declared here"),
                  text->value, *tokens);
    return;
  }
  const bool isNumber = llvm::isa<NumberExpression, NameExpression>(token) && isSize(token);
  const std::optional<Dim> size = isNumber ? checkSize(token) : std::nullopt;
  const std::optional<int64_t> number = size ? size->asConstant() : std::nullopt;
  if (!number || *number < 0 || *number >= int64_t(1) << 31)
    error(token.range, "expected a token in quotes or its number, found " + quoted(textOf(token)));
}

//===----------------------------------------------------------------------===//
// Generation
//===----------------------------------------------------------------------===//

/// Whether the cell takes a token and gives the scores of the next one.
bool DeclarationChecker::isDecoder(const GenerateExpression &generate, const Declaration &cell) {
  const auto sequences = llvm::make_filter_range(
      cell.parameters, [](const Parameter &parameter) { return !parameter.fixed; });
  const bool takesToken = llvm::hasSingleElement(sequences) &&
                          (*sequences.begin()).symbol->type == Type::scalar(Element::Token);
  const Type &scores = cell.results[0].resolved;
  if (takesToken && scores.element == Element::F32 && scores.rank() == 1)
    return true;
  if (scores.isInvalid())
    return false;
  error(generate.callee.range, takesToken
                                   ? quoted(generate.callee.text) + " gives " + scores.str() +
                                         ", but `generate` needs the scores of all tokens, [V]"
                                   : quoted(generate.callee.text) +
                                         " needs one token as its only parameter in front of `;`")
      .note(cell.name.range, quoted(cell.name.text) + " is declared here");
  return false;
}

/// Finds the decoder's dimensions from what is the same at every step.
bool DeclarationChecker::checkFixedOf(GenerateExpression &generate, const Declaration &cell) {
  const size_t expected = llvm::count_if(cell.parameters, [](auto &p) { return p.fixed; });
  if (!hasEnough(cell, true, generate.fixed.size())) {
    error(generate.range, quoted(generate.callee.text) + " takes " + counted(expected, "value") +
                              " behind `;`, found " + std::to_string(generate.fixed.size()))
        .note(cell.name.range, quoted(cell.name.text) + " is declared here");
    return false;
  }
  std::vector<Expression *> arguments;
  const std::vector<unsigned> extraAxes(cell.parameters.size(), 0);
  auto next = generate.fixed.begin();
  for (const Parameter &parameter : cell.parameters) {
    const bool isGiven = parameter.fixed && next != generate.fixed.end();
    arguments.push_back(isGiven ? next++->get() : nullptr);
    if (!arguments.back())
      continue;
    Expression &argument = *arguments.back();
    if (!matchElement(argument, parameter, cell))
      return false;
    if (argument.type.rank() != parameter.symbol->type.rank()) {
      reportArgument(argument, parameter, cell, Unifier(cell, generate.instance->dimensions), 0);
      return false;
    }
  }
  Unifier unifier(cell, generate.instance->dimensions);
  if (!unify(unifier, generate.range, cell, arguments, extraAxes))
    return false;
  generate.dimensions = unifier.bindings();
  return true;
}

/// `from`, `until` and `limit`; absent when something is missing.
std::optional<Dim> DeclarationChecker::checkLimits(GenerateExpression &generate) {
  if (generate.from)
    checkToken(*generate.from);
  else
    error(generate.range, "`generate` needs the token to begin with")
        .withHint("add `from \"<s>\"`, or the token's number");
  if (generate.until)
    checkToken(*generate.until);
  if (!generate.limit)
    return declaration.results.empty() ? std::nullopt : declaration.results[0].bound;
  std::optional<Dim> limit = checkReach(*generate.limit, "the limit of `generate`");
  if (limit)
    generate.limitSize = *limit;
  return limit;
}

Type DeclarationChecker::typeOfGenerate(GenerateExpression &generate) {
  for (const ExpressionPtr &fixed : generate.fixed)
    checkExpression(*fixed);
  for (const InitialMemory &memory : generate.starting)
    checkExpression(*memory.value);
  if (declaration.kind != Kind::Model || declaration.results.size() != 1) {
    error(generate.range, "`generate` makes the only result of a model");
    return Type::invalid();
  }
  if (generate.prompt) {
    const Type prompt = checkExpression(*generate.prompt);
    if (!prompt.isInvalid() && (prompt.element != Element::Token || prompt.rank() != 1))
      error(generate.prompt->range, "a prompt is a sequence of tokens, found " + prompt.str());
  }
  std::optional<Dim> limit = checkLimits(generate);
  Symbol *instance = findStepped(generate.range, generate.callee, "`generate`");
  if (!instance || names.brokenSignatures.contains(instance->declaration))
    return Type::invalid();
  generate.instance = instance;
  const Declaration &cell = *instance->declaration;
  if (!isDecoder(generate, cell) || !checkFixedOf(generate, cell))
    return Type::invalid();
  checkMemoriesGiven(*instance, generate.starting);
  if (!limit) {
    if (!generate.limit)
      error(generate.range, "`generate` needs a limit: how many tokens it makes at most")
          .withHint("write the model's result as `token[<= 64]`, or add `limit 64`");
    return Type::invalid();
  }
  generate.limitSize = *limit;
  Type type = Type::scalar(Element::Token);
  type.dims.push_back(atMost(*limit));
  return type;
}
