//===- Import.cpp - From ONNX files to texts of the language -----*- C++ -*-===//
//
// Inputs and outputs of a model, and the text as a whole.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Onnx/Import.h"
#include "BodyCell.h"
#include "Graph.h"
#include "Limits.h"
#include "Memories.h"
#include "Writer.h"
#include "gatefold/Language/Formatter.h"
#include "gatefold/Runtime/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"

using namespace gatefold;
using namespace gatefold::onnx;

char NeedsMore::ID;

namespace {
/// One run of the importer.
class ModelImport {
public:
  ModelImport(const ModelProto &model, const ImportOptions &options, std::string folder)
      : import(model, options, std::move(folder)), graph(model.graph()), options(options),
        names(import.builder.getNames()) {}

  llvm::Expected<ImportedModel> run(llvm::StringRef path);

private:
  void findGrowing();
  void addInputs();
  Item makeInput(const std::string &name, const TypeProto &type);
  Value makeTensorInput(const std::string &name, const TypeProto::Tensor &type);
  Dim makeDim(const TensorShapeProto::Dimension &dim, llvm::StringRef otherwise);
  llvm::Error takeFailures(llvm::StringRef path);
  void listOutputs();
  void requireGrowth(const std::string &name, Value next);
  void scanGraph();
  void checkCarried();
  void addOutput(const std::string &name, const Item &item);
  void noteOutputFailure(const std::string &name, llvm::StringRef reason);
  std::string write();

  Import import;
  const GraphProto &graph;
  const ImportOptions &options;
  Environment environment;
  Names &names;
  Names outputNames;                           ///< differ from each other only
  std::map<std::string, std::string> dimNames; ///< of the file, and of the text
  std::vector<Value> parameters;
  std::set<std::string> growing;         ///< named dimensions of memories that get longer
  std::map<std::string, Value> memories; ///< of a graph that is one step, by the input's name
  std::vector<Value> results;            ///< of the outputs that the text has
  ImportedModel imported;
};
} // namespace

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// `otherwise` is the name of a size that has none in the file.
Dim ModelImport::makeDim(const TensorShapeProto::Dimension &dim, llvm::StringRef otherwise) {
  if (dim.has_dim_value() && dim.dim_value() >= 0)
    return Dim::constant(dim.dim_value());
  std::string name = dim.dim_param().empty() ? otherwise.str() : dim.dim_param();
  if (auto size = options.sizes.find(name); size != options.sizes.end())
    return Dim::constant(size->second);
  if (growing.contains(name))
    return historySize() - Dim::constant(1);
  auto [found, isNew] = dimNames.try_emplace(name);
  if (isNew)
    found->second = names.take(name);
  return Dim::name(found->second);
}

Value ModelImport::makeTensorInput(const std::string &name, const TypeProto::Tensor &type) {
  DataType element = static_cast<DataType>(type.elem_type());
  import.builder.setHint(name);
  if (auto fixed = options.fixed.find(name); fixed != options.fixed.end()) {
    Shape shape;
    for (int64_t size : fixed->second.shape())
      shape.push_back(Dim::constant(size));
    if (carrierOf(element) != carrierOf(dataTypeOf(fixed->second.type())))
      fail("the fixed value is " + elementTypeName(fixed->second.type()) + ", expected " +
           dataTypeName(element));
    return import.builder.given(element, shape, makeLiteral(fixed->second));
  }
  Shape shape;
  if (auto known = options.shapes.find(name); known != options.shapes.end()) {
    for (int64_t size : known->second)
      shape.push_back(Dim::constant(size));
  } else if (type.has_shape()) {
    for (auto [axis, dim] : llvm::enumerate(type.shape().dim()))
      shape.push_back(makeDim(dim, name + "_" + std::to_string(axis)));
  } else {
    fail("the file does not say how many axes it has");
  }
  Value value = import.builder.parameter(name, element, shape);
  if (options.carried.contains(name)) {
    value->isGrowing = llvm::is_contained(shape, historySize() - Dim::constant(1));
    memories[name] = value;
    return value;
  }
  if (value->isLiteral())
    return value; // without elements
  parameters.push_back(value);
  imported.inputs.push_back({name, names.take(name), *storedAs(element), {}});
  return value;
}

Item ModelImport::makeInput(const std::string &name, const TypeProto &type) {
  auto length = options.lengths.find(name);
  if (type.has_optional_type()) {
    if (length != options.lengths.end() && length->second == -1)
      return Item::nothing();
    return makeInput(name, type.optional_type().elem_type());
  }
  if (type.has_sequence_type()) {
    if (length == options.lengths.end())
      fail("it is a sequence, whose length is not known before the model runs");
    std::vector<Value> elements;
    for (int64_t i = 0; i < length->second; ++i)
      elements.push_back(makeTensorInput(name + "." + std::to_string(i),
                                         type.sequence_type().elem_type().tensor_type()));
    return Item::sequence(std::move(elements));
  }
  if (!type.has_tensor_type())
    fail("it is no tensor");
  return Item::tensor(makeTensorInput(name, type.tensor_type()));
}

/// Dimensions of memories that are called otherwise when they come out of a step.
void ModelImport::findGrowing() {
  auto shapeOf = [](const auto &ports, const std::string &name) -> const TensorShapeProto * {
    for (const ValueInfoProto &port : ports)
      if (port.name() == name && port.type().tensor_type().has_shape())
        return &port.type().tensor_type().shape();
    return nullptr;
  };
  for (const auto &[input, output] : options.carried) {
    const TensorShapeProto *before = shapeOf(graph.input(), input);
    const TensorShapeProto *after = shapeOf(graph.output(), output);
    if (!before || !after || before->dim_size() != after->dim_size())
      continue;
    for (auto [from, to] : llvm::zip(before->dim(), after->dim()))
      if (!from.dim_param().empty() && !to.dim_param().empty() &&
          from.dim_param() != to.dim_param())
        growing.insert(from.dim_param());
  }
}

void ModelImport::addInputs() {
  NodeProto asNode; // what failures are told of
  for (const ValueInfoProto &input : graph.input()) {
    // Older files list initial values among the inputs.
    if (llvm::any_of(graph.initializer(),
                     [&](const TensorProto &tensor) { return tensor.name() == input.name(); }))
      continue;
    try {
      if (environment.items.contains(input.name()))
        fail("there are two values `" + input.name() + "`");
      environment.items[input.name()] = makeInput(input.name(), input.type());
    } catch (const ImportFailure &failure) {
      environment.items.try_emplace(input.name());
      asNode.set_name(input.name());
      asNode.set_op_type("input");
      import.noteFailure(asNode, failure.reason);
    }
  }
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

void ModelImport::noteOutputFailure(const std::string &name, llvm::StringRef reason) {
  NodeProto asNode; // what failures are told of
  asNode.set_name(name);
  asNode.set_op_type("output");
  import.noteFailure(asNode, reason);
}

void ModelImport::addOutput(const std::string &name, const Item &item) {
  if (item.kind == Item::Kind::Nothing)
    return;
  if (item.kind == Item::Kind::Sequence) {
    for (size_t i = 0; i < item.elements.size(); ++i)
      addOutput(name + "." + std::to_string(i), Item::tensor(item.elements[i]));
    return;
  }
  Value value = item.value;
  ImportedPort port = {name, "", *storedAs(value->type), {}};
  if (countElements(value->shape) == 0) {
    std::optional<std::vector<int64_t>> shape = asNumbers(value->shape);
    if (!shape)
      return noteOutputFailure(name, "it has no elements, but only data decides its shape " +
                                         spellShape(value->shape) +
                                         "; --dim NAME=N gives a named dimension its size");
    port.constant = Tensor::zeros(value->carrier(), *shape);
  } else {
    results.push_back(value);
    port.textName = outputNames.take(name);
  }
  imported.outputs.push_back(std::move(port));
}

void ModelImport::listOutputs() {
  for (const ValueInfoProto &output : graph.output()) {
    const Item *made = environment.find(output.name());
    if (made && made->kind != Item::Kind::Failed) {
      addOutput(output.name(), *made);
      continue;
    }
    if (import.hasFailures())
      continue;
    noteOutputFailure(output.name(), "there is no such value");
  }
  for (const auto &[name, value] : import.builder.getExtraOutputs())
    addOutput(name, Item::tensor(value));
}

//===----------------------------------------------------------------------===//
// Graphs that are one step
//===----------------------------------------------------------------------===//

void ModelImport::checkCarried() {
  NodeProto asNode;
  asNode.set_op_type("carried");
  for (const auto &[input, output] : options.carried) {
    asNode.set_name(input);
    if (!memories.contains(input))
      import.noteFailure(asNode, "there is no input `" + input + "`");
    if (llvm::none_of(graph.output(), [&](const ValueInfoProto &o) { return o.name() == output; }))
      import.noteFailure(asNode, "there is no output `" + output + "`");
  }
}

/// A memory that grows is what it was and the row of a step, along one axis.
void ModelImport::requireGrowth(const std::string &name, Value next) {
  auto grown = import.builder.getGrown().find(memories[name]);
  if (grown == import.builder.getGrown().end() || grown->second != next)
    fail("the memory `" + name + "` of shape " + spellShape(memories[name]->shape) + " becomes " +
         spellShape(next->shape) +
         "; one that grows has to get one row at its end, and --dim NAME=N keeps the size of one "
         "that does not");
}

/// Makes the graph a cell, and scans it over sequences of its inputs.
void ModelImport::scanGraph() {
  Builder &builder = import.builder;
  BodyCell cell;
  cell.name = graph.name().empty() ? "main" : graph.name();
  cell.suffix = "Step";
  std::map<std::string, std::string> inputOf; // of memories, by their output
  for (const auto &[input, output] : options.carried)
    inputOf[output] = input;
  std::vector<ImportedPort> outputs;
  size_t next = 0;
  for (ImportedPort &port : imported.outputs) {
    if (port.textName.empty())
      continue;
    Value result = results[next++];
    auto carried = inputOf.find(port.name);
    if (carried != inputOf.end() && memories[carried->second]->isGrowing) {
      requireGrowth(carried->second, result);
      continue;
    }
    if (carried != inputOf.end()) {
      cell.states.push_back({memories[carried->second], nullptr, result});
      continue;
    }
    cell.outputs.push_back(result);
    outputs.push_back(port);
  }
  for (const auto &[name, memory] : memories)
    if (memory->isGrowing && dependsOn(cell, memory))
      fail("the memory `" + name + "` grows, and is read without the row of the step");
  if (cell.outputs.empty())
    fail("nothing but memories comes out of a step");
  Dim steps = Dim::name(names.take("T"));
  std::vector<Value> sequences;
  std::vector<ImportedPort> inputs;
  for (auto [parameter, port] : llvm::zip(parameters, imported.inputs)) {
    if (!dependsOn(cell, parameter))
      continue;
    Shape shape = parameter->shape;
    for (const Dim &size : shape)
      if (llvm::StringRef(size.str()).contains(historySize().str()))
        fail("the input `" + port.name +
             "` grows with the memories; --dim NAME=N keeps their size");
    shape.insert(shape.begin(), steps);
    sequences.push_back(builder.parameter(port.name, parameter->type, shape));
    cell.inputs.push_back({parameter, sequences.back()});
    cell.inputNames.push_back(port.textName);
    inputs.push_back(port);
  }
  if (sequences.empty())
    fail("nothing but memories goes into a step");
  parameters = std::move(sequences);
  imported.inputs = std::move(inputs);
  imported.outputs = std::move(outputs);
  splitMemories(builder, cell);
  settleCells(cell);
  results = scanBody(builder, cell).outputs;
}

//===----------------------------------------------------------------------===//
// The text
//===----------------------------------------------------------------------===//

std::string ModelImport::write() {
  BodyWriter writer(names, imported.weights);
  std::vector<std::string> inputs, outputs, returned;
  for (auto [parameter, port] : llvm::zip(parameters, imported.inputs)) {
    writer.nameParameter(parameter, port.textName);
    inputs.push_back(port.textName + ": " + spellType(parameter));
  }
  std::string name = plainName(graph.name().empty() ? "Main" : graph.name());
  name[0] = llvm::toUpper(name[0]);
  name = names.take(name);
  writer.write(results);
  for (auto [index, parameter] : llvm::enumerate(parameters))
    if (!writer.uses(parameter)) {
      imported.inputs[index].textName.insert(0, "_");
      inputs[index].insert(0, "_");
    }
  size_t next = 0;
  for (const ImportedPort &port : imported.outputs) {
    if (port.textName.empty())
      continue;
    outputs.push_back(port.textName + ": " + spellType(results[next]));
    returned.push_back(writer.use(results[next++]));
  }
  std::string text;
  for (const std::string &declaration : import.builder.getDeclarations())
    text += declaration + "\n";
  return text + "model " + name + "(" + llvm::join(inputs, ", ") + ") -> (" +
         llvm::join(outputs, ", ") + ") {\n" + writer.takeText() + "  return " +
         llvm::join(returned, ", ") + "\n}\n";
}

/// All failures; sizes that are needed go by their names in the file.
llvm::Error ModelImport::takeFailures(llvm::StringRef path) {
  std::vector<std::string> sizes;
  for (const auto &[name, given] : dimNames)
    if (import.builder.getNeededSizes().contains(given))
      sizes.push_back(name);
  return import.takeFailures(path, std::move(sizes));
}

llvm::Expected<ImportedModel> ModelImport::run(llvm::StringRef path) {
  findGrowing();
  addInputs();
  if (!options.carried.empty()) {
    checkCarried();
    import.builder.enterStep();
  }
  import.addInitializers(graph, environment);
  import.importNodes(graph.node(), environment);
  listOutputs();
  if (llvm::Error error = takeFailures(path))
    return std::move(error);
  if (!results.empty()) {
    try {
      if (!options.carried.empty())
        scanGraph();
      imported.text = write();
    } catch (const ImportFailure &failure) {
      NodeProto asNode;
      asNode.set_name(graph.name());
      asNode.set_op_type("graph");
      import.noteFailure(asNode, failure.reason);
      return takeFailures(path);
    }
  }
  return std::move(imported);
}

llvm::Expected<ImportedModel> onnx::importModel(const InputFile &file,
                                                const ImportOptions &options) {
  auto model = readModel(file);
  if (!model)
    return model.takeError();
  llvm::StringRef path = file->getBufferIdentifier();
  ModelImport import(**model, options, llvm::sys::path::parent_path(path).str());
  try {
    return import.run(path);
  } catch (const LimitExceeded &exceeded) {
    return makeError(path + ": " + exceeded.reason);
  }
}

llvm::Expected<ImportedModel> onnx::importModel(llvm::StringRef path,
                                                const ImportOptions &options) {
  llvm::Expected<InputFile> file = openInputFile(path);
  if (!file)
    return file.takeError();
  return importModel(*file, options);
}
