//===- ModulePartsTest.cpp - Modules in parts -----------------------------===//

#include "gatefold/Codegen/ModuleParts.h"
#include "gatefold/Codegen/Pipeline.h"
#include "mlir/Parser/Parser.h"
#include <gmock/gmock.h>

using namespace gatefold;
using testing::UnorderedElementsAre;

namespace {

/// A function called `name` with `work` additions and, in front of them, `use`.
std::string makeFunction(const std::string &name, int work, const std::string &use = "") {
  std::string text = "llvm.func @" + name + "(%a: i64) {\n" + use;
  for (int i = 0; i < work; ++i)
    text += "  %" + std::to_string(i) + " = llvm.add %a, %a : i64\n";
  return text + "  llvm.return\n}\n";
}

/// The names in each part, parts and names in order.
std::vector<std::vector<std::string>>
split(const std::string &text, unsigned most,
      llvm::DenseSet<mlir::Operation *> ModulePart::*which = &ModulePart::operations) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module) {
    ADD_FAILURE() << text;
    return {};
  }
  std::vector<std::vector<std::string>> names;
  for (const ModulePart &part : splitModule(*module, most)) {
    names.emplace_back();
    for (mlir::Operation &op : *module->getBody())
      if ((part.*which).contains(&op))
        names.back().push_back(mlir::SymbolTable::getSymbolName(&op).str());
  }
  return names;
}

using Names = std::vector<std::string>;

} // namespace

TEST(ModulePartsTest, DealsOutFunctionsByTheirWork) {
  std::string text = makeFunction("a", 400) + makeFunction("b", 900) + makeFunction("c", 450);
  EXPECT_THAT(split(text, 2), UnorderedElementsAre(Names{"b"}, Names{"a", "c"}));
  EXPECT_THAT(split(text, 8), UnorderedElementsAre(Names{"a"}, Names{"b"}, Names{"c"}));
  EXPECT_THAT(split(text, 1), UnorderedElementsAre(Names{"a", "b", "c"}));
}

TEST(ModulePartsTest, LeavesLittleWorkTogether) {
  EXPECT_THAT(split(makeFunction("a", 20) + makeFunction("b", 20), 2),
              UnorderedElementsAre(Names{"a", "b"}));
  EXPECT_EQ(split("", 2).size(), 1u);
}

TEST(ModulePartsTest, PartsCallEachOther) {
  std::string call = "  llvm.call @b(%a) : (i64) -> ()\n";
  std::string text =
      makeFunction("a", 400, call) + makeFunction("b", 400) + makeFunction("c", 400, call);
  EXPECT_THAT(split(text, 4), UnorderedElementsAre(Names{"a"}, Names{"b"}, Names{"c"}));
  EXPECT_THAT(split(text, 4, &ModulePart::called),
              UnorderedElementsAre(Names{"b"}, Names{}, Names{"b"}));
  EXPECT_THAT(split(text, 1, &ModulePart::called), UnorderedElementsAre(Names{}));
}

TEST(ModulePartsTest, KeepsTogetherWhatUsesOneVariable) {
  std::string use = "  %p = llvm.mlir.addressof @variable : !llvm.ptr\n";
  std::string text = "llvm.mlir.global internal @variable(1 : i64) : i64\n" +
                     makeFunction("a", 400, use) + makeFunction("b", 400, use) +
                     makeFunction("c", 400);
  EXPECT_THAT(split(text, 4), UnorderedElementsAre(Names{"variable", "a", "b"}, Names{"c"}));
}

TEST(ModulePartsTest, GivesEachPartItsDeclarationsAndConstants) {
  std::string call = "  llvm.call @outside(%a) : (i64) -> ()\n";
  std::string text =
      "llvm.mlir.global private constant @used(1 : i64) : i64\n"
      "llvm.mlir.global private constant @unused(2 : i64) : i64\n"
      "llvm.func @outside(i64)\n" +
      makeFunction("a", 400, call + "  %p = llvm.mlir.addressof @used : !llvm.ptr\n") +
      makeFunction("b", 400, call);
  EXPECT_THAT(split(text, 2),
              UnorderedElementsAre(Names{"used", "outside", "a"}, Names{"outside", "b"}));
}
