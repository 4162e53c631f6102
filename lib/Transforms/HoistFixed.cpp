//===- HoistFixed.cpp - What is the same for every token -----------*- C++ -*-===//
//
// Moves what a decoder computes of fixed inputs alone to the entry that runs before it.
//
//===----------------------------------------------------------------------===//

#include "CopyOperands.h"
#include "EntryPorts.h"
#include "FixedValues.h"
#include "gatefold/IR/Explain.h"
#include "gatefold/Transforms/Passes.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace gatefold {
#define GEN_PASS_DEF_HOISTFIXED
#include "gatefold/Transforms/Passes.h.inc"
} // namespace gatefold

using namespace mlir;
using namespace gatefold;

static constexpr StringLiteral passName = "hoist-fixed";

namespace {

/// Moves values from `@decode` to `@sequence`.
class Hoister {
public:
  Hoister(ir::EntryOp sequence, ir::EntryOp decode)
      : sequence(sequence), decode(decode), sequencePorts(getResultPorts(sequence)),
        decodePorts(getArgumentPorts(decode)),
        returned(sequence.getBody().front().getTerminator()->getOperands()) {}

  /// Finds what `@sequence` gives to `@decode`; false if it does not give all.
  bool connect(StringRef token);
  /// Computes `value` in `@sequence`; its dynamic sizes are called `sizeName`.
  void move(Value value, StringAttr sizeName);
  /// Gives the entries their new signatures.
  void finish();

private:
  std::string chooseName(Value value) const;

  ir::EntryOp sequence, decode;
  SmallVector<ir::PortAttr> sequencePorts, decodePorts;
  SmallVector<Value> returned;
  IRMapping values;                           // of `@decode` in `@sequence`
  DenseMap<StringAttr, StringAttr> names;     // of sizes, likewise
  SmallVector<std::pair<Value, Value>> moved; // and the arguments that take their place
};

} // namespace

bool Hoister::connect(StringRef token) {
  for (auto [argument, port] : llvm::zip_equal(decode.getArguments(), decodePorts)) {
    if (port.getKind() != ir::PortKind::Input || port.getName() == token)
      continue;
    auto *given = llvm::find_if(sequencePorts, [&](ir::PortAttr candidate) {
      return candidate.getName() == port.getName();
    });
    if (given == sequencePorts.end())
      return false;
    values.map(Value(argument), returned[given - sequencePorts.begin()]);
    for (auto [here, there] : llvm::zip_equal(port.getDims(), given->getDims()))
      names[here] = there;
  }
  return true;
}

/// `fixed.score` for what is computed for score.
std::string Hoister::chooseName(Value value) const {
  std::string name = "fixed";
  if (std::string own = ir::findName(value); !own.empty())
    name += "." + own;
  auto isTaken = [&](StringRef candidate) {
    auto has = [&](ir::PortAttr port) { return port.getName().getValue() == candidate; };
    return llvm::any_of(sequencePorts, has) || llvm::any_of(decodePorts, has);
  };
  std::string unique = name;
  for (unsigned i = 2; isTaken(unique); ++i)
    unique = (name + "." + Twine(i)).str();
  return unique;
}

void Hoister::move(Value value, StringAttr sizeName) {
  MLIRContext *context = sequence.getContext();
  auto name = StringAttr::get(context, chooseName(value));
  auto makePort = [&](ir::PortKind kind, StringAttr dynamic) {
    SmallVector<StringAttr> dims;
    for (int64_t size : cast<RankedTensorType>(value.getType()).getShape())
      dims.push_back(ShapedType::isDynamic(size) ? dynamic : StringAttr::get(context, Twine(size)));
    return ir::PortAttr::get(context, kind, name, dims);
  };
  OpBuilder builder(sequence.getBody().front().getTerminator());
  returned.push_back(copyWithOperands(builder, value, values));
  sequencePorts.push_back(makePort(ir::PortKind::Output, names.lookup(sizeName)));

  // Memories come last.
  auto *memory = llvm::find_if(
      decodePorts, [](ir::PortAttr port) { return port.getKind() == ir::PortKind::Memory; });
  unsigned position = memory - decodePorts.begin();
  decodePorts.insert(memory, makePort(ir::PortKind::Input, sizeName));
  moved.push_back(
      {value, decode.getBody().front().insertArgument(position, value.getType(), value.getLoc())});
}

void Hoister::finish() {
  for (auto [value, argument] : moved)
    value.replaceAllUsesWith(argument);
  Block &body = decode.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&op))
      op.erase();
  sequence.getBody().front().getTerminator()->setOperands(returned);
  setSignature(sequence, getArgumentPorts(sequence), sequencePorts);
  setSignature(decode, decodePorts, getResultPorts(decode));
}

/// "what score needs of memory alone"
static std::string describe(Value value, FixedValues &fixed) {
  std::string name = ir::findName(value);
  return "what " + (name.empty() ? "depends on " : name + " needs of ") +
         ir::listNames(fixed.getInputs(value)) + " alone";
}

namespace {
struct HoistFixed : gatefold::impl::HoistFixedBase<HoistFixed> {
  using Base::Base;

  void runOnOperation() final {
    ir::ModelOp model = getOperation();
    ir::EntryOp sequence = model.lookupEntry("sequence"), decode = model.lookupEntry("decode");
    DictionaryAttr generation = model.getGenerationAttr();
    if (!generation || !sequence || sequence.isExternal() || !decode || decode.isExternal())
      return;
    auto token = generation.getAs<StringAttr>("token");
    Hoister hoister(sequence, decode);
    if (!token || !hoister.connect(token))
      return;
    FixedValues fixed(decode, token);
    int64_t count = 0;
    for (Value root : fixed.getRoots()) {
      StringAttr sizeName = fixed.findSizeName(root);
      if (!sizeName && !cast<RankedTensorType>(root.getType()).hasStaticShape()) {
        if (auto remark = ir::explainRefused(root.getDefiningOp(), passName))
          remark << describe(root, fixed)
                 << " is computed for every token: its sizes are not those of one input";
        continue;
      }
      if (auto remark = ir::explainDone(root.getDefiningOp(), passName))
        remark << describe(root, fixed) << " is computed once, before the first token";
      hoister.move(root, sizeName);
      ++count;
    }
    if (count == 0)
      return;
    hoister.finish();
    ir::explainCount(model, passName, "values computed once", count);
  }
};
} // namespace
