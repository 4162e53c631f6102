//===- SafeTensorsTest.cpp - Reading and refusing checkpoints ----*- C++ -*-===//
//
// Tests of the safetensors format, with every way in which a file can be wrong.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/SafeTensors.h"
#include "RuntimeTestHelpers.h"
#include "gatefold/Runtime/TensorFiles.h"

using namespace gatefold;
using testing::AllOf;
using testing::HasSubstr;

/// A file of this header and this much data.
static std::string makeFile(llvm::StringRef header, size_t dataBytes) {
  return bytesOf<uint64_t>({header.size()}) + header.str() + std::string(dataBytes, '\0');
}

/// The message for a file of this header and this much data.
static std::string refuse(llvm::StringRef header, size_t dataBytes = 8) {
  return messageOf(parseSafeTensors(contentsOf(makeFile(header, dataBytes), "w.safetensors")));
}

/// The message for a file with one f32 tensor `a` of two elements, some field of which is replaced.
static std::string refuseEntry(llvm::StringRef dtype, llvm::StringRef shape,
                               llvm::StringRef offsets) {
  return refuse(
      ("{\"a\":{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}")
          .str());
}

static NamedTensors makeTensors() {
  NamedTensors tensors;
  tensors.set("odd", Tensor::copyOf<uint8_t>(ElementType::U8, {3}, {1, 2, 3}));
  tensors.set("w", Tensor::fromFloats({2, 2}, {1, -2, 3.5f, 0}));
  tensors.set("empty", Tensor::zeros(ElementType::F64, {0, 4}));
  tensors.set("scalar", Tensor::copyOf<int64_t>(ElementType::I64, {}, {-7}));
  tensors.set("a \"quoted\" name", Tensor::copyOf<uint16_t>(ElementType::BF16, {1}, {0x3f80}));
  return tensors;
}

TEST(SafeTensors, RoundTrip) {
  TemporaryDirectory directory;
  NamedTensors written = makeTensors();
  std::string path = directory.file("t.safetensors");
  ASSERT_EQ(messageOf(writeTensors(path, written)), "no error");
  NamedTensors read = llvm::cantFail(readSafeTensors(path));
  ASSERT_EQ(read.size(), written.size());
  for (const NamedTensor &entry : written) {
    const Tensor *tensor = read.find(entry.name);
    ASSERT_NE(tensor, nullptr) << entry.name;
    EXPECT_EQ(tensor->type(), entry.tensor.type());
    EXPECT_EQ(tensor->shape(), entry.tensor.shape());
    EXPECT_EQ(tensor->bytes(), entry.tensor.bytes());
  }
  EXPECT_EQ(directory.list(), std::vector<std::string>{"t.safetensors"});
}

TEST(SafeTensors, EveryElementTypeRoundTrips) {
  TemporaryDirectory directory;
  NamedTensors written;
  for (ElementType type : allElementTypes())
    written.set(elementTypeName(type), Tensor::zeros(type, {2}));
  ASSERT_EQ(messageOf(writeTensors(directory.file("t.safetensors"), written)), "no error");
  NamedTensors read = llvm::cantFail(readSafeTensors(directory.file("t.safetensors")));
  for (ElementType type : allElementTypes())
    EXPECT_EQ(read.find(elementTypeName(type))->type(), type);
}

TEST(SafeTensors, LargeFilesAreMappedAndNotCopied) {
  TemporaryDirectory directory;
  NamedTensors written;
  written.set("w", Tensor::zeros(ElementType::F32, {100000}));
  std::string path = directory.file("t.safetensors");
  ASSERT_EQ(messageOf(writeTensors(path, written)), "no error");
  InputFile file = llvm::cantFail(openInputFile(path));
  EXPECT_EQ(file->getBufferKind(), llvm::MemoryBuffer::MemoryBuffer_MMap);
  NamedTensors read = llvm::cantFail(parseSafeTensors(file));
  const char *data = read[0].tensor.bytes().data();
  EXPECT_TRUE(data > file->getBufferStart() && data < file->getBufferEnd());
}

TEST(SafeTensors, AcceptsMetadataAndAnEmptySet) {
  EXPECT_EQ(refuse("{\"__metadata__\":{\"format\":\"pt\"}}   ", 0), "no error");
  EXPECT_EQ(refuse("{}", 0), "no error");
}

TEST(SafeTensors, TruncatedAtEveryByte) {
  TemporaryDirectory directory;
  ASSERT_EQ(messageOf(writeTensors(directory.file("t.safetensors"), makeTensors())), "no error");
  std::string whole = directory.read("t.safetensors");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_THAT(messageOf(parseSafeTensors(contentsOf(whole.substr(0, length), "t"))),
                HasSubstr("t: "))
        << length;
}

// A damaged byte may give other numbers or an error, but nothing worse.
TEST(SafeTensors, AnyByteMayBeDamaged) {
  TemporaryDirectory directory;
  ASSERT_EQ(messageOf(writeTensors(directory.file("t.safetensors"), makeTensors())), "no error");
  std::string whole = directory.read("t.safetensors");
  for (size_t position = 0; position < whole.size(); ++position)
    for (char damage : {'\x00', '\xff', '9', '"', '}'}) {
      std::string damaged = whole;
      damaged[position] = damage;
      std::string message = messageOf(parseSafeTensors(contentsOf(damaged, "t")));
      EXPECT_TRUE(message == "no error" || llvm::StringRef(message).starts_with("t: "));
    }
}

TEST(SafeTensors, HeaderLength) {
  auto refuseBytes = [](const std::string &bytes) {
    return messageOf(parseSafeTensors(contentsOf(bytes, "w.safetensors")));
  };
  EXPECT_EQ(refuseBytes("abc"), "w.safetensors: expected the 8 bytes of a safetensors header's "
                                "length, found 3 bytes in all");
  EXPECT_EQ(refuseBytes(bytesOf<uint64_t>({100}) + "{}"),
            "w.safetensors: expected a header of 100 bytes, but only 2 follow; the file may be "
            "truncated");
  EXPECT_THAT(refuseBytes(bytesOf<uint64_t>({100'000'001}) + "{}"),
              HasSubstr("expected a header of at most 100000000 bytes, found 100000001"));
  EXPECT_THAT(refuseBytes(bytesOf<uint64_t>({~uint64_t(0)}) + "{}"),
              HasSubstr("found 18446744073709551615"));
}

TEST(SafeTensors, HeaderText) {
  EXPECT_THAT(refuse("{\"a\": "), HasSubstr("w.safetensors: header: not JSON"));
  EXPECT_THAT(refuse(""), HasSubstr("not JSON"));
  EXPECT_THAT(refuse("[]"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(refuse(" {}", 0), HasSubstr("expected a JSON object that begins the header"));
  EXPECT_THAT(refuse("{\"a\":\"\xff\"}"), HasSubstr("not JSON"));
  EXPECT_THAT(
      refuse("{\"a\": 1}"),
      HasSubstr("tensor `a`: expected an object with dtype, shape and data_offsets, found `1`"));
  EXPECT_THAT(refuse("{\"__metadata__\":{\"n\":1}}", 0), HasSubstr("expected a string for `n`"));
  EXPECT_THAT(refuse("{\"__metadata__\":3}", 0), HasSubstr("expected an object of strings"));
}

TEST(SafeTensors, DeepNestingIsNoStackOverflow) {
  EXPECT_THAT(refuse("{\"a\":" + std::string(1'000'000, '[')), HasSubstr("nested deeper than 64"));
}

TEST(SafeTensors, DuplicateKeys) {
  std::string entry = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  EXPECT_THAT(refuse("{\"a\":" + entry + ",\"a\":" + entry + "}", 4),
              HasSubstr("key `a` occurs twice"));
  EXPECT_THAT(refuse("{\"a\":" + entry + ",\"\\u0061\":" + entry + "}", 4),
              HasSubstr("key `a` occurs twice"));
  EXPECT_THAT(refuse(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4),
              HasSubstr("key `dtype` occurs twice"));
}

TEST(SafeTensors, Fields) {
  EXPECT_EQ(refuseEntry("\"F32\"", "[2]", "[0,8]"), "no error");
  EXPECT_THAT(refuseEntry("\"F8_E4M3\"", "[2]", "[0,8]"),
              AllOf(HasSubstr("w.safetensors: tensor `a`: expected a dtype of F16, BF16"),
                    HasSubstr("found `\\22F8_E4M3\\22`")));
  EXPECT_THAT(refuseEntry("5", "[2]", "[0,8]"), HasSubstr("expected a dtype"));
  EXPECT_THAT(refuseEntry("\"F32\"", "[-2]", "[0,8]"),
              HasSubstr("expected a shape of integers that are not negative, found `[-2]`"));
  EXPECT_THAT(refuseEntry("\"F32\"", "[1.5]", "[0,8]"), HasSubstr("expected a shape"));
  EXPECT_THAT(refuseEntry("\"F32\"", "2", "[0,8]"), HasSubstr("expected a shape"));
  EXPECT_THAT(refuseEntry("\"F32\"", "[4294967296,4294967296]", "[0,8]"),
              HasSubstr("larger than memory can be"));
  EXPECT_THAT(refuseEntry("\"F32\"", "[99999999999999999999]", "[0,8]"),
              HasSubstr("expected a shape"));
  EXPECT_THAT(refuse("{\"a\":{}}"), AllOf(HasSubstr("expected a dtype"), HasSubstr("nothing")));
  EXPECT_THAT(refuse(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})"),
              HasSubstr("found the key `x`"));
}

TEST(SafeTensors, Offsets) {
  EXPECT_THAT(
      refuseEntry("\"F32\"", "[2]", "[0,12]"),
      HasSubstr("expected data_offsets within the 8 bytes of data in the file, found [0, 12]"));
  EXPECT_THAT(refuseEntry("\"F32\"", "[2]", "[8,0]"), HasSubstr("0 <= begin <= end"));
  EXPECT_THAT(refuseEntry("\"F32\"", "[2]", "[-8,0]"), HasSubstr("0 <= begin <= end"));
  EXPECT_THAT(refuseEntry("\"F32\"", "[2]", "[0,4,8]"), HasSubstr("[begin, end]"));
  EXPECT_THAT(refuseEntry("\"F32\"", "[3]", "[0,8]"),
              HasSubstr("f32 [3] takes 12 bytes, but data_offsets [0, 8] are 8"));
}

TEST(SafeTensors, OverlapsAndGaps) {
  auto two = [](llvm::StringRef first, llvm::StringRef second, size_t dataBytes) {
    return refuse(("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" + first +
                   "},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" + second + "}}")
                      .str(),
                  dataBytes);
  };
  EXPECT_EQ(two("[4,8]", "[0,4]", 8), "no error");
  EXPECT_EQ(two("[0,4]", "[2,6]", 8), "w.safetensors: tensor `b`: its data begin at byte 2, within "
                                      "those of tensor `a`, which end at byte 4");
  EXPECT_THAT(two("[0,4]", "[0,4]", 4), HasSubstr("within those of tensor `a`"));
  EXPECT_THAT(two("[0,4]", "[8,12]", 12), HasSubstr("expected byte 4"));
  EXPECT_THAT(two("[0,4]", "[4,8]", 9),
              HasSubstr("expected 8 bytes of data after the header, found 9"));
}

TEST(SafeTensors, UnreadableFiles) {
  TemporaryDirectory directory;
  EXPECT_THAT(messageOf(readSafeTensors(directory.file("none.safetensors"))),
              AllOf(HasSubstr("none.safetensors: cannot be read"), HasSubstr("No such file")));
  EXPECT_THAT(messageOf(readSafeTensors(directory.file(""))), HasSubstr("cannot be read"));
}

TEST(SafeTensors, NamesThatTheFormatLacks) {
  TemporaryDirectory directory;
  for (llvm::StringRef name : {"__metadata__", "\xff"}) {
    NamedTensors tensors;
    tensors.set(name, Tensor());
    EXPECT_THAT(messageOf(writeTensors(directory.file("t.safetensors"), tensors)),
                HasSubstr("cannot name a tensor"));
  }
  EXPECT_TRUE(directory.list().empty());
}
