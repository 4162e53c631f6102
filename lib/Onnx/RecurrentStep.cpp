//===- RecurrentStep.cpp - Recurrent operators within cells ------*- C++ -*-===//
//
// A cell scans nothing, so that an RNN, GRU or LSTM within the body of a loop is written out step
// by step.
//
//===----------------------------------------------------------------------===//

#include "RecurrentCell.h"

using namespace gatefold;
using namespace gatefold::onnx;

namespace {
/// The memories, [B, H].
struct Memories {
  Value h = nullptr, c = nullptr;
};

/// One step of a cell after the other.
class StepWriter {
public:
  StepWriter(Builder &builder, const CellText &cell) : builder(builder), cell(cell) {}

  Memories step(Value x, Memories before);

private:
  Value weight(llvm::StringRef name) {
    for (const CellWeight &weight : cell.weights)
      if (weight.name == name)
        return weight.value;
    fail("there is no weight `" + name + "`");
  }
  Value activate(size_t index, Value sum) {
    if (cell.clip)
      sum = builder.minimum(builder.maximum(sum, builder.scalar(DataType::Float, -*cell.clip)),
                            builder.scalar(DataType::Float, *cell.clip));
    return apply(index, sum);
  }
  Value apply(size_t index, Value x) {
    return builder.expression(x->type, x->shape, cell.activations[index].apply("$0"), {x},
                              Precedence::Sum);
  }
  Value product(Value x, llvm::StringRef name) {
    return x->rank() == 1 ? builder.matmul(weight(name), x) : builder.contract(x, weight(name));
  }
  Value sum(Value x, Value h, llvm::StringRef gate) {
    std::string of = gate.empty() ? "" : "_" + gate.str();
    return builder.add(builder.add(product(x, "W" + of), product(h, "U" + of)), weight("b" + of));
  }
  Value gru(Value x, Value h);
  Memories lstm(Value x, Memories before);

  Builder &builder;
  const CellText &cell;
};
} // namespace

Value StepWriter::gru(Value x, Value h) {
  Value r = activate(0, sum(x, h, "r")), z = activate(0, sum(x, h, "z"));
  Value fresh;
  if (cell.kind == CellKind::Gru) {
    Value past = builder.add(product(h, "U_n"), weight("c_n"));
    fresh = builder.add(builder.add(product(x, "W_n"), weight("b_n")), builder.multiply(r, past));
  } else {
    Value past = product(builder.multiply(r, h), "U_n");
    fresh = builder.add(builder.add(product(x, "W_n"), past), weight("b_n"));
  }
  Value n = activate(1, fresh);
  Value share = builder.subtract(builder.scalar(DataType::Float, 1), z);
  return builder.add(builder.multiply(share, n), builder.multiply(z, h));
}

Memories StepWriter::lstm(Value x, Memories before) {
  auto gate = [&](llvm::StringRef name, size_t activation, Value seen) {
    Value total = sum(x, before.h, name);
    if (cell.hasPeepholes && seen)
      total = builder.add(total, builder.multiply(weight(("p_" + name).str()), seen));
    return activate(activation, total);
  };
  Value i = gate("i", 0, before.c);
  Value f = cell.couplesInput ? builder.subtract(builder.scalar(DataType::Float, 1), i)
                              : gate("f", 0, before.c);
  Value g = gate("g", 1, nullptr);
  Value c = builder.add(builder.multiply(f, before.c), builder.multiply(i, g));
  Value o = gate("o", 0, c);
  return {builder.multiply(o, apply(2, c)), c};
}

Memories StepWriter::step(Value x, Memories before) {
  if (cell.kind == CellKind::Lstm)
    return lstm(x, before);
  if (cell.kind == CellKind::Rnn)
    return {activate(0, sum(x, before.h, "")), nullptr};
  return {gru(x, before.h), nullptr};
}

/// The step as an instance of the library's cell, which it is where it keeps the memories itself.
static Memories offerCall(Builder &builder, const CellText &cell, Value x, Memories before,
                          Memories next) {
  llvm::SmallVector<Value, 2> operands = {x, before.h}, written = {next.h};
  if (next.c) {
    operands.push_back(before.c);
    written.push_back(next.c);
  }
  std::vector<std::pair<DataType, Shape>> types;
  for (Value value : written)
    types.push_back({value->type, value->shape});
  auto results = builder.statement("", operands, types);
  Value step = results[0]->statement;
  step->writtenOut = written;
  step->instance = makeInstance(
      builder, cell,
      (libraryName(cell.kind) + "[" + x->shape[0].str() + ", " + next.h->shape[0].str() + "]")
          .str());
  return {results[0], next.c ? results[1] : nullptr};
}

ScanResult onnx::unrollCell(Builder &builder, const CellText &cell, const ScanRequest &request) {
  auto steps = request.x->shape[0].asConstant();
  if (!steps || *steps < 1 || *steps > 64)
    fail("within a loop, a sequence of " + request.x->shape[0].str() + " steps");
  requireSizes(builder, request);
  // One example alone needs no axis, and products with vectors are what cells are made of.
  bool isAlone = request.x->shape[1].isOne() && !request.lengths;
  auto dropBatch = [&](Value value) { return isAlone ? builder.squeeze(value, {0}) : value; };
  auto addBatch = [&](Value value) {
    return isAlone && value ? builder.unsqueeze(value, {0}) : value;
  };
  Shape shape = {request.x->shape[1], Dim::constant(request.hidden)};
  Value zero = builder.full(builder.scalar(DataType::Float, 0), shape);
  Memories now = {dropBatch(request.initialH ? request.initialH : zero),
                  dropBatch(request.initialC ? request.initialC : zero)};
  for (const CellWeight &weight : cell.weights)
    if (weight.value->isLiteral() && !weight.value->isNamed)
      weight.value->hint = plainName(builder.getHint()) + "_" + weight.name;
  StepWriter writer(builder, cell);
  std::vector<Value> outputs(*steps);
  for (int64_t turn = 0; turn < *steps; ++turn) {
    int64_t place = request.isReverse ? *steps - 1 - turn : turn;
    Value x = builder.take(request.x, 0, builder.reshape(builder.integers({place}), {}));
    Memories next = writer.step(dropBatch(x), now);
    if (*steps == 1 && builder.isStep() && isOfLibrary(cell, request))
      next = offerCall(builder, cell, dropBatch(x), now, next);
    Value shown = next.h;
    if (request.lengths) {
      Value here = builder.scalar(request.lengths->type, static_cast<double>(place));
      Value goesOn =
          builder.unsqueeze(builder.compare(Comparison::Less, here, request.lengths), {1});
      shown = builder.select(goesOn, next.h, builder.scalar(DataType::Float, 0));
      next.h = builder.select(goesOn, next.h, now.h);
      if (next.c)
        next.c = builder.select(goesOn, next.c, now.c);
    }
    outputs[place] = builder.unsqueeze(addBatch(shown), {0});
    now = next;
  }
  return {builder.concatenate(outputs, 0), addBatch(now.h), addBatch(now.c)};
}
