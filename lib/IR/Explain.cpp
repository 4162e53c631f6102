//===- Explain.cpp - What passes say about their work -----------*- C++ -*-===//
//
// Remarks of passes, in the user's own names.
//
//===----------------------------------------------------------------------===//

#include "gatefold/IR/Explain.h"
#include "gatefold/IR/Gatefold.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace gatefold;

//===----------------------------------------------------------------------===//
// Remarks
//===----------------------------------------------------------------------===//

/// The name of the entry around an operation. Empty for work on the whole model, and where others
/// are still to be made from the only entry: what is said about it holds for all.
static StringRef findEntryName(Operation *op) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    function = op->getParentOfType<FunctionOpInterface>();
  if (!function)
    return "";
  if (auto model = dyn_cast<ir::ModelOp>(function->getParentOp()))
    if (llvm::hasSingleElement(
            llvm::make_filter_range(model.getBody().getOps<ir::EntryOp>(), [](ir::EntryOp entry) {
              return entry.getSymName() != "prepare";
            })))
      return "";
  // Functions are called `MODEL.ENTRY`.
  return function.getName().rsplit('.').second.empty() ? function.getName()
                                                       : function.getName().rsplit('.').second;
}

static remark::RemarkOpts makeOptions(StringRef pass, StringRef entry) {
  return remark::RemarkOpts::name(pass).category(pass).function(entry);
}

static bool isListening(MLIRContext *context) { return context->getRemarkEngine(); }

/// A remark of one kind, or nothing; names are looked up only for those who listen.
template <remark::detail::InFlightRemark (*Make)(Location, remark::RemarkOpts)>
static remark::detail::InFlightRemark explain(Operation *op, StringRef pass) {
  if (!isListening(op->getContext()))
    return {};
  return Make(op->getLoc(), makeOptions(pass, findEntryName(op)));
}

remark::detail::InFlightRemark ir::explainDone(Operation *op, StringRef pass) {
  return explain<remark::passed>(op, pass);
}
remark::detail::InFlightRemark ir::explainRefused(Operation *op, StringRef pass) {
  return explain<remark::missed>(op, pass);
}
remark::detail::InFlightRemark ir::explainFact(Operation *op, StringRef pass) {
  return explain<remark::analysis>(op, pass);
}

remark::detail::InFlightRemark ir::explainDone(Location loc, StringRef pass) {
  return remark::passed(loc, makeOptions(pass, ""));
}
remark::detail::InFlightRemark ir::explainRefused(Location loc, StringRef pass) {
  return remark::missed(loc, makeOptions(pass, ""));
}
remark::detail::InFlightRemark ir::explainFact(Location loc, StringRef pass) {
  return remark::analysis(loc, makeOptions(pass, ""));
}

void ir::explainCount(Operation *op, StringRef pass, StringRef what, int64_t count) {
  if (count == 0 || !isListening(op->getContext()))
    return;
  remark::RemarkOpts options = makeOptions(pass, findEntryName(op));
  options.remarkName = countRemark;
  remark::analysis(op->getLoc(), options) << remark::metric(what, count);
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// The call through which the body was inlined that a location stands in; null outside of all.
static LocationAttr getFrame(Location loc) {
  auto call = dyn_cast<CallSiteLoc>(loc);
  return call ? LocationAttr(call.getCaller()) : LocationAttr();
}

/// The name that the body inlined by the call `frame` has for what stands at `loc`, be it deeper in
/// calls of its own: in `i = sigmoid(x)` all of `sigmoid` is "i".
static std::string findNameWithin(Location loc, LocationAttr frame) {
  while (getFrame(loc) != frame) {
    auto call = dyn_cast<CallSiteLoc>(loc);
    if (!call)
      return "";
    loc = call.getCaller();
  }
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    loc = call.getCallee();
  auto name = dyn_cast<NameLoc>(loc);
  return name ? name.getName().str() : "";
}

std::string ir::findName(Location loc) {
  if (auto call = dyn_cast<CallSiteLoc>(loc)) {
    std::string name = findName(call.getCallee());
    return name.empty() ? findName(call.getCaller()) : name;
  }
  auto name = dyn_cast<NameLoc>(loc);
  return name ? name.getName().str() : "";
}

std::string ir::findName(Value value) {
  LocationAttr frame = getFrame(value.getLoc());
  std::string foreign; // what another body calls it
  llvm::SetVector<Value> reached;
  reached.insert(value);
  // The set grows while it is walked: nearest uses first.
  for (size_t i = 0; i < reached.size(); ++i) {
    Location loc = reached[i].getLoc();
    if (std::string name = findNameWithin(loc, frame); !name.empty())
      return name;
    if (foreign.empty())
      foreign = findName(loc);
    for (Operation *user : reached[i].getUsers())
      if (user->getBlock() == value.getParentBlock())
        reached.insert(user->result_begin(), user->result_end());
  }
  return foreign;
}

std::string ir::findOperandName(Value operand, Operation *user) {
  std::string name = findNameWithin(operand.getLoc(), getFrame(user->getLoc()));
  if (!name.empty())
    return name;
  auto call = dyn_cast<CallSiteLoc>(operand.getLoc());
  auto own = dyn_cast<NameLoc>(call ? call.getCallee() : operand.getLoc());
  return own ? own.getName().str() : "";
}

std::string ir::listNames(ValueRange values) {
  SmallVector<std::string> names;
  for (Value value : values)
    if (std::string name = findName(value); !name.empty() && !llvm::is_contained(names, name))
      names.push_back(std::move(name));
  return listWords(names);
}

std::string ir::listWords(ArrayRef<std::string> words) {
  constexpr size_t most = 8, shown = 6;
  if (words.size() > most) {
    SmallVector<std::string> first(words.take_front(shown));
    first.push_back(std::to_string(words.size() - shown) + " more");
    return listWords(first);
  }
  std::string text;
  for (auto [index, word] : llvm::enumerate(words))
    text += (index == 0 ? "" : index + 1 == words.size() ? " and " : ", ") + word;
  return text;
}

std::string ir::describeSizes(ArrayRef<int64_t> sizes) {
  std::string text;
  for (int64_t size : sizes)
    text +=
        (text.empty() ? "" : " x ") + (ShapedType::isDynamic(size) ? "?" : std::to_string(size));
  return text;
}

std::string ir::describeCount(int64_t count, StringRef noun) {
  return std::to_string(count) + " " + noun.str() + (count == 1 ? "" : "s");
}
