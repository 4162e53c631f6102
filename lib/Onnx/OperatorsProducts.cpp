//===- OperatorsProducts.cpp - Matrix products and convolutions --*- C++ -*-===//
//
// Products of two tensors.
//
//===----------------------------------------------------------------------===//

#include "OperatorContext.h"
#include "Operators.h"
#include "llvm/ADT/StringExtras.h"
#include <numeric>

using namespace gatefold;
using namespace gatefold::onnx;

static void matmul(OperatorContext &context) {
  Value a = context.input(0), b = context.input(1);
  DataType type = a->type;
  // Integers are multiplied as numbers that hold them as long as they are small.
  if (isInteger(type))
    fail("matrix products of " + dataTypeName(type));
  context.output(0, context.builder.matmul(a, b));
}

static void gemm(OperatorContext &context) {
  Builder &builder = context.builder;
  Value a = context.input(0), b = context.input(1);
  if (a->rank() != 2 || b->rank() != 2)
    fail("expected two matrices, found " + spellShape(a->shape) + " and " + spellShape(b->shape));
  if (context.integerAttribute("transA", 0))
    a = builder.transpose(a);
  if (!context.integerAttribute("transB", 0))
    b = builder.transpose(b);
  Value result = builder.contract(a, b);
  if (double alpha = context.floatAttribute("alpha", 1); alpha != 1)
    result = builder.multiplyScalar(result, alpha);
  if (context.hasInput(2)) {
    Value c = context.input(2);
    if (double beta = context.floatAttribute("beta", 1); beta != 1)
      c = builder.multiplyScalar(c, beta);
    result = builder.add(result, c);
  }
  context.output(0, result);
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

namespace {
/// What the attributes say about each axis that windows slide along.
struct Sliding {
  std::vector<int64_t> kernel, strides, dilations, pads; ///< pads: all in front, then all behind
};
} // namespace

static Sliding readSliding(OperatorContext &context, Value x, llvm::ArrayRef<Dim> kernel) {
  size_t count = kernel.size();
  auto read = [&](llvm::StringRef name, size_t expected, int64_t otherwise) {
    auto given = context.integersAttribute(name).value_or(std::vector(expected, otherwise));
    if (given.size() != expected)
      fail("attribute `" + name + "` has " + llvm::Twine(given.size()) + " numbers, expected " +
           llvm::Twine(expected));
    return given;
  };
  Sliding sliding;
  auto sizes = asNumbers(kernel);
  if (!sizes)
    fail("a kernel whose size only data decides");
  sliding.kernel = *sizes;
  sliding.strides = read("strides", count, 1);
  sliding.dilations = read("dilations", count, 1);
  sliding.pads = read("pads", 2 * count, 0);
  for (size_t i = 0; i < count; ++i)
    for (int64_t number : {sliding.strides[i], sliding.dilations[i], sliding.kernel[i]})
      if (number < 1 || number > std::numeric_limits<int32_t>::max())
        fail("strides, dilations and kernels are at least 1, found " + llvm::Twine(number));
  std::string automatic = context.textAttribute("auto_pad", "NOTSET");
  if (automatic != "SAME_UPPER" && automatic != "SAME_LOWER")
    return sliding;
  for (size_t i = 0; i < count; ++i) {
    std::optional<int64_t> size = x->shape[2 + i].asConstant();
    if (!size)
      fail("`auto_pad` along an axis that only data decides");
    int64_t steps = (*size + sliding.strides[i] - 1) / sliding.strides[i];
    int64_t reach = sliding.dilations[i] * (sliding.kernel[i] - 1) + 1;
    int64_t missing = std::max<int64_t>(0, (steps - 1) * sliding.strides[i] + reach - *size);
    bool isUpper = automatic == "SAME_UPPER";
    sliding.pads[i] = isUpper ? missing / 2 : missing - missing / 2;
    sliding.pads[count + i] = missing - sliding.pads[i];
  }
  return sliding;
}

static Value padBorders(Builder &builder, Value x, const Sliding &sliding) {
  size_t count = sliding.kernel.size();
  for (size_t i = 0; i < count; ++i) {
    int64_t before = sliding.pads[i], after = sliding.pads[count + i];
    if (before < 0 || after < 0 || std::max(before, after) > std::numeric_limits<int32_t>::max())
      fail("padding by " + llvm::Twine(before) + " and " + llvm::Twine(after));
    x = builder.pad(x, 2 + i, Dim::constant(before), Dim::constant(after),
                    builder.scalar(x->type, 0));
  }
  return x;
}

/// [N, C, L..] as [N, G, places.., C / G * K]: what each kernel sees at each place.
static Value makePatches(Builder &builder, Value x, const Sliding &sliding, int64_t groups) {
  int64_t count = sliding.kernel.size();
  for (int64_t i = count - 1; i >= 0; --i)
    x = builder.windows(x, 2 + i, sliding.kernel[i], sliding.strides[i], sliding.dilations[i]);
  llvm::SmallVector<int64_t> order = {0, 1};
  Shape shape = {x->shape[0], Dim::constant(groups)};
  int64_t elements = 1;
  for (int64_t i = 0; i < count; ++i) {
    order.insert(order.begin() + 1 + i, 2 + 2 * i);
    order.push_back(3 + 2 * i);
    elements *= sliding.kernel[i];
  }
  // [N, places.., C, K..], and the channels in groups in front.
  x = builder.permute(x, order);
  Shape grouped(x->shape.begin(), x->shape.begin() + 1 + count);
  auto channels = x->shape[1 + count].asConstant();
  if (!channels || groups < 1 || *channels % groups)
    fail("channels that do not divide into groups");
  grouped.push_back(Dim::constant(groups));
  grouped.push_back(Dim::constant(*channels / groups * elements));
  x = builder.reshape(x, grouped);
  llvm::SmallVector<int64_t> forward = {0, 1 + count};
  for (int64_t i = 0; i < count; ++i)
    forward.push_back(1 + i);
  forward.push_back(2 + count);
  return builder.permute(x, forward);
}

/// A convolution with any number of axes and groups.
static Value convolve(Builder &builder, Value x, Value weight, const Sliding &sliding,
                      int64_t groups) {
  Value patches = makePatches(builder, x, sliding, groups);
  auto outputs = weight->shape[0].asConstant();
  if (!outputs || *outputs % groups)
    fail("outputs that do not divide into groups");
  Value kernels = builder.reshape(
      weight, {Dim::constant(groups), Dim::constant(*outputs / groups), patches->shape.back()});
  // [N, G, places, K] @ [G, K, O / G]
  llvm::ArrayRef<Dim> places = llvm::ArrayRef<Dim>(patches->shape).drop_front(2).drop_back();
  Dim count = productOf(places);
  Value rows = builder.reshape(
      patches, {patches->shape[0], Dim::constant(groups), count, patches->shape.back()});
  Value product = builder.matmul(rows, builder.permute(kernels, {0, 2, 1}));
  Shape shape = {x->shape[0], weight->shape[0]};
  shape.append(places.begin(), places.end());
  return builder.reshape(builder.permute(product, {0, 1, 3, 2}), shape);
}

/// Convolutions in one group are the library's.
static Value libraryConvolution(Builder &builder, Value x, Value weight, const Sliding &sliding) {
  size_t count = sliding.kernel.size();
  if (count > 2 || x->isLiteral() || !llvm::all_equal(sliding.strides) ||
      !llvm::all_equal(sliding.dilations))
    return nullptr;
  Shape shape = {x->shape[0], weight->shape[0]};
  for (size_t i = 0; i < count; ++i) {
    Dim reach = Dim::constant(sliding.dilations[i] * (sliding.kernel[i] - 1) + 1);
    auto steps = (x->shape[2 + i] - reach).floorDividedBy(Dim::constant(sliding.strides[i]));
    if (!steps || steps->asConstant().value_or(0) < 0)
      fail("windows of " + reach.str() + " elements over an axis of size " + x->shape[2 + i].str());
    shape.push_back(*steps + Dim::constant(1));
  }
  std::string sizes;
  if (sliding.strides[0] != 1 || sliding.dilations[0] != 1)
    sizes = "[" + std::to_string(sliding.strides[0]) + ", " + std::to_string(sliding.dilations[0]) +
            "]";
  return builder.expression(x->type, shape,
                            "conv" + std::to_string(count) + "d" + sizes + "($0, $1)", {x, weight});
}

/// A convolution of one place is a linear map.
static Value mapPlace(OperatorContext &context, Value x, Value weight) {
  Builder &builder = context.builder;
  Shape shape = x->shape;
  shape[1] = weight->shape[0];
  Value mapped = builder.contract(builder.reshape(x, {x->shape[0], x->shape[1]}),
                                  builder.reshape(weight, {weight->shape[0], x->shape[1]}));
  if (context.hasInput(2))
    mapped = builder.add(mapped, context.input(2));
  return builder.reshape(mapped, shape);
}

static void convolution(OperatorContext &context) {
  Builder &builder = context.builder;
  Value x = context.input(0), weight = context.input(1);
  int64_t groups = context.integerAttribute("group", 1);
  if (x->rank() < 3 || weight->rank() != x->rank() || !isFloat(x->type) || groups < 1)
    fail("a convolution of " + spellShape(x->shape) + " and " + spellShape(weight->shape));
  auto channels = x->shape[1].dividedBy(Dim::constant(groups));
  if (!channels || *channels != weight->shape[1])
    fail("kernels of " + weight->shape[1].str() + " channels for " + x->shape[1].str() + " in " +
         llvm::Twine(groups) + " groups");
  Sliding sliding = readSliding(context, x, llvm::ArrayRef<Dim>(weight->shape).drop_front(2));
  x = padBorders(builder, x, sliding);
  auto isOne = [](const Dim &size) { return size.isOne(); };
  if (groups == 1 && llvm::all_of(llvm::ArrayRef<Dim>(x->shape).drop_front(2), isOne) &&
      llvm::all_of(llvm::ArrayRef<Dim>(weight->shape).drop_front(2), isOne)) {
    context.output(0, mapPlace(context, x, weight));
    return;
  }
  Value result = groups == 1 ? libraryConvolution(builder, x, weight, sliding) : nullptr;
  if (!result)
    result = convolve(builder, x, weight, sliding, groups);
  if (context.hasInput(2)) {
    llvm::SmallVector<int64_t> behind(sliding.kernel.size());
    std::iota(behind.begin(), behind.end(), 1);
    result = builder.add(result, builder.unsqueeze(context.input(2), behind));
  }
  context.output(0, result);
}

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

namespace {
/// A tensor whose axes have letters.
struct Lettered {
  Value value;
  std::string letters;
};
} // namespace

/// Letters that occur twice keep their diagonal.
static void takeDiagonals(Builder &builder, Lettered &term) {
  for (size_t i = 0; i < term.letters.size(); ++i) {
    size_t again = term.letters.find(term.letters[i], i + 1);
    if (again == std::string::npos)
      continue;
    int64_t first = i, second = again;
    Value counted = builder.range(DataType::Int64, term.value->shape[first]);
    llvm::SmallVector<int64_t> behindFirst(term.value->rank() - 1 - first),
        behindSecond(term.value->rank() - 1 - second);
    std::iota(behindFirst.begin(), behindFirst.end(), 1);
    std::iota(behindSecond.begin(), behindSecond.end(), 1);
    Value isDiagonal = builder.compare(Comparison::Equal, builder.unsqueeze(counted, behindFirst),
                                       builder.unsqueeze(counted, behindSecond));
    Value kept = builder.select(isDiagonal, term.value, builder.scalar(term.value->type, 0));
    term.value = builder.reduce(Reduction::Sum, kept, {second}, false);
    term.letters.erase(again, 1);
    --i;
  }
}

/// Sums over letters that nobody else needs.
static void sumUnneeded(Builder &builder, Lettered &term, llvm::StringRef needed) {
  for (size_t i = term.letters.size(); i-- > 0;) {
    if (needed.contains(term.letters[i]))
      continue;
    term.value = builder.reduce(Reduction::Sum, term.value, {static_cast<int64_t>(i)}, false);
    term.letters.erase(i, 1);
  }
}

/// The axes in this order; letters that it lacks become axes of size 1.
static Value arrange(Builder &builder, const Lettered &term, llvm::StringRef letters) {
  llvm::SmallVector<int64_t> order, made;
  for (size_t i = 0; i < letters.size(); ++i) {
    size_t axis = term.letters.find(letters[i]);
    if (axis == std::string::npos)
      made.push_back(i);
    else
      order.push_back(axis);
  }
  return builder.unsqueeze(builder.permute(term.value, order), made);
}

/// The product of two terms: of matrices, where one letter is summed.
static Lettered multiplyTerms(Builder &builder, const Lettered &a, const Lettered &b,
                              llvm::StringRef needed) {
  std::string shared, onlyA, onlyB, summed;
  for (char letter : a.letters) {
    bool isInB = b.letters.find(letter) != std::string::npos;
    (!isInB ? onlyA : needed.contains(letter) ? shared : summed) += letter;
  }
  for (char letter : b.letters)
    if (a.letters.find(letter) == std::string::npos)
      onlyB += letter;
  if (summed.size() == 1 && onlyA.size() <= 1 && onlyB.size() <= 1) {
    Value left = arrange(builder, a, shared + (onlyA.empty() ? "*" : onlyA) + summed);
    Value right = arrange(builder, b, shared + summed + (onlyB.empty() ? "*" : onlyB));
    Lettered result = {builder.matmul(left, right), shared + (onlyA.empty() ? "" : onlyA) + onlyB};
    llvm::SmallVector<int64_t> dropped;
    int64_t rank = result.value->rank();
    if (onlyA.empty())
      dropped.push_back(rank - 2);
    if (onlyB.empty())
      dropped.push_back(rank - 1);
    result.value = builder.squeeze(result.value, dropped);
    return result;
  }
  std::string all = shared + onlyA + onlyB + summed;
  Lettered result = {builder.multiply(arrange(builder, a, all), arrange(builder, b, all)), all};
  sumUnneeded(builder, result, needed);
  return result;
}

/// Replaces `...` by capital digits-free letters that stand for the axes it covers.
static std::string spellOut(llvm::StringRef term, int64_t rank) {
  auto [front, back] = term.split("...");
  if (!term.contains("..."))
    return term.str();
  int64_t covered = rank - static_cast<int64_t>(front.size() + back.size());
  std::string letters;
  for (int64_t i = covered; i-- > 0;)
    letters += static_cast<char>('0' + i);
  return front.str() + letters + back.str();
}

static void einsum(OperatorContext &context) {
  Builder &builder = context.builder;
  std::string equation = context.textAttribute("equation", "");
  llvm::erase(equation, ' ');
  auto [left, right] = llvm::StringRef(equation).split("->");
  llvm::SmallVector<llvm::StringRef> spelled;
  left.split(spelled, ',');
  if (static_cast<int64_t>(spelled.size()) != context.numInputs())
    fail("the equation `" + equation + "` has " + llvm::Twine(spelled.size()) + " terms");
  std::vector<Lettered> terms;
  std::string wanted, all;
  for (size_t i = 0; i < spelled.size(); ++i) {
    terms.push_back({context.input(i), spellOut(spelled[i], context.input(i)->rank())});
    if (static_cast<int64_t>(terms[i].letters.size()) != terms[i].value->rank())
      fail("`" + spelled[i] + "` does not fit " + spellShape(terms[i].value->shape));
    all += terms[i].letters;
  }
  if (llvm::StringRef(equation).contains("->")) {
    size_t most = 0;
    for (char letter : all)
      if (llvm::isDigit(letter))
        most = std::max<size_t>(most, letter - '0' + 1);
    wanted = spellOut(right, static_cast<int64_t>(right.size()) - 3 + most);
  } else {
    for (char letter : std::set<char>(all.begin(), all.end()))
      if (llvm::count(all, letter) == 1 || llvm::isDigit(letter))
        wanted += letter;
  }
  for (Lettered &term : terms)
    takeDiagonals(builder, term);
  Lettered result = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) {
    std::string needed = wanted;
    for (size_t later = i + 1; later < terms.size(); ++later)
      needed += terms[later].letters;
    result = multiplyTerms(builder, result, terms[i], needed);
  }
  sumUnneeded(builder, result, wanted);
  context.output(0, arrange(builder, result, wanted));
}

void onnx::addProductOperators(OperatorTable &table) {
  table.add("MatMul", matmul);
  table.add("Gemm", gemm);
  table.add("Conv", convolution);
  table.add("Einsum", einsum);
}
