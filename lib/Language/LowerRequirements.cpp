//===- LowerRequirements.cpp - What an instance asks of its sizes -*- C++ -*-===//
//
// Walks a model through all calls and instances with sizes as numbers. A declaration is walked once
// for each choice of sizes, however often it is used.
//
//===----------------------------------------------------------------------===//

#include "LowerRequirements.h"

#include "LowerWalk.h"
#include "gatefold/Language/Builtins.h"
#include "llvm/Support/MathExtras.h"
#include <utility>

using namespace gatefold;
using namespace gatefold::lowering;

// Far above any model that a person writes, far below what memory and a thread's stack hold.
static constexpr uint64_t mostExpressions = 1 << 20;
static constexpr unsigned mostDepth = 2000;

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

/// Null if it has been said of the same declaration.
Diagnostic *RequirementChecker::report(SourceRange range, const llvm::Twine &text) {
  const std::string message = text.str();
  if (!reported.insert({uses.back()->declaration, message}).second)
    return nullptr;
  Diagnostic &diagnostic = diagnostics.error(range, message);
  for (const Use *use : llvm::reverse(uses))
    if (!use->text.empty())
      diagnostic.note(use->range, use->text);
  return &diagnostic;
}

/// " with D = 10 and N = 3", or "" without names.
std::string RequirementChecker::valuesOf(const std::vector<std::string> &names) const {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    auto value = sizes().find(names[i]);
    if (value == sizes().end())
      continue;
    text += (text.empty()            ? " with "
             : i + 1 == names.size() ? " and "
                                     : ", ") +
            names[i] + " = " + value->second.str();
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Uses
//===----------------------------------------------------------------------===//

void RequirementChecker::grow(const Extent &inner, SourceRange range) {
  extent.expressions = std::min(extent.expressions + inner.expressions, 2 * mostExpressions);
  extent.depth = std::max(extent.depth, depth + inner.depth);
  if (isTooLarge || (extent.expressions <= mostExpressions && extent.depth <= mostDepth))
    return;
  isTooLarge = true;
  if (extent.depth > mostDepth)
    report(range, "calls and expressions lie deeper than " + llvm::Twine(mostDepth) +
                      " levels in each other");
  else
    report(range, "the model grows beyond " + llvm::Twine(mostExpressions) +
                      " expressions once all calls and instances are written out");
}

std::string RequirementChecker::keyOf(const Use &use) {
  std::string key = std::to_string(reinterpret_cast<uintptr_t>(use.declaration)) +
                    (use.isCalled ? "()" : "") + std::to_string(use.mapped);
  for (const auto &[name, size] : use.sizes)
    key += ";" + name + "=" + size.str();
  return key;
}

void RequirementChecker::checkBody(const Use &use) {
  if (use.isCalled)
    checkSizesOf(*use.declaration);
  for (const auto &symbol : use.declaration->symbols)
    if (symbol->kind == Symbol::Kind::Weight || symbol->kind == Symbol::Kind::State)
      checkType(symbol->definition, symbol->type);
  for (const StatementPtr &statement : use.declaration->body)
    checkStatement(*statement, use.isCalled);
}

RequirementChecker::Extent RequirementChecker::checkUse(const Use &use) {
  const std::string key = keyOf(use);
  if (auto known = checked.find(key); known != checked.end())
    return known->second;
  if (depth > mostDepth)
    return {0, 1};
  const Extent outerExtent = std::exchange(extent, {});
  const unsigned outerDepth = std::exchange(depth, depth + 1);
  uses.push_back(&use);
  bool isRequired = true;
  for (const StatementPtr &statement : use.declaration->body)
    if (const auto *require = llvm::dyn_cast<RequireStatement>(statement.get()))
      isRequired &= checkRequire(*require, use.isCalled);
  if (isRequired)
    checkBody(use);
  uses.pop_back();
  depth = outerDepth;
  Extent result = std::exchange(extent, outerExtent);
  result.depth = result.depth > depth ? result.depth - depth : 1;
  return checked[key] = result;
}

void RequirementChecker::checkModel(const Declaration &model, const DimBindings &sizes) {
  const Use use{&model, sizes, 1, true, {}, ""};
  checkUse(use);
  uses.push_back(&use);
  for (const Parameter &parameter : model.parameters)
    checkModelParameter(parameter);
  uses.pop_back();
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

void RequirementChecker::checkStatement(const Statement &statement, bool isCalled) {
  for (const Symbol *instance : getInstances(statement))
    checkInstance(llvm::cast<AssignStatement>(statement), *instance);
  if (const auto *loop = llvm::dyn_cast<ForStatement>(&statement); loop && isCalled)
    return checkLoop(*loop);
  if (const auto *when = llvm::dyn_cast<WhenStatement>(&statement); when && isCalled) {
    checkExpression(*when->condition);
    for (const StatementPtr &inner : when->body)
      checkStatement(*inner, isCalled);
    return;
  }
  if (isCalled)
    forEachExpression(statement,
                      [&](const Expression &expression) { checkExpression(expression); });
}

/// Every turn of a loop is a use of its own, in which the variable has another size.
void RequirementChecker::checkLoop(const ForStatement &loop) {
  const Symbol *variable = loop.symbol;
  if (!variable->array && !variable->isLoopVariable)
    checkExpression(*loop.over);
  if (!checkSize(loop.over->range, loop.count))
    return;
  const int64_t count = loop.count.substitute(sizes()).asConstant().value_or(0);
  DimBindings bindings = sizes();
  Use turn{uses.back()->declaration, bindings, uses.back()->mapped, true, loop.range, ""};
  uses.push_back(&turn);
  for (int64_t i = 0; i < count && !isTooLarge; ++i) {
    if (variable->isLoopVariable)
      bindings[variable->name] = Dim::constant(i);
    for (const StatementPtr &statement : loop.body)
      checkStatement(*statement, true);
    grow({1, 0}, loop.range);
  }
  uses.pop_back();
}

/// What a comprehension computes, it computes for each place of its axis.
void RequirementChecker::checkComprehension(const ComprehensionExpression &comprehension) {
  if (!checkSize(comprehension.over->range, comprehension.count))
    return;
  const int64_t count = comprehension.count.substitute(sizes()).asConstant().value_or(1);
  const bool isMapped = !comprehension.symbol->array;
  const int64_t mapped = isMapped ? std::min(uses.back()->mapped * count, mostElements) : 1;
  Use use{uses.back()->declaration, sizes(), mapped, true, comprehension.range, ""};
  uses.push_back(&use);
  for (int64_t i = 0; i < (isMapped ? 1 : count) && !isTooLarge; ++i)
    checkExpression(*comprehension.element);
  uses.pop_back();
}

/// " with I = 256 and H = 512" as the note of a use spells it.
static std::string spellSizes(const Declaration &declaration, const DimBindings &sizes) {
  std::string text;
  for (const DimParameter &dim : declaration.dimParameters)
    if (auto size = sizes.find(dim.name.text); size != sizes.end())
      text += (text.empty() ? "[" : ", ") + size->second.str();
  return declaration.name.text + text + (text.empty() ? "" : "]");
}

void RequirementChecker::checkInstance(const AssignStatement &statement, const Symbol &instance) {
  bool isValid = true;
  for (const auto &[name, size] : instance.dimensions)
    isValid &= checkSize(statement.value->range, size);
  if (instance.count)
    isValid &= checkSize(statement.value->range, *instance.count);
  if (!isValid)
    return;
  // Free dimensions get their sizes from a call; what needs none of them is checked here.
  const DimBindings inner = substitute(instance.dimensions, sizes());
  const Declaration &callee = *instance.declaration;
  Extent each = checkUse({&callee, inner, 1, callee.freeDims.empty(), statement.range,
                          "`" + instance.name + "` is `" + spellSizes(callee, inner) + "` here"});
  if (instance.count)
    each.expressions = llvm::SaturatingMultiply<uint64_t>(
        each.expressions + 1, *instance.count->substitute(sizes()).asConstant());
  grow(each, statement.range);
}

void RequirementChecker::checkExpression(const Expression &expression) {
  ++depth;
  grow({1, 0}, expression.range);
  if (const auto *loop = llvm::dyn_cast<ComprehensionExpression>(&expression);
      loop && !isTooLarge) {
    if (!loop->overSize && !loop->symbol->array)
      checkExpression(*loop->over);
    checkComprehension(*loop);
    checkType(expression.range, expression.type);
  } else if (!isTooLarge) {
    forEachOperand(expression, [&](const Expression &operand) { checkExpression(operand); });
    checkNode(expression);
  }
  --depth;
}

void RequirementChecker::checkNode(const Expression &expression) {
  if (!checkType(expression.range, expression.type))
    return;
  if (const auto *call = llvm::dyn_cast<CallExpression>(&expression))
    checkCall(*call);
  else if (const auto *index = llvm::dyn_cast<IndexExpression>(&expression))
    checkIndex(*index);
  else if (const auto *generate = llvm::dyn_cast<GenerateExpression>(&expression))
    checkGenerate(*generate);
  else if (const auto *member = llvm::dyn_cast<MemberExpression>(&expression))
    checkPlaces(member->elements);
  else if (const auto *scan = llvm::dyn_cast<ScanExpression>(&expression)) {
    for (const InitialMemory &memory : scan->initial)
      checkPlaces(memory.elements);
    const DimBindings inner = substitute(scan->dimensions, sizes());
    const Declaration &cell = *scan->instance->declaration;
    grow(checkUse({&cell, inner, 1, true, scan->range,
                   "`" + scan->instance->name + "` is `" + spellSizes(cell, inner) + "` here"}),
         scan->range);
  }
}

/// The room for what a decoder begins with is made before anything runs, from the free dimensions
/// alone.
void RequirementChecker::checkGenerate(const GenerateExpression &generate) {
  checkSize(generate.range, generate.limitSize);
  for (const InitialMemory &memory : generate.starting)
    checkPlaces(memory.elements);
  const DimBindings inner = substitute(generate.dimensions, sizes());
  const Declaration &cell = *generate.instance->declaration;
  grow(checkUse({&cell, inner, 1, true, generate.range,
                 "`" + generate.instance->name + "` is `" + spellSizes(cell, inner) + "` here"}),
       generate.range);
  auto checkAxes = [&](const Expression &value) {
    for (const Dim &dim : substitute(value.type.dims, sizes()))
      if (!dim.names().empty() && !dim.asName())
        report(value.range, "the size `" + dim.str() +
                                "` is not known before the data comes; the free axes of what "
                                "`generate` begins with must be free dimensions by name");
  };
  for (const ExpressionPtr &fixed : generate.fixed)
    checkAxes(*fixed);
  if (generate.prompt)
    checkAxes(*generate.prompt);
}

void RequirementChecker::checkCall(const CallExpression &call) {
  const CallTarget &target = call.target;
  if (target.kind == CallTarget::Kind::Builtin) {
    checkBuiltin(call);
    return;
  }
  for (const auto &[name, size] : target.dimensions)
    if (!checkSize(call.range, size))
      return;
  int64_t mapped = uses.back()->mapped;
  for (const Dim &size : target.mapped)
    mapped = std::min(mapped * size.substitute(sizes()).asConstant().value_or(1), mostElements);
  const DimBindings inner = substitute(target.dimensions, sizes());
  const Declaration &callee = *target.declaration;
  grow(checkUse({&callee, inner, mapped, true, call.range,
                 "in this call of `" + spellSizes(callee, inner) + "`"}),
       call.range);
}
