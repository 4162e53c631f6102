//===- RandomCell.cpp - Recurrent cells that nobody would write -----------===//
//
// Writes the text of a random cell, operation by operation. All operations are continuous, so that
// rounding cannot turn a result over.
//
//===----------------------------------------------------------------------===//

#include "RandomCell.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <random>

using namespace gatefold::test;

namespace {

using Extents = std::vector<int64_t>;

/// A value of the cell's body.
struct CellValue {
  std::string name;
  Extents shape;
};

class CellWriter {
public:
  explicit CellWriter(unsigned seed) : random(seed) { model.name = "cell_" + std::to_string(seed); }

  ModelText write();

private:
  // Chances.
  int64_t below(int64_t bound) { return static_cast<int64_t>(random() % bound); }
  template <typename T>
  const T &pick(const std::vector<T> &choices) {
    return choices[below(choices.size())];
  }
  int64_t pickExtent() { return pick<int64_t>({1, 2, 3, 5, 16, 17, 20}); }
  std::string pickOrder() { return below(2) ? "chain" : "lanes"; }
  CellValue pickValue() { return pick(values); }
  CellValue pickValueWithAxes();

  // Text.
  static std::string typeOf(const Extents &shape);
  CellValue add(Extents shape, const std::string &text);
  CellValue makeWeight(Extents shape);
  CellValue makeConstant(Extents shape, double number);
  CellValue scale(const CellValue &value, double factor);
  CellValue unary(const std::string &op, const CellValue &a);
  CellValue binary(const std::string &op, const CellValue &a, const CellValue &b);

  // Operations.
  void addOperation();
  CellValue addElementwise();
  CellValue addProduct();
  CellValue addReduction();
  CellValue addBroadcast();
  CellValue addSlice();
  CellValue addConcat();
  CellValue addReshape();
  CellValue addTranspose();
  CellValue addWindows();
  CellValue addReverse();
  CellValue addCumulate();
  CellValue adapt(const CellValue &value, const Extents &shape);

  std::mt19937 random;
  ModelText model;
  std::string body;
  std::vector<CellValue> values;
  unsigned numValues = 0;
};

} // namespace

static int64_t countElements(const Extents &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

static std::string spell(const Extents &shape) {
  std::string text;
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + "f32";
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

std::string CellWriter::typeOf(const Extents &shape) { return "tensor<" + spell(shape) + ">"; }

CellValue CellWriter::add(Extents shape, const std::string &text) {
  CellValue value{"%v" + std::to_string(numValues++), std::move(shape)};
  body += "  " + value.name + " = " + text + "\n";
  return value;
}

CellValue CellWriter::makeWeight(Extents shape) {
  std::string name = "W" + std::to_string(model.weights.size());
  model.weights.push_back({name, spell(shape)});
  return {"%" + name, std::move(shape)};
}

CellValue CellWriter::makeConstant(Extents shape, double number) {
  std::string type = typeOf(shape);
  return add(std::move(shape), "arith.constant dense<" + std::to_string(number) + "> : " + type);
}

CellValue CellWriter::unary(const std::string &op, const CellValue &a) {
  return add(a.shape, op + " " + a.name + " : " + typeOf(a.shape));
}

CellValue CellWriter::binary(const std::string &op, const CellValue &a, const CellValue &b) {
  return add(a.shape, op + " " + a.name + ", " + b.name + " : " + typeOf(a.shape));
}

CellValue CellWriter::scale(const CellValue &value, double factor) {
  return binary("arith.mulf", value, makeConstant(value.shape, factor));
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

CellValue CellWriter::pickValueWithAxes() {
  std::vector<CellValue> candidates;
  for (const CellValue &value : values)
    if (!value.shape.empty())
      candidates.push_back(value);
  return pick(candidates);
}

CellValue CellWriter::addElementwise() {
  CellValue a = pickValue();
  switch (below(5)) {
  case 0:
    return unary("math.tanh", a);
  case 1:
    return unary("math.exp", unary("arith.negf", unary("math.absf", a)));
  case 2:
    return unary(pick<std::string>({"arith.negf", "math.absf"}), a);
  default:
    break;
  }
  std::vector<CellValue> others{makeWeight(a.shape)};
  for (const CellValue &value : values)
    if (value.shape == a.shape)
      others.push_back(value);
  CellValue b = pick(others);
  const std::string type = typeOf(a.shape);
  switch (below(4)) {
  case 0: {
    CellValue one = makeConstant(a.shape, 1);
    return binary("arith.divf", a, binary("arith.addf", one, unary("math.absf", b)));
  }
  case 1: {
    CellValue less = binary("arith.cmpf olt,", a, b);
    std::string bits = "tensor<" + llvm::StringRef(spell(a.shape)).drop_back(3).str() + "i1>";
    return add(a.shape, "arith.select " + less.name + ", " + a.name + ", " + b.name + " : " + bits +
                            ", " + type);
  }
  default:
    return binary(pick<std::string>({"arith.addf", "arith.subf", "arith.mulf", "arith.maximumf",
                                     "arith.minimumf"}),
                  a, b);
  }
}

CellValue CellWriter::addProduct() {
  CellValue a = pickValueWithAxes();
  const int64_t terms = a.shape.back(), outputs = pickExtent();
  Extents shape(a.shape.begin(), a.shape.end() - 1);
  const bool transposed = below(2);
  CellValue b = makeWeight(transposed ? Extents{terms, outputs} : Extents{outputs, terms});
  for (const CellValue &value : values)
    if (value.shape.size() == 1 && value.shape[0] == terms && below(2)) {
      CellValue product =
          add(shape, "gatefold.dot " + a.name + ", " + value.name + " " + pickOrder() + " : " +
                         typeOf(a.shape) + ", " + typeOf(value.shape) + " -> " + typeOf(shape));
      return scale(product, 1.0 / static_cast<double>(terms));
    }
  shape.push_back(outputs);
  CellValue product = add(shape, "gatefold.dot " + a.name + ", " + b.name + " " + pickOrder() +
                                     (transposed ? " transposed" : "") + " : " + typeOf(a.shape) +
                                     ", " + typeOf(b.shape) + " -> " + typeOf(shape));
  return scale(product, 1.0 / static_cast<double>(terms));
}

CellValue CellWriter::addReduction() {
  CellValue a = pickValueWithAxes();
  Extents shape;
  std::vector<std::string> axes;
  int64_t terms = 1;
  const auto rank = static_cast<int64_t>(a.shape.size());
  const int64_t always = below(rank);
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (axis != always && below(2)) {
      shape.push_back(a.shape[axis]);
      continue;
    }
    axes.insert(axes.begin(), std::to_string(rank - 1 - axis));
    terms *= a.shape[axis];
  }
  std::string kind = pick<std::string>({"sum", "maximum", "minimum"});
  CellValue reduced =
      add(shape, "gatefold.reduce " + kind + " " + a.name + " axes [" + llvm::join(axes, ", ") +
                     "] " + pickOrder() + " : " + typeOf(a.shape) + " -> " + typeOf(shape));
  return kind == "sum" ? scale(reduced, 1.0 / static_cast<double>(terms)) : reduced;
}

CellValue CellWriter::addBroadcast() {
  CellValue a = pickValue();
  if (a.shape.size() >= 3)
    return addReduction();
  const auto rank = static_cast<int64_t>(a.shape.size());
  const int64_t axis = below(rank + 1);
  Extents shape = a.shape;
  shape.insert(shape.end() - axis, pickExtent());
  return add(shape, "gatefold.broadcast " + a.name + " axes [" + std::to_string(axis) +
                        "] : " + typeOf(a.shape) + " -> " + typeOf(shape));
}

CellValue CellWriter::addSlice() {
  CellValue a = pickValueWithAxes();
  const auto rank = static_cast<int64_t>(a.shape.size());
  const int64_t axis = below(rank);
  Extents shape = a.shape;
  int64_t &extent = shape[rank - 1 - axis];
  const int64_t whole = extent;
  extent = 1 + below(whole);
  int64_t offset = below(whole - extent + 1);
  if (below(2))
    offset -= whole;
  return add(shape, "gatefold.slice " + a.name + " axis " + std::to_string(axis) + " offset " +
                        std::to_string(offset) + " size " + std::to_string(extent) + " : " +
                        typeOf(a.shape) + " -> " + typeOf(shape));
}

CellValue CellWriter::addConcat() {
  CellValue a = pickValueWithAxes();
  const auto rank = static_cast<int64_t>(a.shape.size());
  const int64_t axis = below(rank), position = rank - 1 - axis;
  Extents otherShape = a.shape, shape = a.shape;
  otherShape[position] = pickExtent();
  CellValue b = makeWeight(otherShape);
  shape[position] = 2 * a.shape[position] + otherShape[position];
  return add(shape, "gatefold.concat " + a.name + ", " + b.name + ", " + a.name + " axis " +
                        std::to_string(axis) + " : " + typeOf(a.shape) + ", " + typeOf(b.shape) +
                        ", " + typeOf(a.shape) + " -> " + typeOf(shape));
}

CellValue CellWriter::addReshape() {
  CellValue a = pickValue();
  Extents shape{countElements(a.shape)};
  if (shape[0] % 2 == 0 && below(2))
    shape = {2, shape[0] / 2};
  else if (below(2))
    shape.insert(below(2) ? shape.begin() : shape.end(), 1);
  return add(shape, "gatefold.reshape " + a.name + " replaced " + std::to_string(a.shape.size()) +
                        " : " + typeOf(a.shape) + " -> " + typeOf(shape));
}

CellValue CellWriter::addTranspose() {
  CellValue a = pickValue();
  if (a.shape.size() < 2)
    return addBroadcast();
  std::vector<int64_t> permutation(a.shape.size());
  for (auto [position, from] : llvm::enumerate(permutation))
    from = static_cast<int64_t>(position);
  std::rotate(permutation.begin(), permutation.begin() + 1, permutation.end());
  Extents shape;
  std::vector<std::string> positions;
  for (int64_t from : permutation) {
    shape.push_back(a.shape[from]);
    positions.push_back(std::to_string(from));
  }
  return add(shape, "gatefold.transpose " + a.name + " [" + llvm::join(positions, ", ") +
                        "] : " + typeOf(a.shape) + " -> " + typeOf(shape));
}

CellValue CellWriter::addWindows() {
  CellValue a = pickValueWithAxes();
  const auto rank = static_cast<int64_t>(a.shape.size());
  const int64_t axis = below(rank), position = rank - 1 - axis;
  const int64_t extent = a.shape[position], size = 1 + below(std::min<int64_t>(extent, 4));
  const int64_t stride = 1 + below(3);
  const int64_t dilation = size == 1 ? 1 + below(3) : 1 + below((extent - 1) / (size - 1));
  Extents shape = a.shape;
  shape[position] = (extent - dilation * (size - 1) - 1) / stride + 1;
  shape.insert(shape.begin() + position + 1, size);
  return add(shape, "gatefold.windows " + a.name + " axis " + std::to_string(axis) + " size " +
                        std::to_string(size) + " stride " + std::to_string(stride) + " dilation " +
                        std::to_string(dilation) + " : " + typeOf(a.shape) + " -> " +
                        typeOf(shape));
}

CellValue CellWriter::addReverse() {
  CellValue a = pickValueWithAxes();
  return add(a.shape, "gatefold.reverse " + a.name + " axis " +
                          std::to_string(below(a.shape.size())) + " : " + typeOf(a.shape));
}

CellValue CellWriter::addCumulate() {
  CellValue a = pickValueWithAxes();
  const auto rank = static_cast<int64_t>(a.shape.size());
  const int64_t axis = below(rank);
  CellValue total = add(a.shape, "gatefold.cumulate sum " + a.name + " axis " +
                                     std::to_string(axis) + " : " + typeOf(a.shape));
  return scale(total, 1.0 / static_cast<double>(a.shape[rank - 1 - axis]));
}

void CellWriter::addOperation() {
  using Operation = CellValue (CellWriter::*)();
  static const std::vector<Operation> operations{
      &CellWriter::addElementwise, &CellWriter::addElementwise, &CellWriter::addElementwise,
      &CellWriter::addProduct,     &CellWriter::addProduct,     &CellWriter::addReduction,
      &CellWriter::addBroadcast,   &CellWriter::addSlice,       &CellWriter::addConcat,
      &CellWriter::addReshape,     &CellWriter::addTranspose,   &CellWriter::addWindows,
      &CellWriter::addReverse,     &CellWriter::addCumulate};
  CellValue value = (this->*pick(operations))();
  if (countElements(value.shape) <= 2000)
    values.push_back(value);
}

/// A value of `shape` that depends on every element of `value`.
CellValue CellWriter::adapt(const CellValue &value, const Extents &shape) {
  const int64_t terms = countElements(value.shape), outputs = countElements(shape);
  const Extents flat{terms}, result{outputs};
  CellValue row = add(flat, "gatefold.reshape " + value.name + " replaced " +
                                std::to_string(value.shape.size()) + " : " + typeOf(value.shape) +
                                " -> " + typeOf(flat));
  CellValue weight = makeWeight({outputs, terms});
  CellValue product =
      add(result, "gatefold.dot " + row.name + ", " + weight.name + " " + pickOrder() + " : " +
                      typeOf(flat) + ", " + typeOf(weight.shape) + " -> " + typeOf(result));
  CellValue shaped = add(shape, "gatefold.reshape " + product.name +
                                    " replaced 1 : " + typeOf(result) + " -> " + typeOf(shape));
  return unary("math.tanh", scale(shaped, 1.0 / static_cast<double>(terms)));
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

ModelText CellWriter::write() {
  const Extents inputShape{pickExtent()};
  model.inputs = {{"xs", "Tx" + spell(inputShape)}};
  values.push_back({"%x", inputShape});
  std::vector<CellValue> states;
  std::string memories;
  for (int64_t count = 1 + below(3); count > 0; --count) {
    Extents shape;
    for (int64_t rank = below(3); rank > 0; --rank)
      shape.push_back(pickExtent());
    CellValue state{"%s" + std::to_string(count), shape}, initial = makeWeight(shape);
    memories += (states.empty() ? "" : ", ") + state.name + " = " + initial.name + " as \"s" +
                std::to_string(count) + "\" : " + typeOf(shape);
    states.push_back(state);
    values.push_back(state);
  }
  for (int64_t count = 4 + below(12); count > 0; --count)
    addOperation();

  std::string next, nextTypes, results = "%ys";
  for (const CellValue &state : states) {
    CellValue value = adapt(pickValue(), state.shape);
    values.push_back(value);
    next += (next.empty() ? "" : ", ") + value.name;
    nextTypes += (nextTypes.empty() ? "" : ", ") + typeOf(state.shape);
    results += ", %last" + state.name.substr(1);
  }
  const CellValue output = values[values.size() - 1 - below(values.size() / 2)];
  model.outputs = {{"ys", "Tx" + spell(output.shape)},
                   {"last" + states.back().name.substr(1), spell(states.back().shape)}};
  model.body = results + " = gatefold.scan axis 0 (%x = %xs : tensor<?x" + spell(inputShape) +
               ">)\n  memories(" + memories + ") -> (tensor<?x" + spell(output.shape) + ">) {\n" +
               body + "  gatefold.yield outputs(" + output.name + " : " + typeOf(output.shape) +
               ") next(" + next + " : " + nextTypes + ")\n}";
  return model;
}

ModelText gatefold::test::makeRandomCell(unsigned seed) { return CellWriter(seed).write(); }
