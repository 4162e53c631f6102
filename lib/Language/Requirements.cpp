//===- Requirements.cpp - What hangs on the sizes of models -------*- C++ -*-===//
//
// Gives models the sizes that they are run with, and checks those that need no others.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Requirements.h"

#include "LowerRequirements.h"
#include "llvm/ADT/STLExtras.h"

using namespace gatefold;
using namespace gatefold::lowering;

/// Reports numbers for dimensions that the model does not have.
static void checkGivenNames(const Declaration &model,
                            const std::map<std::string, int64_t> &dimensions,
                            Diagnostics &diagnostics) {
  std::vector<std::string> names;
  for (const DimParameter &dim : model.dimParameters)
    names.push_back(dim.name.text);
  for (const auto &[name, size] : dimensions) {
    if (llvm::is_contained(names, name))
      continue;
    const std::string start = "model `" + model.name.text + "` ";
    if (llvm::is_contained(model.freeDims, name)) {
      diagnostics.error(model.name.range, start + "takes the size of `" + name +
                                              "` from its input; it cannot be set");
      continue;
    }
    Diagnostic &message =
        diagnostics.error(model.name.range, start + "has no dimension `" + name + "`");
    if (const std::string nearest = nearestName(name, names); !nearest.empty())
      message.withHint("did you mean `" + nearest + "`?");
  }
}

DimBindings lowering::sizesOf(const Declaration &model,
                              const std::map<std::string, int64_t> &dimensions,
                              Diagnostics &diagnostics) {
  checkGivenNames(model, dimensions, diagnostics);
  DimBindings sizes;
  for (const DimParameter &dim : model.dimParameters) {
    const std::string &name = dim.name.text;
    auto given = dimensions.find(name);
    if (given == dimensions.end() && !dim.defaultValue) {
      diagnostics
          .error(dim.name.range,
                 "dimension `" + name + "` of model `" + model.name.text + "` has no size")
          .withHint("give it one with `--dim " + name + "=64`, or a default: `" + name + " = 64`");
      continue;
    }
    const int64_t size = given == dimensions.end() ? *dim.defaultValue : given->second;
    if (size < 1)
      diagnostics.error(dim.name.range, "expected a size of at least 1 for `" + name + "`, found " +
                                            llvm::Twine(size));
    sizes[name] = Dim::constant(size);
  }
  return sizes;
}

bool gatefold::checkRequirements(const SourceFile &file, Diagnostics &diagnostics) {
  const unsigned before = diagnostics.numErrors();
  RequirementChecker checker(diagnostics);
  for (const auto &model : file.declarations) {
    const bool hasSizes = llvm::all_of(
        model->dimParameters, [](const DimParameter &dim) { return dim.defaultValue.has_value(); });
    if (model->kind == Declaration::Kind::Model && !model->fromLibrary && hasSizes)
      checker.checkModel(*model, sizesOf(*model, {}, diagnostics));
  }
  return diagnostics.numErrors() == before;
}
