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
/// Queries [B, H, T, D], keys [B, H, S, D] and values [B, H, S, V]. Where heads of queries share
/// one of keys, all have two axes for them: G groups, and the heads of each or 1.
struct Attended {
  Value queries, keys, values;
};
} // namespace

static void requireRank(Value x, int64_t rank, llvm::StringRef what) {
  if (x->rank() != rank)
    fail(what + " of shape " + spellShape(x->shape) + ", expected " + llvm::Twine(rank) + " axes");
}

static Attended groupShared(Builder &builder, const Attended &of) {
  for (Value x : {of.queries, of.keys, of.values})
    requireRank(x, 4, "a tensor");
  if (of.queries->shape[1] == of.keys->shape[1])
    return of;
  return {groupHeads(builder, of.queries, 1, of.keys->shape[1]), builder.unsqueeze(of.keys, {2}),
          builder.unsqueeze(of.values, {2})};
}

/// With one axis for all heads.
static Value ungroup(Builder &builder, Value x) {
  if (x->rank() == 4)
    return x;
  return builder.reshape(x, {x->shape[0], x->shape[1] * x->shape[2], x->shape[3], x->shape[4]});
}

/// The products of queries and keys, scaled: [B, heads.., T, S].
static Value makeScores(Builder &builder, const Attended &of, std::optional<double> scale) {
  double factor = scale ? *scale : defaultScale(of.queries->shape.back());
  return builder.matmul(builder.multiplyScalar(of.queries, factor), builder.transpose(of.keys));
}

static Value softmaxOf(Builder &builder, Value scores) {
  return builder.expression(scores->type, scores->shape, "softmax($0)", {scores});
}

/// The values, weighted: [B, H, T, V].
static Value weightValues(Builder &builder, Value weights, const Attended &of) {
  return ungroup(builder, builder.matmul(weights, of.values));
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

static constexpr llvm::StringLiteral hideLater = R"((scores: [T, S], first: i32) -> [T, S] {
  return if range(S) > range(T)[:, new] + first then -1e38 * 1e38 else scores
}
)";

/// Hides keys that come after a query; `past` of them come before the first query. A choice lets
/// whole blocks of keys be left out.
static Value hideLaterKeys(Builder &builder, Value scores, const Dim &past) {
  std::string name = builder.declareNamed("hide_later", "fn ", hideLater);
  return builder.expression(scores->type, scores->shape, name + "($0, " + past.str() + ")",
                            {scores});
}

namespace {
/// What is added to scores of T queries and S keys: minus infinity where a query does not see a
/// key. It stretches to [B, H, T, S].
class Bias {
public:
  Bias(OperatorContext &context, Value scores)
      : context(context), builder(context.builder), type(scores->type),
        queries(scores->shape[scores->rank() - 2]), keys(scores->shape.back()),
        zero(builder.scalar(type, 0)), hidden(builder.scalar(type, -INFINITY)) {}

  void addMask(Value mask);
  /// Hides keys that come after a query; `past` of them come before the first query.
  void addCausal(const Dim &past);
  /// The same for examples of which only so many keys count, the last ones being the queries'.
  void addCausal(Value lengths);
  /// Hides the keys of each example behind as many as count.
  void addLengths(Value lengths);

  /// Gives heads in groups an axis of their own.
  void groupShared(const Dim &groups);
  Value get() const { return sum; }
  /// The probabilities, with 0 for queries that see no key at all.
  Value clear(Value probabilities) const;

private:
  void add(Value part) { sum = sum ? builder.add(sum, part) : part; }

  OperatorContext &context;
  Builder &builder;
  DataType type;
  Dim queries, keys;
  Value zero, hidden;
  Value sum = nullptr;
};
} // namespace

void Bias::addMask(Value mask) {
  if (mask->rank() < 2 || mask->rank() > 4)
    fail("a mask of shape " + spellShape(mask->shape));
  mask =
      mask->type == DataType::Bool ? builder.select(mask, zero, hidden) : builder.cast(mask, type);
  // From version 24 on a mask may end before the keys do.
  Dim missing = keys - mask->shape.back();
  if (context.opset >= 24 && missing != Dim()) {
    if (missing.asConstant().value_or(-1) < 0)
      fail("a mask of shape " + spellShape(mask->shape) + " for " + keys.str() + " keys");
    mask = builder.pad(mask, -1, Dim(), missing, hidden);
  }
  add(mask);
}

void Bias::addCausal(const Dim &past) {
  std::string name = builder.declareNamed("causal_bias", "fn ", causalBias);
  std::string sizes = queries.str() + ", " + keys.str();
  add(builder.expression(type, {queries, keys}, name + "[" + sizes + "](" + past.str() + ")", {}));
}

void Bias::addCausal(Value lengths) {
  Value count = builder.reshape(builder.sizes({queries}), {});
  Value first = builder.subtract(lengths, count);
  Value rows = builder.unsqueeze(builder.range(DataType::Int64, queries), {1});
  Value last = builder.add(rows, builder.unsqueeze(first, {1, 2, 3}));
  Value isLater = builder.compare(Comparison::Less, last, builder.range(DataType::Int64, keys));
  add(builder.select(isLater, hidden, zero));
}

void Bias::addLengths(Value lengths) {
  Value counts = builder.compare(Comparison::Less, builder.range(DataType::Int64, keys),
                                 builder.unsqueeze(lengths, {1, 2, 3}));
  add(builder.select(counts, zero, hidden));
}

void Bias::groupShared(const Dim &groups) {
  int64_t axis = sum->rank() - 3; // of heads
  if (axis < 0)
    return;
  sum = sum->shape[axis].isOne() ? builder.unsqueeze(sum, {axis + 1})
                                 : groupHeads(builder, sum, axis, groups);
}

Value Bias::clear(Value probabilities) const {
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

/// The scores as queries see them, and what clears the probabilities of those that see nothing.
static std::pair<Value, std::optional<Bias>> hideKeys(OperatorContext &context, Value scores,
                                                      const Dim &past) {
  Builder &builder = context.builder;
  Value mask = context.inputOrNull(3), lengths = context.inputOrNull(6);
  bool isCausal = context.integerAttribute("is_causal", 0);
  if (!mask && !lengths)
    return {isCausal ? hideLaterKeys(builder, scores, past) : scores, std::nullopt};
  Bias bias(context, scores);
  if (mask)
    bias.addMask(mask);
  if (lengths)
    requireRank(lengths, 1, "a count of keys");
  if (isCausal && lengths)
    bias.addCausal(lengths);
  else if (isCausal)
    bias.addCausal(past);
  if (lengths)
    bias.addLengths(lengths);
  if (scores->rank() == 5)
    bias.groupShared(scores->shape[1]);
  return {builder.add(scores, bias.get()), bias};
}

static void attention(OperatorContext &context) {
  Builder &builder = context.builder;
  Value pastKeys = context.inputOrNull(4);
  Value queries = byHeads(context, 0, "q_num_heads");
  Value keys = behindPast(context, pastKeys, byHeads(context, 1, "kv_num_heads"));
  Value values = behindPast(context, context.inputOrNull(5), byHeads(context, 2, "kv_num_heads"));
  Attended of = groupShared(builder, {queries, keys, values});
  // What `qk_matmul_output_mode` chooses among: products, limited, hidden, probabilities.
  llvm::SmallVector<Value, 4> stages = {makeScores(builder, of, givenScale(context))};
  stages.push_back(stages.back());
  if (double limit = context.floatAttribute("softcap", 0); limit != 0)
    stages.back() = builder.multiplyScalar(
        builder.function("tanh", builder.multiplyScalar(stages.back(), 1 / limit)), limit);
  auto [scores, bias] = hideKeys(context, stages.back(), pastKeys ? pastKeys->shape[2] : Dim());
  stages.push_back(scores);
  Value weights = softmaxOf(builder, scores);
  stages.push_back(bias ? bias->clear(weights) : weights);
  Value result = weightValues(builder, stages.back(), of);
  if (context.input(0)->rank() == 3)
    result = mergeHeads(builder, builder.permute(result, {0, 2, 1, 3}));
  int64_t mode = context.integerAttribute("qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3)
    fail("`qk_matmul_output_mode` of " + llvm::Twine(mode));
  context.output(0, result);
  context.output(1, keys);
  context.output(2, values);
  if (context.wantsOutput(3))
    context.output(3, ungroup(builder, stages[mode]));
}

//===----------------------------------------------------------------------===//
// FlexAttention
//===----------------------------------------------------------------------===//

/// What the graph of that name makes of scores or probabilities.
static Value modify(OperatorContext &context, llvm::StringRef name, Value x) {
  if (!context.attribute(name))
    return x;
  Value whole = ungroup(context.builder, x);
  std::vector<Item> results = context.import.importBody(context.graphAttribute(name),
                                                        {Item::tensor(whole)}, context.environment);
  if (results.size() != 1 || !results[0].value || results[0].value->shape != whole->shape)
    fail("`" + name + "` does not give one tensor of shape " + spellShape(whole->shape));
  return context.builder.reshape(results[0].value, x->shape);
}

static void flexAttention(OperatorContext &context) {
  Builder &builder = context.builder;
  Attended of = groupShared(builder, {context.input(0), context.input(1), context.input(2)});
  Value scores = modify(context, "score_mod", makeScores(builder, of, givenScale(context)));
  context.output(
      0, weightValues(builder, modify(context, "prob_mod", softmaxOf(builder, scores)), of));
}

void onnx::addAttentionOperators(OperatorTable &table) {
  table.add("Attention", attention);
  table.add("FlexAttention", flexAttention);
}
