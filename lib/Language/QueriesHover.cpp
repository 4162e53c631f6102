//===- QueriesHover.cpp - What is said of a place ------------------*- C++ -*-===//
//
// The meaning of the word at a place, and the shapes of the operator or call there.
//
//===----------------------------------------------------------------------===//

#include "QueriesText.h"
#include "SyntaxWalk.h"
#include "gatefold/Language/Queries.h"

using namespace gatefold;
using namespace gatefold::queries;

namespace {
/// The operator or call at a place.
struct Operation {
  const BinaryExpression *binary = nullptr;
  const CallExpression *call = nullptr;
  const ScanExpression *scan = nullptr;
};
} // namespace

static bool startsAt(SourceRange range, const Token &token) {
  return range.isValid() && range.Start.getPointer() == token.text.begin();
}

/// The operator that `token` is, or the call whose callee it begins.
static Operation findOperation(const Declaration &declaration, const Token &token) {
  Operation found;
  forEachExpression(declaration, [&](const Expression &expression) {
    if (const auto *binary = llvm::dyn_cast<BinaryExpression>(&expression)) {
      if (startsAt(binary->opRange, token))
        found.binary = binary;
    } else if (const auto *call = llvm::dyn_cast<CallExpression>(&expression)) {
      if (startsAt(call->callee->range, token))
        found.call = call;
    } else if (const auto *scan = llvm::dyn_cast<ScanExpression>(&expression)) {
      if (startsAt(scan->callee.range, token))
        found.scan = scan;
    }
  });
  return found;
}

static std::string typesOf(llvm::ArrayRef<Type> types) {
  std::string text;
  llvm::interleave(types, [&](const Type &type) { text += type.str(); }, [&] { text += ", "; });
  return text;
}

static std::string describeOperator(const BinaryExpression &binary) {
  if (binary.type.isInvalid() || binary.left->type.isInvalid() || binary.right->type.isInvalid() ||
      binary.type.element == Element::Number)
    return "";
  return codeBlock((binary.left->type.str() + " " + spell(binary.op) + " " +
                    binary.right->type.str() + " -> " + binary.type.str())
                       .str());
}

/// The shapes that a call has where it stands.
static std::string describeCall(const Operation &operation) {
  llvm::ArrayRef<Type> results;
  if (operation.scan)
    results = operation.scan->results;
  else if (operation.call && !operation.call->target.results.empty())
    results = operation.call->target.results;
  else if (operation.call && !operation.call->type.isInvalid())
    results = operation.call->type;
  return results.empty() ? "" : "\n\nhere: " + code(typesOf(results));
}

std::optional<HoverText> Queries::hover(size_t offset) const {
  const char *place = placeOf(offset);
  const std::optional<size_t> index = tokens->at(place);
  if (!index || tokens->isInProse(place))
    return std::nullopt;
  const Token &token = (*tokens)[*index];
  std::string text = describe(names->resolve(*index));
  if (const Declaration *declaration = names->enclosing(place)) {
    const Operation operation = findOperation(*declaration, token);
    if (operation.binary)
      text = describeOperator(*operation.binary);
    else if (!text.empty())
      text += describeCall(operation);
  }
  if (text.empty())
    return std::nullopt;
  return HoverText{token.range(), std::move(text)};
}
