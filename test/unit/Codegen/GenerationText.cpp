//===- GenerationText.cpp - A model that makes tokens --------------------===//

#include "GenerationText.h"
#include "ModelText.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace gatefold;
using namespace gatefold::test;

static const char *const text = R"mlir(
gatefold.model @Say attributes {generation = {end = 2 : i64, first = 1 : i64, limit = 100 : i64,
                                              output = "said", prompt = "prompt", token = "token"}} {
  gatefold.weight @E : tensor<23x8xf32>
  gatefold.weight @W : tensor<8x8xf32>
  gatefold.weight @U : tensor<23x8xf32>
  gatefold.entry @sequence(%text: tensor<?xi32> {gatefold.port = #gatefold.port<input "text" ["S"]>})
      -> (tensor<?xf32> {gatefold.port = #gatefold.port<output "context" ["S"]>},
          tensor<8xf32> {gatefold.port = #gatefold.port<output "h" ["8"]>},
          tensor<?x8xf32> {gatefold.port = #gatefold.port<output "said" ["capacity", "8"]>},
          tensor<i32> {gatefold.port = #gatefold.port<output "position" []>},
          tensor<?xi32> {gatefold.port = #gatefold.port<output "prompt" ["S"]>}) {
    %capacity = gatefold.size "capacity"
    %context = arith.sitofp %text : tensor<?xi32> to tensor<?xf32>
    %h = arith.constant dense<0.0> : tensor<8xf32>
    %zero = arith.constant dense<0.0> : tensor<f32>
    %said = gatefold.broadcast %zero axes [0, 1] sizes(%capacity) : tensor<f32> -> tensor<?x8xf32>
    %position = arith.constant dense<0> : tensor<i32>
    gatefold.return %context, %h, %said, %position, %text
        : tensor<?xf32>, tensor<8xf32>, tensor<?x8xf32>, tensor<i32>, tensor<?xi32>
  }
  gatefold.entry @decode(
      %token: tensor<i32> {gatefold.port = #gatefold.port<input "token" []>},
      %context: tensor<?xf32> {gatefold.port = #gatefold.port<input "context" ["S"]>},
      %h: tensor<8xf32> {gatefold.port = #gatefold.port<memory "h" ["8"]>},
      %said: tensor<?x8xf32> {gatefold.port = #gatefold.port<memory "said" ["capacity", "8"]>},
      %position: tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>})
      -> (tensor<23xf32> {gatefold.port = #gatefold.port<output "scores" ["23"]>},
          tensor<8xf32> {gatefold.port = #gatefold.port<memory "h" ["8"]>},
          tensor<?x8xf32> {gatefold.port = #gatefold.port<memory "said" ["capacity", "8"]>},
          tensor<i32> {gatefold.port = #gatefold.port<memory "position" []>}) {
    %E = gatefold.read @E : tensor<23x8xf32>
    %W = gatefold.read @W : tensor<8x8xf32>
    %U = gatefold.read @U : tensor<23x8xf32>
    %row = gatefold.gather %E[%token] : tensor<23x8xf32>, tensor<i32> -> tensor<8xf32>
    %one = arith.constant dense<1> : tensor<i32>
    %next = arith.addi %position, %one : tensor<i32>
    %more = gatefold.append %said at %position, %row
        : tensor<?x8xf32>, tensor<i32>, tensor<8xf32> -> tensor<?x8xf32>
    %all = gatefold.prefix %more count %next : tensor<?x8xf32>, tensor<i32> -> tensor<?x8xf32>
    %old = gatefold.dot %h, %W lanes : tensor<8xf32>, tensor<8x8xf32> -> tensor<8xf32>
    %sum = gatefold.reduce sum %all axes [1] chain : tensor<?x8xf32> -> tensor<8xf32>
    %read = gatefold.reduce sum %context axes [0] lanes : tensor<?xf32> -> tensor<f32>
    %wide = gatefold.broadcast %read axes [0] : tensor<f32> -> tensor<8xf32>
    %0 = arith.addf %old, %row : tensor<8xf32>
    %1 = arith.addf %0, %sum : tensor<8xf32>
    %2 = arith.addf %1, %wide : tensor<8xf32>
    %h1 = math.sin %2 : tensor<8xf32>
    %scores = gatefold.dot %h1, %U chain : tensor<8xf32>, tensor<23x8xf32> -> tensor<23xf32>
    gatefold.return %scores, %h1, %more, %next
        : tensor<23xf32>, tensor<8xf32>, tensor<?x8xf32>, tensor<i32>
  }
}
)mlir";

namespace {
/// Hides some entries.
class WithoutEntries : public CompiledModel {
public:
  WithoutEntries(std::shared_ptr<const CompiledModel> model, llvm::ArrayRef<llvm::StringRef> hidden)
      : CompiledModel(model->getInterface()), model(std::move(model)), hidden(hidden) {}
  EntryFunction getEntry(llvm::StringRef name) const override {
    return llvm::is_contained(hidden, name) ? nullptr : model->getEntry(name);
  }
  WorkspaceFunction getWorkspace(llvm::StringRef name) const override {
    return model->getWorkspace(name);
  }

private:
  std::shared_ptr<const CompiledModel> model;
  llvm::SmallVector<llvm::StringRef> hidden;
};
} // namespace

NamedTensors test::makeSayingWeights() {
  NamedTensors weights;
  weights.set("E", makeRandomTensor(ElementType::F32, {sayingTokens, 8}, 0, 1));
  weights.set("W", makeRandomTensor(ElementType::F32, {8, 8}, 0, 2));
  Tensor scores = makeRandomTensor(ElementType::F32, {sayingTokens, 8}, 0, 3);
  auto *numbers = scores.mutableData<float>();
  for (int64_t i = 0; i < sayingTokens / 2 * 8; ++i)
    numbers[i + sayingTokens / 2 * 8] = numbers[i];
  weights.set("U", std::move(scores));
  return weights;
}

std::shared_ptr<const CompiledModel> test::compileMlir(llvm::StringRef text, const Target &target) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context, "say.fold");
  if (!module) {
    ADD_FAILURE() << "the text was not parsed";
    return nullptr;
  }
  PipelineOptions options;
  options.target = target;
  options.verifyEach = true;
  return llvm::cantFail(compileInMemory(*module, options));
}

std::shared_ptr<const CompiledModel> test::compileSaying(const Target &target) {
  return compileMlir(text, target);
}

std::unique_ptr<Session> test::makeSaying(std::shared_ptr<const CompiledModel> code,
                                          llvm::ArrayRef<llvm::StringRef> without,
                                          NamedTensors weights) {
  auto model = std::make_shared<WithoutEntries>(std::move(code), without);
  return llvm::cantFail(Session::create(std::move(model), std::move(weights)));
}

NamedTensors test::makeSayingTexts(int64_t batch, int64_t length) {
  NamedTensors inputs;
  inputs.set("text", makeRandomTensor(ElementType::I32, {batch, length}, sayingTokens, 7));
  return inputs;
}

GenerationSettings test::makeSayingSettings(const Strategy &strategy, int64_t limit) {
  GenerationSettings settings;
  settings.first = 1;
  settings.end = 2;
  settings.limit = limit;
  settings.strategy = strategy;
  return settings;
}
