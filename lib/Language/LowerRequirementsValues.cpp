//===- LowerRequirementsValues.cpp - What sizes have to be ----------*- C++ -*-===//
//
// Checks the sizes of types, the relations of `require`, and the ranges and places that are taken
// of an axis.
//
//===----------------------------------------------------------------------===//

#include "LowerRequirements.h"

#include "gatefold/Language/Builtins.h"
#include "llvm/Support/MathExtras.h"

using namespace gatefold;
using namespace gatefold::lowering;

static std::string textOf(SourceRange range) {
  return std::string(range.Start.getPointer(), range.End.getPointer());
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
static bool dependsOnTurn(const Type &type, llvm::ArrayRef<llvm::StringRef> loopVariables) {
  return llvm::any_of(loopVariables, [&](llvm::StringRef variable) {
    return llvm::any_of(type.dims,
                        [&](const Dim &dim) { return llvm::is_contained(dim.names(), variable); });
  });
}

void RequirementChecker::checkSizesOf(const Declaration &declaration) {
  for (const ExactDivision &division : declaration.divisions) {
    const Dim value = division.quotient.substitute(sizes());
    if (value.names().empty() && !value.asConstant())
      report(division.range, "expected a whole number, but `" + division.quotient.str() + "` is " +
                                 value.str() + valuesOf(division.quotient));
  }
  std::vector<llvm::StringRef> loopVariables;
  for (const auto &symbol : declaration.symbols)
    if (symbol->isLoopVariable)
      loopVariables.push_back(symbol->name);
  for (const auto &symbol : declaration.symbols)
    if (symbol->kind != Symbol::Kind::Dimension && symbol->kind != Symbol::Kind::Constant &&
        !dependsOnTurn(symbol->type, loopVariables))
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
// Parts of axes
//===----------------------------------------------------------------------===//

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
