//===- TensorFiles.cpp - Tensors in files of any known format ----*- C++ -*-===//
//
// Chooses the format by the suffix and treats text as tokens.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/TensorFiles.h"
#include "Error.h"
#include "gatefold/Runtime/Npy.h"
#include "gatefold/Runtime/SafeTensors.h"
#include "gatefold/Runtime/Wav.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

using namespace gatefold;

namespace {
enum class Format { Npy, SafeTensors, Wav, Text };
} // namespace

static std::optional<Format> formatOf(llvm::StringRef path) {
  llvm::StringRef suffix = llvm::sys::path::extension(path);
  if (suffix == ".npy")
    return Format::Npy;
  if (suffix == ".safetensors")
    return Format::SafeTensors;
  if (suffix == ".wav")
    return Format::Wav;
  if (suffix == ".txt")
    return Format::Text;
  return std::nullopt;
}

static llvm::Error unknownSuffix(llvm::StringRef path) {
  return makeError("`" + path +
                   "`: expected a file with the suffix .npy, .safetensors, .wav or .txt");
}

TensorLocation gatefold::parseTensorLocation(llvm::StringRef spec) {
  for (size_t colon = spec.rfind(':'); colon != llvm::StringRef::npos;
       colon = spec.rfind(':', colon))
    if (formatOf(spec.take_front(colon)))
      return {spec.take_front(colon).str(), spec.drop_front(colon + 1).str()};
  return {spec.str(), ""};
}

/// One i32 token per byte.
static llvm::Expected<Tensor> readText(llvm::StringRef path) {
  llvm::Expected<InputFile> file = openInputFile(path);
  if (!file)
    return file.takeError();
  llvm::StringRef text = (*file)->getBuffer();
  text.consume_back("\n");
  Tensor tokens = Tensor::zeros(ElementType::I32, {static_cast<int64_t>(text.size())});
  llvm::transform(text, tokens.mutableData<int32_t>(),
                  [](char byte) { return static_cast<uint8_t>(byte); });
  return tokens;
}

/// Reads a file of a format that holds one tensor without a name.
static llvm::Expected<Tensor> readSingle(llvm::StringRef path, Format format) {
  switch (format) {
  case Format::Npy:
    return readNpy(path);
  case Format::Wav: {
    llvm::Expected<Sound> sound = readWav(path);
    if (!sound)
      return sound.takeError();
    return std::move(sound->samples);
  }
  case Format::Text:
    return readText(path);
  case Format::SafeTensors:
    break;
  }
  llvm_unreachable("a .safetensors file has names");
}

static std::string listNames(const NamedTensors &tensors) {
  return llvm::join(
      llvm::map_range(tensors, [](const NamedTensor &entry) { return "`" + entry.name + "`"; }),
      ", ");
}

/// The tensor `key` of a file's tensors.
static llvm::Expected<NamedTensors> select(const TensorLocation &location,
                                           const NamedTensors &tensors) {
  if (const Tensor *tensor = tensors.find(location.key)) {
    NamedTensors selected;
    selected.set(location.key, *tensor);
    return selected;
  }
  llvm::StringRef nearest = tensors.nearestName(location.key);
  if (!nearest.empty())
    return makeError(location.path + ": there is no tensor `" + location.key + "`; did you mean `" +
                     nearest + "`?");
  return makeError(location.path + ": there is no tensor `" + location.key + "`; the file holds " +
                   (tensors.empty() ? "none" : listNames(tensors)));
}

llvm::Expected<NamedTensors> gatefold::readTensors(llvm::StringRef spec) {
  TensorLocation location = parseTensorLocation(spec);
  std::optional<Format> format = formatOf(location.path);
  if (!format)
    return unknownSuffix(spec);
  if (*format == Format::SafeTensors) {
    llvm::Expected<NamedTensors> tensors = readSafeTensors(location.path);
    if (!tensors || location.key.empty())
      return tensors;
    return select(location, *tensors);
  }
  if (!location.key.empty())
    return makeError(location.path +
                     ": holds one tensor without a name; leave out `:" + location.key + "`");
  llvm::Expected<Tensor> tensor = readSingle(location.path, *format);
  if (!tensor)
    return tensor.takeError();
  NamedTensors tensors;
  tensors.set(llvm::sys::path::stem(location.path), std::move(*tensor));
  return tensors;
}

llvm::Expected<Tensor> gatefold::readTensor(llvm::StringRef spec) {
  llvm::Expected<NamedTensors> tensors = readTensors(spec);
  if (!tensors)
    return tensors.takeError();
  if (tensors->size() == 1)
    return (*tensors)[0].tensor;
  if (tensors->empty())
    return makeError(spec + ": expected a tensor, found none");
  return makeError(spec + ": holds " + llvm::Twine(tensors->size()) +
                   " tensors; choose one as FILE:KEY with KEY one of " + listNames(*tensors));
}

/// Writes tokens from 0 to 255 as bytes.
static llvm::Error writeText(llvm::raw_ostream &out, const Tensor &tokens) {
  bool isTokens = tokens.type() == ElementType::I32 || tokens.type() == ElementType::I64;
  if (!isTokens || tokens.rank() != 1)
    return makeError("a .txt file holds i32 or i64 tokens, found " +
                     elementTypeName(tokens.type()) + " of rank " + llvm::Twine(tokens.rank()));
  llvm::Expected<Tensor> bytes = tokens.convertTo(ElementType::U8);
  if (!bytes)
    return makeError("a .txt file holds tokens from 0 to 255, but " +
                     llvm::toString(bytes.takeError()));
  out.write(bytes->bytes().data(), bytes->bytes().size());
  return llvm::Error::success();
}

/// Writes tensors in a format; messages do not name the file yet.
static llvm::Error writeAs(Format format, llvm::raw_ostream &out, const NamedTensors &tensors,
                           int64_t sampleRate) {
  if (format != Format::SafeTensors && tensors.size() != 1)
    return makeError("it holds exactly one tensor, but there are " + llvm::Twine(tensors.size()) +
                     "; write a .safetensors file");
  switch (format) {
  case Format::Npy:
    return writeNpy(out, tensors[0].tensor);
  case Format::Wav:
    return writeWav(out, tensors[0].tensor, sampleRate);
  case Format::Text:
    return writeText(out, tensors[0].tensor);
  case Format::SafeTensors:
    return writeSafeTensors(out, tensors);
  }
  llvm_unreachable("all formats are listed");
}

/// Writes what the file `path` shall hold to `out`.
static llvm::Error writeContents(llvm::StringRef path, llvm::raw_ostream &out,
                                 const NamedTensors &tensors, int64_t sampleRate) {
  std::optional<Format> format = formatOf(path);
  if (!format)
    return unknownSuffix(path);
  if (llvm::Error error = writeAs(*format, out, tensors, sampleRate))
    return makeError("cannot write `" + path + "`: " + llvm::toString(std::move(error)));
  return llvm::Error::success();
}

llvm::Error gatefold::writeTensors(OutputFile &file, const NamedTensors &tensors,
                                   int64_t sampleRate) {
  return writeContents(file.getPath(), file.stream(), tensors, sampleRate);
}

llvm::Error gatefold::writeTensors(llvm::StringRef path, const NamedTensors &tensors,
                                   int64_t sampleRate) {
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = writeTensors(*file, tensors, sampleRate))
    return error;
  return file->commit();
}

llvm::Error gatefold::checkFormat(llvm::StringRef path, const NamedTensors &tensors) {
  return writeContents(path, llvm::nulls(), tensors, /*sampleRate=*/16000);
}
