//===- GrowTensors.cpp - Random expressions by their shape -------*- C++ -*-===//
//
// Products, reductions, norms, and what moves elements; attention; gates.
//
//===----------------------------------------------------------------------===//

#include "Grower.h"
#include <algorithm>

using namespace gatefold;
using namespace gatefold::smith;

//===----------------------------------------------------------------------===//
// The choice of a rule
//===----------------------------------------------------------------------===//

Expression Grower::grow(const Type &type, int depth) {
  if (type.element == Element::I32)
    return growNumbers(type, std::min(depth, 2));
  if (type.element == Element::Bool)
    return growBools(type, std::min(depth, 1));
  if (depth <= 0 || !isStatic(tree, type))
    return growLeaf(type);
  std::vector<Rule> rules{&Grower::growUnary,   &Grower::growUnary,       &Grower::growBinary,
                          &Grower::growBinary,  &Grower::growBinary,      &Grower::growChoice,
                          &Grower::growOperand, &Grower::growFunctionCall};
  if (body.kind == Declaration::Kind::Function) {
    rules.pop_back();
    if (type.rank() == 1)
      rules.insert(rules.end(), {&Grower::growNorm, &Grower::growRearranged});
  } else if (type.rank() == 0) {
    rules.insert(rules.end(),
                 {&Grower::growReduction, &Grower::growReduction, &Grower::growInnerProduct,
                  &Grower::growElement, &Grower::growCount});
  } else if (type.rank() == 1) {
    rules.insert(rules.end(), {&Grower::growProduct, &Grower::growProduct, &Grower::growProduct,
                               &Grower::growRightProduct, &Grower::growMatrixUse,
                               &Grower::growMatrixUse, &Grower::growNorm, &Grower::growNorm,
                               &Grower::growRearranged, &Grower::growJoin});
  } else if (type.rank() == 2) {
    rules.insert(rules.end(), {&Grower::growOuter, &Grower::growOuter, &Grower::growMatrixProduct,
                               &Grower::growStretchedSum});
  }
  return bound((this->*random.pick(rules))(type, depth), 8);
}

Expression Grower::growOperand(const Type &type, int) { return growLeaf(type); }

/// Vectors of floats whose size no data decides.
static bool isStaticVector(const Tree &tree, const Type &type) {
  return type.element == Element::F32 && type.rank() == 1 && isStatic(tree, type);
}

bool Grower::hasVector() const {
  return !findAll([&](const Type &type) { return isStaticVector(tree, type); }).empty();
}

Known Grower::pickVector() {
  return random.pick(findAll([&](const Type &type) { return isStaticVector(tree, type); }));
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

Expression Grower::growProduct(const Type &type, int depth) {
  if (!hasVector())
    return growUnary(type, depth);
  Known vector = pickVector();
  const Axis terms = vector.binding.type.shape[0];
  if (random.chance(0.1))
    return callLinear(type, refer(vector.binding, vector.magnitude));
  Expression weight = makeWeight("W", floats({type.shape[0], terms}));
  Expression operand = refer(vector.binding, vector.magnitude);
  if (random.chance(0.2))
    operand = grow(vector.binding.type, depth - 1);
  double magnitude = 1.5 * operand.magnitude;
  return operate(random.pick({"<0> @ <1>", "<0> @ <1>", "<1> . <0>"}), type,
                 {std::move(weight), std::move(operand)}, magnitude);
}

Expression Grower::callLinear(const Type &type, Expression operand) {
  note("layer in a body");
  Statement instance{Statement::Kind::Instance, {{names.make("linear"), {}}}};
  instance.callee = random.pick({"Linear", "LinearNoBias"});
  instance.arguments = {operand.type.shape[0], type.shape[0]};
  Expression call{Expression::Kind::Call, "", type, {}};
  call.callee = instance.bindings[0].name;
  call.magnitude = 1.5 * operand.magnitude + 0.8;
  call.operands.push_back(std::move(operand));
  body.statements.push_back(std::move(instance));
  return call;
}

Expression Grower::growRightProduct(const Type &type, int depth) {
  if (!hasVector())
    return growUnary(type, depth);
  note("product from the right");
  Known vector = pickVector();
  Expression weight = makeWeight("W", floats({vector.binding.type.shape[0], type.shape[0]}));
  return operate("0.7 * (<0> @ <1>)", type,
                 {refer(vector.binding, vector.magnitude), std::move(weight)},
                 1.5 * vector.magnitude);
}

Expression Grower::growMatrixUse(const Type &type, int depth) {
  // Matrices of which one axis is the wanted one, windows and states among them
  std::vector<Known> matrices = findAll([&](const Type &other) {
    return other.element == Element::F32 && other.rank() == 2 && isStatic(tree, other) &&
           (other.shape[0] == type.shape[0] || other.shape[1] == type.shape[0]);
  });
  if (matrices.empty())
    return growProduct(type, depth);
  note("matrix used");
  const Known &matrix = random.pick(matrices);
  const std::vector<Axis> &shape = matrix.binding.type.shape;
  Expression value = refer(matrix.binding, matrix.magnitude);
  const double magnitude = matrix.magnitude;
  if (shape[1] == type.shape[0]) {
    switch (random.below(5)) {
    case 0:
      return operate(random.pick({"<0>[0]", "<0>[-1]"}), type, {std::move(value)}, magnitude);
    case 1:
      return operate(random.pick({"mean({0}, axis = 0)", "max({0}, axis = 0)"}), type,
                     {std::move(value)}, magnitude);
    case 2:
      return bound(operate("sum({0} * <1>, axis = 0)", type,
                           {std::move(value), makeWeight("kernel", floats(shape))}, 3 * magnitude),
                   6);
    case 3:
      return bound(operate("{0}[-1] + 0.3 * {0}[0]", type, {std::move(value)}, 1.3 * magnitude));
    default: {
      Expression query = grow(floats({shape[0]}), depth - 1);
      return bound(operate("<0> @ <1>", type, {std::move(query), std::move(value)}, 6));
    }
    }
  }
  if (random.chance(0.3))
    return operate("<0>[:, 0]", type, {std::move(value)}, magnitude);
  if (random.chance(0.3))
    return operate("mean({0}, axis = -1)", type, {std::move(value)}, magnitude);
  Expression query = grow(floats({shape[1]}), depth - 1);
  return bound(operate("<0> @ <1>", type, {std::move(value), std::move(query)}, 6));
}

Expression Grower::growNorm(const Type &type, int depth) {
  Expression operand = grow(type, depth - 1);
  switch (random.below(6)) {
  case 0:
    note("softmax");
    return operate("softmax({0})", type, {std::move(operand)}, 1);
  case 1:
    note("layer norm");
    return operate("layer_norm({0})", type, {std::move(operand)}, 2);
  case 2:
    note("rms norm");
    return operate("rms_norm({0})", type, {std::move(operand)}, 2);
  case 3:
    note("log softmax");
    return operate("log_softmax({0})", type, {std::move(operand)}, 5);
  case 4:
    note("normalize");
    return operate("normalize({0}, epsilon = 0.1)", type, {std::move(operand)}, 1);
  default:
    note("centred");
    return operate("<0> - mean({0})", type, {std::move(operand)}, 2);
  }
}

Expression Grower::growComprehension(const Type &type, Expression operand) {
  note("comprehension");
  // They may lie in each other.
  const std::string turn = names.make("i");
  return operate("mean([tanh(<0> * f32(" + turn + ")) for " + turn + " in 3], axis = 0)", type,
                 {std::move(operand)}, 1);
}

Expression Grower::growRearranged(const Type &type, int depth) {
  note("rearranged");
  Expression operand = grow(type, depth - 1);
  double magnitude = operand.magnitude;
  switch (random.below(5)) {
  case 4:
    return growComprehension(type, std::move(operand));
  case 0:
    return operate("reverse({0})", type, {std::move(operand)}, magnitude);
  case 1:
    return operate("tanh(cumsum({0}))", type, {std::move(operand)}, 1);
  case 2:
    return operate("cumprod(tanh({0}))", type, {std::move(operand)}, 1);
  default:
    note("convolution within a step");
    return operate("mean(windows(pad({0}, 1, 1), 3), axis = -1)", type, {std::move(operand)},
                   magnitude);
  }
}

Expression Grower::growJoin(const Type &type, int depth) {
  const Axis &axis = type.shape[0];
  if (axis.size() < 2)
    return growProduct(type, depth);
  note("join");
  Expression first = grow(floats({Axis(axis.begin(), axis.begin() + 1)}), depth - 1);
  Expression rest = grow(floats({Axis(axis.begin() + 1, axis.end())}), depth - 1);
  double magnitude = std::max(first.magnitude, rest.magnitude);
  return operate("join({0}, {1})", type, {std::move(first), std::move(rest)}, magnitude);
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

Expression Grower::growReduction(const Type &type, int depth) {
  if (!hasVector())
    return growUnary(type, depth);
  note("reduction");
  Type vector = pickVector().binding.type;
  Expression operand = grow(vector, depth - 1);
  double magnitude = operand.magnitude;
  switch (random.below(6)) {
  case 0:
    return operate("max({0})", type, {std::move(operand)}, magnitude);
  case 1:
    return operate("min({0})", type, {std::move(operand)}, magnitude);
  case 2:
    return operate("tanh(sum({0}))", type, {std::move(operand)}, 1);
  case 3:
    return operate("prod(tanh({0}))", type, {std::move(operand)}, 1);
  case 4:
    note("argmax");
    return operate("f32(i32(argmax({0}))) / 16", type, {std::move(operand)}, 2);
  default:
    return operate("mean({0})", type, {std::move(operand)}, magnitude);
  }
}

Expression Grower::growInnerProduct(const Type &type, int depth) {
  if (!hasVector())
    return growUnary(type, depth);
  note("inner product");
  Known vector = pickVector();
  Expression other = random.chance(0.5) ? makeWeight("w", vector.binding.type)
                                        : grow(vector.binding.type, depth - 1);
  return operate("tanh(<0> . <1>)", type,
                 {refer(vector.binding, vector.magnitude), std::move(other)}, 1);
}

Expression Grower::growElement(const Type &type, int depth) {
  if (!hasVector())
    return growUnary(type, depth);
  note("element");
  Known vector = pickVector();
  return operate(random.pick({"<0>[0]", "<0>[-1]"}), type,
                 {refer(vector.binding, vector.magnitude)}, vector.magnitude);
}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

Expression Grower::growOuter(const Type &type, int depth) {
  note("outer product");
  Expression rows = grow(floats({type.shape[0]}), depth - 1);
  Expression columns = grow(floats({type.shape[1]}), depth - 1);
  double magnitude = rows.magnitude * columns.magnitude;
  return bound(operate(random.pick({"outer({0}, {1})", "<0>[:, new] * <1>"}), type,
                       {std::move(rows), std::move(columns)}, magnitude));
}

Expression Grower::growMatrixProduct(const Type &type, int depth) {
  if (!hasVector())
    return growOuter(type, depth);
  std::vector<Known> matrices = findAll([&](const Type &other) {
    return other.element == Element::F32 && other.rank() == 2 && isStatic(tree, other) &&
           other.shape[0] == type.shape[0];
  });
  note("matrix product");
  if (matrices.empty()) {
    const Axis terms = pickVector().binding.type.shape[0];
    Expression weight = makeWeight("W", floats({type.shape[0], terms}));
    return bound(operate("<0> @ <1>", type,
                         {std::move(weight), grow(floats({terms, type.shape[1]}), depth - 1)}));
  }
  const Known &matrix = random.pick(matrices);
  Expression weight = makeWeight("W", floats({matrix.binding.type.shape[1], type.shape[1]}));
  return bound(operate("<0> @ <1>", type,
                       {refer(matrix.binding, matrix.magnitude), std::move(weight)},
                       2 * matrix.magnitude));
}

Expression Grower::growStretchedSum(const Type &type, int depth) {
  if (random.chance(0.4)) {
    note("transpose");
    Expression turned = grow(floats({type.shape[1], type.shape[0]}), depth - 1);
    double magnitude = turned.magnitude;
    return operate("transpose({0})", type, {std::move(turned)}, magnitude);
  }
  Expression matrix = grow(type, depth - 1), row = grow(floats({type.shape[1]}), depth - 1);
  double magnitude = matrix.magnitude + row.magnitude;
  return bound(operate("<0> + <1>", type, {std::move(matrix), std::move(row)}, magnitude));
}

//===----------------------------------------------------------------------===//
// Gates and attention
//===----------------------------------------------------------------------===//

/// A gate without the product of its recurrent operand would be no gate; the last shared operand is
/// a memory where there is one.
Expression Grower::growGate(const Axis &axis) {
  const Type type = floats({axis});
  if (shared.empty())
    for (int64_t count = random.between(1, 2); count > 0 && hasVector(); --count)
      shared.push_back(pickVector());
  std::vector<Known> operands = shared;
  if (random.chance(0.15) && hasVector())
    operands.push_back(pickVector());
  if (operands.size() > 1 && random.chance(0.15))
    operands.erase(operands.begin() + random.below(static_cast<int64_t>(operands.size())));
  Expression sum = makeWeight("b", type);
  double magnitude = 0.8;
  for (const Known &operand : operands) {
    Expression weight = makeWeight("W", floats({axis, operand.binding.type.shape[0]}));
    Expression value = refer(operand.binding, operand.magnitude);
    std::vector<Known> before = findAll(operand.binding.type);
    std::vector<Known> gates = findAll(type);
    const char *text = "<0> @ <1> + {2}";
    if (random.chance(0.15) && before.size() > 1) {
      note("gate before a product");
      value = operate("<0> * <1>", operand.binding.type,
                      {refer(random.pick(before).binding), std::move(value)}, operand.magnitude);
    } else if (random.chance(0.15) && !gates.empty()) {
      note("gate behind a product");
      sum = operate(
          "<3> * (<0> @ <1>) + {2}", type,
          {std::move(weight), std::move(value), std::move(sum), refer(random.pick(gates).binding)},
          magnitude += 1.5);
      continue;
    }
    magnitude += 1.5;
    sum = operate(text, type, {std::move(weight), std::move(value), std::move(sum)}, magnitude);
  }
  if (random.chance(0.15)) {
    note("norm in a gate");
    sum = operate(random.pick({"layer_norm({0}) * <1>", "rms_norm({0}) * <1>"}), type,
                  {std::move(sum), makeWeight("gain", type)}, 2);
  }
  return operate(random.pick({"sigmoid({0})", "sigmoid({0})", "tanh({0})", "tanh({0})",
                              "hard_sigmoid({0})", "relu(tanh({0}))", "gelu(clip({0}, -2, 2))",
                              "softsign({0})", "exp(-softplus({0}))"}),
                 type, {std::move(sum)}, 1);
}

Expression Grower::growAttention(const Known &memory) {
  const Axis rows = memory.binding.type.shape[0], size = memory.binding.type.shape[1];
  const Type context = floats({size}), scoreType = floats({rows});
  Expression values = refer(memory.binding, memory.magnitude);
  Expression query = grow(context, 1), scores;
  switch (random.below(4)) {
  case 0:
  case 1:
    note("dot attention");
    scores = operate("<0> . <1> / 2", scoreType, {values, std::move(query)});
    break;
  case 2: {
    note("additive attention");
    Type keys = floats({rows, size});
    Expression projected =
        operate("<0> . <1>", keys, {values, makeWeight("W", floats({size, size}))});
    scores = operate("tanh(<0> + <1>) . <2>", scoreType,
                     {std::move(projected), std::move(query), makeWeight("v", context)});
    break;
  }
  default:
    note("elementwise attention");
    scores = operate(random.pick({"-sum(square(<0> - <1>), axis = -1) / 4",
                                  "mean(abs(<0> * <1>), axis = -1)", "max(<0> + <1>, axis = -1)"}),
                     scoreType, {values, std::move(query)});
    break;
  }
  if (random.chance(0.25)) {
    note("mask over a memory");
    scores =
        operate(random.pick({"if range(#) % 3 != 1 then {0} else -1e30",
                             "if range(#) < 4 then {0} else -1e30", "<0> - 0.2 * f32(range(#))"}),
                scoreType, {std::move(scores)});
  }
  if (random.chance(0.1))
    return operate("<0> @ <1> / (1 + sum(<0>))", context,
                   {operate("sigmoid({0})", scoreType, {std::move(scores)}), values},
                   memory.magnitude);
  return operate("softmax({0}) @ <1>", context, {std::move(scores), std::move(values)},
                 memory.magnitude);
}
