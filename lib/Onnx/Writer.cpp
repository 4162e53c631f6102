//===- Writer.cpp - Values as lines of a text --------------------*- C++ -*-===//
//
// Decides what gets a line, and spells values and literals.
//
//===----------------------------------------------------------------------===//

#include "Writer.h"
#include "Idioms.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::onnx;

/// Longer expressions within others become lines of their own.
static constexpr size_t longestInlined = 72;

/// Whether the expression is the operand itself, under another type of the file.
static bool isAlias(Value value) { return value->pattern == "$0"; }

/// Whether the expression stands within those that use it, however many they are.
bool BodyWriter::isInlined(Value value) const {
  if (isAlias(value))
    return !value->isNamed;
  // Parts are worth a name where they are spelled at length and often.
  return !value->index.empty() && (value->pattern.size() <= 10 || counts.lookup(value) <= 2);
}

//===----------------------------------------------------------------------===//
// Lines
//===----------------------------------------------------------------------===//

void BodyWriter::countUses(llvm::ArrayRef<Value> results) {
  llvm::SmallVector<Value> open(results);
  llvm::DenseSet<Value> seen;
  reached.clear();
  counts.clear();
  while (!open.empty()) {
    Value next = open.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    reached.push_back(next);
    if (!next->isLiteral() && !known.contains(next))
      llvm::append_range(open, next->operands);
  }
  llvm::sort(reached, [](Value a, Value b) { return a->id < b->id; });
  for (Value result : results)
    ++counts[result];
  for (Value value : llvm::reverse(reached)) {
    if (value->isLiteral() || known.contains(value))
      continue;
    int times = isInlined(value) ? counts[value] : 1;
    for (Value operand : value->operands)
      counts[operand] += times;
  }
}

/// Values and tensors of the file get their own names; others get what is left.
void BodyWriter::reserveNames() {
  auto reserve = [&](Value value) { reserved[value] = names.take(value->hint); };
  for (Value value : reached)
    if (value->isNamed && !value->isLiteral() && !value->isParameter && value->results.empty() &&
        !known.contains(value) && !isInlined(value))
      reserve(value);
  for (Value value : reached)
    if (value->isNamed && value->isLiteral())
      reserve(value);
}

std::string BodyWriter::takeName(Value value) {
  auto found = reserved.find(value);
  return found == reserved.end() ? names.take(value->hint) : found->second;
}

void BodyWriter::write(llvm::ArrayRef<Value> results) {
  countUses(results);
  std::vector<Value> written = reached;
  llvm::erase_if(written, [&](Value value) { return value->isLiteral() || known.contains(value); });
  useLibrary(names, written, results);
  countUses(results);
  reserveNames();
  for (Value value : reached) {
    if (value->isParameter)
      used.insert(value);
    if ((value->isParameter && !value->isLiteral()) || value->statement || known.contains(value))
      continue;
    if (value->instance)
      writeInstance(*value->instance);
    if (!value->results.empty()) {
      writeStatement(value);
      continue;
    }
    if (value->isLiteral()) {
      inlined[value] = spellLiteral(value);
      continue;
    }
    if (value->isHistory) {
      known[value] = takeName(value);
      lines += "  history " + known[value] + " = " + use(value->operands[0]) + "\n";
      continue;
    }
    std::string text = fill(value);
    bool isLine = value->isNamed || counts[value] > 1 || text.size() > longestInlined;
    if (isInlined(value) || !isLine) {
      inlined[value] = {text, isAlias(value) ? Precedence::If : value->precedence};
      continue;
    }
    std::string name = takeName(value);
    lines += "  " + name + " = " + text + "\n";
    known[value] = name;
  }
}

void BodyWriter::writeStatement(Value whole) {
  std::vector<std::string> list;
  for (Value result : whole->results)
    if (counts.count(result))
      list.push_back(known[result] = takeName(result));
    else
      list.push_back("_");
  // The memories of a scan need not be taken.
  if (list.size() > 1 && list.back() == "_" && llvm::StringRef(whole->pattern).starts_with("scan"))
    list.pop_back();
  lines += "  " + llvm::join(list, ", ") + " = " + fill(whole) + "\n";
}

void BodyWriter::writeInstance(const Instance &instance) {
  instanceLines += "  " + instance.name + " = " + instance.type + "\n";
  for (const auto &[name, weight] : instance.weights)
    weights.set(prefix + instance.name + "." + name, weight);
}

/// The pattern with its operands.
std::string BodyWriter::fill(Value value) {
  std::string text;
  const std::string &pattern = value->pattern;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '$' || i + 1 >= pattern.size() || !llvm::isDigit(pattern[i + 1])) {
      text += pattern[i];
      continue;
    }
    size_t operand = 0;
    while (i + 1 < pattern.size() && llvm::isDigit(pattern[i + 1]))
      operand = operand * 10 + (pattern[++i] - '0');
    text += use(value->operands[operand], value->needed[operand]);
  }
  return text;
}

std::string BodyWriter::use(Value value, Precedence needed) {
  if (isAlias(value) && !known.contains(value) && !value->isLiteral())
    return use(value->operands[0], needed);
  if (auto found = known.find(value); found != known.end())
    return found->second;
  const auto &[text, precedence] = inlined[value];
  return precedence < needed ? "(" + text + ")" : text;
}

std::string BodyWriter::takeText() { return weightLines + instanceLines + lines; }

//===----------------------------------------------------------------------===//
// Literals
//===----------------------------------------------------------------------===//

std::pair<std::string, Precedence> BodyWriter::spellScalar(Value value) {
  const Literal &literal = *value->literal;
  if (literal.isSymbolic()) {
    std::string text = literal.sizes[0].str();
    return {text, literal.sizes[0].asName() ? Precedence::Postfix : Precedence::Sum};
  }
  if (value->type == DataType::Bool)
    return {literal.integers[0] ? "true" : "false", Precedence::Postfix};
  std::string text =
      literal.floats.empty() ? std::to_string(literal.integers[0]) : spellNumber(literal.floats[0]);
  return {text, text[0] == '-' ? Precedence::Sign : Precedence::Postfix};
}

std::string BodyWriter::declareWeight(Value value, const std::vector<float> &elements,
                                      llvm::StringRef suffix) {
  std::string taken = suffix.empty() ? takeName(value) : names.take(value->hint + suffix.str());
  std::vector<int64_t> shape = *asNumbers(value->shape);
  weights.set(prefix + taken, Tensor::fromFloats(shape, elements));
  weightLines +=
      "  weight " + taken + ": " + (shape.empty() ? "f32" : spellShape(value->shape)) + "\n";
  return taken;
}

/// Weights are f32: integers that those do not hold are put together from three.
std::string BodyWriter::spellWeight(Value value) {
  const Literal &literal = *value->literal;
  if (!literal.floats.empty())
    return declareWeight(value, literal.floats, "");
  if (value->type == DataType::Bool) {
    std::vector<float> truths(literal.integers.begin(), literal.integers.end());
    return declareWeight(value, truths, "") + " != 0";
  }
  std::string convert = elementTypeName(value->carrier()).str();
  auto part = [&](int shift, bool isHighest, llvm::StringRef suffix) {
    std::vector<float> elements;
    for (int64_t number : literal.integers) {
      int64_t shifted = number >> shift;
      elements.push_back(static_cast<float>(isHighest ? shifted : shifted & 0xffffff));
    }
    return convert + "(" + declareWeight(value, elements, suffix) + ")";
  };
  auto isSmall = [](int64_t number) { return number > -(1 << 24) && number < (1 << 24); };
  if (llvm::all_of(literal.integers, isSmall))
    return part(0, true, "");
  if (value->carrier() == ElementType::I32)
    return part(24, true, "_high") + " * 16777216 + " + part(0, false, "_low");
  return "(" + part(48, true, "_high") + " * 16777216 + " + part(24, false, "_middle") +
         ") * 16777216 + " + part(0, false, "_low");
}

std::pair<std::string, Precedence> BodyWriter::spellLiteral(Value value) {
  const Literal &literal = *value->literal;
  size_t count = literal.floats.size() + literal.integers.size() + literal.sizes.size();
  if (count == 0)
    fail("a tensor without elements, of shape " + spellShape(value->shape) +
         ", is part of a computation");
  bool isFinite = llvm::all_of(literal.floats, [](float f) { return std::isfinite(f); });
  if (value->rank() == 0 && isFinite)
    return spellScalar(value);
  bool isSmall = literal.isSymbolic() ||
                 (!literal.integers.empty() && count <= 8 && value->type != DataType::Bool &&
                  llvm::all_of(literal.integers, [](int64_t n) { return std::abs(n) < 1 << 24; }));
  if (value->rank() == 1 && isSmall) {
    std::string text = (elementTypeName(value->carrier()) + "(stack(").str();
    for (size_t i = 0; i < count; ++i)
      text += (i ? ", " : "") + literal.size(i).str();
    return {text + "))", Precedence::Postfix};
  }
  bool counts = value->rank() == 1 && !literal.integers.empty() && value->type != DataType::Bool;
  for (size_t i = 0; counts && i < count; ++i)
    counts = literal.integers[i] == static_cast<int64_t>(i);
  if (counts) {
    std::string range = "range(" + std::to_string(count) + ")";
    return {value->carrier() == ElementType::I32 ? range : "i64(" + range + ")",
            Precedence::Postfix};
  }
  std::string text = spellWeight(value);
  Precedence precedence = value->type == DataType::Bool         ? Precedence::Comparison
                          : text.find('*') != std::string::npos ? Precedence::Sum
                                                                : Precedence::Postfix;
  return {text, precedence};
}
