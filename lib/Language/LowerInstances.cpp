//===- LowerInstances.cpp - The tree of instances -----------------*- C++ -*-===//
//
// Paths and checkpoint prefixes of instances.
//
//===----------------------------------------------------------------------===//

#include "LowerInstances.h"

#include "LowerWalk.h"

using namespace gatefold;
using namespace gatefold::lowering;

std::string Instance::pathOf(llvm::StringRef name) const {
  return path.empty() ? name.str() : path + "." + name.str();
}

/// The prefix behind `from` goes on the owner's, with the place in an array for `{index}`; without
/// one, the instance's name does.
static std::string prefixOf(const Instance &owner, const AssignStatement &statement,
                            const Symbol &symbol, std::optional<int64_t> index) {
  const std::string number = index ? std::to_string(*index) : "";
  if (!statement.load || !statement.load->prefix)
    return owner.prefix + symbol.name + "." + (index ? number + "." : "");
  std::string prefix = *statement.load->prefix;
  for (size_t at = 0; index && (at = prefix.find("{index}", at)) != std::string::npos;)
    prefix.replace(at, strlen("{index}"), number);
  return owner.prefix + prefix;
}

static void addParts(Instance &instance);

/// The instance that `symbol` stands for, or all elements of an array.
static void addPart(Instance &owner, const AssignStatement &statement, const Symbol *symbol) {
  const int64_t count =
      symbol->count ? symbol->count->substitute(owner.sizes).asConstant().value_or(0) : 1;
  for (int64_t i = 0; i < count; ++i) {
    auto part = std::make_unique<Instance>();
    part->declaration = symbol->declaration;
    part->owner = &owner;
    part->statement = &statement;
    part->path = owner.pathOf(symbol->name);
    if (symbol->count) {
      part->index = i;
      part->path += "." + std::to_string(i);
    }
    part->prefix = prefixOf(owner, statement, *symbol, part->index);
    part->sizes = substitute(symbol->dimensions, owner.sizes);
    addParts(*part);
    owner.partsOf[symbol].push_back(part.get());
    owner.parts.push_back(std::move(part));
  }
}

static void addParts(Instance &instance) {
  for (const StatementPtr &statement : instance.declaration->body)
    for (const Symbol *symbol : getInstances(*statement))
      addPart(instance, llvm::cast<AssignStatement>(*statement), symbol);
}

std::unique_ptr<Instance> lowering::makeInstance(const Declaration &declaration,
                                                 DimBindings sizes) {
  auto model = std::make_unique<Instance>();
  model->declaration = &declaration;
  model->sizes = std::move(sizes);
  addParts(*model);
  return model;
}
