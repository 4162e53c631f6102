//===- Wav.cpp - Sound in RIFF WAVE files ------------------------*- C++ -*-===//
//
// Walks the chunks of a RIFF file to its format and its samples; writes files of these two chunks.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Wav.h"
#include "Error.h"
#include "llvm/Support/EndianStream.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace gatefold;
using llvm::support::endian::read16le;
using llvm::support::endian::read32le;

static constexpr unsigned formatPcm = 1;
static constexpr unsigned formatExtensible = 0xfffe;

namespace {
/// What the chunk "fmt " says.
struct Format {
  unsigned encoding = 0;
  unsigned channels = 0;
  unsigned bits = 0;
  int64_t sampleRate = 0;
};

/// The two chunks that matter.
struct Chunks {
  std::optional<llvm::StringRef> format;
  std::optional<llvm::StringRef> data;
};
} // namespace

/// Walks the chunks of the file.
static llvm::Expected<Chunks> findChunks(llvm::StringRef contents) {
  if (contents.size() < 12 || !contents.starts_with("RIFF") || contents.substr(8, 4) != "WAVE")
    return makeError("expected a WAVE file, which begins with RIFF, a size and WAVE, found " +
                     quoteFound(contents.take_front(12)));
  llvm::StringRef rest = contents.drop_front(12);
  Chunks chunks;
  while (!chunks.data && rest.size() >= 8) {
    llvm::StringRef name = rest.take_front(4);
    uint64_t size = read32le(rest.data() + 4);
    rest = rest.drop_front(8);
    if (size > rest.size())
      return makeError("chunk " + quoteFound(name) + ": expected " + llvm::Twine(size) +
                       " bytes, found " + llvm::Twine(rest.size()) + "; the file is truncated");
    if (name == "fmt ")
      chunks.format = rest.take_front(size);
    else if (name == "data")
      chunks.data = rest.take_front(size);
    rest = rest.drop_front(std::min<uint64_t>(size + size % 2, rest.size()));
  }
  if (!chunks.format)
    return makeError("expected a chunk `fmt ` before the samples, found none");
  if (!chunks.data)
    return makeError("expected a chunk `data` with the samples, found none");
  return chunks;
}

static llvm::Expected<Format> readFormat(llvm::StringRef chunk) {
  if (chunk.size() < 16)
    return makeError("expected a chunk `fmt ` of at least 16 bytes, found " +
                     llvm::Twine(chunk.size()));
  Format format;
  format.encoding = read16le(chunk.data());
  format.channels = read16le(chunk.data() + 2);
  format.sampleRate = read32le(chunk.data() + 4);
  format.bits = read16le(chunk.data() + 14);
  // The extensible form has the encoding in the first bytes of an identifier at its end.
  if (format.encoding == formatExtensible && chunk.size() >= 26)
    format.encoding = read16le(chunk.data() + 24);
  return format;
}

/// Spells an encoding: "24-bit PCM".
static std::string encodingText(const Format &format) {
  std::string bits = std::to_string(format.bits) + "-bit ";
  switch (format.encoding) {
  case formatPcm:
    return bits + "PCM";
  case 3:
    return bits + "IEEE float";
  case 6:
    return bits + "A-law";
  case 7:
    return bits + "mu-law";
  default:
    return bits + "samples of encoding " + std::to_string(format.encoding);
  }
}

/// As `parseWav`; messages do not name the file yet.
static llvm::Expected<Sound> parseContents(llvm::StringRef contents) {
  llvm::Expected<Chunks> chunks = findChunks(contents);
  if (!chunks)
    return chunks.takeError();
  llvm::Expected<Format> format = readFormat(*chunks->format);
  if (!format)
    return format.takeError();
  if (format->encoding != formatPcm || format->bits != 16)
    return makeError("expected 16-bit PCM, found " + encodingText(*format));
  if (format->channels != 1)
    return makeError("expected one channel (mono), found " + llvm::Twine(format->channels));
  if (format->sampleRate == 0)
    return makeError("expected a sample rate above 0, found 0");
  llvm::StringRef data = *chunks->data;
  if (data.size() % 2 != 0)
    return makeError("expected samples of 2 bytes, found " + llvm::Twine(data.size()) +
                     " bytes in all");
  Sound sound;
  sound.sampleRate = format->sampleRate;
  auto count = static_cast<int64_t>(data.size() / 2);
  sound.samples = Tensor::zeros(ElementType::F32, {count});
  auto *samples = sound.samples.mutableData<float>();
  for (int64_t i = 0; i < count; ++i)
    samples[i] = static_cast<float>(static_cast<int16_t>(read16le(data.data() + 2 * i))) / 32768;
  return sound;
}

llvm::Expected<Sound> gatefold::parseWav(const InputFile &file) {
  llvm::Expected<Sound> sound = parseContents(file->getBuffer());
  if (!sound)
    return fileError(file, llvm::toString(sound.takeError()));
  return sound;
}

llvm::Expected<Sound> gatefold::readWav(llvm::StringRef path) {
  llvm::Expected<InputFile> file = openInputFile(path);
  if (!file)
    return file.takeError();
  return parseWav(*file);
}

static int16_t quantise(float sample) {
  if (std::isnan(sample))
    return 0;
  return static_cast<int16_t>(std::clamp(std::nearbyint(sample * 32768), -32768.0f, 32767.0f));
}

llvm::Error gatefold::writeWav(llvm::raw_ostream &out, const Tensor &samples, int64_t sampleRate) {
  if (samples.type() != ElementType::F32 || samples.rank() != 1)
    return makeError("a .wav file holds f32 [samples], found " + elementTypeName(samples.type()) +
                     " of rank " + llvm::Twine(samples.rank()));
  if (sampleRate <= 0 || sampleRate > std::numeric_limits<uint32_t>::max() / 2)
    return makeError("expected a sample rate from 1 to 2147483647, found " +
                     llvm::Twine(sampleRate));
  constexpr int64_t largest = (std::numeric_limits<uint32_t>::max() - 36) / 2;
  if (samples.numElements() > largest)
    return makeError("a .wav file holds at most " + llvm::Twine(largest) + " samples, found " +
                     llvm::Twine(samples.numElements()));
  llvm::support::endian::Writer writer(out, llvm::endianness::little);
  auto dataBytes = static_cast<uint32_t>(samples.numElements() * 2);
  out << "RIFF";
  writer.write<uint32_t>(36 + dataBytes);
  out << "WAVEfmt ";
  writer.write<uint32_t>(16);
  writer.write<uint16_t>(formatPcm);
  writer.write<uint16_t>(1); // channels
  writer.write<uint32_t>(static_cast<uint32_t>(sampleRate));
  writer.write<uint32_t>(static_cast<uint32_t>(sampleRate) * 2); // bytes per second
  writer.write<uint16_t>(2);                                     // bytes per sample
  writer.write<uint16_t>(16);                                    // bits per sample
  out << "data";
  writer.write<uint32_t>(dataBytes);
  for (float sample : llvm::ArrayRef(samples.data<float>(), samples.numElements()))
    writer.write<int16_t>(quantise(sample));
  return llvm::Error::success();
}
