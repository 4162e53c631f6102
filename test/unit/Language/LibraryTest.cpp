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

/// A size for each dimension of a declaration, free ones of functions included: groups divide,
/// windows fit, and the others differ.
static std::map<std::string, Dim> sizesOf(const Declaration &declaration) {
  const std::map<std::string, int64_t> special = {{"C", 3}, {"G", 3}, {"K", 3},  {"P", 3}, {"Q", 3},
                                                  {"S", 2}, {"D", 2}, {"L", 40}, {"R", 40}};
  std::map<std::string, Dim> sizes;
  int64_t size = 3;
  auto add = [&](const std::string &name) {
    auto found = special.find(name);
    sizes[name] = Dim::constant(found == special.end() ? size : found->second);
    ++size;
  };
  for (const DimParameter &dim : declaration.dimParameters)
    add(dim.name.text);
  for (const std::string &name : declaration.freeDims)
    add(name);
  return sizes;
}

/// The sizes for the brackets of a declaration.
static std::string bracketsFor(const Declaration &declaration) {
  std::map<std::string, Dim> sizes = sizesOf(declaration);
  std::string text;
  for (const DimParameter &dim : declaration.dimParameters)
    text += (text.empty() ? "[" : ", ") + sizes[dim.name.text].str();
  return text.empty() ? "" : text + "]";
}

/// The type of a parameter or result with the sizes of `sizesOf` in place of the dimensions, and
/// `lead` in front.
static std::string typeFor(const Declaration &declaration, const Type &type,
                           const std::string &lead) {
  Type result = type;
  for (Dim &dim : result.dims)
    dim = dim.substitute(sizesOf(declaration));
  if (!lead.empty())
    result.dims.insert(result.dims.begin(), Dim::name(lead));
  return result.str();
}

/// A model that runs a declaration of the library over a sequence, or once where it takes nothing.
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
  const std::string name = declaration.name.text, brackets = bracketsFor(declaration);
  return "model Main(" + parameters + ") -> " +
         typeFor(declaration, declaration.results[0].resolved, parameters.empty() ? "" : "Time") +
         " {\n" + (isFunction ? "" : "  part = " + name + brackets + load + "\n") + "  return " +
         (isCell ? "scan " : "") + (isFunction ? name + brackets : "part") + "(" + arguments +
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
  EXPECT_GE(count, 55);
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
