//===- Interpreter.cpp - The meaning of the dialect, executed ---*- C++ -*-===//
//
// Checks the arguments of an entry, evaluates its body and returns the results.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Interpreter/Interpreter.h"
#include "Evaluator.h"

using namespace mlir;
using namespace gatefold;
using namespace gatefold::interpreter;

/// The name of an argument, in backquotes.
static std::string argumentName(ir::EntryOp entry, unsigned index) {
  return ("`" + entry.getArgumentPort(index).getName().getValue() + "`").str();
}

/// Notes the sizes of an argument's named dimensions; an error where one is known to be another.
static llvm::Error noteSizes(ir::EntryOp entry, unsigned index, ArrayRef<int64_t> shape,
                             std::map<std::string, int64_t> &sizes) {
  auto type = cast<RankedTensorType>(entry.getArgumentTypes()[index]);
  ir::PortAttr port = entry.getArgumentPort(index);
  if (failed(verifyCompatibleShape(type.getShape(), shape))) {
    std::string dims = llvm::join(
        llvm::map_range(port.getDims(), [](StringAttr dim) { return dim.getValue(); }), ", ");
    return errorAt(entry.getLoc(), "expected " + argumentName(entry, index) + " of shape [" + dims +
                                       "], but found " + shapeText(shape));
  }
  for (auto [axis, dim] : llvm::enumerate(port.getDims())) {
    if (!type.isDynamicDim(axis))
      continue;
    auto [known, isNew] = sizes.try_emplace(dim.str(), shape[axis]);
    if (!isNew && known->second != shape[axis])
      return errorAt(entry.getLoc(),
                     "expected `" + dim.getValue() + "` of " + argumentName(entry, index) +
                         " to be " + Twine(known->second) + ", but found " + Twine(shape[axis]));
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<Tensor>> gatefold::interpret(ir::EntryOp entry,
                                                        ArrayRef<Tensor> arguments,
                                                        WeightLookup weights,
                                                        const InterpreterOptions &options) {
  if (entry.isExternal())
    return errorAt(entry.getLoc(), "expected an entry with a body, but `" + entry.getSymName() +
                                       "` was lowered already; interpret an earlier stage");
  if (arguments.size() != entry.getNumArguments())
    return errorAt(entry.getLoc(), "expected " + Twine(entry.getNumArguments()) +
                                       " arguments, but found " + Twine(arguments.size()));
  std::map<std::string, int64_t> sizes = options.sizes;
  for (auto [index, argument] : llvm::enumerate(arguments))
    if (llvm::Error error = noteSizes(entry, index, argument.shape(), sizes))
      return error;

  Evaluator evaluator(weights, options.precision, std::move(sizes));
  Block &body = entry.getBody().front();
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    Value value = body.getArgument(index);
    llvm::Expected<Array> array =
        fromTensor(argument, getElementTypeOrSelf(value.getType()), options.precision);
    if (!array)
      return errorAt(entry.getLoc(),
                     argumentName(entry, index) + ": " + llvm::toString(array.takeError()));
    if (llvm::Error error = evaluator.assign(value, std::move(*array)))
      return error;
  }
  if (llvm::Error error = evaluator.runBlock(body))
    return error;

  std::vector<Tensor> results;
  for (Value value : entry.getReturn().getOperands()) {
    llvm::Expected<Tensor> tensor = toTensor(evaluator.get(value), options.precision);
    if (!tensor)
      return errorAt(value.getLoc(), llvm::toString(tensor.takeError()));
    results.push_back(std::move(*tensor));
  }
  return results;
}
