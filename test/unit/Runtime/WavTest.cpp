//===- WavTest.cpp - Reading and refusing sound ------------------*- C++ -*-===//
//
// Tests of RIFF WAVE files.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Wav.h"
#include "RuntimeTestHelpers.h"
#include <cmath>

using namespace gatefold;
using testing::AllOf;
using testing::HasSubstr;

static std::string chunk(llvm::StringRef name, llvm::StringRef contents) {
  return name.str() + bytesOf<uint32_t>({static_cast<uint32_t>(contents.size())}) + contents.str();
}

static std::string format(uint16_t encoding, uint16_t channels, uint16_t bits,
                          uint32_t rate = 16000) {
  return bytesOf<uint16_t>({encoding, channels}) + bytesOf<uint32_t>({rate, rate * 2}) +
         bytesOf<uint16_t>({2, bits});
}

static std::string riff(const std::string &chunks) {
  return "RIFF" + bytesOf<uint32_t>({static_cast<uint32_t>(chunks.size() + 4)}) + "WAVE" + chunks;
}

static std::string refuse(const std::string &contents) {
  return messageOf(parseWav(contentsOf(contents, "s.wav")));
}

static std::string refuseFormat(const std::string &format) {
  return refuse(riff(chunk("fmt ", format) + chunk("data", "1234")));
}

TEST(Wav, Reads) {
  std::string data = bytesOf<int16_t>({0, 16384, -32768, 32767});
  // Chunks that mean nothing here are passed over; an odd one is followed by a byte of padding.
  std::string contents = riff(chunk("LIST", "abc") + '\0' + chunk("fmt ", format(1, 1, 16, 8000)) +
                              chunk("data", data) + chunk("tail", "x"));
  Sound sound = llvm::cantFail(parseWav(contentsOf(contents)));
  EXPECT_EQ(sound.sampleRate, 8000);
  EXPECT_EQ(sound.samples.shape(), llvm::ArrayRef<int64_t>({4}));
  EXPECT_EQ(valuesOf<float>(sound.samples), (std::vector<float>{0, 0.5f, -1, 32767 / 32768.0f}));
}

TEST(Wav, ReadsTheExtensibleForm) {
  std::string extensible =
      format(0xfffe, 1, 16) + std::string(8, '\0') + bytesOf<uint16_t>({1}) + std::string(14, '\0');
  EXPECT_EQ(refuseFormat(extensible), "no error");
  extensible[24] = 3;
  EXPECT_THAT(refuseFormat(extensible), HasSubstr("found 16-bit IEEE float"));
}

TEST(Wav, OtherEncodings) {
  EXPECT_EQ(refuseFormat(format(1, 1, 24)), "s.wav: expected 16-bit PCM, found 24-bit PCM");
  EXPECT_EQ(refuseFormat(format(1, 1, 8)), "s.wav: expected 16-bit PCM, found 8-bit PCM");
  EXPECT_EQ(refuseFormat(format(3, 1, 32)), "s.wav: expected 16-bit PCM, found 32-bit IEEE float");
  EXPECT_THAT(refuseFormat(format(7, 1, 8)), HasSubstr("8-bit mu-law"));
  EXPECT_THAT(refuseFormat(format(85, 1, 0)), HasSubstr("of encoding 85"));
  EXPECT_EQ(refuseFormat(format(1, 2, 16)), "s.wav: expected one channel (mono), found 2");
  EXPECT_THAT(refuseFormat(format(1, 0, 16)), HasSubstr("found 0"));
  EXPECT_THAT(refuseFormat(format(1, 1, 16, 0)), HasSubstr("sample rate above 0"));
}

TEST(Wav, MalformedFiles) {
  EXPECT_THAT(refuse(""), AllOf(HasSubstr("expected a WAVE file"), HasSubstr("found the end")));
  EXPECT_THAT(refuse("OggS and something else"), HasSubstr("`OggS and som`"));
  EXPECT_THAT(refuse(riff("")), HasSubstr("expected a chunk `fmt `"));
  EXPECT_THAT(refuse(riff(chunk("data", "12"))), HasSubstr("expected a chunk `fmt `"));
  EXPECT_THAT(refuse(riff(chunk("fmt ", format(1, 1, 16)))), HasSubstr("expected a chunk `data`"));
  EXPECT_THAT(refuse(riff(chunk("fmt ", "short") + '\0' + chunk("data", "12"))),
              HasSubstr("at least 16 bytes, found 5"));
  EXPECT_THAT(refuse(riff(chunk("fmt ", format(1, 1, 16)) + chunk("data", "123"))),
              HasSubstr("expected samples of 2 bytes, found 3 bytes"));
  std::string past = riff(chunk("fmt ", format(1, 1, 16)) + "data" + bytesOf<uint32_t>({~0u}));
  EXPECT_THAT(refuse(past), HasSubstr("chunk `data`: expected 4294967295 bytes, found 0"));
}

TEST(Wav, TruncatedAtEveryByte) {
  std::string whole = riff(chunk("fmt ", format(1, 1, 16)) + chunk("data", "12345678"));
  ASSERT_EQ(refuse(whole), "no error");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_THAT(refuse(whole.substr(0, length)), HasSubstr("s.wav: ")) << length;
}

static std::string printWav(const Tensor &samples, int64_t sampleRate) {
  return printed([&](llvm::raw_ostream &out) { return writeWav(out, samples, sampleRate); });
}

TEST(Wav, WritesClippedAndRounded) {
  Tensor samples = Tensor::fromFloats({6}, {0.5f, 1, -1, 3, -3, NAN});
  std::string text = printWav(samples, 44100);
  EXPECT_EQ(text, riff(chunk("fmt ", bytesOf<uint16_t>({1, 1}) + bytesOf<uint32_t>({44100, 88200}) +
                                         bytesOf<uint16_t>({2, 16})) +
                       chunk("data", bytesOf<int16_t>({16384, 32767, -32768, 32767, -32768, 0}))));
  EXPECT_EQ(llvm::cantFail(parseWav(contentsOf(text))).sampleRate, 44100);
}

TEST(Wav, EverySampleRoundTrips) {
  Tensor samples = Tensor::zeros(ElementType::F32, {65536});
  for (int i = 0; i < 65536; ++i)
    samples.mutableData<float>()[i] = static_cast<float>(i - 32768) / 32768;
  InputFile file = contentsOf(printWav(samples, 16000));
  EXPECT_EQ(llvm::cantFail(parseWav(file)).samples.bytes(), samples.bytes());
}

TEST(Wav, RefusesWhatItCannotWrite) {
  std::string text;
  llvm::raw_string_ostream out(text);
  EXPECT_THAT(messageOf(writeWav(out, Tensor::zeros(ElementType::F32, {2, 2}), 16000)),
              HasSubstr("holds f32 [samples], found f32 of rank 2"));
  EXPECT_THAT(messageOf(writeWav(out, Tensor::zeros(ElementType::F64, {2}), 16000)),
              HasSubstr("found f64 of rank 1"));
  EXPECT_THAT(messageOf(writeWav(out, Tensor(), 0)), HasSubstr("expected a sample rate"));
  EXPECT_EQ(text, "");
}
