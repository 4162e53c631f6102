//===- OuterUpdate.cpp - States that outer products write ----------------*- C++ -*-===//

#include "OuterUpdate.h"
#include "LinearForm.h"
#include "Narrowing.h"
#include "gatefold/IR/Explain.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace gatefold;

/// The most terms of a sum that are looked at.
static constexpr size_t mostTerms = 8;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

namespace {

/// A part of a sum: a product of factors, and of the state if it is not `fixed`.
struct Term {
  Factors factors;
  bool isNegative = false;
  Value state; ///< in front of the step, or behind it; null for what does not depend on it
};

/// Why a state is none that is looked for; the first reason counts.
class Refusal {
public:
  bool set(const Twine &text) {
    if (reason.empty())
      reason = text.str();
    return false;
  }
  std::string reason;
};

class OuterMatcher {
public:
  OuterMatcher(ir::ScanOp scan, const StepGraph &graph, unsigned number)
      : scan(scan), graph(graph), state(scan.getMemoryArguments()[number]),
        next(scan.getYield().getNext()[number]) {
    update.memory = number;
  }

  bool match(ArrayRef<unsigned> component);

  OuterUpdate update;
  Refusal refusal;

private:
  void findDependents();
  bool collectTerms(Value value, Term term, SmallVectorImpl<Term> &terms);
  bool matchReads();
  bool matchRead(Operation *op);
  bool matchProduct(ir::DotOp dot, OuterRead &read, Value &from);
  bool matchSum(ir::ReduceOp reduce, Value &from);
  bool chooseKeyAxis(unsigned axis);
  bool matchUpdate();
  bool splitFactor(Factor factor);
  bool isRepeatedAlong(ArrayRef<Factor> factors, unsigned axis) {
    return llvm::all_of(factors,
                        [&](Factor factor) { return narrowing.isRepeated(factor.value, axis); });
  }

  ir::ScanOp scan;
  const StepGraph &graph;
  Value state, next;
  llvm::DenseSet<Value> dependents; ///< all that depends on the state
  bool hasRead = false;
  Narrowing narrowing;
};

} // namespace

void OuterMatcher::findDependents() {
  dependents.insert(state);
  for (unsigned node = 0; node < graph.getNumOperations(); ++node) {
    Operation *op = graph.getOperation(node);
    if (llvm::any_of(getUsedValues(op), [&](Value value) { return dependents.contains(value); }))
      dependents.insert(op->result_begin(), op->result_end());
  }
}

//===----------------------------------------------------------------------===//
// Sums of products
//===----------------------------------------------------------------------===//

/// Writes `value` by `term` as a sum of products; false where it is none.
bool OuterMatcher::collectTerms(Value value, Term term, SmallVectorImpl<Term> &terms) {
  bool isState = value == state || (hasRead && value == next);
  if (isState || !dependents.contains(value)) {
    if (isState)
      term.state = value;
    else
      term.factors.push_back({value, false});
    terms.push_back(std::move(term));
    return terms.size() <= mostTerms || refusal.set("it is a sum of too many terms");
  }
  Operation *op = value.getDefiningOp();
  if (!llvm::is_contained(update.operations, op))
    update.operations.push_back(op);
  if (isa<arith::NegFOp>(op)) {
    term.isNegative = !term.isNegative;
    return collectTerms(op->getOperand(0), std::move(term), terms);
  }
  if (isa<arith::AddFOp, arith::SubFOp>(op)) {
    Term second = term;
    second.isNegative ^= isa<arith::SubFOp>(op);
    return collectTerms(op->getOperand(0), std::move(term), terms) &&
           collectTerms(op->getOperand(1), std::move(second), terms);
  }
  bool isFirst = dependents.contains(op->getOperand(0));
  if (isa<arith::MulFOp, arith::DivFOp>(op) && (isFirst || isa<arith::MulFOp>(op)) &&
      isFirst != dependents.contains(op->getOperand(1))) {
    term.factors.push_back({op->getOperand(isFirst ? 1 : 0), isa<arith::DivFOp>(op)});
    return collectTerms(op->getOperand(isFirst ? 0 : 1), std::move(term), terms);
  }
  return refusal.set("it goes through `" + op->getName().stripDialect() + "`");
}

//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

bool OuterMatcher::chooseKeyAxis(unsigned axis) {
  if (axis > 1)
    return refusal.set("it is read by a sum over another axis than the last two");
  if (!update.reads.empty() && update.keyAxis != axis)
    return refusal.set("it is read by sums over different axes");
  update.keyAxis = axis;
  update.valueAxis = 1 - axis;
  return true;
}

/// `from` becomes the operand of the product that depends on the state.
bool OuterMatcher::matchProduct(ir::DotOp dot, OuterRead &read, Value &from) {
  bool isLeft = dependents.contains(dot.getLhs());
  from = isLeft ? dot.getLhs() : dot.getRhs();
  read.query = isLeft ? dot.getRhs() : dot.getLhs();
  if (dependents.contains(read.query))
    return refusal.set("both sides of a product depend on it");
  bool isVector = typeOf(read.query).getRank() == int64_t(dot.getMapped()) + 1 &&
                  !(isLeft && dot.getTransposed());
  if (typeOf(from) != typeOf(state) || !isVector ||
      int64_t(dot.getMapped()) > typeOf(state).getRank() - 2)
    return refusal.set("it is read by a product with more than one query");
  return chooseKeyAxis(dot.getTransposed() ? 1 : 0);
}

bool OuterMatcher::matchSum(ir::ReduceOp reduce, Value &from) {
  from = reduce.getInput();
  if (reduce.getKind() != ir::ReductionKind::Sum || reduce.getAxes().size() != 1)
    return refusal.set("it is read by another reduction than a sum over one axis");
  return chooseKeyAxis(reduce.getAxes().front());
}

bool OuterMatcher::matchRead(Operation *op) {
  OuterRead read;
  read.op = op;
  Value from;
  auto dot = dyn_cast<ir::DotOp>(op);
  bool isRead = dot ? matchProduct(dot, read, from) : matchSum(cast<ir::ReduceOp>(op), from);
  SmallVector<Term> terms;
  if (!isRead || !collectTerms(from, {}, terms))
    return false;
  if (terms.size() != 1 || !terms[0].state || terms[0].isNegative)
    return refusal.set("what is read is a sum with something else");
  if (!isRepeatedAlong(terms[0].factors, update.valueAxis))
    return refusal.set("what it is read by differs in every element");
  read.factors = terms[0].factors;
  read.isBefore = terms[0].state == state;
  update.reads.push_back(read);
  update.operations.push_back(op);
  return true;
}

/// All that uses the state, or its next value, has to end in a read.
bool OuterMatcher::matchReads() {
  hasRead = true;
  llvm::DenseSet<Value> open{state, next};
  for (unsigned node = 0; node < graph.getNumOperations(); ++node) {
    Operation *op = graph.getOperation(node);
    bool uses = llvm::any_of(getUsedValues(op), [&](Value value) { return open.contains(value); });
    if (!uses)
      continue;
    if (isa<ir::DotOp, ir::ReduceOp>(op)) {
      if (!matchRead(op))
        return false;
    } else if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, arith::NegFOp>(op)) {
      open.insert(op->getResult(0));
    } else {
      return refusal.set("it goes through `" + op->getName().stripDialect() + "`");
    }
  }
  ir::YieldOp yield = scan.getYield();
  for (Value output : yield.getOutputs())
    if (open.contains(output))
      return refusal.set("it is a result of every step");
  for (auto [number, value] : llvm::enumerate(yield.getNext()))
    if (number != update.memory && open.contains(value))
      return refusal.set("another state takes it over");
  return !update.reads.empty() || refusal.set("no step reads it");
}

//===----------------------------------------------------------------------===//
// The update
//===----------------------------------------------------------------------===//

/// Sorts a factor of the outer product into keys and values.
bool OuterMatcher::splitFactor(Factor factor) {
  if (narrowing.isRepeated(factor.value, update.valueAxis)) {
    update.keys.push_back(factor);
    return true;
  }
  if (narrowing.isRepeated(factor.value, update.keyAxis)) {
    update.values.push_back(factor);
    return true;
  }
  Operation *op = factor.value.getDefiningOp();
  if (op && isa<arith::MulFOp>(op))
    return splitFactor({op->getOperand(0), factor.divides}) &&
           splitFactor({op->getOperand(1), factor.divides});
  if (op && isa<arith::DivFOp>(op))
    return splitFactor({op->getOperand(0), factor.divides}) &&
           splitFactor({op->getOperand(1), !factor.divides});
  return refusal.set("what is added to it is no outer product");
}

bool OuterMatcher::matchUpdate() {
  hasRead = false;
  SmallVector<Term> terms;
  if (!collectTerms(next, {}, terms))
    return false;
  if (terms.size() != 2 || bool(terms[0].state) == bool(terms[1].state))
    return refusal.set("it is not itself by a factor and one outer product");
  const Term &kept = terms[terms[0].state ? 0 : 1], &added = terms[terms[0].state ? 1 : 0];
  if (kept.isNegative || !isRepeatedAlong(kept.factors, update.valueAxis))
    return refusal.set("its decay differs in every element");
  update.decay = kept.factors;
  update.isDecayOfHeads = isRepeatedAlong(kept.factors, update.keyAxis);
  update.isSubtracted = added.isNegative;
  return llvm::all_of(added.factors, [&](Factor factor) { return splitFactor(factor); });
}

bool OuterMatcher::match(ArrayRef<unsigned> component) {
  RankedTensorType type = typeOf(state);
  if (type.getRank() < 2 || !type.hasStaticShape() || !type.getElementType().isF32())
    return refusal.set("it is no matrix");
  findDependents();
  return matchReads() && matchUpdate();
}

OuterMatch gatefold::matchOuterUpdate(ir::ScanOp scan, const StepGraph &graph,
                                      ArrayRef<unsigned> component) {
  SmallVector<unsigned, 2> memories;
  for (unsigned node : component)
    if (graph.isMemory(node))
      memories.push_back(graph.getMemoryNumber(node));
  if (memories.size() != 1)
    return {std::nullopt, "they depend on each other"};
  if (findLinearForm(graph, component).linearity == Linearity::Matrix)
    return {std::nullopt, "what is added to it is computed from it"};
  if (scan.getReverse())
    return {std::nullopt, "time runs backward"};
  OuterMatcher matcher(scan, graph, memories.front());
  if (!matcher.match(component))
    return {std::nullopt, matcher.refusal.reason};
  return {std::move(matcher.update), ""};
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

namespace {

/// Multiplies values in the body of a scan, in front of its end.
class ProductBuilder {
public:
  ProductBuilder(ir::ScanOp scan, Location loc) : builder(scan.getYield()), loc(loc) {}

  /// Multiplies `start`, which may be null, by factors of which `axes` are left out, in this order.
  Value multiply(Value start, ArrayRef<Factor> factors, ArrayRef<unsigned> axes,
                 RankedTensorType type);
  /// A value of `axes` that counts for all of some axes of `type` in front of its last one.
  Value repeat(Value value, RankedTensorType type);
  Value negate(Value value) { return arith::NegFOp::create(builder, loc, value); }

private:
  OpBuilder builder;
  Location loc;
  Narrowing narrowing;
};

} // namespace

Value ProductBuilder::multiply(Value start, ArrayRef<Factor> factors, ArrayRef<unsigned> axes,
                               RankedTensorType type) {
  Value product = start;
  for (Factor factor : factors) {
    Value value = factor.value;
    for (unsigned axis : axes)
      value = narrowing.build(value, axis);
    if (!product && !factor.divides) {
      product = value;
      continue;
    }
    if (!product)
      product = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, 1.0f));
    product = factor.divides ? arith::DivFOp::create(builder, loc, product, value).getResult()
                             : arith::MulFOp::create(builder, loc, product, value).getResult();
  }
  if (!product)
    product = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, 1.0f));
  return product;
}

Value ProductBuilder::repeat(Value value, RankedTensorType type) {
  if (!value || value.getType() == type)
    return value;
  SmallVector<int64_t> axes;
  for (int64_t axis = 1; axis <= type.getRank() - typeOf(value).getRank(); ++axis)
    axes.push_back(axis);
  return ir::BroadcastOp::create(builder, loc, type, value, ValueRange{},
                                 builder.getDenseI64ArrayAttr(axes));
}

SmallVector<Value> OuterOperands::list() const {
  SmallVector<Value> values{key, value};
  if (decay)
    values.push_back(decay);
  llvm::append_range(values, queries);
  return values;
}

OuterOperands gatefold::buildOuterOperands(ir::ScanOp scan, const OuterUpdate &update) {
  Value state = scan.getMemoryArguments()[update.memory];
  RankedTensorType type = typeOf(state);
  SmallVector<int64_t> keyShape(type.getShape()), valueShape(type.getShape());
  keyShape.erase(keyShape.end() - 1 - update.valueAxis);
  valueShape.erase(valueShape.end() - 1 - update.keyAxis);
  RankedTensorType keyType = type.clone(keyShape), valueType = type.clone(valueShape);
  RankedTensorType headType = type.clone(type.getShape().drop_back(2));

  ProductBuilder products(scan, scan.getYield().getNext()[update.memory].getLoc());
  OuterOperands operands;
  if (!update.decay.empty())
    operands.decay = update.isDecayOfHeads
                         ? products.multiply(Value(), update.decay, {1, 0}, headType)
                         : products.multiply(Value(), update.decay, {update.valueAxis}, keyType);
  operands.key = products.multiply(Value(), update.keys, {update.valueAxis}, keyType);
  operands.value = products.multiply(Value(), update.values, {update.keyAxis}, valueType);
  if (update.isSubtracted)
    operands.value = products.negate(operands.value);
  for (const OuterRead &read : update.reads) {
    ProductBuilder atRead(scan, read.op->getLoc());
    operands.queries.push_back(atRead.multiply(atRead.repeat(read.query, keyType), read.factors,
                                               {update.valueAxis}, keyType));
  }
  return operands;
}
