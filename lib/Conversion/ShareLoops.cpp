//===- ShareLoops.cpp - Loops that are the same, as one function ----------*- C++ -*-===//
//
// Finds loops that differ only in what they take from outside, and makes one function of them: the
// layers of a model, and what a step and a sequence have in common, become code once.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Conversion/Passes.h"
#include "gatefold/IR/Explain.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"

namespace gatefold {
#define GEN_PASS_DEF_SHARELOOPS
#include "gatefold/Conversion/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

static constexpr StringLiteral passName = "share-loops";

/// Constants outside of a loop are part of it.
static Attribute getConstant(Value value) {
  Attribute constant;
  return matchPattern(value, m_Constant(&constant)) ? constant : nullptr;
}

static bool isOutside(scf::ForOp loop, Value value) {
  return !loop->getRegion(0).isAncestor(value.getParentRegion());
}

//===----------------------------------------------------------------------===//
// Which loops are the same
//===----------------------------------------------------------------------===//

namespace {

/// A number for what a loop does, whatever it takes from outside.
class LoopHash {
public:
  explicit LoopHash(scf::ForOp loop) { add(loop); }

  llvm::hash_code hash{0};
  int64_t numOperations = 0;

private:
  template <typename... Parts>
  void mix(const Parts &...parts) {
    hash = llvm::hash_combine(hash, parts...);
  }

  void add(Operation *op) {
    ++numOperations;
    mix(op->getName().getAsOpaquePointer(), op->getDiscardableAttrDictionary().getAsOpaquePointer(),
        op->hashProperties());
    for (Value operand : op->getOperands()) {
      auto known = numbers.find(operand);
      Attribute constant = known == numbers.end() ? getConstant(operand) : Attribute();
      if (constant)
        mix(constant.getAsOpaquePointer());
      else
        mix(numbers.try_emplace(operand, numbers.size()).first->second);
    }
    addAll(op->getResults());
    for (Region &region : op->getRegions())
      for (Block &block : region) {
        addAll(block.getArguments());
        for (Operation &inner : block)
          add(&inner);
      }
  }
  void addAll(ValueRange values) {
    for (Value value : values) {
      numbers.try_emplace(value, numbers.size());
      mix(value.getType().getAsOpaquePointer());
    }
  }

  DenseMap<Value, unsigned> numbers;
};

/// Compares two loops, and finds what the second takes from outside where the first takes something
/// else.
class LoopComparison {
public:
  LoopComparison(scf::ForOp first, scf::ForOp second) : first(first), second(second) {}

  bool isSame() { return isSame(first, second); }

  /// What the first loop takes from outside, with what the second takes in its place.
  llvm::MapVector<Value, Value> taken;
  /// The same for constants, which need not be taken.
  llvm::SetVector<Value> constants;

private:
  bool isSame(Operation *a, Operation *b);
  bool isSame(Region &a, Region &b);
  bool isSameOperand(Operation *user, Value a, Value b);
  bool match(ValueRange a, ValueRange b);

  scf::ForOp first, second;
  DenseMap<Value, Value> inside;
};

} // namespace

/// True if the operation asks of memory nothing but its elements.
static bool isAccess(Operation *op) {
  return isa<memref::LoadOp, memref::StoreOp, vector::LoadOp, vector::StoreOp, vector::MaskedLoadOp,
             vector::MaskedStoreOp>(op);
}

/// True if elements of these memories are found in the same way.
static bool haveSameStrides(Type a, Type b) {
  auto first = dyn_cast<MemRefType>(a), second = dyn_cast<MemRefType>(b);
  if (!first || !second || first.getElementType() != second.getElementType())
    return false;
  SmallVector<int64_t> firstStrides, secondStrides;
  int64_t offset;
  return succeeded(first.getStridesAndOffset(firstStrides, offset)) &&
         succeeded(second.getStridesAndOffset(secondStrides, offset)) &&
         firstStrides == secondStrides;
}

bool LoopComparison::match(ValueRange a, ValueRange b) {
  if (a.size() != b.size())
    return false;
  for (auto [left, right] : llvm::zip_equal(a, b)) {
    if (left.getType() != right.getType())
      return false;
    inside[left] = right;
  }
  return true;
}

bool LoopComparison::isSameOperand(Operation *user, Value a, Value b) {
  if (!isOutside(first, a))
    return inside.lookup(a) == b;
  if (!isOutside(second, b))
    return false;
  if (Attribute constant = getConstant(a)) {
    constants.insert(a);
    return constant == getConstant(b);
  }
  bool isSameType =
      a.getType() == b.getType() || (isAccess(user) && haveSameStrides(a.getType(), b.getType()));
  return isSameType && taken.try_emplace(a, b).first->second == b;
}

bool LoopComparison::isSame(Operation *a, Operation *b) {
  if (a->getName() != b->getName() || a->getNumOperands() != b->getNumOperands() ||
      a->getNumRegions() != b->getNumRegions() || a->getAttrDictionary() != b->getAttrDictionary())
    return false;
  for (auto [left, right] : llvm::zip_equal(a->getOperands(), b->getOperands()))
    if (!isSameOperand(a, left, right))
      return false;
  return match(a->getResults(), b->getResults()) &&
         llvm::all_of(llvm::zip_equal(a->getRegions(), b->getRegions()), [&](auto regions) {
           return isSame(std::get<0>(regions), std::get<1>(regions));
         });
}

bool LoopComparison::isSame(Region &a, Region &b) {
  if (a.empty() || b.empty())
    return a.empty() && b.empty();
  if (!a.hasOneBlock() || !b.hasOneBlock())
    return false;
  Block &left = a.front(), &right = b.front();
  if (!match(left.getArguments(), right.getArguments()) ||
      left.getOperations().size() != right.getOperations().size())
    return false;
  return llvm::all_of(llvm::zip_equal(left, right), [&](auto operations) {
    return isSame(&std::get<0>(operations), &std::get<1>(operations));
  });
}

//===----------------------------------------------------------------------===//
// One function of them
//===----------------------------------------------------------------------===//

/// The type of memory that may be any of these: what is not the same in all is left open.
static Type joinTypes(Type a, Type b) {
  if (a == b)
    return a;
  auto first = cast<MemRefType>(a), second = cast<MemRefType>(b);
  SmallVector<int64_t> strides, sameStrides, shape;
  int64_t firstOffset, secondOffset;
  (void)first.getStridesAndOffset(strides, firstOffset);
  (void)second.getStridesAndOffset(sameStrides, secondOffset);
  for (auto [left, right] : llvm::zip_equal(first.getShape(), second.getShape()))
    shape.push_back(left == right ? left : ShapedType::kDynamic);
  auto layout = StridedLayoutAttr::get(
      a.getContext(), firstOffset == secondOffset ? firstOffset : ShapedType::kDynamic, strides);
  return MemRefType::get(shape, first.getElementType(), layout);
}

static void call(func::FuncOp function, scf::ForOp loop, ValueRange operands) {
  OpBuilder builder(loop);
  SmallVector<Value> arguments;
  for (auto [operand, type] : llvm::zip_equal(operands, function.getArgumentTypes()))
    arguments.push_back(
        operand.getType() == type
            ? operand
            : memref::CastOp::create(builder, loop.getLoc(), type, operand).getResult());
  func::CallOp::create(builder, loop.getLoc(), function, arguments);
}

/// Moves the loop into the function; its place is taken by a call.
static void moveInto(func::FuncOp function, scf::ForOp loop, ValueRange taken,
                     ArrayRef<Value> constants) {
  call(function, loop, taken);
  Block *body = function.addEntryBlock();
  OpBuilder builder = OpBuilder::atBlockBegin(body);
  auto replace = [&](Value value, Value by) {
    value.replaceUsesWithIf(by, [&](OpOperand &use) { return loop->isAncestor(use.getOwner()); });
  };
  for (Value constant : constants)
    replace(constant, builder.clone(*constant.getDefiningOp())->getResult(0));
  for (auto [value, argument] : llvm::zip_equal(taken, body->getArguments()))
    replace(value, argument);
  loop->moveBefore(body, body->end());
  builder.setInsertionPointToEnd(body);
  func::ReturnOp::create(builder, loop.getLoc());
}

/// Makes a function of loops that are the same.
static void share(ArrayRef<scf::ForOp> loops, StringRef name) {
  scf::ForOp first = loops.front();
  SmallVector<SmallVector<Value>> taken;
  SmallVector<Value> constants;
  for (scf::ForOp loop : loops) {
    LoopComparison comparison(first, loop);
    (void)comparison.isSame();
    taken.push_back(llvm::to_vector(llvm::make_second_range(comparison.taken)));
    constants = comparison.constants.takeVector();
  }
  SmallVector<Type> types(ValueRange(taken.front()).getTypes());
  for (ArrayRef<Value> other : taken)
    for (auto [type, value] : llvm::zip_equal(types, other))
      type = joinTypes(type, value.getType());
  OpBuilder builder = OpBuilder::atBlockEnd(first->getParentOfType<ModuleOp>().getBody());
  auto function =
      func::FuncOp::create(builder, first.getLoc(), name, builder.getFunctionType(types, {}));
  function.setPrivate();
  for (auto [loop, operands] : llvm::drop_begin(llvm::zip_equal(loops, taken))) {
    call(function, loop, operands);
    loop->erase();
  }
  moveInto(function, first, taken.front(), constants);
}

namespace {
struct ShareLoops : gatefold::impl::ShareLoopsBase<ShareLoops> {
  using Base::Base;

  void runOnOperation() final {
    findGroups();
    // Those around others first: what is left of these stays together.
    llvm::sort(groups, [](const Group &a, const Group &b) {
      return std::pair(-a.numOperations, a.number) < std::pair(-b.numOperations, b.number);
    });
    for (Group &group : groups) {
      llvm::erase_if(group.loops, [&](scf::ForOp loop) { return gone.contains(loop); });
      int64_t others = int64_t(group.loops.size()) - 1;
      if (others > 0 && others * group.numOperations >= leastSaved)
        shareGroup(group);
    }
  }

private:
  struct Group {
    size_t number; ///< in the order of the module
    int64_t numOperations;
    SmallVector<scf::ForOp> loops;
  };

  void findGroups() {
    DenseMap<size_t, SmallVector<unsigned, 1>> known;
    getOperation().walk<WalkOrder::PreOrder>([&](scf::ForOp loop) {
      if (loop.getNumResults() != 0)
        return;
      LoopHash hash(loop);
      if (hash.numOperations < leastOperations)
        return;
      SmallVector<unsigned, 1> &same = known[size_t(hash.hash)];
      for (unsigned number : same)
        if (LoopComparison(groups[number].loops.front(), loop).isSame()) {
          groups[number].loops.push_back(loop);
          return;
        }
      same.push_back(groups.size());
      groups.push_back({groups.size(), hash.numOperations, {loop}});
    });
  }

  void shareGroup(const Group &group) {
    for (scf::ForOp loop : ArrayRef(group.loops).drop_front())
      loop.walk([&](scf::ForOp inner) { gone.insert(inner); });
    scf::ForOp first = group.loops.front();
    auto function = first->getParentOfType<func::FuncOp>();
    if (auto remark = ir::explainDone(first, passName))
      remark << ir::describeCount(group.loops.size(), "loop nest") + " of " +
                    ir::describeCount(group.numOperations, "operation") + " are one function";
    ir::explainCount(function, passName, "loop nests that share code", group.loops.size());
    ir::explainCount(function, passName, "functions", 1);
    share(group.loops, (function.getName() + ".loop" + Twine(numFunctions++)).str());
  }

  std::vector<Group> groups;
  DenseSet<Operation *> gone;
  unsigned numFunctions = 0;
};
} // namespace
