//===- onednn_driver.cpp - oneDNN as a peer ----------------------*- C++ -*-===//
//
//   onednn_driver any|plain THREADS
//
// The recurrent primitives of oneDNN, which know LSTM, GRU and the simple network. Weights are
// reordered once: into the layout that the library asks for (`any`), or into its plain one, which
// takes another path through the library and is at times the faster one (`plain`). Compiles with
// versions 2 and 3.
//
//===----------------------------------------------------------------------===//

#include "driver.h"
#include <cmath>
#include <cstring>
#include <dnnl.hpp>
#include <omp.h>
#include <unordered_map>

using namespace dnnl;
using Arguments = std::unordered_map<int, memory>;
using Desc = memory::desc;
using Tag = memory::format_tag;

namespace {
constexpr auto f32 = memory::data_type::f32;
constexpr auto inference = prop_kind::forward_inference;

struct Shape {
  explicit Shape(const driver::CaseText &text)
      : cell(text.text("cell")), steps(text.number("steps")), batch(text.number("batch")),
        inputs(text.number("inputs")), units(text.number("units")), layers(text.number("layers")),
        directions(text.number("directions")), calls(text.number("calls")) {
    if (cell != "lstm" && cell != "gru" && cell != "rnn")
      throw std::runtime_error("no primitive for " + cell);
  }
  int64_t gates() const { return cell == "lstm" ? 4 : cell == "gru" ? 3 : 1; }
  int64_t biases() const { return cell == "gru" ? 4 : gates(); }
  std::string cell;
  int64_t steps, batch, inputs, units, layers, directions, calls;
};

/// The descriptors of one primitive; those of weights say which layout they want.
struct Layer {
  Desc source, target, state, weightsLayer, weightsIter, bias;
  primitive compute;
};

template <typename Primitive, typename... Rest>
typename Primitive::primitive_desc describe(const engine &engine, Rest... rest) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine, inference, rest...);
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(inference, rest...), engine);
#endif
}

template <typename Primitive, typename Description>
void finish(Layer &layer, const Description &description) {
  layer.compute = Primitive(description);
  layer.weightsLayer = description.weights_layer_desc();
  layer.weightsIter = description.weights_iter_desc();
}

class OneDnnProgram : public driver::Program {
public:
  OneDnnProgram(const driver::CaseText &text, Tag weightsTag);
  void run() override;
  std::vector<float> output() override;

private:
  /// A primitive, its two memories that change places after every call, and its arguments.
  struct Stage {
    primitive compute;
    Arguments arguments;
    memory hidden[2], cell[2];
  };
  Layer describeLayer(int64_t inputs, int64_t stacked, Tag weightsTag) const;
  memory load(const driver::CaseText &text, const std::string &name, const Desc &plain,
              const Desc &wanted);
  void addStage(const driver::CaseText &text, int64_t index, int64_t stacked, Tag weightsTag);

  engine cpu{engine::kind::cpu, 0};
  stream order{cpu};
  Shape shape;
  std::vector<float> inputs, outputs;
  std::vector<Stage> stages;
  memory last;
};
} // namespace

Layer OneDnnProgram::describeLayer(int64_t inputs, int64_t stacked, Tag weightsTag) const {
  const Shape &s = shape;
  Layer layer;
  layer.source = Desc({s.steps, s.batch, inputs}, f32, Tag::tnc);
  layer.target = Desc({s.steps, s.batch, s.units * s.directions}, f32, Tag::tnc);
  layer.state = Desc({stacked, s.directions, s.batch, s.units}, f32, Tag::ldnc);
  layer.bias = Desc({stacked, s.directions, s.biases(), s.units}, f32, Tag::ldgo);
  Desc wl({stacked, s.directions, inputs, s.gates(), s.units}, f32, weightsTag);
  Desc wi({stacked, s.directions, s.units, s.gates(), s.units}, f32, weightsTag);
  auto direction = s.directions == 2 ? rnn_direction::bidirectional_concat
                                     : rnn_direction::unidirectional_left2right;
  const Desc &x = layer.source, &h = layer.state, &b = layer.bias, &y = layer.target;
  if (s.cell == "lstm")
    finish<lstm_forward>(layer,
                         describe<lstm_forward>(cpu, direction, x, h, h, wl, wi, b, y, h, h));
  else if (s.cell == "gru")
    finish<lbr_gru_forward>(layer,
                            describe<lbr_gru_forward>(cpu, direction, x, h, wl, wi, b, y, h));
  else
    finish<vanilla_rnn_forward>(layer,
                                describe<vanilla_rnn_forward>(cpu, algorithm::eltwise_tanh,
                                                              direction, x, h, wl, wi, b, y, h));
  return layer;
}

memory OneDnnProgram::load(const driver::CaseText &text, const std::string &name, const Desc &plain,
                           const Desc &wanted) {
  std::vector<float> numbers = text.read<float>(name);
  memory from(plain, cpu), to(wanted, cpu);
  if (numbers.size() * sizeof(float) != plain.get_size())
    throw std::runtime_error(name + " has another size than the primitive");
  std::memcpy(from.get_data_handle(), numbers.data(), plain.get_size());
  reorder(from, to).execute(order, from, to);
  order.wait();
  return to;
}

void OneDnnProgram::addStage(const driver::CaseText &text, int64_t index, int64_t stacked,
                             Tag weightsTag) {
  const Shape &s = shape;
  int64_t wide = index == 0 ? s.inputs : s.units * s.directions;
  Layer layer = describeLayer(wide, stacked, weightsTag);
  Desc wl({stacked, s.directions, wide, s.gates(), s.units}, f32, Tag::ldigo);
  Desc wi({stacked, s.directions, s.units, s.gates(), s.units}, f32, Tag::ldigo);
  std::string suffix = (stacked > 1 ? "all" : std::to_string(index)) + ".bin";
  Stage stage;
  stage.compute = layer.compute;
  Arguments &arguments = stage.arguments;
  for (int i : {0, 1}) {
    stage.hidden[i] = memory(layer.state, cpu);
    stage.cell[i] = memory(layer.state, cpu);
  }
  memory target(layer.target, cpu);
  arguments[DNNL_ARG_SRC_LAYER] = index == 0 ? memory(layer.source, cpu, nullptr) : last;
  arguments[DNNL_ARG_WEIGHTS_LAYER] = load(text, "onednn-W" + suffix, wl, layer.weightsLayer);
  arguments[DNNL_ARG_WEIGHTS_ITER] = load(text, "onednn-U" + suffix, wi, layer.weightsIter);
  arguments[DNNL_ARG_BIAS] = load(text, "onednn-b" + suffix, layer.bias, layer.bias);
  arguments[DNNL_ARG_DST_LAYER] = target;
  last = target;
  stages.push_back(std::move(stage));
}

OneDnnProgram::OneDnnProgram(const driver::CaseText &text, Tag weightsTag)
    : shape(text), inputs(text.read<float>("x.bin")) {
  // One primitive for several layers wants inputs as wide as the units.
  bool isOne = shape.layers > 1 && shape.inputs == shape.units && shape.directions == 1;
  for (int64_t i = 0; i < (isOne ? 1 : shape.layers); ++i)
    addStage(text, i, isOne ? shape.layers : 1, weightsTag);
  outputs.resize(shape.calls * shape.steps * shape.batch * shape.units * shape.directions);
}

void OneDnnProgram::run() {
  for (Stage &stage : stages) {
    std::memset(stage.hidden[0].get_data_handle(), 0, stage.hidden[0].get_desc().get_size());
    std::memset(stage.cell[0].get_data_handle(), 0, stage.cell[0].get_desc().get_size());
  }
  for (int64_t i = 0; i < shape.calls; ++i) {
    stages.front().arguments[DNNL_ARG_SRC_LAYER].set_data_handle(
        &inputs[i * shape.steps * shape.batch * shape.inputs]);
    last.set_data_handle(&outputs[i * outputs.size() / shape.calls]);
    for (Stage &stage : stages) {
      stage.arguments[DNNL_ARG_SRC_ITER] = stage.hidden[i % 2];
      stage.arguments[DNNL_ARG_DST_ITER] = stage.hidden[1 - i % 2];
      if (shape.cell == "lstm") {
        stage.arguments[DNNL_ARG_SRC_ITER_C] = stage.cell[i % 2];
        stage.arguments[DNNL_ARG_DST_ITER_C] = stage.cell[1 - i % 2];
      }
      stage.compute.execute(order, stage.arguments);
    }
    order.wait();
  }
}

std::vector<float> OneDnnProgram::output() { return outputs; }

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: onednn_driver any|plain THREADS\n");
    return 2;
  }
  Tag tag = std::string(arguments[1]) == "plain" ? Tag::ldigo : Tag::any;
  int threads = std::stoi(arguments[2]);
  omp_set_num_threads(threads);
#pragma omp parallel
  {
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040); // denormals are zero
    if (threads > 1)
      driver::pin(omp_get_thread_num());
  }
  const dnnl_version_t *version = dnnl_version();
  std::string name = std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                     std::to_string(version->patch);
  return driver::serve(name, [&](const driver::CaseText &text) {
    return std::make_unique<OneDnnProgram>(text, tag);
  });
}
