//===- ModelGraph.cpp - What goes where in a model ---------------*- C++ -*-===//
//
// Walks the entries of a module once.
//
//===----------------------------------------------------------------------===//

#include "ModelGraph.h"
#include "gatefold/IR/Explain.h"
#include "gatefold/IR/Fusion.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;

static std::string spell(mlir::Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// What memories called "encoder.lower.h" and "encoder.c" belong to: "encoder".
static std::string findOwner(ir::ScanOp scan) {
  std::optional<llvm::StringRef> owner;
  for (auto attribute : scan.getNames().getAsRange<mlir::StringAttr>()) {
    llvm::StringRef name = attribute.getValue();
    if (!owner)
      owner = name.contains('.') ? name.rsplit('.').first : "";
    while (!owner->empty() && !(name.starts_with(*owner) && name[owner->size()] == '.'))
      owner = owner->contains('.') ? owner->rsplit('.').first : "";
  }
  return owner ? owner->str() : "";
}

unsigned ModelGraph::numberValue(mlir::Value value) {
  auto [entry, isNew] = numbers.try_emplace(value, values.size());
  if (isNew)
    values.push_back({spell(value.getType()), ir::findName(value.getLoc())});
  return entry->second;
}

void ModelGraph::addMemories(mlir::Block &block, Graph &graph) {
  auto scan = llvm::dyn_cast<ir::ScanOp>(block.getParentOp());
  if (!scan)
    return;
  mlir::ValueRange next = scan.getYield().getNext();
  for (const auto &[name, argument, value] :
       llvm::zip_equal(scan.getNames(), scan.getMemoryArguments(), next))
    graph.memories.push_back({llvm::cast<mlir::StringAttr>(name).getValue().str(),
                              numberValue(argument), numberValue(value)});
}

ModelGraph::Node ModelGraph::makeNode(mlir::Operation &op) {
  Node node{op.getName().getStringRef().str(), origins.getSet(op.getLoc()), {}, {}, {}};
  for (mlir::Value operand : op.getOperands())
    node.inputs.push_back(numberValue(operand));
  for (mlir::Value result : op.getResults())
    node.outputs.push_back(numberValue(result));
  for (mlir::Region &region : op.getRegions())
    for (mlir::Block &block : region) {
      auto scan = llvm::dyn_cast<ir::ScanOp>(op);
      node.bodies.push_back(addGraph(block, scan ? findOwner(scan) : "", /*isEntry=*/false));
    }
  return node;
}

unsigned ModelGraph::addGraph(mlir::Block &block, llvm::StringRef name, bool isEntry) {
  unsigned number = graphs.size();
  graphs.emplace_back(); // bodies come behind what holds them
  Graph graph{name.str(), isEntry, {}, {}, {}, {}};
  auto scan = llvm::dyn_cast<ir::ScanOp>(block.getParentOp());
  for (mlir::Value argument : scan ? scan.getSequenceArguments() : block.getArguments())
    graph.inputs.push_back(numberValue(argument));
  for (mlir::Operation &op : block) {
    if (!op.hasTrait<mlir::OpTrait::IsTerminator>()) {
      graph.nodes.push_back(makeNode(op));
      continue;
    }
    auto yield = llvm::dyn_cast<ir::YieldOp>(op);
    for (mlir::Value value : yield ? mlir::ValueRange(yield.getOutputs()) : op.getOperands())
      graph.outputs.push_back(numberValue(value));
  }
  addMemories(block, graph);
  graphs[number] = std::move(graph);
  return number;
}

void ModelGraph::addModule(mlir::ModuleOp module) {
  module.walk([&](ir::EntryOp entry) {
    addGraph(entry.getBody().front(), entry.getSymName(), /*isEntry=*/true);
  });
  numbers.clear(); // what comes later has other values at the same addresses
}

void ModelGraph::noteFusion(mlir::ModuleOp module) {
  std::vector<std::vector<unsigned>> found;
  module.walk([&](ir::FuseOp fuse) {
    std::vector<unsigned> sets;
    for (mlir::Operation &op : fuse.getBody().front())
      sets.push_back(origins.getSet(op.getLoc()));
    llvm::sort(sets);
    sets.erase(llvm::unique(sets), sets.end());
    if (!llvm::is_contained(found, sets))
      found.push_back(std::move(sets));
  });
  if (!found.empty())
    fusions = std::move(found);
}

void ModelGraph::writeJson(llvm::json::OStream &json) const {
  using llvm::json::Array;
  json.attributeArray("values", [&] {
    for (const Value &value : values)
      json.value(Array{value.type, value.name});
  });
  json.attributeArray("graphs", [&] {
    for (const Graph &graph : graphs)
      json.object([&] {
        json.attribute("name", graph.name);
        json.attribute("entry", graph.isEntry);
        json.attribute("inputs", Array(graph.inputs));
        json.attribute("outputs", Array(graph.outputs));
        json.attributeArray("memories", [&] {
          for (const Memory &memory : graph.memories)
            json.value(llvm::json::Object{
                {"name", memory.name}, {"value", memory.value}, {"next", memory.next}});
        });
        json.attributeArray("nodes", [&] {
          for (const Node &node : graph.nodes)
            json.value(llvm::json::Object{{"operation", node.operation},
                                          {"set", node.origins},
                                          {"inputs", Array(node.inputs)},
                                          {"outputs", Array(node.outputs)},
                                          {"bodies", Array(node.bodies)}});
        });
      });
  });
  json.attributeArray("fusions", [&] {
    for (const std::vector<unsigned> &fusion : fusions)
      json.value(Array(fusion));
  });
}
