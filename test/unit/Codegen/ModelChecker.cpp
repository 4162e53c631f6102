//===- ModelChecker.cpp - Compiled models against the interpreter ---------===//
//
// The checks that every model of these tests goes through.
//
//===----------------------------------------------------------------------===//

#include "ModelChecker.h"
#include "gatefold/Interpreter/Interpreter.h"
#include "mlir/Parser/Parser.h"
#include "llvm/TargetParser/Host.h"
#include <cstring>

using namespace gatefold;
using namespace gatefold::test;

/// What f32 arithmetic may differ by from arithmetic in double precision.
static constexpr Tolerance singlePrecision{2e-5, 2e-5};

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

std::unique_ptr<CompiledModel> test::compileCode(const ModelText &model, const Target &target) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(model.getModule(), &context, "model.fold");
  if (!module) {
    ADD_FAILURE() << "the text was not parsed:\n" << model.getModule();
    return nullptr;
  }
  PipelineOptions options;
  options.target = target;
  options.verifyEach = true;
  // However little work their loops are, threads share them.
  options.passOptions = {"parallelize=grain=0"};
  auto code = compileInMemory(*module, options);
  if (!code) {
    ADD_FAILURE() << llvm::toString(code.takeError()) << "\n" << model.getModule();
    return nullptr;
  }
  return std::move(*code);
}

std::unique_ptr<Session> test::compileText(const ModelText &model, const Target &target) {
  std::unique_ptr<CompiledModel> code = compileCode(model, target);
  if (!code)
    return nullptr;
  auto session = Session::create(std::move(code), makeWeights(model),
                                 {/*capacity=*/std::nullopt, /*waitsForThreads=*/true});
  if (!session) {
    ADD_FAILURE() << llvm::toString(session.takeError());
    return nullptr;
  }
  return std::move(*session);
}

std::vector<Target> test::getTestedTargets() {
  std::vector<Target> targets{llvm::cantFail(Target::named("x86-64"))};
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (features.lookup("avx2") && features.lookup("fma") && features.lookup("bmi2"))
    targets.push_back(llvm::cantFail(Target::named("haswell")));
  targets.push_back(Target::host());
  return targets;
}

struct ModelChecker::Compiled {
  Target target;
  std::unique_ptr<Session> session;
};

/// The model as the interpreter reads it.
struct ModelChecker::Reference {
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ir::EntryOp entry;

  explicit Reference(const ModelText &model) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    module = mlir::parseSourceString<mlir::ModuleOp>(model.getModule(), &context, "model.fold");
    if (module)
      entry = llvm::cast<ir::ModelOp>(module->getBody()->front()).lookupEntry("sequence");
  }
};

ModelChecker::ModelChecker(const ModelText &model)
    : model(model), weights(makeWeights(model)), reference(std::make_unique<Reference>(model)),
      isExact(model.body.find("math.") == std::string::npos) {
  for (const Target &target : getTestedTargets())
    if (std::unique_ptr<Session> session = compileText(model, target))
      compiled.push_back({target, std::move(session)});
}

ModelChecker::~ModelChecker() = default;

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

static bool haveSameBits(const Tensor &a, const Tensor &b) {
  return a.type() == b.type() && a.shape() == b.shape() && a.bytes() == b.bytes();
}

/// Where two tensors differ, for messages.
static std::string describeDifference(const Tensor &a, const Tensor &b) {
  TensorComparison comparison = compareTensors("", a, b, Tolerance{});
  if (!comparison.failure.empty())
    return comparison.failure;
  return std::to_string(comparison.numOutside) + " of " + std::to_string(comparison.numElements) +
         " elements differ, most at " + comparison.largestAbsolutePlace + ": " +
         std::to_string(comparison.valueA) + " and " + std::to_string(comparison.valueB);
}

static void expectSameBits(const NamedTensors &a, const NamedTensors &b, llvm::StringRef what) {
  ASSERT_EQ(a.size(), b.size()) << what.str();
  for (const NamedTensor &tensor : a) {
    const Tensor *other = b.find(tensor.name);
    ASSERT_TRUE(other) << what.str() << ": " << tensor.name;
    EXPECT_TRUE(haveSameBits(tensor.tensor, *other))
        << what.str() << ", " << tensor.name << ": " << describeDifference(tensor.tensor, *other);
  }
}

/// The value, or a failure of the test.
template <typename T>
static std::optional<T> get(llvm::Expected<T> expected, llvm::StringRef what) {
  if (expected)
    return std::move(*expected);
  ADD_FAILURE() << what.str() << ": " << llvm::toString(expected.takeError());
  return std::nullopt;
}

std::vector<Tensor> ModelChecker::interpretExample(const NamedTensors &inputs, int64_t example,
                                                   bool inDouble) {
  std::vector<Tensor> arguments;
  for (const NamedTensor &input : inputs)
    arguments.push_back(pickExample(input.tensor, example));
  InterpreterOptions options;
  options.precision = inDouble ? Precision::Double : Precision::Single;
  auto results = interpret(
      reference->entry, arguments,
      [&](llvm::StringRef path) -> llvm::Expected<Tensor> { return *weights.find(path); }, options);
  return get(std::move(results), "interpreter").value_or(std::vector<Tensor>());
}

void ModelChecker::checkAgainstInterpreter(const Compiled &compiled, const NamedTensors &inputs,
                                           const NamedTensors &outputs, int64_t batch) {
  for (bool inDouble : {true, false}) {
    if (!inDouble && !(isExact && compiled.target.hasFusedMultiplyAdd))
      continue;
    for (int64_t example = 0; example < batch; ++example) {
      std::vector<Tensor> expected = interpretExample(inputs, example, inDouble);
      ASSERT_EQ(expected.size(), model.outputs.size());
      for (auto [output, tensor] : llvm::zip_equal(model.outputs, expected)) {
        Tensor found = pickExample(*outputs.find(output.name), example);
        TensorComparison comparison =
            compareTensors(output.name, found, tensor, inDouble ? singlePrecision : Tolerance{});
        EXPECT_TRUE(comparison.passed())
            << (inDouble ? "double" : "single") << " precision, example " << example << ", "
            << output.name << ": " << describeDifference(found, tensor);
      }
    }
  }
}

void ModelChecker::checkBatch(const Compiled &compiled, const NamedTensors &inputs,
                              const NamedTensors &outputs, int64_t batch) {
  // With more threads than examples several share the work of each.
  for (unsigned threads : {2, 3})
    if (auto threaded = get(compiled.session->runSequence(inputs, threads), "threads"))
      expectSameBits(*threaded, outputs, threads == 2 ? "two threads" : "three threads");
  for (int64_t example = 0; example < batch; ++example) {
    NamedTensors single, expected;
    for (const NamedTensor &input : inputs)
      single.set(input.name, pickExample(input.tensor, example));
    for (const NamedTensor &output : outputs)
      expected.set(output.name, pickExample(output.tensor, example));
    if (auto found =
            get(compiled.session->runSequence(single, /*threads=*/1 + example % 3), "one example"))
      expectSameBits(*found, expected, "one example");
  }
}

//===----------------------------------------------------------------------===//
// Streams
//===----------------------------------------------------------------------===//

/// The dimension that the steps of a model run along: the one that inputs of `step` lack.
static std::string findTime(const ModelInterface &interface) {
  for (const Port &port : interface.entry("sequence")->arguments)
    for (const Port &stepPort : interface.entry("step")->arguments)
      if (port.kind == PortKind::Input && stepPort.kind == PortKind::Input &&
          port.name == stepPort.name && port.shape.size() == stepPort.shape.size() + 1)
        return port.shape[1].name;
  return "";
}

static bool runsOver(const TensorText &tensor, const std::string &time) {
  std::vector<std::string> dimensions = tensor.getDimensions();
  return !dimensions.empty() && dimensions.front() == time;
}

NamedTensors ModelChecker::sliceTime(const NamedTensors &inputs, const std::string &time,
                                     int64_t start, int64_t size) const {
  NamedTensors sliced;
  for (const TensorText &input : model.inputs) {
    const Tensor &tensor = *inputs.find(input.name);
    sliced.set(input.name, runsOver(input, time) ? sliceTensor(tensor, 1, start, size) : tensor);
  }
  return sliced;
}

void ModelChecker::checkStream(const Compiled &compiled, const NamedTensors &inputs,
                               const NamedTensors &outputs, int64_t batch, const Sizes &sizes) {
  const std::string time = findTime(compiled.session->getInterface());
  const int64_t steps = sizes.at(time);
  auto fresh = get(compiled.session->start(inputs, batch), "start");
  if (!fresh)
    return;
  StreamState whole = *fresh, inChunks = *fresh, inSteps = *fresh;
  if (auto found = get(compiled.session->runChunk(whole, inputs), "one chunk"))
    expectSameBits(*found, outputs, "one chunk");

  int64_t start = 0;
  for (int64_t size : {steps / 2, int64_t(0), steps - steps / 2}) {
    auto found =
        get(compiled.session->runChunk(inChunks, sliceTime(inputs, time, start, size)), "chunk");
    if (!found)
      return;
    for (const TensorText &output : model.outputs) {
      if (runsOver(output, time))
        EXPECT_TRUE(haveSameBits(*found->find(output.name),
                                 sliceTensor(*outputs.find(output.name), 1, start, size)))
            << "chunk at " << start << ": " << output.name;
      else if (start + size == steps)
        EXPECT_TRUE(haveSameBits(*found->find(output.name), *outputs.find(output.name)))
            << "last chunk: " << output.name;
    }
    start += size;
  }
  expectSameBits(inChunks.memories, whole.memories, "memories after chunks");

  if (steps == 0)
    return;
  if (auto found = get(compiled.session->runSteps(inSteps, inputs), "steps"))
    expectSameBits(*found, outputs, "steps");
  expectSameBits(inSteps.memories, whole.memories, "memories after steps");
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

void ModelChecker::check(const Sizes &sizes, int64_t batch) {
  const NamedTensors inputs = makeInputs(model, sizes, batch);
  for (const Compiled &one : compiled) {
    std::string trace = one.target.cpu + ", batch " + std::to_string(batch);
    for (const auto &[name, size] : sizes)
      trace += ", " + name + " = " + std::to_string(size);
    SCOPED_TRACE(trace);
    auto outputs = get(one.session->runSequence(inputs), "sequence");
    if (!outputs)
      continue;
    checkAgainstInterpreter(one, inputs, *outputs, batch);
    checkBatch(one, inputs, *outputs, batch);
    if (one.session->getInterface().entry("step"))
      checkStream(one, inputs, *outputs, batch, sizes);
  }
}

void ModelChecker::checkAllSizes() {
  ASSERT_TRUE(reference->entry);
  auto sizesOf = [&](llvm::StringRef dimension, std::vector<int64_t> sizes) {
    return model.hasDimension(dimension) ? sizes : std::vector<int64_t>{1};
  };
  for (int64_t steps : sizesOf("T", {0, 1, 5}))
    for (int64_t any : sizesOf("S", {0, 1, 3, 16, 17, 64}))
      for (int64_t some : sizesOf("N", {3, 16, 17, 64}))
        for (int64_t batch : {1, 3, 0})
          check({{"T", steps}, {"S", any}, {"N", some}}, batch);
}
