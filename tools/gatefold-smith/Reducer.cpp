//===- Reducer.cpp - Makes failing models small ------------------*- C++ -*-===//
//
// Every way to make a tree smaller is tried at every place, from the outside to the inside, until
// none helps any more.
//
//===----------------------------------------------------------------------===//

#include "Reducer.h"
#include "Cleanup.h"

using namespace gatefold;
using namespace gatefold::smith;

namespace {
/// Reduces one tree.
class Reducer {
public:
  Reducer(Tree tree, const Condition &holds, const std::function<bool()> &mayGoOn)
      : best(std::move(tree)), holds(holds), mayGoOn(mayGoOn) {}
  Tree run();

private:
  bool tryTree(Tree candidate);
  bool dropOutputs();
  bool moveOutputs();
  bool dropBlocks();
  bool simplifyExpressions();
  bool shrinkMemories();
  bool shrinkSizes();

  Tree best;
  const Condition &holds;
  const std::function<bool()> &mayGoOn;
};

/// An expression with the place that it stands in.
struct Place {
  Declaration *declaration;
  Expression *expression;
  std::vector<Binding> known;
};
} // namespace

bool Reducer::tryTree(Tree candidate) {
  if (!mayGoOn())
    return false;
  dropUnused(candidate);
  if (!holds(candidate))
    return false;
  best = std::move(candidate);
  return true;
}

//===----------------------------------------------------------------------===//
// Outputs and blocks
//===----------------------------------------------------------------------===//

bool Reducer::dropOutputs() {
  bool changed = false;
  for (size_t index = best.declarations.back().results.size(); index-- > 0;) {
    if (best.declarations.back().results.size() == 1)
      break;
    Tree candidate = best;
    std::vector<Expression> &results = candidate.declarations.back().results;
    results.erase(results.begin() + static_cast<ptrdiff_t>(index));
    changed |= tryTree(std::move(candidate));
  }
  return changed;
}

/// Lets the model return what stands further up: its last stages fall.
bool Reducer::moveOutputs() {
  bool changed = false;
  for (size_t index = 0; index < best.declarations.back().results.size(); ++index) {
    std::vector<Binding> values = best.declarations.back().parameters;
    for (const Statement &statement : best.declarations.back().statements)
      if (statement.kind == Statement::Kind::Value)
        values.insert(values.end(), statement.bindings.begin(), statement.bindings.end());
    for (const Binding &value : values) {
      if (value.type.element == Element::Memories)
        continue;
      if (value.name == best.declarations.back().results[index].text)
        break;
      Tree candidate = best;
      candidate.declarations.back().results[index] = refer(value);
      if (!tryTree(std::move(candidate)))
        continue;
      changed = true;
      break;
    }
  }
  return changed;
}

/// Puts the statements of blocks in their place, and leaves loops and second instances out.
bool Reducer::dropBlocks() {
  bool changed = false;
  for (size_t which = 0; which < best.declarations.size(); ++which)
    for (size_t index = 0; index < best.declarations[which].statements.size(); ++index) {
      const Statement statement = best.declarations[which].statements[index];
      const bool isArray = statement.kind == Statement::Kind::Instance && statement.extent > 1;
      if (statement.body.empty() && !isArray)
        continue;
      Tree candidate = best;
      std::vector<Statement> &statements = candidate.declarations[which].statements;
      if (isArray)
        statements[index].extent = 1;
      else
        statements.erase(statements.begin() + static_cast<ptrdiff_t>(index));
      if (statement.kind == Statement::Kind::When)
        statements.insert(statements.begin() + static_cast<ptrdiff_t>(index),
                          statement.body.begin(), statement.body.end());
      changed |= tryTree(std::move(candidate));
      if (which >= best.declarations.size())
        break;
    }
  return changed;
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

/// All places of a tree; outer ones first.
static std::vector<Place> findPlaces(Tree &tree) {
  std::vector<Place> places;
  // Results first: what stands above them may fall with them.
  for (size_t index = tree.declarations.size(); index-- > 0;) {
    Declaration &declaration = tree.declarations[index];
    walkRoots(declaration, [&](Expression &root, const std::vector<Binding> &known) {
      walk(root,
           [&](Expression &expression) { places.push_back({&declaration, &expression, known}); });
    });
  }
  return places;
}

static void collectDescendants(const Expression &expression, const Type &type,
                               std::vector<Expression> &into) {
  for (const Expression &operand : expression.operands) {
    if (operand.type == type)
      into.push_back(operand);
    collectDescendants(operand, type, into);
  }
}

/// Simpler expressions of the same type.
static std::vector<Expression> findReplacements(const Tree &tree, const Place &place) {
  const Expression &now = *place.expression;
  std::vector<Expression> simpler;
  if (now.type.element == Element::Memories)
    return simpler;
  const bool isLeaf = now.operands.empty();
  const bool isWeight = isLeaf && now.text.rfind("simple", 0) == 0;
  if (isWeight || (isLeaf && now.kind == Expression::Kind::Operation))
    return simpler;
  for (const Binding &binding : place.known) {
    // In place of a name only one further up, so that there is an end.
    if (isLeaf && binding.name == now.text)
      break;
    if (binding.type == now.type)
      simpler.push_back(refer(binding));
  }
  if (now.type == floats())
    simpler.push_back(operate("0.5", now.type, {}));
  if (now.type == Type{Element::I32, {}})
    simpler.push_back(operate("1", now.type, {}));
  if (now.type == Type{Element::Bool, {}} && now.text != "true")
    simpler.push_back(operate("true", now.type, {}));
  if (now.type.element == Element::F32 && !now.type.shape.empty() && isStatic(tree, now.type) &&
      place.declaration->kind != Declaration::Kind::Function)
    simpler.push_back(refer({"simple", now.type}));
  collectDescendants(now, now.type, simpler);
  return simpler;
}

/// Gives a new weight a name and declares it.
static void declareWeight(Declaration &declaration, Expression &expression) {
  unsigned number = 1;
  auto isTaken = [&](const std::string &name) {
    for (const Statement &statement : declaration.statements)
      if (statement.kind == Statement::Kind::Weight && statement.bindings[0].name == name)
        return true;
    return false;
  };
  while (isTaken("simple" + std::to_string(number)))
    ++number;
  expression.text += std::to_string(number);
  Statement weight{Statement::Kind::Weight, {{expression.text, expression.type}}};
  // Behind this the expression is somewhere else.
  declaration.statements.insert(declaration.statements.begin(), std::move(weight));
}

bool Reducer::simplifyExpressions() {
  bool changed = false;
  for (size_t index = 0; index < findPlaces(best).size(); ++index) {
    bool tryingAgain = true;
    while (tryingAgain) {
      tryingAgain = false;
      std::vector<Place> places = findPlaces(best);
      if (index >= places.size())
        break;
      std::vector<Expression> replacements = findReplacements(best, places[index]);
      for (Expression &replacement : replacements) {
        Tree candidate = best;
        Place place = findPlaces(candidate)[index];
        *place.expression = std::move(replacement);
        if (place.expression->text == "simple")
          declareWeight(*place.declaration, *place.expression);
        if (measure(candidate) > measure(best) + 1 || !tryTree(std::move(candidate)))
          continue;
        changed = true;
        tryingAgain = !findPlaces(best)[std::min(index, findPlaces(best).size() - 1)]
                           .expression->operands.empty();
        break;
      }
      if (!mayGoOn())
        return changed;
    }
  }
  return changed;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// Windows and states that reach back, shorter.
bool Reducer::shrinkMemories() {
  bool changed = false;
  for (size_t which = 0; which < best.declarations.size(); ++which)
    for (size_t index = 0; index < best.declarations[which].statements.size(); ++index) {
      const Statement &statement = best.declarations[which].statements[index];
      const bool reachesBack =
          statement.kind == Statement::Kind::Window || statement.kind == Statement::Kind::State;
      if (!reachesBack || !statement.extent || *statement.extent == 1)
        continue;
      Tree candidate = best;
      Statement &shorter = candidate.declarations[which].statements[index];
      shorter.extent = *shorter.extent - 1;
      candidate.sizes[shorter.bindings[0].type.shape[0][0]].value = *shorter.extent;
      changed |= tryTree(std::move(candidate));
      if (which >= best.declarations.size())
        break;
    }
  return changed;
}

bool Reducer::shrinkSizes() {
  bool changed = false;
  for (size_t index = 0; index < best.sizes.size(); ++index) {
    if (best.sizes[index].isFree)
      continue;
    if (best.sizes[index].isNamed) {
      Tree candidate = best;
      candidate.sizes[index].isNamed = false;
      changed |= tryTree(std::move(candidate));
    }
    // The lengths of windows go with their statements.
    if (best.sizes[index].name.empty())
      continue;
    const int64_t now = best.sizes[index].value;
    for (int64_t smaller : {int64_t(1), int64_t(2), int64_t(4), now / 2, now - 1}) {
      if (smaller >= now || smaller < 1)
        continue;
      Tree candidate = best;
      candidate.sizes[index].value = smaller;
      if (tryTree(std::move(candidate))) {
        changed = true;
        break;
      }
    }
  }
  return changed;
}

Tree Reducer::run() {
  for (bool changing = true; changing && mayGoOn();) {
    changing = dropOutputs();
    changing |= moveOutputs();
    changing |= dropBlocks();
    changing |= simplifyExpressions();
    changing |= shrinkMemories();
    changing |= shrinkSizes();
  }
  return std::move(best);
}

Tree smith::reduce(Tree tree, const Condition &holds, const std::function<bool()> &mayGoOn) {
  return Reducer(std::move(tree), holds, mayGoOn).run();
}

size_t smith::measure(Tree tree) {
  size_t size = 0;
  for (Declaration &declaration : tree.declarations) {
    size += 1 + declaration.statements.size() + declaration.parameters.size();
    walkRoots(declaration, [&](Expression &root, const std::vector<Binding> &) {
      walk(root, [&](Expression &) { ++size; });
    });
  }
  return size;
}
