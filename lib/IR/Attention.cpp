//===- Attention.cpp - Attention in one pass ---------------------*- C++ -*-===//
//
// Building, printing and checking `gatefold.attend`.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Attention.h"
#include "ShapeHelpers.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace gatefold::ir;

#define GET_OP_CLASSES
#include "gatefold/IR/GatefoldAttentionOps.cpp.inc"

//===----------------------------------------------------------------------===//
// What may stand in the region
//===----------------------------------------------------------------------===//

bool gatefold::ir::isScoreElementwise(Operation *op) {
  if (op->getNumResults() != 1 || !isa<RankedTensorType>(op->getResult(0).getType()))
    return false;
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return cast<ElementsAttr>(constant.getValue()).isSplat();
  // The elements behind the last key are anything, so nothing may trap.
  if (isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::CeilDivSIOp,
          arith::CeilDivUIOp, arith::FloorDivSIOp>(op))
    return false;
  return isa<BroadcastOp>(op) ||
         (OpTrait::hasElementwiseMappableTraits(op) && op->getNumRegions() == 0 &&
          llvm::all_of(op->getOperandTypes(), llvm::IsaPred<RankedTensorType>));
}

bool gatefold::ir::isScoreReduction(Operation *op) {
  if (auto dot = dyn_cast<DotOp>(op))
    return !dot.getTransposed() && dot.getType().getElementType().isF32();
  auto reduce = dyn_cast<ReduceOp>(op);
  return reduce && reduce.getKind() == ReductionKind::Sum &&
         reduce.getAxes() == ArrayRef<int64_t>{0} &&
         tensorType(reduce.getResult()).getElementType().isF32();
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

/// The type of an operand in the region: without its mapped axes, and with some of the keys.
static RankedTensorType getPartType(RankedTensorType type, int64_t mapped, bool hasKeys) {
  Shape shape(type.getShape().drop_front(mapped));
  if (hasKeys)
    shape.front() = ShapedType::kDynamic;
  return type.clone(shape);
}

void AttendOp::build(OpBuilder &builder, OperationState &state, RankedTensorType result,
                     ValueRange queries, ValueRange keys, Value values,
                     ArrayRef<SmallVector<int64_t>> axes) {
  state.addOperands(queries);
  state.addOperands(keys);
  state.addOperands(values);
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.operandSegmentSizes = {static_cast<int32_t>(queries.size()),
                                    static_cast<int32_t>(keys.size()), 1};
  properties.setAxes(builder.getArrayAttr(llvm::map_to_vector(
      axes, [&](ArrayRef<int64_t> own) -> Attribute { return builder.getI64ArrayAttr(own); })));
  state.addTypes(result);
  Block &block = state.addRegion()->emplaceBlock();
  block.addArgument(builder.getIndexType(), state.location);
  for (auto [index, operand] :
       llvm::enumerate(llvm::concat<Value>(llvm::to_vector(queries), llvm::to_vector(keys))))
    block.addArgument(getPartType(tensorType(operand), axes[index].size(), index >= queries.size()),
                      operand.getLoc());
}

SmallVector<int64_t> AttendOp::getMappedAxes(unsigned operand) {
  return llvm::map_to_vector(cast<ArrayAttr>(getAxes()[operand]),
                             [](Attribute axis) { return cast<IntegerAttr>(axis).getInt(); });
}

Value AttendOp::getScores() { return cast<ScoreOp>(getBody().front().getTerminator()).getScores(); }

void AttendOp::getAsmBlockArgumentNames(Region &region, OpAsmSetValueNameFn setName) {
  if (region.empty() || region.getNumArguments() != getNumOperands())
    return;
  setName(getCount(), "count");
  for (BlockArgument query : getQueryArguments())
    setName(query, "q");
  for (BlockArgument key : getKeyArguments())
    setName(key, "k");
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// axes ::= `[` integer, ... `]`
static ParseResult parseAxes(OpAsmParser &parser, SmallVectorImpl<Attribute> &axes) {
  SmallVector<int64_t> own;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square,
                                     [&] { return parser.parseInteger(own.emplace_back()); }))
    return failure();
  axes.push_back(parser.getBuilder().getI64ArrayAttr(own));
  return success();
}

/// operand ::= [region-argument `=`] value axes `:` tensor-type
static ParseResult parseAttended(OpAsmParser &parser, OpAsmParser::Argument *argument,
                                 SmallVectorImpl<Value> &operands, SmallVectorImpl<Attribute> &axes,
                                 bool hasKeys) {
  OpAsmParser::UnresolvedOperand operand;
  RankedTensorType type;
  if (argument && (parser.parseArgument(*argument) || parser.parseEqual()))
    return failure();
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseOperand(operand) || parseAxes(parser, axes) || parser.parseColonType(type) ||
      parser.resolveOperand(operand, type, operands))
    return failure();
  auto mapped = static_cast<int64_t>(cast<ArrayAttr>(axes.back()).size());
  if (type.getRank() < mapped + (hasKeys ? 1 : 0))
    return parser.emitError(loc, "expected more axes than are mapped, but found ") << type;
  if (argument)
    argument->type = getPartType(type, mapped, hasKeys);
  return success();
}

/// attend ::= `count` region-argument [`queries` `(` operand, ... `)`] [`keys` `(` operand, ...
/// `)`]
///            `values` `(` operand `)` `->` type [`attributes` dictionary] region
ParseResult AttendOp::parse(OpAsmParser &parser, OperationState &result) {
  Properties &properties = result.getOrAddProperties<Properties>();
  SmallVector<OpAsmParser::Argument> arguments(1);
  SmallVector<Value> operands;
  SmallVector<Attribute> axes;
  if (parser.parseKeyword("count") || parser.parseArgument(arguments.front()))
    return failure();
  arguments.front().type = parser.getBuilder().getIndexType();
  auto parseList = [&](StringRef keyword, bool hasKeys, int32_t &number) -> ParseResult {
    auto before = static_cast<int32_t>(operands.size());
    if (succeeded(parser.parseOptionalKeyword(keyword)) &&
        parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&] {
          OpAsmParser::Argument argument;
          if (parseAttended(parser, &argument, operands, axes, hasKeys))
            return failure();
          arguments.push_back(argument);
          return success();
        }))
      return failure();
    number = static_cast<int32_t>(operands.size()) - before;
    return success();
  };
  int32_t queries = 0, keys = 0;
  RankedTensorType type;
  if (parseList("queries", /*hasKeys=*/false, queries) ||
      parseList("keys", /*hasKeys=*/true, keys) || parser.parseKeyword("values") ||
      parser.parseLParen() || parseAttended(parser, nullptr, operands, axes, /*hasKeys=*/true) ||
      parser.parseRParen() || parser.parseArrow() || parser.parseType(type))
    return failure();
  properties.operandSegmentSizes = {queries, keys, 1};
  properties.setAxes(parser.getBuilder().getArrayAttr(axes));
  result.addOperands(operands);
  result.addTypes(type);
  Region *body = result.addRegion();
  return failure(parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parser.parseRegion(*body, arguments));
}

void AttendOp::print(OpAsmPrinter &printer) {
  printer << " count ";
  auto printArgument = [&](BlockArgument argument) {
    printer.printRegionArgument(argument, /*argAttrs=*/{}, /*omitType=*/true);
  };
  auto printOperand = [&](unsigned number) {
    printer << getOperand(number) << " [";
    llvm::interleaveComma(getMappedAxes(number), printer);
    printer << "] : " << getOperand(number).getType();
  };
  auto printList = [&](StringRef keyword, unsigned first, unsigned count) {
    if (count == 0)
      return;
    printer << " " << keyword << "(";
    llvm::interleaveComma(llvm::seq(first, first + count), printer, [&](unsigned number) {
      printArgument(getBody().getArgument(number + 1));
      printer << " = ";
      printOperand(number);
    });
    printer << ")";
  };
  printArgument(cast<BlockArgument>(getCount()));
  printList("queries", 0, getQueries().size());
  printList("keys", getQueries().size(), getKeys().size());
  printer << " values(";
  printOperand(getNumOperands() - 1);
  printer << ") -> " << getType();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(),
                                           {getAxesAttrName(), getOperandSegmentSizesAttrName()});
  printer << " ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// (C1)
static LogicalResult verifyAxes(AttendOp attend) {
  ArrayAttr lists = attend.getAxesAttr();
  if (lists.size() != attend->getNumOperands())
    return attend.emitOpError("expected a list of axes for each operand, which are ")
           << attend->getNumOperands() << ", but found " << lists.size();
  if (attend.getType().getRank() == 0)
    return attend.emitOpError("expected a result with at least one axis, but found ")
           << attend.getType();
  llvm::SmallBitVector found(attend.getNumMapped());
  for (auto [number, list] : llvm::enumerate(lists)) {
    auto own = dyn_cast<ArrayAttr>(list);
    if (!own || !llvm::all_of(own, llvm::IsaPred<IntegerAttr>))
      return attend.emitOpError("expected lists of axes, but found ") << list;
    SmallVector<int64_t> axes = attend.getMappedAxes(number);
    if (!areAscendingAxes(axes, attend.getNumMapped()))
      return attend.emitOpError("expected ascending mapped axes of operand ")
             << number << " below " << attend.getNumMapped() << ", but found " << list;
    for (int64_t axis : axes)
      found.set(axis);
  }
  if (!found.all())
    return attend.emitOpError("expected an operand that has the mapped axis ")
           << found.find_first_unset() << ", but found none";
  return success();
}

LogicalResult AttendOp::verify() {
  if (failed(verifyAxes(*this)))
    return failure();
  int64_t numKeys = ShapedType::kDynamic;
  for (auto [number, operand] : llvm::enumerate(getOperands())) {
    SmallVector<int64_t> axes = getMappedAxes(number);
    RankedTensorType type = tensorType(operand);
    bool isQuery = number < getQueries().size(), isValues = number + 1 == getNumOperands();
    int64_t least = isQuery ? 0 : isValues ? 2 : 1, most = isQuery ? 1 : 2;
    int64_t own = type.getRank() - static_cast<int64_t>(axes.size());
    // (C2)
    if (own < least || own > most)
      return emitOpError("expected operand ") << number << " to have " << least << " to " << most
                                              << " axes behind its mapped ones, but found " << type;
    if (!isQuery) {
      int64_t keys = type.getDimSize(axes.size());
      if (!sizesAgree(numKeys, keys))
        return emitOpError("expected operand ")
               << number << " to have " << numKeys << " keys, but found " << keys;
      numKeys = knownSize(numKeys, keys);
    }
    if (isValues && type.getShape().back() != getType().getShape().back())
      return emitOpError("expected values as wide as the result, ")
             << getType() << ", but found " << type;
    // (C3)
    for (auto [place, axis] : llvm::enumerate(axes))
      if (!sizesAgree(type.getDimSize(place), getType().getDimSize(axis)))
        return emitOpError("expected axis ")
               << place << " of operand " << number << " to have the size "
               << getType().getDimSize(axis) << ", but found " << type.getDimSize(place);
  }
  return success();
}

/// (C5), of one operation of the region
static LogicalResult verifyScoreOperation(AttendOp attend, Operation &op) {
  if (isScoreElementwise(&op))
    return success();
  if (!isScoreReduction(&op))
    return op.emitOpError("expected an operation that finds the score of each key from what is at "
                          "the same place, or a sum over the last axis, in `gatefold.attend`");
  auto order = isa<DotOp>(op) ? cast<DotOp>(op).getOrder() : cast<ReduceOp>(op).getOrder();
  RankedTensorType type = tensorType(op.getResult(0));
  bool perKey = type.getRank() == 1 && type.isDynamicDim(0);
  bool hasKeys = llvm::any_of(op.getOperands(),
                              [](Value operand) { return tensorType(operand).getRank() == 2; });
  if (order != ReductionOrder::Lanes || !perKey || !hasKeys)
    return op.emitOpError("expected one number for each key, added in lanes, in "
                          "`gatefold.attend`, but found ")
           << type;
  return success();
}

LogicalResult AttendOp::verifyRegions() {
  Block &body = getBody().front();
  // (C4)
  if (body.getNumArguments() != getNumOperands())
    return emitOpError("expected the region to have an argument for the number of keys and one "
                       "for each query and key, together ")
           << getNumOperands() << ", but found " << body.getNumArguments();
  if (failed(
          expectType(*this, "region argument", IndexType::get(getContext()), getCount().getType())))
    return failure();
  for (auto [number, argument] : llvm::enumerate(body.getArguments().drop_front())) {
    RankedTensorType type =
        getPartType(tensorType(getOperand(number)), getMappedAxes(number).size(),
                    number >= getQueries().size());
    if (failed(expectType(*this, "region argument", type, argument.getType())))
      return failure();
  }
  auto end = dyn_cast_or_null<ScoreOp>(body.empty() ? nullptr : &body.back());
  if (!end)
    return emitOpError("expected the region to end with `gatefold.score`");
  auto scores = RankedTensorType::get({ShapedType::kDynamic}, Float32Type::get(getContext()));
  if (failed(expectType(end, "score", scores, end.getScores().getType())))
    return failure();
  llvm::SmallPtrSet<Operation *, 8> sums; // and what is made of them
  for (Operation &op : body.without_terminator()) {
    if (failed(verifyScoreOperation(*this, op)))
      return failure();
    bool ofSum = llvm::any_of(op.getOperands(), [&](Value operand) {
      return operand.getDefiningOp() && sums.contains(operand.getDefiningOp());
    });
    if (ofSum && isScoreReduction(&op))
      return op.emitOpError("expected no sum of what another sum is part of, in `gatefold.attend`");
    if (ofSum || isScoreReduction(&op))
      sums.insert(&op);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// More axes in front
//===----------------------------------------------------------------------===//

unsigned AttendOp::getOwnAxes(unsigned operandNumber) {
  SmallVector<int64_t> axes = getMappedAxes(operandNumber);
  // Only the axes that stand at the front of the result, too, are no more than mapped over.
  unsigned inFront = 0;
  while (inFront < axes.size() && axes[inFront] == inFront)
    ++inFront;
  return tensorType(getOperand(operandNumber)).getRank() - inFront;
}

Operation *AttendOp::cloneOnto(OpBuilder &builder, ValueRange operands, ArrayRef<bool> changed,
                               int64_t change) {
  if (!llvm::is_contained(changed, true) || static_cast<int64_t>(getNumMapped()) + change < 0)
    return {};
  SmallVector<SmallVector<int64_t>> axes;
  for (unsigned number = 0; number < operands.size(); ++number) {
    SmallVector<int64_t> &own = axes.emplace_back();
    for (int64_t axis = 0; changed[number] && axis < change; ++axis)
      own.push_back(axis);
    // Axes that go are those of all operands that change, and of no other.
    int64_t gone = 0;
    for (int64_t axis : getMappedAxes(number))
      if (axis + change < 0)
        ++gone;
      else
        own.push_back(axis + change);
    if (gone != (changed[number] ? std::max<int64_t>(-change, 0) : 0))
      return {};
  }
  Shape shape(std::max<int64_t>(change, 0), ShapedType::kDynamic);
  llvm::append_range(shape, getType().getShape().drop_front(std::max<int64_t>(-change, 0)));
  for (auto [operand, own] : llvm::zip_equal(operands, axes))
    for (auto [place, axis] : llvm::enumerate(own))
      shape[axis] = knownSize(shape[axis], tensorType(operand).getDimSize(place));
  unsigned numQueries = getQueries().size(), numKeys = getKeys().size();
  auto copy =
      AttendOp::create(builder, getLoc(), getType().clone(shape), operands.take_front(numQueries),
                       operands.slice(numQueries, numKeys), operands.back(), axes);
  // The region sees one query in any case.
  IRMapping mapping;
  Block &from = getBody().front(), &to = copy.getBody().front();
  mapping.map(from.getArguments(), to.getArguments());
  OpBuilder inside = OpBuilder::atBlockBegin(&to);
  for (Operation &op : from)
    inside.clone(op, mapping);
  return copy;
}
