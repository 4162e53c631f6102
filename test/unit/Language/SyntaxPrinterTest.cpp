//===- SyntaxPrinterTest.cpp - Tests of canonical text -------------*- C++ -*-===//
//
// Canonical text of every node, and that reading and printing it again changes nothing.
//
//===----------------------------------------------------------------------===//

#include "ParseText.h"
#include <gtest/gtest.h>

using namespace gatefold;

namespace {
/// The canonical text of `text`, which must be read without errors and be stable.
std::string canonical(llvm::StringRef text) {
  ParsedText first(text);
  EXPECT_EQ(first.messages(), "");
  std::string printed = first.printed();
  ParsedText second(printed);
  EXPECT_EQ(second.messages(), "") << printed;
  EXPECT_EQ(second.printed(), printed);
  return printed;
}

std::string canonicalExpression(llvm::StringRef text) {
  std::string printed = canonical(("const c = " + text + "\n").str());
  return llvm::StringRef(printed).drop_front(10).rtrim().str();
}

TEST(SyntaxPrinter, PrintsFewestParentheses) {
  EXPECT_EQ(canonicalExpression("((a))+((b*c))"), "a + b * c");
  EXPECT_EQ(canonicalExpression("(a+b)*c"), "(a + b) * c");
  EXPECT_EQ(canonicalExpression("a-(b-c)-(d+e)"), "a - (b - c) - (d + e)");
  EXPECT_EQ(canonicalExpression("(a/b)*c"), "a / b * c");
  EXPECT_EQ(canonicalExpression("(a @ b) . (c . d)"), "a @ b . (c . d)");
  EXPECT_EQ(canonicalExpression("(-x)^2"), "(-x) ^ 2");
  EXPECT_EQ(canonicalExpression("-(x^2)"), "-x ^ 2");
  EXPECT_EQ(canonicalExpression("(a^b)^(c^d)"), "(a ^ b) ^ c ^ d");
  EXPECT_EQ(canonicalExpression("a^(-b)"), "a ^ -b");
  EXPECT_EQ(canonicalExpression("a-(-b)"), "a - -b");
  EXPECT_EQ(canonicalExpression("-(a@b)"), "-(a @ b)");
  EXPECT_EQ(canonicalExpression("not (a and b)"), "not (a and b)");
  EXPECT_EQ(canonicalExpression("(not a) and (b == c)"), "not a and b == c");
  EXPECT_EQ(canonicalExpression("(a < b) == (c < d)"), "(a < b) == (c < d)");
  EXPECT_EQ(canonicalExpression("(not a) == b"), "(not a) == b");
  EXPECT_EQ(canonicalExpression("1 + (if a then b else c)"), "1 + (if a then b else c)");
  EXPECT_EQ(canonicalExpression("if (if a then b else c) then d else (if e then f else g)"),
            "if (if a then b else c) then d else if e then f else g");
  EXPECT_EQ(canonicalExpression("(a + b)[0].c"), "(a + b)[0].c");
  EXPECT_EQ(canonicalExpression("(3).h"), "(3).h");
}

TEST(SyntaxPrinter, PrintsNumbersThatReadBack) {
  EXPECT_EQ(canonicalExpression("007"), "7");
  EXPECT_EQ(canonicalExpression("0.10"), "0.1");
  EXPECT_EQ(canonicalExpression("3.0"), "3.0");
  EXPECT_EQ(canonicalExpression("1e-5"), "1e-05");
  EXPECT_EQ(canonicalExpression("1e300"), "1e+300");
  EXPECT_EQ(canonicalExpression("9007199254740991"), "9007199254740991");
  EXPECT_EQ(canonicalExpression("9007199254740992"), "9007199254740992.0");
}

TEST(SyntaxPrinter, PrintsPostfixForms) {
  EXPECT_EQ(canonicalExpression("f [3] (x,y , axis=0)"), "f[3](x, y, axis = 0)");
  EXPECT_EQ(canonicalExpression("x[i,:,a:,:b,a:b,new]"), "x[i, :, a:, :b, a:b, new]");
  EXPECT_EQ(canonicalExpression("scan reverse c(xs;m)from(h=1,inner.c=2)"),
            "scan reverse c(xs; m) from (h = 1, inner.c = 2)");
}

TEST(SyntaxPrinter, KeepsOrderAndDocumentation) {
  EXPECT_EQ(canonical("const a = 1 // not kept\n\nconst b = a\n"
                      "/// Documented.\n///\n///   indented\n"
                      "binding t(layer=0,d) for C {\nrows(a,b)=\"x\"\nc=\"y\\\"\"\n}\n"
                      "/// A number.\nconst d = 2\n"
                      "cell C[I,K=3](x:[I];m:[S,K]=0,t:token)->(y:[I],z:f32){\n"
                      "weight a,b:[I,2*K]\n\n\nstate h:[I]=0\nrequire I%K==0\n"
                      "ignore \"u\",\"v\"\nl=L[2] load t(layer=1) from \"e.\"\n"
                      "h'=x\nreturn h',m\n}\n"),
            "const a = 1\n"
            "const b = a\n"
            "\n"
            "/// Documented.\n"
            "///\n"
            "///   indented\n"
            "binding t(layer = 0, d) for C {\n"
            "  rows(a, b) = \"x\"\n"
            "  c = \"y\\\"\"\n"
            "}\n"
            "\n"
            "/// A number.\n"
            "const d = 2\n"
            "\n"
            "cell C[I, K = 3](x: [I]; m: [S, K] = 0, t: token) -> (y: [I], z: f32) {\n"
            "  weight a, b: [I, 2 * K]\n"
            "  state h: [I] = 0\n"
            "  require I % K == 0\n"
            "  ignore \"u\", \"v\"\n"
            "  l = L[2] load t(layer = 1) from \"e.\"\n"
            "  h' = x\n"
            "  return h', m\n"
            "}\n");
  EXPECT_EQ(canonical("cell C(; m: f32) -> f32, [2] { return m }"),
            "cell C(; m: f32) -> f32, [2] {\n  return m\n}\n");
  EXPECT_EQ(canonical("cell C() -> ([D], f32) { return 1, 2 }"),
            "cell C() -> [D], f32 {\n  return 1, 2\n}\n");
}

TEST(SyntaxPrinter, PrintsMemoriesAndRepetition) {
  EXPECT_EQ(canonicalExpression("sum(x,axis=(1,2))"), "sum(x, axis = (1, 2))");
  EXPECT_EQ(canonicalExpression("[ a+b for n in N/2 ]@[c for h in x]"),
            "[a + b for n in N / 2] @ [c for h in x]");
  EXPECT_EQ(canonicalExpression("(a%b)*(c%(d*e))"), "a % b * (c % (d * e))");
  EXPECT_EQ(canonicalExpression("position+history"), "position + history");
  EXPECT_EQ(canonical("import \"a\"\nimport \"b\"\n"
                      "cell C()->token[<=2*N],[3]{\n"
                      "state h:[H]=0 back 2*K\nwindow w[K]=x pad 1\nwindow v[(K)]=x\n"
                      "history m=x keep n\nhistory k=if a then b else c\n"
                      "for l in layers{x=l(x)\nwhen a and b{\nh'=x}\n}\nfor n in N{}\n"
                      "return x,y}\n"),
            "import \"a\"\n"
            "import \"b\"\n"
            "\n"
            "cell C() -> token[<= 2 * N], [3] {\n"
            "  state h: [H] = 0 back 2 * K\n"
            "  window w[K] = x pad 1\n"
            "  window v[K] = x\n"
            "  history m = x keep n\n"
            "  history k = if a then b else c\n"
            "  for l in layers {\n"
            "    x = l(x)\n"
            "    when a and b {\n"
            "      h' = x\n"
            "    }\n"
            "  }\n"
            "  for n in N {\n"
            "  }\n"
            "  return x, y\n"
            "}\n");
}

TEST(SyntaxPrinter, PrintsVocabulariesAndGeneration) {
  EXPECT_EQ(
      canonical("vocabulary a=characters(\"a\\n\\\"\")\nvocabulary b=bytes()\n"
                "/// Documented.\nvocabulary c=list(\"x\",\"y\")\n"
                "model M(t:token[S]of a)->token[<=9]of c{\n"
                "return generate d(;m,n)limit 2*N until \"y\" from \"x\" prompt t starting(h=1)}\n"
                "model N()->token{return generate d()from 1}"),
      "vocabulary a = characters(\"a\\n\\\"\")\n"
      "vocabulary b = bytes()\n"
      "\n"
      "/// Documented.\n"
      "vocabulary c = list(\"x\", \"y\")\n"
      "\n"
      "model M(t: token[S] of a) -> token[<= 9] of c {\n"
      "  return generate d(; m, n) prompt t from \"x\" until \"y\" limit 2 * N starting (h = 1)\n"
      "}\n"
      "\n"
      "model N() -> token {\n"
      "  return generate d from 1\n"
      "}\n");
}

TEST(SyntaxPrinter, LeavesTheLibraryOut) {
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  SourceFile file;
  auto add = [&](llvm::StringRef text, bool fromLibrary) {
    unsigned id =
        sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text), llvm::SMLoc());
    ASSERT_TRUE(parseInto(file, sources, id, diagnostics, fromLibrary));
  };
  add("const a = 1\nconst b = 2\n", true);
  add("const c = 3\n", false);
  add("const d = 4\n", false);
  auto print = [&](bool withLibrary) {
    std::string text;
    llvm::raw_string_ostream os(text);
    printSyntax(os, file, sources, withLibrary);
    return text;
  };
  EXPECT_EQ(print(false), "const c = 3\nconst d = 4\n");
  EXPECT_EQ(print(true), "const a = 1\nconst b = 2\nconst c = 3\nconst d = 4\n");
}

/// A program in canonical spelling, but for comments, alignment and redundant parentheses.
class Programs : public testing::TestWithParam<const char *> {};

TEST_P(Programs, ReadBackAsThemselves) {
  std::string printed = canonical(GetParam());
  // The same characters but for white space and parentheses, so nothing was lost.
  auto squeeze = [](llvm::StringRef text) {
    std::string squeezed;
    while (!text.empty()) {
      llvm::StringRef line;
      std::tie(line, text) = text.split('\n');
      if (!line.trim().starts_with("///"))
        line = line.take_front(line.find("//"));
      for (char c : line)
        if (c != ' ' && c != '(' && c != ')')
          squeezed += c;
    }
    return squeezed;
  };
  EXPECT_EQ(squeeze(printed), squeeze(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    SyntaxPrinter, Programs,
    testing::Values(
        R"fold(cell Rnn[I, H](x: [I]) -> [H] {
  weight W: [H, I]
  weight U: [H, H]
  weight b: [H]
  state h: [H] = 0
  h' = tanh(W @ x + U @ h + b)
  return h'
}
)fold",
        R"fold(/// GRU with the reset gate after the product (cuDNN, PyTorch; ONNX linear_before_reset = 1).
cell Gru[I, H](x: [I]) -> [H] {
  weight W_r, W_z, W_n: [H, I]
  weight U_r, U_z, U_n: [H, H]
  weight b_r, b_z, b_n, c_n: [H]
  state h: [H] = 0
  r = sigmoid(W_r @ x + U_r @ h + b_r)
  z = sigmoid(W_z @ x + U_z @ h + b_z)
  n = tanh(W_n @ x + b_n + r * (U_n @ h + c_n))
  h' = (1 - z) * n + z * h
  return h'
}
)fold",
        R"fold(/// Ba et al., 2016: layer norm on the summed products and on the cell state.
cell LayerNormLstm[I, H](x: [I]) -> [H] {
  weight W_i, W_f, W_g, W_o: [H, I]
  weight U_i, U_f, U_g, U_o: [H, H]
  norm_i = LayerNorm[H]
  norm_f = LayerNorm[H]
  norm_g = LayerNorm[H]
  norm_o = LayerNorm[H]
  norm_c = LayerNorm[H]
  state h, c: [H] = 0
  i = sigmoid(norm_i(W_i @ x + U_i @ h))
  f = sigmoid(norm_f(W_f @ x + U_f @ h))
  g = tanh(norm_g(W_g @ x + U_g @ h))
  o = sigmoid(norm_o(W_o @ x + U_o @ h))
  c' = f * c + i * g
  h' = o * tanh(norm_c(c'))
  return h'
}
)fold",
        R"fold(model Tagger[V, E, H, C](words: token[T]) -> [T, C] {
  table = Embedding[V, E]
  forward = Lstm[E, H]
  backward = Lstm[E, H]
  out = Linear[2 * H, C]
  xs = table(words)
  return out(join(scan forward(xs), scan reverse backward(xs)))     // join: along the last axis
}
)fold",
        R"fold(cell MinGru[I, H](x: [I]) -> [H] {                        // Feng et al., 2024: no product of h; linear in h
  weight W_z, W_n: [H, I]
  weight b_z, b_n: [H]
  state h: [H] = 0
  z = sigmoid(W_z @ x + b_z)
  h' = (1 - z) * h + z * (W_n @ x + b_n)
  return h'
}
)fold",
        R"fold(cell MLstm[I, D](x: [I]) -> [D] {                         // Beck et al., 2024, one head, stabilised
  weight W_q, W_k, W_v, W_o: [D, I]
  weight w_i, w_f: [I]
  weight b_i, b_f: f32
  weight b_o: [D]
  state C: [D, D] = 0
  state n: [D] = 0
  state m: f32 = 0
  q = W_q @ x
  k = W_k @ x / sqrt(D)
  v = W_v @ x
  a = w_i . x + b_i
  g = log_sigmoid(w_f . x + b_f)
  m' = max(g + m, a)
  i = exp(a - m')
  f = exp(g + m - m')
  C' = f * C + i * outer(v, k)
  n' = f * n + i * k
  return sigmoid(W_o @ x + b_o) * (C' @ q) / max(abs(n' . q), exp(-m'))
}
)fold",
        R"fold(cell GatedDelta[I, K, V](x: [I]) -> [V] {                 // Yang et al., 2024, one head
  weight W_q, W_k: [K, I]
  weight W_v: [V, I]
  weight w_a, w_b: [I]
  state S: [V, K] = 0
  q = normalize(W_q @ x)
  k = normalize(W_k @ x)
  alpha = sigmoid(w_a . x)
  beta = sigmoid(w_b . x)
  S' = alpha * (S - beta * outer(S @ k, k)) + beta * outer(W_v @ x, k)
  return S' @ q
}
)fold",
        R"fold(/// Bahdanau et al., 2015. The memory is the same at every step, so the compiler takes its projection out of the loop.
cell AttentionDecoder[V, E, M, H, A](previous: token; memory: [S, M]) -> [V] {
  table = Embedding[V, E]
  inner = Lstm[E + M, H]
  weight W: [A, H]
  weight U: [A, M]
  weight v: [A]
  out = Linear[H + M, V]
  state h: [H] = 0                                        // the query is the previous output
  scores = tanh(W @ h + memory . U) . v                   // [S]
  context = softmax(scores) @ memory                      // [M]
  h' = inner(join(table(previous), context))
  return out(join(h', context))
}
)fold",
        R"fold(/// One step is one chunk of 512 new samples at 16 kHz.
cell SileroVad(chunk: [512]) -> f32 {
  weight stft: [258, 1, 256]
  conv1 = Conv1d[129, 128, 3]
  conv2 = Conv1d[128, 64, 3]
  conv3 = Conv1d[64, 64, 3]
  conv4 = Conv1d[64, 128, 3]
  memory = Lstm[128, 128]
  out = Linear[128, 1]
  state context: [64] = 0
  frame = join(context, chunk)                            // [576]
  context' = chunk[448:]
  s = convolve(reflect_right(frame, 64)[new, :], stft, stride = 128)      // [258, 4]
  x = sqrt(s[:129] ^ 2 + s[129:] ^ 2)                     // [129, 4]
  x1 = relu(conv1(x, pad = 1))
  x2 = relu(conv2(x1, pad = 1, stride = 2))
  x3 = relu(conv3(x2, pad = 1, stride = 2))
  x4 = relu(conv4(x3, pad = 1))                           // [128, 1]
  return sigmoid(out(relu(memory(x4[:, 0]))))[0]
}
)fold",
        R"fold(binding torch(layer = 0) for Lstm {                       // torch.nn.LSTM packs i, f, g, o and has two biases
  rows(W_i, W_f, W_g, W_o) = "weight_ih_l{layer}"
  rows(U_i, U_f, U_g, U_o) = "weight_hh_l{layer}"
  rows(b_i, b_f, b_g, b_o) = "bias_ih_l{layer}" + "bias_hh_l{layer}"
}
)fold",
        R"fold(binding rnnoise for Gru { rows(W_z, W_r, W_n) = transpose(f32("input_weights")) / 256 }
)fold"));
} // namespace
