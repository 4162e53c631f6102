//===- Graph.cpp - Walks over a graph's nodes --------------------*- C++ -*-===//
//
// Imports nodes in their order, and notes those that cannot be.
//
//===----------------------------------------------------------------------===//

#include "Graph.h"
#include "OperatorContext.h"
#include "Operators.h"
#include "gatefold/Runtime/Error.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::onnx;

const Item *Environment::find(llvm::StringRef name) const {
  for (const Environment *scope = this; scope; scope = scope->outer) {
    auto found = scope->items.find(name);
    if (found != scope->items.end())
      return &found->second;
  }
  return nullptr;
}

Import::Import(const ModelProto &model, const ImportOptions &options, std::string folder)
    : model(model), options(options), folder(std::move(folder)) {}

int64_t Import::opset(llvm::StringRef domain) const {
  for (const OperatorSetIdProto &set : model.opset_import())
    if (set.domain() == domain || (domain.empty() && set.domain() == "ai.onnx"))
      return set.version();
  return 0;
}

//===----------------------------------------------------------------------===//
// Failures
//===----------------------------------------------------------------------===//

void Import::noteFailure(const NodeProto &node, llvm::StringRef reason) {
  std::string domain = node.domain().empty() ? "" : node.domain() + ".";
  std::string text = "node `" +
                     (node.name().empty() && node.output_size() ? node.output(0) : node.name()) +
                     "`: " + domain + node.op_type() + " of opset " +
                     std::to_string(opset(node.domain())) + ": " + reason.str();
  if (!llvm::is_contained(failures, text))
    failures.push_back(text);
}

void Import::noteNeeded(Value value) {
  llvm::SmallVector<Value> open = {value};
  llvm::DenseSet<Value> seen;
  while (!open.empty()) {
    Value next = open.pop_back_val();
    if (!seen.insert(next).second || next->isLiteral())
      continue;
    if (next->isParameter)
      needed.emplace(next->hint, current ? current->op_type() : "");
    llvm::append_range(open, next->operands);
  }
}

void Import::tryEither(llvm::function_ref<void()> first, llvm::function_ref<void()> second) {
  auto failuresBefore = failures;
  auto neededBefore = needed;
  try {
    first();
  } catch (const ImportFailure &firstFailure) {
    std::swap(failures, failuresBefore);
    std::swap(needed, neededBefore);
    try {
      second();
    } catch (const ImportFailure &) {
      failures = std::move(failuresBefore);
      needed = std::move(neededBefore);
      throw firstFailure;
    }
  }
}

llvm::Error Import::takeFailures(llvm::StringRef path, std::vector<std::string> sizes) {
  std::vector<std::string> inputs;
  for (const auto &[name, user] : needed)
    inputs.push_back(name);
  if (failures.empty())
    return llvm::Error::success();
  std::string message = (path + ": " + llvm::Twine(failures.size()) +
                         (failures.size() == 1 ? " node is" : " nodes are") + " not supported")
                            .str();
  for (const std::string &failure : failures)
    message += "\n  " + failure;
  if (inputs.empty() && sizes.empty())
    return makeError(message);
  for (const std::string &name : inputs)
    message += "\n  hint: --fix " + name + "=FILE makes the input `" + name + "` a constant";
  return llvm::make_error<NeedsMore>(message, std::move(inputs), std::move(sizes));
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// Whether a node reads what another could not give.
static bool readsFailed(const NodeProto &node, const Environment &environment) {
  return llvm::any_of(node.input(), [&](const std::string &name) {
    const Item *found = name.empty() ? nullptr : environment.find(name);
    return found && found->kind == Item::Kind::Failed;
  });
}

const FunctionProto *Import::findFunction(const NodeProto &node) const {
  for (const FunctionProto &function : model.functions())
    if (function.name() == node.op_type() && function.domain() == node.domain())
      return &function;
  return nullptr;
}

void Import::importFunction(const FunctionProto &function, const NodeProto &node,
                            Environment &environment) {
  if (function.attribute_size() || function.attribute_proto_size())
    fail("functions with attributes are not supported");
  Environment inner;
  for (int i = 0; i < function.input_size(); ++i) {
    bool isGiven = i < node.input_size() && !node.input(i).empty();
    const Item *given = isGiven ? environment.find(node.input(i)) : nullptr;
    inner.items[function.input(i)] = given ? *given : Item::nothing();
  }
  importNodes(function.node(), inner);
  for (int i = 0; i < node.output_size() && i < function.output_size(); ++i)
    if (const Item *made = inner.find(function.output(i)))
      environment.items[node.output(i)] = *made;
}

/// The most nodes, those of loops counted in every turn that is written out.
static constexpr int64_t mostNodes = 1 << 20;

void Import::importNode(const NodeProto &node, Environment &environment) {
  if (readsFailed(node, environment))
    return;
  const NodeProto *before = std::exchange(current, &node);
  auto named = llvm::find_if(node.output(), [](const std::string &name) { return !name.empty(); });
  builder.setHint(named == node.output().end() ? node.op_type() : *named);
  try {
    if (++depth > deepestNesting)
      fail("graphs are nested too deeply");
    if (++nodesSeen > mostNodes)
      fail("the graph, with its loops written out, has more than " + llvm::Twine(mostNodes) +
           " nodes");
    for (const AttributeProto &attribute : node.attribute())
      if (attribute.has_sparse_tensor() || !attribute.ref_attr_name().empty())
        fail("attribute `" + attribute.name() + "` is sparse or a reference");
    if (Operator function = OperatorTable::get().find(node.domain(), node.op_type())) {
      OperatorContext context(*this, node, environment);
      function(context);
    } else if (const FunctionProto *function = findFunction(node)) {
      importFunction(*function, node, environment);
    } else {
      fail("there is no such operator here");
    }
  } catch (const ImportFailure &failure) {
    noteFailure(node, failure.reason);
  }
  --depth;
  current = before;
}

void Import::importNodes(const google::protobuf::RepeatedPtrField<NodeProto> &nodes,
                         Environment &environment) {
  for (const NodeProto &node : nodes) {
    bool isKnown = true;
    for (const std::string &name : node.input())
      if (!name.empty() && !environment.find(name)) {
        noteFailure(node, "there is no value `" + name +
                              "` before it: the graph has a cycle, is "
                              "not sorted, or lacks an input");
        isKnown = false;
      }
    for (const std::string &name : node.output())
      if (!name.empty() && environment.items.contains(name)) {
        noteFailure(node, "there are two values `" + name + "`");
        isKnown = false;
      }
    if (isKnown)
      importNode(node, environment);
    for (const std::string &name : node.output())
      if (!name.empty())
        environment.items.try_emplace(name);
  }
}

void Import::addInitializers(const GraphProto &graph, Environment &environment) {
  auto add = [&](const TensorProto &tensor) {
    builder.setHint(tensor.name());
    Tensor read = readTensor(tensor, folder);
    Shape shape;
    for (int64_t size : read.shape())
      shape.push_back(Dim::constant(size));
    Value made = builder.given(static_cast<DataType>(tensor.data_type()), shape, makeLiteral(read));
    made->isNamed = true;
    environment.items[tensor.name()] = Item::tensor(made);
  };
  for (const TensorProto &tensor : graph.initializer()) {
    try {
      if (environment.items.contains(tensor.name()))
        fail("there are two values `" + tensor.name() + "`");
      add(tensor);
    } catch (const ImportFailure &failure) {
      environment.items.try_emplace(tensor.name());
      failures.push_back("initializer `" + tensor.name() + "`: " + failure.reason);
    }
  }
  for (const SparseTensorProto &tensor : graph.sparse_initializer()) {
    environment.items.try_emplace(tensor.values().name());
    failures.push_back("initializer `" + tensor.values().name() +
                       "`: sparse tensors are not supported");
  }
}

std::vector<Item> Import::importBody(const GraphProto &graph, llvm::ArrayRef<Item> inputs,
                                     const Environment &outer) {
  Environment inner;
  inner.outer = &outer;
  if (static_cast<int>(inputs.size()) != graph.input_size())
    fail("a graph within it has " + llvm::Twine(graph.input_size()) + " inputs, expected " +
         llvm::Twine(inputs.size()));
  for (int i = 0; i < graph.input_size(); ++i)
    inner.items[graph.input(i).name()] = inputs[i];
  size_t before = failures.size();
  addInitializers(graph, inner);
  importNodes(graph.node(), inner);
  std::vector<Item> outputs;
  for (const ValueInfoProto &output : graph.output()) {
    const Item *made = inner.find(output.name());
    if (!made && failures.size() == before)
      fail("there is no value `" + output.name() + "`, which a graph within it gives");
    if (!made || made->kind == Item::Kind::Failed)
      fail("a node within it is not supported");
    outputs.push_back(*made);
  }
  return outputs;
}
