//===- RecurrentCell.cpp - Cells for recurrent operators ---------*- C++ -*-===//
//
// Writes cells and scans them.
//
//===----------------------------------------------------------------------===//

#include "RecurrentCell.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::onnx;

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

Activation onnx::makeActivation(llvm::StringRef name) {
  std::string lower = name.lower();
  for (llvm::StringRef plain : {"tanh", "sigmoid", "relu", "softsign", "softplus"})
    if (lower == plain)
      return {lower, 0, 0, false, false};
  if (lower == "affine")
    return {lower, 1, 0, true, true};
  if (lower == "leakyrelu")
    return {lower, 0.01, 0, true, false};
  if (lower == "thresholdedrelu" || lower == "elu")
    return {lower, 1, 0, true, false};
  if (lower == "scaledtanh")
    return {lower, 1, 1, true, true};
  if (lower == "hardsigmoid")
    return {lower, 0.2, 0.5, true, true};
  fail("there is no activation `" + name + "`");
}

static constexpr llvm::StringLiteral thresholdedRelu =
    R"(/// x where it is above a threshold, and 0 elsewhere (Konda et al., 2014).
fn thresholded_relu(x: f32, threshold: f32) -> f32 {
  return if x > threshold then x else 0
}
)";

std::string Activation::apply(llvm::StringRef x) const {
  std::string a = spellNumber(static_cast<float>(alpha)), b = spellNumber(static_cast<float>(beta));
  if (name == "affine")
    return a + " * (" + x.str() + ") + " + b;
  if (name == "leakyrelu")
    return "leaky_relu(" + x.str() + ", " + a + ")";
  if (name == "thresholdedrelu")
    return "thresholded_relu(" + x.str() + ", " + a + ")";
  if (name == "elu")
    return "elu(" + x.str() + ", " + a + ")";
  if (name == "scaledtanh")
    return a + " * tanh(" + b + " * (" + x.str() + "))";
  if (name == "hardsigmoid")
    return "clip(" + a + " * (" + x.str() + ") + " + b + ", 0, 1)";
  return name + "(" + x.str() + ")";
}

//===----------------------------------------------------------------------===//
// Texts of cells
//===----------------------------------------------------------------------===//

namespace {
/// Writes the body of one cell over a batch.
class CellWriter {
public:
  CellWriter(const CellText &cell, const ScanRequest &request) : cell(cell), request(request) {}

  /// The declaration behind its name.
  std::string write() {
    std::string next = writeSteps();
    std::string text = "[B, I, H](x: [B, I]";
    std::vector<std::string> shared;
    if (request.lengths)
      shared.push_back("lengths: i32[B]");
    if (request.lengths && request.isReverse)
      shared.push_back("last: i32");
    std::string weights;
    for (const CellWeight &weight : cell.weights) {
      std::string line = weight.name + ": " + shapeOf(weight.name);
      if (weight.value->isLiteral())
        weights += "  weight " + line + "\n";
      else
        shared.push_back(line);
    }
    if (!shared.empty())
      text += "; " + llvm::join(shared, ", ");
    text += ") -> [B, H] {\n" + weights + "  state h: [B, H] = 0\n";
    if (cell.kind == CellKind::Lstm)
      text += "  state c: [B, H] = 0\n";
    return text + "\n" + lines + next + "}\n";
  }

private:
  static std::string shapeOf(llvm::StringRef weight) {
    return weight[0] == 'W' ? "[H, I]" : weight[0] == 'U' ? "[H, H]" : "[H]";
  }
  /// A gate: its activation of the sums, which may be clipped.
  void gate(llvm::StringRef name, size_t activation, const std::string &sum) {
    std::string inner = sum;
    if (cell.clip) {
      std::string bound = spellNumber(static_cast<float>(*cell.clip));
      inner = "clip(" + sum + ", -" + bound + ", " + bound + ")";
    }
    lines += "  " + name.str() + " = " + cell.activations[activation].apply(inner) + "\n";
  }
  static std::string sumOf(llvm::StringRef gate) {
    std::string of = gate.empty() ? "" : "_" + gate.str();
    return "x . W" + of + " + h . U" + of + " + b" + of;
  }
  std::string writeSteps();
  void writeGru();
  void writeLstm();

  const CellText &cell;
  const ScanRequest &request;
  std::string lines;
};
} // namespace

void CellWriter::writeGru() {
  gate("r", 0, sumOf("r"));
  gate("z", 0, sumOf("z"));
  if (cell.kind == CellKind::Gru)
    gate("n", 1, "x . W_n + b_n + r * (h . U_n + c_n)");
  else
    gate("n", 1, "x . W_n + (r * h) . U_n + b_n");
  lines += "  next = (1 - z) * n + z * h\n";
}

void CellWriter::writeLstm() {
  auto peep = [&](llvm::StringRef gate, llvm::StringRef of) {
    return cell.hasPeepholes ? (" + p_" + gate + " * " + of).str() : std::string();
  };
  gate("i", 0, sumOf("i") + peep("i", "c"));
  if (cell.couplesInput)
    lines += "  f = 1 - i\n";
  else
    gate("f", 0, sumOf("f") + peep("f", "c"));
  gate("g", 1, sumOf("g"));
  lines += "  memory = f * c + i * g\n";
  gate("o", 0, sumOf("o") + peep("o", "memory"));
  lines += "  next = o * " + std::string(cell.activations[2].name == "affine" ? "(" : "") +
           cell.activations[2].apply("memory") + (cell.activations[2].name == "affine" ? ")" : "") +
           "\n";
}

/// The gates go to `lines`; what becomes of the memories is returned.
std::string CellWriter::writeSteps() {
  if (cell.kind == CellKind::Rnn)
    gate("next", 0, sumOf(""));
  else if (cell.kind == CellKind::Lstm)
    writeLstm();
  else
    writeGru();
  bool hasC = cell.kind == CellKind::Lstm;
  if (!request.lengths)
    return std::string("  h' = next\n") + (hasC ? "  c' = memory\n" : "") + "  return next\n";
  std::string place = request.isReverse ? "last - position" : "position";
  return "  goes_on = (" + place + " < lengths)[:, new]\n" +
         "  h' = if goes_on then next else h\n" +
         (hasC ? "  c' = if goes_on then memory else c\n" : "") +
         "  return if goes_on then next else 0\n";
}

//===----------------------------------------------------------------------===//
// Scans
//===----------------------------------------------------------------------===//

llvm::StringRef onnx::libraryName(CellKind kind) {
  switch (kind) {
  case CellKind::Rnn:
    return "Rnn";
  case CellKind::Gru:
    return "Gru";
  case CellKind::GruResetBefore:
    return "GruResetBefore";
  case CellKind::Lstm:
    return "Lstm";
  }
  return "";
}

bool onnx::isOfLibrary(const CellText &cell, const ScanRequest &request) {
  if (!request.x->shape[1].isOne() || request.lengths || cell.clip || cell.couplesInput ||
      cell.hasPeepholes)
    return false;
  for (const CellWeight &weight : cell.weights)
    if (!weight.value->isLiteral())
      return false;
  for (auto [index, activation] : llvm::enumerate(cell.activations)) {
    bool isGate = index == 0 && cell.kind != CellKind::Rnn;
    if (activation.name != (isGate ? "sigmoid" : "tanh"))
      return false;
  }
  return true;
}

namespace {
/// What a scan's text is made of.
struct ScanText {
  std::string pattern;
  llvm::SmallVector<Value> operands;

  std::string add(Value value) {
    operands.push_back(value);
    return "$" + std::to_string(operands.size() - 1);
  }
};
} // namespace

/// `(xs; …)`: what the cell runs over and what is the same at every step.
static void addArguments(Builder &builder, ScanText &text, const CellText &cell,
                         const ScanRequest &request) {
  text.pattern += text.add(request.x);
  std::string shared;
  auto share = [&](Value value) { shared += (shared.empty() ? "; " : ", ") + text.add(value); };
  if (request.lengths)
    share(builder.cast(request.lengths, DataType::Int32));
  if (request.lengths && request.isReverse)
    share(builder.cast(builder.reshape(builder.sizes({request.x->shape[0] - Dim::constant(1)}), {}),
                       DataType::Int32));
  for (const CellWeight &weight : cell.weights)
    if (!weight.value->isLiteral())
      share(weight.value);
  text.pattern += shared + ")";
}

/// Cells that the library has not, by their text, so that equal ones are one.
static std::string declareCell(Builder &builder, const CellText &cell, const ScanRequest &request) {
  std::string body = CellWriter(cell, request).write();
  for (const Activation &activation : cell.activations)
    if (activation.name == "thresholdedrelu")
      builder.declare(thresholdedRelu);
  return builder.declareNamed(libraryName(cell.kind).str() + "Cell", "cell ", body);
}

void onnx::requireSizes(Builder &builder, const ScanRequest &request) {
  bool isKnown = true;
  for (Value value : {request.x, request.initialH, request.initialC})
    for (const Dim &size :
         value ? llvm::ArrayRef<Dim>(value->shape).take_back(2) : llvm::ArrayRef<Dim>()) {
      isKnown &= size.asConstant().has_value();
      builder.needSize(size);
    }
  if (!isKnown)
    fail("the memories of a cell need known sizes, but X is " + spellShape(request.x->shape) +
         "; --dim NAME=N gives a named dimension its size");
}

std::shared_ptr<Instance> onnx::makeInstance(Builder &builder, const CellText &cell,
                                             std::string type) {
  auto instance = std::make_shared<Instance>();
  instance->name = builder.uniqueName(libraryName(cell.kind).lower());
  instance->type = std::move(type);
  for (const CellWeight &weight : cell.weights)
    if (weight.value->isLiteral())
      instance->weights.emplace_back(
          weight.name,
          Tensor::fromFloats(*asNumbers(weight.value->shape), weight.value->literal->floats));
  return instance;
}

ScanResult onnx::scanCell(Builder &builder, const CellText &cell, const ScanRequest &given) {
  if (builder.isInCell())
    return unrollCell(builder, cell, given);
  ScanRequest request = given;
  requireSizes(builder, request);
  bool isOfLibrary = onnx::isOfLibrary(cell, request);
  auto batch = request.x->shape[1].asConstant();
  auto input = request.x->shape[2].asConstant();
  std::string sizes = std::to_string(*input) + ", " + std::to_string(request.hidden) + "]";
  std::string type = isOfLibrary ? libraryName(cell.kind).str() + "[" + sizes
                                 : declareCell(builder, cell, request) + "[" +
                                       std::to_string(*batch) + ", " + sizes;
  std::shared_ptr<const Instance> instance = makeInstance(builder, cell, type);
  // The library's cells take one example.
  auto dropBatch = [&](Value value, int64_t axis) {
    return value && isOfLibrary ? builder.squeeze(value, {axis}) : value;
  };
  request.x = dropBatch(request.x, 1);
  request.initialH = dropBatch(request.initialH, 0);
  request.initialC = dropBatch(request.initialC, 0);
  ScanText text;
  text.pattern =
      std::string("scan ") + (request.isReverse ? "reverse " : "") + instance->name + "(";
  addArguments(builder, text, cell, request);
  std::string from;
  if (request.initialH)
    from = "h = " + text.add(request.initialH);
  if (request.initialC)
    from += (from.empty() ? "c = " : ", c = ") + text.add(request.initialC);
  if (!from.empty())
    text.pattern += " from (" + from + ")";
  Shape memory = {Dim::constant(request.hidden)};
  if (!isOfLibrary)
    memory.insert(memory.begin(), Dim::constant(*batch));
  Shape outputs = memory;
  outputs.insert(outputs.begin(), request.x->shape[0]);
  auto results = builder.statement(text.pattern, text.operands,
                                   {{DataType::Float, outputs}, {DataType::Float, {}}});
  results[0]->statement->instance = instance;
  results[1]->hint = "last";
  auto member = [&](llvm::StringRef name) {
    Value value = builder.expression(DataType::Float, memory, ("$0." + name).str(), {results[1]});
    return isOfLibrary ? builder.unsqueeze(value, {0}) : value;
  };
  ScanResult result;
  result.outputs = isOfLibrary ? builder.unsqueeze(results[0], {1}) : results[0];
  result.lastH = member("h");
  result.lastC = cell.kind == CellKind::Lstm ? member("c") : nullptr;
  return result;
}
