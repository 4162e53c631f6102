//===- ObjectCodeTest.cpp - What an object file needs and how large it is -===//
//
// Object code of models refers to nothing but a few functions of the C library, and its size does
// not depend on how long sequences are.
//
//===----------------------------------------------------------------------===//

#include "ModelChecker.h"
#include "RandomCell.h"
#include "mlir/Parser/Parser.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ELFObjectFile.h"
#include "gmock/gmock.h"

using namespace gatefold;
using namespace gatefold::test;

/// The object file of a model.
static llvm::SmallVector<char, 0> compileObject(const ModelText &model, const Target &target) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(model.getModule(), &context);
  PipelineOptions options;
  options.target = target;
  llvm::SmallVector<char, 0> bytes;
  if (!module || failed(lowerTo(*module, Stage::LLVM, options))) {
    ADD_FAILURE() << "the model was not lowered";
    return bytes;
  }
  llvm::LLVMContext llvmContext;
  auto code = llvm::cantFail(translateToLLVMIR(*module, llvmContext, target));
  llvm::raw_svector_ostream os(bytes);
  llvm::cantFail(emitMachineCode(*code, target, Stage::Object, os));
  return bytes;
}

/// The names that an object file leaves for the linker.
static std::vector<std::string> getUndefinedNames(llvm::ArrayRef<char> object) {
  auto file = llvm::cantFail(llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(llvm::StringRef(object.data(), object.size()), "model.o")));
  std::vector<std::string> names;
  for (const llvm::object::SymbolRef &symbol : file->symbols())
    if (llvm::cantFail(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined)
      if (llvm::StringRef name = llvm::cantFail(symbol.getName()); !name.empty())
        names.push_back(name.str());
  return names;
}

TEST(ObjectCode, NeedsOnlyMemoryFunctions) {
  const ModelText gru{
      "gates",
      {{"xs", "Tx5xf32"}, {"words", "Txi32"}},
      {{"W", "20x5xf32"}, {"table", "4x5xf32"}, {"h0", "20xf32"}},
      {{"ys", "Tx20xf32"}},
      "%es = gatefold.gather %table[%words] : tensor<4x5xf32>, tensor<?xi32> -> tensor<?x5xf32>\n"
      "%ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<?x5xf32>, %e = %es : "
      "tensor<?x5xf32>)\n"
      "    memories(%h = %h0 as \"h\" : tensor<20xf32>) -> (tensor<?x20xf32>) {\n"
      "  %1 = arith.addf %x, %e : tensor<5xf32>\n"
      "  %2 = gatefold.dot %1, %W chain : tensor<5xf32>, tensor<20x5xf32> -> tensor<20xf32>\n"
      "  %3 = arith.addf %2, %h : tensor<20xf32>\n"
      "  %4 = math.tanh %3 : tensor<20xf32>\n"
      "  %5 = math.exp %3 : tensor<20xf32>\n"
      "  %6 = math.log1p %5 : tensor<20xf32>\n"
      "  %7 = math.erf %6 : tensor<20xf32>\n"
      "  %8 = math.expm1 %7 : tensor<20xf32>\n"
      "  %9 = math.sqrt %5 : tensor<20xf32>\n"
      "  %10 = arith.divf %8, %9 : tensor<20xf32>\n"
      "  %11 = arith.addf %10, %4 : tensor<20xf32>\n"
      "  gatefold.yield outputs(%11 : tensor<20xf32>) next(%4 : tensor<20xf32>)\n"
      "}"};
  for (const Target &target : getTestedTargets())
    EXPECT_THAT(getUndefinedNames(compileObject(gru, target)),
                testing::Each(testing::AnyOf("memcpy", "memmove", "memset")))
        << target.cpu;
}

TEST(ObjectCode, TakesOtherFunctionsFromTheMathLibrary) {
  const ModelText sine{
      "sine", {{"x", "Tx3xf32"}}, {}, {{"y", "Tx3xf32"}}, "%y = math.sin %x : tensor<?x3xf32>"};
  EXPECT_THAT(getUndefinedNames(compileObject(sine, Target::host())),
              testing::UnorderedElementsAre("sinf"));
}

TEST(ObjectCode, RandomCellsNeedNothing) {
  for (unsigned seed = 0; seed < 10; ++seed)
    EXPECT_THAT(getUndefinedNames(compileObject(makeRandomCell(seed), Target::host())),
                testing::Each(testing::AnyOf("memcpy", "memmove", "memset")))
        << seed;
}

TEST(ObjectCode, DoesNotGrowWithTheNumberOfSteps) {
  auto sizeFor = [](int64_t steps) {
    const ModelText scan{"sum",
                         {{"xs", "$Sx5xf32"}},
                         {{"h0", "5xf32"}},
                         {{"ys", "$Sx5xf32"}},
                         "%ys, %last = gatefold.scan axis 0 (%x = %xs : tensor<$Sx5xf32>)\n"
                         "    memories(%h = %h0 as \"h\" : tensor<5xf32>) -> (tensor<$Sx5xf32>) {\n"
                         "  %1 = arith.addf %x, %h : tensor<5xf32>\n"
                         "  gatefold.yield outputs(%1 : tensor<5xf32>) next(%1 : tensor<5xf32>)\n"
                         "}"};
    return compileObject(scan.with("S", steps), Target::host()).size();
  };
  // Only the numbers in the code differ.
  EXPECT_NEAR(static_cast<double>(sizeFor(10)), static_cast<double>(sizeFor(10000)), 64);
}
