//===- LibraryTest.cpp - Tests of the standard library ------------*- C++ -*-===//
//
// Every declaration of the library is used in a model and lowered, every binding loaded.
//
//===----------------------------------------------------------------------===//

#include "LoweringTesting.h"

#include "gatefold/Runtime/WeightSource.h"
#include <gmock/gmock.h>

using namespace gatefold;
using testing::HasSubstr;

/// The library alone, parsed and checked.
static Lowered checkLibrary() { return Lowered("model M(x: f32) -> f32 { return x }"); }

/// Sizes for the brackets of a declaration: 3, 4, 5, ...
static std::string sizesFor(const Declaration &declaration) {
  std::string text;
  int size = 3;
  for (size_t i = 0; i < declaration.dimParameters.size(); ++i)
    text += (text.empty() ? "[" : ", ") + std::to_string(size++);
  return text.empty() ? "" : text + "]";
}

/// The type of a parameter or result with the sizes of `sizesFor` in place of the dimensions, and
/// `lead` in front.
static std::string typeFor(const Declaration &declaration, const Type &type,
                           const std::string &lead) {
  std::map<std::string, Dim> sizes;
  int size = 3;
  for (const DimParameter &dim : declaration.dimParameters)
    sizes[dim.name.text] = Dim::constant(size++);
  Type result = type;
  for (Dim &dim : result.dims)
    dim = dim.substitute(sizes);
  if (!lead.empty())
    result.dims.insert(result.dims.begin(), Dim::name(lead));
  return result.str();
}

/// A model that runs a declaration of the library over a sequence.
static std::string modelAround(const Declaration &declaration, const std::string &load = "") {
  const bool isFunction = declaration.kind == Declaration::Kind::Function;
  const bool isCell = declaration.kind == Declaration::Kind::Cell;
  std::string parameters, arguments;
  for (const Parameter &parameter : declaration.parameters) {
    if (parameter.defaultValue)
      continue;
    const std::string separator = parameters.empty() ? "" : ", ";
    parameters += separator + parameter.name.text + ": " +
                  typeFor(declaration, parameter.symbol->type, "Time");
    arguments += separator + parameter.name.text;
  }
  const std::string name = declaration.name.text;
  return "model Main(" + parameters + ") -> " +
         typeFor(declaration, declaration.results[0].resolved, "Time") + " {\n" +
         (isFunction ? "" : "  part = " + name + sizesFor(declaration) + load + "\n") +
         "  return " + (isCell ? "scan " : "") + (isFunction ? name : "part") + "(" + arguments +
         ")\n}\n";
}

TEST(Library, IsFreeOfErrorsAndWarnings) {
  Lowered library = checkLibrary();
  ASSERT_TRUE(library.isChecked) << library.messages();
  EXPECT_EQ(library.messages(), "");
}

TEST(Library, EveryDeclarationIsDocumented) {
  Lowered library = checkLibrary();
  ASSERT_TRUE(library.isChecked);
  for (const auto &declaration : library.file->declarations)
    if (declaration->fromLibrary)
      EXPECT_FALSE(declaration->documentation.empty()) << declaration->name.text;
  for (const auto &binding : library.file->bindings)
    EXPECT_FALSE(binding->documentation.empty()) << binding->name.text;
}

TEST(Library, EveryDeclarationIsLowered) {
  Lowered library = checkLibrary();
  ASSERT_TRUE(library.isChecked);
  int count = 0;
  for (const auto &declaration : library.file->declarations) {
    if (!declaration->fromLibrary)
      continue;
    const std::string text = modelAround(*declaration);
    Lowered lowered(text);
    EXPECT_TRUE(lowered.isValid) << text << lowered.messages();
    ++count;
  }
  EXPECT_GE(count, 25);
}

TEST(Library, EveryBindingIsLoaded) {
  Lowered library = checkLibrary();
  ASSERT_TRUE(library.isChecked);
  for (const auto &binding : library.file->bindings) {
    const std::string text =
        modelAround(*binding->declaration, " load " + binding->name.text + " from \"net.\"");
    Lowered lowered(text);
    ASSERT_TRUE(lowered.isValid) << text << lowered.messages();
    lowered.module->walk([&](ir::WeightOp weight) {
      ASSERT_TRUE(weight.getSource()) << text;
      llvm::Expected<WeightSource> source = WeightSource::parse(*weight.getSource());
      ASSERT_TRUE(static_cast<bool>(source)) << llvm::toString(source.takeError());
      for (const std::string &tensor : source->tensorNames())
        EXPECT_THAT(tensor, testing::StartsWith("net."));
    });
  }
}

TEST(Library, GatesLieInEachFrameworksOrder) {
  auto sourceOf = [](const std::string &instance, llvm::StringRef weight) {
    Lowered lowered("model M(xs: [T, 2]) -> [T, 8] {\n  c = " + instance +
                    "\n  return scan c(xs)\n}\n");
    std::string source = lowered.messages();
    lowered.module->walk([&](ir::WeightOp op) {
      if (op.getSymName() == ("c." + weight).str())
        source = op.getSource()->str();
    });
    return source;
  };
  EXPECT_EQ(sourceOf("Lstm[2, 8] load torch(layer = 1) from \"\"", "W_g"),
            "'weight_ih_l1'[16:24 of 32]");
  EXPECT_EQ(sourceOf("Lstm[2, 8] load torch_reverse from \"\"", "b_f"),
            "('bias_ih_l0_reverse' + 'bias_hh_l0_reverse')[8:16 of 32]");
  EXPECT_EQ(sourceOf("Lstm[2, 8] load keras from \"\"", "U_o"),
            "transpose('recurrent_kernel')[24:32 of 32]");
  EXPECT_EQ(sourceOf("Lstm[2, 8] load onnx(direction = 1) from \"\"", "U_o"), "'R'[1][8:16 of 32]");
  EXPECT_EQ(sourceOf("Lstm[2, 8] load tensorflow from \"\"", "b_f"), "'bias'[16:24] + 1");
  EXPECT_EQ(sourceOf("Lstm[2, 8] load tensorflow from \"\"", "U_g"),
            "transpose('kernel')[:, 2:][8:16 of 32]");
  EXPECT_EQ(sourceOf("Gru[2, 8] load torch from \"\"", "W_z"), "'weight_ih_l0'[8:16 of 24]");
  EXPECT_EQ(sourceOf("Gru[2, 8] load torch from \"\"", "c_n"), "'bias_hh_l0'[16:]");
  EXPECT_EQ(sourceOf("Gru[2, 8] load keras from \"\"", "b_r"),
            "('bias'[0, 0:16] + 'bias'[1, 0:16])[8:16 of 16]");
  EXPECT_EQ(sourceOf("GruResetBefore[2, 8] load onnx from \"\"", "b_n"),
            "('B'[0, 0:24] + 'B'[0, 24:])[16:24 of 24]");
}
