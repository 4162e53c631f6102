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

// Sizes and numbers of elements beyond this do not fit the 32-bit indices of tokens.
static constexpr int64_t mostElements = int64_t(1) << 31;
// Far above any model that a person writes, far below what memory and a thread's stack hold.
static constexpr uint64_t mostExpressions = 1 << 20;
static constexpr unsigned mostDepth = 2000;

static std::string textOf(SourceRange range) {
  return std::string(range.Start.getPointer(), range.End.getPointer());
}

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
// Sizes
//===----------------------------------------------------------------------===//

bool RequirementChecker::checkSize(SourceRange range, const Dim &size) {
  const Dim value = size.substitute(sizes());
  const std::string name = "`" + size.str() + "`";
  if (!value.names().empty()) {
    if (isComputable(value))
      return true;
    const std::string known = value == size ? "" : ", which is `" + value.str() + "`,";
    if (Diagnostic *message =
            report(range, "size " + name + known + " may not be whole: the data decides"))
      message->withHint("sums, whole multiples and `floor(a / b)` of free dimensions are possible");
    return false;
  }
  const std::optional<int64_t> number = value.asConstant();
  if (!number)
    report(range, "expected a whole number, but " + name + " is " + value.str() + valuesOf(size));
  else if (*number < 1)
    report(range,
           "expected a size of at least 1, but " + name + " is " + value.str() + valuesOf(size));
  else if (*number > mostElements)
    report(range,
           "expected a size of at most 2^31, but " + name + " is " + value.str() + valuesOf(size));
  return number && *number >= 1 && *number <= mostElements;
}

bool RequirementChecker::checkType(SourceRange range, const Type &type) {
  if (type.isInvalid())
    return true;
  int64_t elements = uses.back()->mapped;
  for (const Dim &dim : type.dims) {
    if (!checkSize(range, dim))
      return false;
    if (llvm::MulOverflow(elements, dim.substitute(sizes()).asConstant().value_or(1), elements))
      elements = mostElements + 1;
    if (elements <= mostElements)
      continue;
    Type value = type;
    value.dims = substitute(type.dims, sizes());
    report(range, "expected at most 2^31 elements, but this is " + value.str());
    return false;
  }
  return true;
}

/// Whether the type is another one in every turn of a loop; then what has it is checked there.
static bool dependsOnTurn(const Declaration &declaration, const Type &type) {
  return llvm::any_of(declaration.symbols, [&](const auto &symbol) {
    return symbol->isLoopVariable && llvm::any_of(type.dims, [&](const Dim &dim) {
             return llvm::is_contained(dim.names(), symbol->name);
           });
  });
}

void RequirementChecker::checkSizesOf(const Declaration &declaration) {
  for (const ExactDivision &division : declaration.divisions) {
    const Dim value = division.quotient.substitute(sizes());
    if (value.names().empty() && !value.asConstant())
      report(division.range, "expected a whole number, but `" + division.quotient.str() + "` is " +
                                 value.str() + valuesOf(division.quotient));
  }
  for (const auto &symbol : declaration.symbols)
    if (symbol->kind != Symbol::Kind::Dimension && symbol->kind != Symbol::Kind::Constant &&
        !dependsOnTurn(declaration, symbol->type))
      checkType(symbol->definition, symbol->type);
  for (const ResultSyntax &result : declaration.results)
    checkType(result.type.range, result.resolved);
}

/// Whether the relation holds; nullopt if the data decides.
std::optional<bool> RequirementChecker::holds(const RequireStatement &require) const {
  const Dim leftDim = require.leftDim.substitute(sizes());
  const Dim rightDim = require.rightDim.substitute(sizes());
  const Dim modulus = require.modulus.value_or(Dim::constant(1)).substitute(sizes());
  // Equal arithmetic is equal for every size.
  if (require.relation == BinaryOperator::Equal && !require.modulus && leftDim == rightDim)
    return true;
  for (const Dim &size : {leftDim, rightDim, modulus})
    if (!size.names().empty())
      return std::nullopt;
  if (!leftDim.asConstant() || !rightDim.asConstant() || modulus.asConstant().value_or(0) < 1)
    return false;
  const int64_t right = *rightDim.asConstant(), divisor = *modulus.asConstant();
  const int64_t left = require.modulus ? ((*leftDim.asConstant() % divisor) + divisor) % divisor
                                       : *leftDim.asConstant();
  switch (require.relation) {
  case BinaryOperator::Equal:
    return left == right;
  case BinaryOperator::NotEqual:
    return left != right;
  case BinaryOperator::Less:
    return left < right;
  case BinaryOperator::LessEqual:
    return left <= right;
  case BinaryOperator::Greater:
    return left > right;
  default:
    return left >= right;
  }
}

/// Returns whether the use may go on: what a broken requirement explains is not reported again.
bool RequirementChecker::checkRequire(const RequireStatement &require, bool isCalled) {
  const std::optional<bool> result = holds(require);
  if (result.value_or(!isCalled))
    return true;
  std::set<std::string> names;
  for (const Dim &size : {require.leftDim, require.modulus.value_or(Dim()), require.rightDim})
    for (const std::string &name : size.names())
      names.insert(name);
  const std::string text = "`" + textOf(require.range) + "`";
  const std::string values = valuesOf({names.begin(), names.end()});
  if (result)
    report(require.range, text + " does not hold" + values);
  else
    report(require.range, (values.empty() ? "" : values.substr(1) + ", ") + text +
                              " cannot be known before the data comes");
  return false;
}

void RequirementChecker::checkModelParameter(const Parameter &parameter) {
  if (!parameter.symbol)
    return;
  for (const Dim &dim : parameter.symbol->type.dims) {
    const Dim value = dim.substitute(sizes());
    if (value.names().empty() || value.asName())
      continue;
    if (Diagnostic *message = report(parameter.type.range,
                                     "expected a name or a number for the size of a model's input, "
                                     "found `" +
                                         value.str() + "`"))
      message->withHint("give this axis a name of its own");
  }
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

/// The places in arrays on the way to a memory.
void RequirementChecker::checkPlaces(llvm::ArrayRef<ArrayPlace> elements) {
  for (const ArrayPlace &element : elements) {
    const std::optional<int64_t> place = element.place.substitute(sizes()).asConstant();
    const std::optional<int64_t> count = element.count.substitute(sizes()).asConstant();
    if (!count || (place && *place >= 0 && *place < *count))
      continue;
    report(element.range, "the place `" + textOf(element.range) + "`" +
                              valuesOf(element.place.names()) +
                              " does not lie within an array of " + llvm::Twine(*count));
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

void RequirementChecker::checkBuiltin(const CallExpression &call) {
  const BuiltinKind kind = call.target.builtin->kind;
  if (kind == BuiltinKind::Flatten || kind == BuiltinKind::Reshape)
    checkReshape(call);
  for (const Dim &size : call.target.sizes) {
    const Dim value = size.substitute(sizes());
    const int64_t least = kind == BuiltinKind::Windows ? 1 : 0;
    if (!value.names().empty())
      report(call.range, "`" + call.target.builtin->name +
                             "` needs sizes that are known before the data comes, found `" +
                             value.str() + "`");
    else if (value.asConstant().value_or(-1) < least)
      report(call.range, "expected a whole size of at least " + llvm::Twine(least) + ", but `" +
                             size.str() + "` is " + value.str() + valuesOf(size));
    else if (kind == BuiltinKind::Reflect)
      checkReflect(call, size);
  }
}

/// An element is mirrored at most once.
void RequirementChecker::checkReflect(const CallExpression &call, const Dim &border) {
  const Dim &axis = call.target.arguments[0]->type.dims[call.target.axes[0]];
  const std::optional<int64_t> extent = axis.substitute(sizes()).asConstant();
  const int64_t mirrored = border.substitute(sizes()).asConstant().value_or(0);
  if (extent && mirrored >= *extent)
    report(call.range, "an axis of size " + llvm::Twine(*extent) + " reflects at most " +
                           llvm::Twine(*extent - 1) + " elements, but `" + border.str() + "` is " +
                           llvm::Twine(mirrored) + valuesOf(border));
}

void RequirementChecker::checkReshape(const CallExpression &call) {
  const Type &type = call.target.arguments[0]->type;
  const Shape shape = substitute(type.dims, sizes());
  const Shape result = substitute(call.type.dims, sizes());
  if (isReshape(shape, result))
    return;
  report(call.range, "`" + call.target.builtin->name +
                         "` needs sizes that are known before the data comes, found " +
                         Type{type.element, shape}.str());
}

void RequirementChecker::checkIndex(const IndexExpression &index) {
  const Shape shape = substitute(index.base->type.dims, sizes());
  size_t axis = 0;
  for (const IndexItem &item : index.items) {
    if (item.kind == IndexItem::Kind::NewAxis)
      continue;
    if (axis < shape.size() && (item.kind == IndexItem::Kind::Slice || item.isStatic))
      checkRange(item, shape[axis]);
    ++axis;
  }
}

void RequirementChecker::checkRange(const IndexItem &item, const Dim &size) {
  const bool isSlice = item.kind == IndexItem::Kind::Slice;
  const Dim begin = item.begin.substitute(sizes());
  const Dim end = isSlice ? item.end.substitute(sizes()) : begin + Dim::constant(1);
  if (isSlice && begin == Dim() && end == size)
    return;
  const std::optional<int64_t> count = (end - begin).asConstant();
  const std::optional<int64_t> offset = offsetOnAxis(begin, size);
  const std::string text = "`" + textOf(item.range) + "`" + valuesOf(item.begin);
  if (!count || !offset) {
    if (Diagnostic *message = report(
            item.range, text + " takes a part of unknown size from an axis of size " + size.str()))
      message->withHint("a part of a free axis needs a size that is a number");
    return;
  }
  // An offset below 0 counts from the end of an axis whose size the data decides.
  const std::optional<int64_t> extent = size.asConstant();
  const bool fits = begin.asConstant() ? *offset >= 0 && (!extent || *offset + *count <= *extent)
                                       : *offset + *count <= 0;
  if (*count < 1 || !fits)
    report(item.range, text + " is " + (isSlice ? begin.str() + ":" + end.str() : begin.str()) +
                           ", which does not lie within an axis of size " + size.str());
}
