//===- CheckerTesting.h - Parse and check a text in a test --------*- C++ -*-===//
//
// Shared by the checker's tests, with what their programs take from a standard library.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_LANGUAGE_CHECKERTESTING_H
#define GATEFOLD_TEST_UNIT_LANGUAGE_CHECKERTESTING_H

#include "gatefold/Language/Checker.h"
#include "gatefold/Language/Parser.h"

#include <gtest/gtest.h>

namespace gatefold {

/// What the programs take from a standard library.
inline constexpr const char *testLibrary = R"(
fn sigmoid(x: f32) -> f32 { return 1 / (1 + exp(-x)) }
fn softplus(x: f32) -> f32 { return max(x, 0) + log1p(exp(-abs(x))) }
fn silu(x: f32) -> f32 { return x * sigmoid(x) }
fn log_sigmoid(x: f32) -> f32 { return -softplus(-x) }
fn relu(x: f32) -> f32 { return max(x, 0) }
fn softmax(x: [N]) -> [N] {
  e = exp(x - max(x))
  return e / sum(e)
}
fn outer(a: [M], b: [N]) -> [M, N] { return a[:, new] * b }
fn normalize(x: [N]) -> [N] { return x / sqrt(sum(x * x) + 1e-6) }
layer Linear[I, O](x: [I]) -> [O] {
  weight W: [O, I]
  weight b: [O]
  return W @ x + b
}
layer Embedding[V, E](t: token) -> [E] {
  weight table: [V, E]
  return table[t]
}
layer LayerNorm[D](x: [D], epsilon: f32 = 1e-5) -> [D] {
  weight scale, bias: [D]
  centred = x - mean(x)
  return scale * centred / sqrt(mean(centred * centred) + epsilon) + bias
}
cell Lstm[I, H](x: [I]) -> [H] {
  weight W_i, W_f, W_g, W_o: [H, I]
  weight U_i, U_f, U_g, U_o: [H, H]
  weight b_i, b_f, b_g, b_o: [H]
  state h, c: [H] = 0
  i = sigmoid(W_i @ x + U_i @ h + b_i)
  f = sigmoid(W_f @ x + U_f @ h + b_f)
  g = tanh(W_g @ x + U_g @ h + b_g)
  o = sigmoid(W_o @ x + U_o @ h + b_o)
  c' = f * c + i * g
  h' = o * tanh(c')
  return h'
}
binding torch(layer = 0) for Lstm {
  rows(W_i, W_f, W_g, W_o) = "weight_ih_l{layer}"
  rows(U_i, U_f, U_g, U_o) = "weight_hh_l{layer}"
  rows(b_i, b_f, b_g, b_o) = "bias_ih_l{layer}" + "bias_hh_l{layer}"
}
binding torch for Linear {
  W = "weight"
  b = "bias"
}
)";

/// A text that was parsed and checked, as user code behind an optional library.
struct Checked {
  explicit Checked(llvm::StringRef text, llvm::StringRef library = "") : diagnostics(sources) {
    if (!library.empty())
      parsed &= parseInto(file, sources, add(library, "library.fold"), diagnostics, true);
    parsed &= parseInto(file, sources, add(text, "test.fold"), diagnostics);
    accepted = check(file, diagnostics);
  }

  /// The declaration called `name`, the user's before the library's; null if there is none.
  const Declaration *declaration(llvm::StringRef name) const {
    for (const auto &candidate : llvm::reverse(file.declarations))
      if (candidate->name.text == name)
        return candidate.get();
    return nullptr;
  }

  /// The symbol `name` of a declaration; a prime asks for the next value. Null if there is none.
  const Symbol *symbol(llvm::StringRef owner, llvm::StringRef name) const {
    const bool primed = name.consume_back("'");
    const Declaration *found = declaration(owner);
    for (const auto &symbol : found->symbols)
      if (symbol->name == name && (symbol->kind == Symbol::Kind::NextState) == primed)
        return symbol.get();
    return nullptr;
  }

  /// The type of a symbol as the language spells it, or "none".
  std::string type(llvm::StringRef owner, llvm::StringRef name) const {
    const Symbol *found = symbol(owner, name);
    return found ? found->type.str() : "none";
  }

  /// Every message as "severity: line:column: text".
  std::vector<std::string> messages() const {
    std::vector<std::string> lines;
    for (const Diagnostic &message : diagnostics.all())
      lines.push_back(std::string(message.severity == Severity::Error ? "error: " : "warning: ") +
                      place(message.range) + ": " + message.text);
    return lines;
  }

  /// "line:column", or "nowhere".
  std::string place(SourceRange range) const {
    std::optional<SourcePlace> found = resolve(sources, range);
    return found ? std::to_string(found->line) + ":" + std::to_string(found->column) : "nowhere";
  }

  std::string printed() const {
    std::string text;
    llvm::raw_string_ostream os(text);
    diagnostics.print(os);
    return text;
  }

  llvm::SourceMgr sources;
  Diagnostics diagnostics;
  SourceFile file;
  bool parsed = true;
  bool accepted = false;

private:
  unsigned add(llvm::StringRef text, llvm::StringRef name) {
    return sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, name), {});
  }
};

/// A program with one error; its place counts lines from 1.
struct Refused {
  const char *program;
  const char *place; ///< "line:column"
  const char *text;
  const char *hint;
};

/// Checks `refused` behind the test library and expects its error and no other.
inline void expectRefused(const Refused &refused) {
  SCOPED_TRACE(refused.program);
  Checked checked(refused.program, testLibrary);
  EXPECT_TRUE(checked.parsed);
  EXPECT_FALSE(checked.accepted);
  std::vector<const Diagnostic *> errors;
  for (const Diagnostic &message : checked.diagnostics.all())
    if (message.severity == Severity::Error)
      errors.push_back(&message);
  ASSERT_EQ(errors.size(), 1u) << checked.printed();
  EXPECT_EQ(checked.place(errors[0]->range), refused.place);
  EXPECT_EQ(errors[0]->text, refused.text);
  EXPECT_EQ(errors[0]->hint, refused.hint);
}

} // namespace gatefold

#endif // GATEFOLD_TEST_UNIT_LANGUAGE_CHECKERTESTING_H
