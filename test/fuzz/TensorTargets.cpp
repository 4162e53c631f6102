//===- TensorTargets.cpp - Readers of tensors against hostile files -----------===//
//
// What was read is written and read again, which gives the same tensors.
//
//===----------------------------------------------------------------------===//

#include "Targets.h"
#include "gatefold/Runtime/Npy.h"
#include "gatefold/Runtime/SafeTensors.h"
#include "gatefold/Runtime/Wav.h"
#include "llvm/Support/raw_ostream.h"

using namespace gatefold;
using namespace gatefold::fuzz;

/// The value, or nothing where the file was refused, which has to be told.
template <typename T>
static std::optional<T> valueOf(llvm::Expected<T> read) {
  if (read)
    return std::move(*read);
  promise(!llvm::toString(read.takeError()).empty(), "a file is refused without a message");
  return std::nullopt;
}

static bool areEqual(const Tensor &a, const Tensor &b) {
  return a.type() == b.type() && a.shape() == b.shape() && a.bytes() == b.bytes();
}

void fuzz::runSafeTensors(llvm::StringRef bytes) {
  std::optional<NamedTensors> tensors = valueOf(parseSafeTensors(makeFile(bytes, "a.safetensors")));
  if (!tensors)
    return;
  std::string written;
  llvm::raw_string_ostream out(written);
  if (llvm::Error error = writeSafeTensors(out, *tensors))
    return llvm::consumeError(std::move(error)); // a name that only a reader takes
  std::optional<NamedTensors> again = valueOf(parseSafeTensors(makeFile(written, "b.safetensors")));
  promise(again && again->size() == tensors->size(), "a written checkpoint has other tensors");
  for (const NamedTensor &entry : *tensors) {
    const Tensor *found = again->find(entry.name);
    promise(found && areEqual(entry.tensor, *found), "a written tensor is another one");
  }
}

void fuzz::runNpy(llvm::StringRef bytes) {
  std::optional<Tensor> tensor = valueOf(parseNpy(makeFile(bytes, "a.npy")));
  if (!tensor)
    return;
  std::string written;
  llvm::raw_string_ostream out(written);
  promise(!writeNpy(out, *tensor), "an array that was read cannot be written");
  std::optional<Tensor> again = valueOf(parseNpy(makeFile(written, "b.npy")));
  promise(again && areEqual(*tensor, *again), "a written array is another one");
}

void fuzz::runWav(llvm::StringRef bytes) {
  std::optional<Sound> sound = valueOf(parseWav(makeFile(bytes, "a.wav")));
  if (!sound)
    return;
  std::string written;
  llvm::raw_string_ostream out(written);
  if (llvm::Error error = writeWav(out, sound->samples, sound->sampleRate))
    return llvm::consumeError(std::move(error)); // a rate that only a reader takes
  std::optional<Sound> again = valueOf(parseWav(makeFile(written, "b.wav")));
  promise(again && again->sampleRate == sound->sampleRate &&
              areEqual(sound->samples, again->samples),
          "a written sound is another one");
}
