//===- OperatorsAttention.cpp - Attention ------------------------*- C++ -*-===//
//
// Softmax attention over keys and values, which may be cached. Whatever precision a node asks for,
// scores are computed in f32.
//
//===----------------------------------------------------------------------===//

#include "Heads.h"
#include "OperatorContext.h"
#include "Operators.h"
#include <cmath>

using namespace gatefold;
using namespace gatefold::onnx;

namespace {
/// Queries [B, H, T, D], keys [B, G, S, D] and values [B, G, S, V]; H / G heads share one of keys.
struct Attended {
  Value queries, keys, values;
};
} // namespace

static void requireRank(Value x, int64_t rank, llvm::StringRef what) {
  if (x->rank() != rank)
    fail(what + " of shape " + spellShape(x->shape) + ", expected " + llvm::Twine(rank) + " axes");
}

/// The products of queries and keys, scaled: [B, H, T, S].
static Value makeScores(Builder &builder, const Attended &of, std::optional<double> scale) {
  double factor = scale ? *scale : defaultScale(of.queries->shape[3]);
  Value grouped =
      groupHeads(builder, builder.multiplyScalar(of.queries, factor), of.keys->shape[1]);
  Value products = builder.matmul(grouped, builder.transpose(of.keys));
  return builder.reshape(products, {of.queries->shape[0], of.queries->shape[1],
                                    of.queries->shape[2], of.keys->shape[2]});
}

static Value softmaxOf(Builder &builder, Value scores) {
  return builder.expression(scores->type, scores->shape, "softmax($0)", {scores});
}

/// The values, weighted: [B, H, T, V].
static Value weightValues(Builder &builder, Value weights, const Attended &of) {
  Value result = builder.matmul(groupHeads(builder, weights, of.values->shape[1]), of.values);
  return builder.reshape(result, {of.queries->shape[0], of.queries->shape[1], of.queries->shape[2],
                                  of.values->shape[3]});
}

static std::optional<double> givenScale(OperatorContext &context) {
  if (!context.attribute("scale"))
    return std::nullopt;
  return context.floatAttribute("scale", 1);
}

//===----------------------------------------------------------------------===//
// Biases
//===----------------------------------------------------------------------===//

static constexpr llvm::StringLiteral causalBias = R"([T, S](first: i32) -> [T, S] {
  return if range(S) > range(T)[:, new] + first then -1e38 * 1e38 else 0
}
)";

namespace {
/// What is added to scores [B, H, T, S]: minus infinity where a query does not see a key.
class Bias {
public:
  Bias(OperatorContext &context, Value scores)
      : context(context), builder(context.builder), scores(scores),
        zero(builder.scalar(scores->type, 0)), hidden(builder.scalar(scores->type, -INFINITY)) {}

  void addMask(Value mask);
  /// Hides keys that come after a query; `past` of them come before the first query.
  void addCausal(const Dim &past);
  /// The same for examples of which only so many keys count, the last ones being the queries'.
  void addCausal(Value lengths);
  /// Hides the keys of each example behind as many as count.
  void addLengths(Value lengths);

  /// The sum; null where there is none.
  Value get() const { return sum; }
  /// The probabilities, with 0 for queries that see no key at all.
  Value clear(Value probabilities) const;

private:
  void add(Value part) { sum = sum ? builder.add(sum, part) : part; }
  Value size(const Dim &dim) { return builder.reshape(builder.sizes({dim}), {}); }

  OperatorContext &context;
  Builder &builder;
  Value scores, zero, hidden;
  Value sum = nullptr;
  bool mayHideAll = false;
};
} // namespace

void Bias::addMask(Value mask) {
  if (mask->rank() < 2 || mask->rank() > 4)
    fail("a mask of shape " + spellShape(mask->shape));
  mask = mask->type == DataType::Bool ? builder.select(mask, zero, hidden)
                                      : builder.cast(mask, scores->type);
  // From version 24 on a mask may end before the keys do.
  Dim missing = scores->shape[3] - mask->shape.back();
  if (context.opset >= 24 && missing != Dim()) {
    if (missing.asConstant().value_or(0) < 0)
      fail("a mask of shape " + spellShape(mask->shape) + " for " + scores->shape[3].str() +
           " keys");
    mask = builder.pad(mask, -1, Dim(), missing, hidden);
  }
  mayHideAll = true;
  add(mask);
}

void Bias::addCausal(const Dim &past) {
  std::string name = builder.declareNamed("causal_bias", "fn ", causalBias);
  std::string sizes = scores->shape[2].str() + ", " + scores->shape[3].str();
  add(builder.expression(scores->type, {scores->shape[2], scores->shape[3]},
                         name + "[" + sizes + "](" + past.str() + ")", {}));
}

void Bias::addCausal(Value lengths) {
  Value first = builder.subtract(lengths, size(scores->shape[2]));
  Value rows = builder.unsqueeze(builder.range(DataType::Int64, scores->shape[2]), {1});
  Value last = builder.add(rows, builder.unsqueeze(first, {1, 2, 3}));
  Value isLater =
      builder.compare(Comparison::Less, last, builder.range(DataType::Int64, scores->shape[3]));
  add(builder.select(isLater, hidden, zero));
}

void Bias::addLengths(Value lengths) {
  Value counts = builder.compare(Comparison::Less, builder.range(DataType::Int64, scores->shape[3]),
                                 builder.unsqueeze(lengths, {1, 2, 3}));
  mayHideAll = true;
  add(builder.select(counts, zero, hidden));
}

Value Bias::clear(Value probabilities) const {
  if (!mayHideAll)
    return probabilities;
  Value largest = builder.reduce(Reduction::Max, sum, {-1}, true);
  return builder.select(builder.compare(Comparison::Equal, largest, hidden), zero, probabilities);
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// Queries, keys or values as [B, heads, length, size].
static Value byHeads(OperatorContext &context, int64_t index, llvm::StringRef heads) {
  Value x = context.input(index);
  if (x->rank() == 4)
    return x;
  return context.builder.permute(splitHeads(context.builder, x, context.integerAttribute(heads, 0)),
                                 {0, 2, 1, 3});
}

/// Puts what an earlier run left in front of keys or values.
static Value behindPast(OperatorContext &context, Value past, Value x) {
  if (!past)
    return x;
  requireRank(past, 4, "a cache");
  return context.builder.concatenate({past, x}, 2);
}

static Bias makeBias(OperatorContext &context, Value scores, Value pastKeys) {
  Bias bias(context, scores);
  if (Value mask = context.inputOrNull(3))
    bias.addMask(mask);
  Value lengths = context.inputOrNull(6);
  if (lengths)
    requireRank(lengths, 1, "a count of keys");
  if (context.integerAttribute("is_causal", 0)) {
    if (lengths)
      bias.addCausal(lengths);
    else
      bias.addCausal(pastKeys ? pastKeys->shape[2] : Dim());
  }
  if (lengths)
    bias.addLengths(lengths);
  return bias;
}

static void attention(OperatorContext &context) {
  Builder &builder = context.builder;
  Value pastKeys = context.inputOrNull(4), pastValues = context.inputOrNull(5);
  Attended of;
  of.queries = byHeads(context, 0, "q_num_heads");
  of.keys = behindPast(context, pastKeys, byHeads(context, 1, "kv_num_heads"));
  of.values = behindPast(context, pastValues, byHeads(context, 2, "kv_num_heads"));
  // What `qk_matmul_output_mode` chooses among: products, limited, biased, probabilities.
  Value scores = makeScores(builder, of, givenScale(context));
  llvm::SmallVector<Value, 4> stages = {scores};
  if (double limit = context.floatAttribute("softcap", 0); limit != 0)
    scores = builder.multiplyScalar(
        builder.function("tanh", builder.multiplyScalar(scores, 1 / limit)), limit);
  stages.push_back(scores);
  Bias bias = makeBias(context, scores, pastKeys);
  if (bias.get())
    scores = builder.add(scores, bias.get());
  stages.push_back(scores);
  stages.push_back(bias.clear(softmaxOf(builder, scores)));
  Value result = weightValues(builder, stages[3], of);
  if (context.input(0)->rank() == 3)
    result = mergeHeads(builder, builder.permute(result, {0, 2, 1, 3}));
  int64_t mode = context.integerAttribute("qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3)
    fail("`qk_matmul_output_mode` of " + llvm::Twine(mode));
  context.output(0, result);
  context.output(1, of.keys);
  context.output(2, of.values);
  context.output(3, stages[mode]);
}

//===----------------------------------------------------------------------===//
// FlexAttention
//===----------------------------------------------------------------------===//

/// What the graph of that name makes of scores or probabilities.
static Value modify(OperatorContext &context, llvm::StringRef name, Value x) {
  if (!context.attribute(name))
    return x;
  std::vector<Item> results = context.import.importBody(context.graphAttribute(name),
                                                        {Item::tensor(x)}, context.environment);
  if (results.size() != 1 || !results[0].value || results[0].value->shape != x->shape)
    fail("`" + name + "` does not give one tensor of shape " + spellShape(x->shape));
  return results[0].value;
}

static void flexAttention(OperatorContext &context) {
  Builder &builder = context.builder;
  Attended of = {context.input(0), context.input(1), context.input(2)};
  for (Value x : {of.queries, of.keys, of.values})
    requireRank(x, 4, "a tensor");
  Value scores = modify(context, "score_mod", makeScores(builder, of, givenScale(context)));
  Value weights = modify(context, "prob_mod", softmaxOf(builder, scores));
  context.output(0, weightValues(builder, weights, of));
}

void onnx::addAttentionOperators(OperatorTable &table) {
  table.add("Attention", attention);
  table.add("FlexAttention", flexAttention);
}
