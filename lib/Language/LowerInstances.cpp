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

/// The prefix behind `from` goes on the owner's; without one, the instance's name does.
static std::string prefixOf(const Instance &owner, const AssignStatement &statement) {
  if (statement.load && statement.load->prefix)
    return owner.prefix + *statement.load->prefix;
  return owner.prefix + statement.names[0].text + ".";
}

static void addParts(Instance &instance) {
  for (const StatementPtr &statement : instance.declaration->body) {
    const Symbol *symbol = getInstance(*statement);
    if (!symbol)
      continue;
    auto part = std::make_unique<Instance>();
    part->declaration = symbol->declaration;
    part->owner = &instance;
    part->statement = llvm::cast<AssignStatement>(statement.get());
    part->path = instance.pathOf(symbol->name);
    part->prefix = prefixOf(instance, *part->statement);
    part->sizes = substitute(symbol->dimensions, instance.sizes);
    addParts(*part);
    instance.partOf[symbol] = part.get();
    instance.parts.push_back(std::move(part));
  }
}

std::unique_ptr<Instance> lowering::makeInstance(const Declaration &declaration,
                                                 DimBindings sizes) {
  auto model = std::make_unique<Instance>();
  model->declaration = &declaration;
  model->sizes = std::move(sizes);
  addParts(*model);
  return model;
}
