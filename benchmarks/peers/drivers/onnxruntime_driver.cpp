//===- onnxruntime_driver.cpp - ONNX Runtime as a peer -----------*- C++ -*-===//
//
//   onnxruntime_driver LIBRARY THREADS
//
// Loads the library of the Python package and calls it through its C interface: a table of
// functions that only ever grows at its end, so that a function's place in it is a fixed number.
// All optimisations, one operator at a time, denormals as zero, inputs and outputs allocated once.
//
//===----------------------------------------------------------------------===//

#include "driver.h"
#include <cstring>
#include <dlfcn.h>
#include <numeric>

namespace {
using Handle = void *;

/// Places of functions in the table, from onnxruntime_c_api.h.
enum Function {
  GetErrorMessage = 2,
  CreateEnv = 3,
  CreateSession = 7,
  Run = 9,
  CreateSessionOptions = 10,
  SetSessionExecutionMode = 13,
  SetSessionGraphOptimizationLevel = 23,
  SetIntraOpNumThreads = 24,
  SetInterOpNumThreads = 25,
  CreateTensorWithDataAsOrtValue = 49,
  CreateCpuMemoryInfo = 69,
  ReleaseSession = 95,
  ReleaseValue = 96,
  ReleaseSessionOptions = 100,
  AddSessionConfigEntry = 130,
};
enum { TypeFloat = 1, TypeInt64 = 7 };

void *const *table;

template <typename... Arguments>
void call(Function function, Arguments... arguments) {
  Handle status = reinterpret_cast<Handle (*)(Arguments...)>(table[function])(arguments...);
  if (status)
    throw std::runtime_error(
        reinterpret_cast<const char *(*)(Handle)>(table[GetErrorMessage])(status));
}

void release(Function function, Handle handle) {
  reinterpret_cast<void (*)(Handle)>(table[function])(handle);
}

struct Library {
  explicit Library(const char *path) {
    struct Base {
      const void *(*getApi)(uint32_t);
      const char *(*getVersion)();
    };
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
      throw std::runtime_error(dlerror());
    auto *base = reinterpret_cast<const Base *(*)()>(dlsym(library, "OrtGetApiBase"))();
    version = base->getVersion();
    table = static_cast<void *const *>(base->getApi(13));
    call(CreateEnv, 3, "benchmark", &environment);
    call(CreateCpuMemoryInfo, 1, 0, &memory);
  }
  std::string version;
  Handle environment, memory;
};

/// One tensor of all calls: those of a stream are parts of one array, one behind the other.
struct Values {
  std::vector<char> bytes;
  std::vector<Handle> perCall;
};

class OnnxProgram : public driver::Program {
public:
  OnnxProgram(const Library &library, const driver::CaseText &text, int threads);
  ~OnnxProgram() override;
  void run() override;
  std::vector<float> output() override;

private:
  void createSession(const std::string &path, int threads);
  Handle createValue(void *data, size_t bytes, const std::vector<int64_t> &shape, int type);
  void addInput(const driver::CaseText &text, const std::vector<std::string> &words);
  void addOutput(const std::vector<std::string> &words);
  void addState(const std::vector<std::string> &words);

  const Library &library;
  Handle session = nullptr, options = nullptr;
  int64_t calls;
  std::vector<std::string> inputNames, outputNames;
  std::vector<std::unique_ptr<Values>> inputs, outputs, states;
};
} // namespace

void OnnxProgram::createSession(const std::string &path, int threads) {
  call(CreateSessionOptions, &options);
  call(SetSessionExecutionMode, options, 0);
  call(SetSessionGraphOptimizationLevel, options, 99);
  call(SetIntraOpNumThreads, options, threads);
  call(SetInterOpNumThreads, options, 1);
  call(AddSessionConfigEntry, options, "session.set_denormal_as_zero", "1");
  if (threads == 2) {
    driver::pin(0);
    call(AddSessionConfigEntry, options, "session.intra_op_thread_affinities", "2");
  }
  call(CreateSession, library.environment, path.c_str(), options, &session);
}

Handle OnnxProgram::createValue(void *data, size_t bytes, const std::vector<int64_t> &shape,
                                int type) {
  Handle value;
  call(CreateTensorWithDataAsOrtValue, library.memory, data, bytes, shape.data(), shape.size(),
       type, &value);
  return value;
}

static std::vector<int64_t> parseShape(const std::vector<std::string> &words, size_t first) {
  std::vector<int64_t> shape;
  for (size_t i = first; i < words.size(); ++i)
    shape.push_back(std::stoll(words[i]));
  return shape;
}

static size_t countElements(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), size_t(1), std::multiplies<>());
}

/// NAME FILE f32|i64 SHAPE...: a file with the tensors of all calls, or one for all.
void OnnxProgram::addInput(const driver::CaseText &text, const std::vector<std::string> &words) {
  auto values = std::make_unique<Values>();
  values->bytes = text.read<char>(words.at(1));
  bool isFloat = words.at(2) == "f32";
  std::vector<int64_t> shape = parseShape(words, 3);
  size_t bytes = countElements(shape) * (isFloat ? 4 : 8);
  bool isShared = values->bytes.size() == bytes;
  for (int64_t i = 0; i < calls; ++i)
    values->perCall.push_back(createValue(values->bytes.data() + (isShared ? 0 : i * bytes), bytes,
                                          shape, isFloat ? TypeFloat : TypeInt64));
  inputNames.push_back(words.at(0));
  inputs.push_back(std::move(values));
}

/// NAME SHAPE...
void OnnxProgram::addOutput(const std::vector<std::string> &words) {
  auto values = std::make_unique<Values>();
  std::vector<int64_t> shape = parseShape(words, 1);
  size_t bytes = countElements(shape) * 4;
  values->bytes.resize(bytes * calls);
  for (int64_t i = 0; i < calls; ++i)
    values->perCall.push_back(createValue(&values->bytes[i * bytes], bytes, shape, TypeFloat));
  outputNames.push_back(words.at(0));
  outputs.push_back(std::move(values));
}

/// A shape whose sizes that begin with `+` are greater by `calls`.
static std::vector<int64_t> growShape(std::vector<int64_t> shape,
                                      const std::vector<std::string> &words, int64_t calls) {
  for (size_t i = 0; i < shape.size(); ++i)
    shape[i] += words[words.size() - shape.size() + i][0] == '+' ? calls : 0;
  return shape;
}

/// INPUT OUTPUT SHAPE...: two buffers that change places after every call. A size `+N` is N at
/// first and grows by one with every call. `perCall` is what each call reads, and behind that what
/// the last one writes, so that a call writes what the next one reads.
void OnnxProgram::addState(const std::vector<std::string> &words) {
  auto values = std::make_unique<Values>();
  std::vector<int64_t> shape = parseShape(words, 2);
  size_t most = countElements(growShape(shape, words, calls)) * 4;
  values->bytes.resize(2 * most);
  for (int64_t i = 0; i <= calls; ++i) {
    std::vector<int64_t> grown = growShape(shape, words, i);
    values->perCall.push_back(
        createValue(&values->bytes[i % 2 * most], countElements(grown) * 4, grown, TypeFloat));
  }
  inputNames.push_back(words.at(0));
  outputNames.push_back(words.at(1));
  states.push_back(std::move(values));
}

OnnxProgram::OnnxProgram(const Library &library, const driver::CaseText &text, int threads)
    : library(library), calls(text.number("calls")) {
  createSession(text.folder + "/model.onnx", threads);
  for (const auto &words : text.all("input"))
    addInput(text, words);
  for (const auto &words : text.all("output"))
    addOutput(words);
  for (const auto &words : text.all("state"))
    addState(words);
}

OnnxProgram::~OnnxProgram() {
  for (auto *list : {&inputs, &outputs, &states})
    for (const auto &values : *list)
      for (Handle value : values->perCall)
        release(ReleaseValue, value);
  if (session)
    release(ReleaseSession, session);
  if (options)
    release(ReleaseSessionOptions, options);
}

void OnnxProgram::run() {
  std::vector<const char *> inputText, outputText;
  for (const std::string &name : inputNames)
    inputText.push_back(name.c_str());
  for (const std::string &name : outputNames)
    outputText.push_back(name.c_str());
  std::vector<Handle> in(inputText.size()), out(outputText.size());
  for (const auto &state : states)
    std::memset(state->bytes.data(), 0, state->bytes.size() / 2);
  for (int64_t i = 0; i < calls; ++i) {
    for (size_t k = 0; k < inputs.size(); ++k)
      in[k] = inputs[k]->perCall[i];
    for (size_t k = 0; k < outputs.size(); ++k)
      out[k] = outputs[k]->perCall[i];
    for (size_t k = 0; k < states.size(); ++k) {
      in[inputs.size() + k] = states[k]->perCall[i];
      out[outputs.size() + k] = states[k]->perCall[i + 1];
    }
    call(Run, session, Handle(nullptr), inputText.data(), in.data(), in.size(), outputText.data(),
         out.size(), out.data());
  }
}

std::vector<float> OnnxProgram::output() {
  const std::vector<char> &bytes = outputs.front()->bytes;
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: onnxruntime_driver LIBRARY THREADS\n");
    return 2;
  }
  int threads = std::stoi(arguments[2]);
  Library library(arguments[1]);
  return driver::serve(library.version, [&](const driver::CaseText &text) {
    return std::make_unique<OnnxProgram>(library, text, threads);
  });
}
