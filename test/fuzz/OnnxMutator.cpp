//===- OnnxMutator.cpp - Changes of models that stay models -------*- C++ -*-===//
//
// Bytes that change at random are hardly ever a protocol buffer. Half of the changes are therefore
// made to the message: other names, operators, sizes and attributes, nodes that come and go.
//
//===----------------------------------------------------------------------===//

#include "onnx.pb.h"
#include "llvm/ADT/ArrayRef.h"
#include <random>

using namespace gatefold::onnx;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

namespace {
/// One change of a model.
class ModelMutator {
public:
  explicit ModelMutator(unsigned seed) : random(seed) {}

  void change(ModelProto &model);

private:
  void changeGraph(GraphProto &graph);
  void changeNodes(GraphProto &graph);
  void changeNode(NodeProto &node, const GraphProto &graph);
  void changeAttribute(AttributeProto &attribute, const GraphProto &graph);
  void changeTensor(TensorProto &tensor);
  void changeType(TypeProto &type);
  std::string pickName(const GraphProto &graph);
  int64_t pickNumber();

  size_t below(size_t count) { return random() % count; }
  bool rarely() { return below(8) == 0; }
  template <typename List>
  auto *pick(List *list) {
    return list->empty() ? nullptr : list->Mutable(static_cast<int>(below(list->size())));
  }

  std::minstd_rand random;
};
} // namespace

/// Small numbers, and those at which arithmetic goes wrong.
int64_t ModelMutator::pickNumber() {
  static constexpr int64_t wild[] = {INT64_MIN, INT64_MAX,    INT32_MIN, INT32_MAX,
                                     1LL << 40, -(1LL << 40), 1LL << 20, 65536};
  return rarely() ? wild[below(std::size(wild))] : static_cast<int64_t>(below(12)) - 4;
}

/// The name of a value of the graph.
std::string ModelMutator::pickName(const GraphProto &graph) {
  std::vector<std::string> names = {""};
  for (const ValueInfoProto &input : graph.input())
    names.push_back(input.name());
  for (const TensorProto &tensor : graph.initializer())
    names.push_back(tensor.name());
  for (const NodeProto &node : graph.node())
    names.insert(names.end(), node.output().begin(), node.output().end());
  return names[below(names.size())];
}

void ModelMutator::changeTensor(TensorProto &tensor) {
  switch (below(6)) {
  case 0:
    if (int64_t *size =
            tensor.dims_size() ? &(*tensor.mutable_dims())[below(tensor.dims_size())] : nullptr)
      *size = pickNumber();
    break;
  case 1:
    tensor.add_dims(pickNumber());
    break;
  case 2:
    tensor.mutable_dims()->Clear();
    break;
  case 3:
    tensor.set_data_type(static_cast<int32_t>(below(24)));
    break;
  case 4:
    for (int64_t &value : *tensor.mutable_int64_data())
      value = rarely() ? pickNumber() : value;
    tensor.add_int64_data(pickNumber());
    break;
  default:
    if (!tensor.raw_data().empty())
      (*tensor.mutable_raw_data())[below(tensor.raw_data().size())] = static_cast<char>(random());
  }
}

void ModelMutator::changeType(TypeProto &type) {
  TypeProto::Tensor &tensor = *type.mutable_tensor_type();
  TensorShapeProto &shape = *tensor.mutable_shape();
  switch (below(4)) {
  case 0:
    tensor.set_elem_type(static_cast<int32_t>(below(24)));
    break;
  case 1:
    shape.add_dim()->set_dim_value(pickNumber());
    break;
  case 2:
    if (shape.dim_size())
      shape.mutable_dim()->RemoveLast();
    break;
  default:
    if (TensorShapeProto::Dimension *dim = pick(shape.mutable_dim())) {
      dim->Clear();
      if (below(2))
        dim->set_dim_value(pickNumber());
      else
        dim->set_dim_param(std::string(1, static_cast<char>('A' + below(3))));
    }
  }
}

void ModelMutator::changeAttribute(AttributeProto &attribute, const GraphProto &graph) {
  if (attribute.has_g() && below(2))
    return changeGraph(*attribute.mutable_g());
  if (attribute.has_t() && below(2))
    return changeTensor(*attribute.mutable_t());
  switch (below(6)) {
  case 0:
    attribute.set_i(pickNumber());
    break;
  case 1:
    attribute.add_ints(pickNumber());
    break;
  case 2:
    if (attribute.ints_size())
      attribute.mutable_ints()->Set(static_cast<int>(below(attribute.ints_size())), pickNumber());
    break;
  case 3:
    attribute.set_f(static_cast<float>(pickNumber()) / 2);
    break;
  case 4:
    if (attribute.ints_size())
      attribute.mutable_ints()->RemoveLast();
    break;
  default:
    attribute.set_s(pickName(graph));
  }
}

void ModelMutator::changeNode(NodeProto &node, const GraphProto &graph) {
  switch (below(8)) {
  case 0:
    node.add_input(pickName(graph));
    break;
  case 1:
    if (node.input_size())
      node.mutable_input()->RemoveLast();
    break;
  case 2:
    if (const NodeProto &other = graph.node(static_cast<int>(below(graph.node_size())));
        &other != &node)
      node.set_op_type(other.op_type());
    break;
  case 3:
    if (node.attribute_size())
      node.mutable_attribute()->RemoveLast();
    break;
  case 4:
    node.add_output("new" + std::to_string(below(4)));
    break;
  case 5:
    if (std::string *input = pick(node.mutable_input()))
      *input = pickName(graph);
    break;
  default:
    if (AttributeProto *attribute = pick(node.mutable_attribute()))
      changeAttribute(*attribute, graph);
  }
}

void ModelMutator::changeNodes(GraphProto &graph) {
  if (graph.node_size() == 0)
    return;
  int at = static_cast<int>(below(graph.node_size()));
  if (!rarely())
    return changeNode(*graph.mutable_node(at), graph);
  if (below(2)) {
    graph.mutable_node()->DeleteSubrange(at, 1);
    return;
  }
  NodeProto copy = graph.node(at);
  for (std::string &output : *copy.mutable_output())
    output += "_";
  *graph.add_node() = copy;
  graph.add_output()->set_name(copy.output_size() ? copy.output(0) : "");
}

void ModelMutator::changeGraph(GraphProto &graph) {
  switch (below(6)) {
  case 0:
    if (TensorProto *tensor = pick(graph.mutable_initializer()))
      changeTensor(*tensor);
    break;
  case 1:
    if (ValueInfoProto *input = pick(graph.mutable_input()))
      changeType(*input->mutable_type());
    break;
  case 2:
    if (ValueInfoProto *output = pick(graph.mutable_output()))
      output->set_name(pickName(graph));
    break;
  default:
    changeNodes(graph);
  }
}

void ModelMutator::change(ModelProto &model) {
  if (rarely() && model.opset_import_size())
    model.mutable_opset_import(0)->set_version(static_cast<int64_t>(below(26)));
  size_t count = 1 + below(3);
  for (size_t i = 0; i < count; ++i)
    changeGraph(*model.mutable_graph());
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize,
                                          unsigned seed) {
  ModelProto model;
  if (seed % 2 == 0 || !model.ParseFromArray(data, static_cast<int>(size)) || !model.has_graph())
    return LLVMFuzzerMutate(data, size, maxSize);
  ModelMutator(seed / 2).change(model);
  size_t bytes = model.ByteSizeLong();
  if (bytes > maxSize || !model.SerializeToArray(data, static_cast<int>(maxSize)))
    return LLVMFuzzerMutate(data, size, maxSize);
  return bytes;
}
