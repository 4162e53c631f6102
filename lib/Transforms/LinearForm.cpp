//===- LinearForm.cpp - How a recurrence depends on its last values ------*- C++ -*-===//
//
// Walks the operations of a step in their order and says of each what it makes of the forms of its
// operands.
//
//===----------------------------------------------------------------------===//

#include "LinearForm.h"
#include "gatefold/IR/Fusion.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gatefold;

namespace {

/// The forms of the values of a component; all others are independent.
class FormTable {
public:
  void setForm(Value value, LinearForm form) { forms[value] = form; }
  LinearForm getForm(Value value) const { return forms.lookup(value); }
  bool isIndependent(Value value) const {
    return getForm(value).linearity == Linearity::Independent;
  }

  /// The form of the results of an operation.
  LinearForm derive(Operation *op) const;

private:
  LinearForm join(ValueRange values) const;
  /// The form of what moves or adds up elements of `value`.
  LinearForm mix(Operation *op, Value value) const {
    LinearForm form = getForm(value);
    return form.linearity < Linearity::Matrix ? LinearForm{Linearity::Matrix, op} : form;
  }
  LinearForm multiply(Operation *op, Value lhs, Value rhs) const;
  LinearForm deriveElementwise(Operation *op) const;

  llvm::DenseMap<Value, LinearForm> forms;
};

} // namespace

/// The form of a sum of values.
LinearForm FormTable::join(ValueRange values) const {
  LinearForm joined;
  for (Value value : values)
    if (LinearForm form = getForm(value); form.linearity > joined.linearity)
      joined = form;
  return joined;
}

LinearForm FormTable::multiply(Operation *op, Value lhs, Value rhs) const {
  if (!isIndependent(lhs) && !isIndependent(rhs))
    return {Linearity::None, op};
  return join({lhs, rhs});
}

LinearForm FormTable::deriveElementwise(Operation *op) const {
  if (isa<arith::AddFOp, arith::SubFOp, arith::NegFOp>(op))
    return join(op->getOperands());
  if (isa<arith::MulFOp>(op))
    return multiply(op, op->getOperand(0), op->getOperand(1));
  bool isLinear = false;
  if (isa<arith::DivFOp>(op))
    isLinear = isIndependent(op->getOperand(1));
  if (isa<arith::SelectOp>(op))
    isLinear = isIndependent(op->getOperand(0));
  return isLinear ? join(op->getOperands()) : LinearForm{Linearity::None, op};
}

LinearForm FormTable::derive(Operation *op) const {
  LinearForm joined = join(getUsedValues(op));
  if (joined.linearity == Linearity::Independent || joined.linearity == Linearity::None)
    return joined;
  if (OpTrait::hasElementwiseMappableTraits(op))
    return deriveElementwise(op);
  return llvm::TypeSwitch<Operation *, LinearForm>(op)
      .Case([&](ir::ReshapeOp reshape) { return getForm(reshape.getInput()); })
      .Case<ir::BroadcastOp, ir::ConcatOp, ir::SliceOp, ir::TransposeOp, ir::ReverseOp,
            ir::WindowsOp>([&](Operation *) {
        return joined.linearity < Linearity::Matrix ? LinearForm{Linearity::Matrix, op} : joined;
      })
      .Case([&](ir::DotOp dot) {
        LinearForm form = multiply(op, dot.getLhs(), dot.getRhs());
        return form.linearity == Linearity::Elementwise ? LinearForm{Linearity::Matrix, op} : form;
      })
      .Case([&](ir::DotsOp dots) {
        bool fixed = llvm::all_of(op->getOperands().drop_front(),
                                  [&](Value matrix) { return isIndependent(matrix); });
        return fixed ? mix(op, dots.getLhs()) : LinearForm{Linearity::None, op};
      })
      .Case<ir::ReduceOp, ir::CumulateOp>([&](auto sum) {
        return sum.getKind() == ir::ReductionKind::Sum ? mix(op, sum.getInput())
                                                       : LinearForm{Linearity::None, op};
      })
      .Case([&](ir::GatherOp gather) {
        return isIndependent(gather.getIndices()) ? mix(op, gather.getTable())
                                                  : LinearForm{Linearity::None, op};
      })
      .Default([&](Operation *) { return LinearForm{Linearity::None, op}; });
}

LinearForm gatefold::findLinearForm(const StepGraph &graph, ArrayRef<unsigned> component) {
  FormTable table;
  SmallVector<unsigned> nodes(component);
  llvm::sort(nodes);
  for (unsigned node : nodes)
    if (graph.isMemory(node))
      table.setForm(graph.getMemory(node), {Linearity::Elementwise, nullptr});
  LinearForm whole{Linearity::Elementwise, nullptr};
  for (unsigned node : nodes) {
    if (graph.isMemory(node))
      continue;
    LinearForm form = table.derive(graph.getOperation(node));
    for (Value result : graph.getOperation(node)->getResults())
      table.setForm(result, form);
    if (form.linearity > whole.linearity)
      whole = form;
  }
  return whole;
}
