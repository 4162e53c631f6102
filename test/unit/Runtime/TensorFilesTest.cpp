//===- TensorFilesTest.cpp - Tensors by file name ----------------*- C++ -*-===//
//
// Tests of FILE:KEY, of the choice of a format, and of text as tokens.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/TensorFiles.h"
#include "RuntimeTestHelpers.h"

using namespace gatefold;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

static NamedTensors single(Tensor tensor) {
  NamedTensors tensors;
  tensors.set("x", std::move(tensor));
  return tensors;
}

static NamedTensors several() {
  NamedTensors tensors;
  tensors.set("hidden", Tensor::fromFloats({1}, {1}));
  tensors.set("logits", Tensor::fromFloats({1}, {2}));
  return tensors;
}

TEST(TensorFiles, Locations) {
  auto split = [](llvm::StringRef spec) {
    TensorLocation location = parseTensorLocation(spec);
    return location.path + " | " + location.key;
  };
  EXPECT_EQ(split("a.npy"), "a.npy | ");
  EXPECT_EQ(split("w.safetensors:x"), "w.safetensors | x");
  EXPECT_EQ(split("w.safetensors:x:0"), "w.safetensors | x:0");
  EXPECT_EQ(split("C:/dir/w.safetensors"), "C:/dir/w.safetensors | ");
  EXPECT_EQ(split("C:/dir/w.safetensors:x"), "C:/dir/w.safetensors | x");
  EXPECT_EQ(split("run:1/a.npy"), "run:1/a.npy | ");
  EXPECT_EQ(split(":"), ": | ");
  EXPECT_EQ(split(""), " | ");
}

TEST(TensorFiles, KeysOfSafeTensors) {
  TemporaryDirectory directory;
  std::string path = directory.file("t.safetensors");
  ASSERT_EQ(messageOf(writeTensors(path, several())), "no error");
  EXPECT_EQ(llvm::cantFail(readTensor(path + ":logits")).elementAsDouble(0), 2);
  EXPECT_EQ(llvm::cantFail(readTensors(path)).size(), 2u);
  EXPECT_THAT(
      messageOf(readTensor(path)),
      HasSubstr("holds 2 tensors; choose one as FILE:KEY with KEY one of `hidden`, `logits`"));
  EXPECT_THAT(messageOf(readTensor(path + ":logit")),
              HasSubstr("there is no tensor `logit`; did you mean `logits`?"));
  EXPECT_THAT(messageOf(readTensor(path + ":zzzzzzzz")),
              HasSubstr("the file holds `hidden`, `logits`"));
}

TEST(TensorFiles, OneTensorNeedsNoKey) {
  TemporaryDirectory directory;
  std::string path = directory.file("t.safetensors");
  ASSERT_EQ(messageOf(writeTensors(path, single(Tensor::fromFloats({1}, {5})))), "no error");
  EXPECT_EQ(llvm::cantFail(readTensor(path)).elementAsDouble(0), 5);
  ASSERT_EQ(messageOf(writeTensors(path, {})), "no error");
  EXPECT_THAT(messageOf(readTensor(path)), HasSubstr("expected a tensor, found none"));
}

TEST(TensorFiles, FormatsWithoutNames) {
  TemporaryDirectory directory;
  std::string path = directory.file("x.npy");
  ASSERT_EQ(messageOf(writeTensors(path, single(Tensor::fromFloats({1}, {5})))), "no error");
  EXPECT_EQ(llvm::cantFail(readTensors(path))[0].name, "x");
  EXPECT_THAT(messageOf(readTensor(path + ":key")),
              HasSubstr("holds one tensor without a name; leave out `:key`"));
  for (llvm::StringRef name : {"two.npy", "two.wav", "two.txt"})
    EXPECT_THAT(messageOf(writeTensors(directory.file(name), several())),
                AllOf(HasSubstr("exactly one tensor, but there are 2"), HasSubstr(".safetensors")));
  EXPECT_EQ(directory.list(), std::vector<std::string>{"x.npy"});
}

TEST(TensorFiles, UnknownSuffixes) {
  TemporaryDirectory directory;
  for (llvm::StringRef name : {"x.bin", "x", "x.NPY", "x.json:key"}) {
    EXPECT_THAT(messageOf(readTensor(directory.file(name))),
                HasSubstr("expected a file with the suffix .npy, .safetensors, .wav or .txt"));
    EXPECT_THAT(messageOf(writeTensors(directory.file(name), single(Tensor()))),
                HasSubstr("expected a file with the suffix"));
  }
}

TEST(TensorFiles, TextIsTokens) {
  TemporaryDirectory directory;
  Tensor tokens = llvm::cantFail(readTensor(directory.write("a.txt", "hi\xff\n\n")));
  EXPECT_EQ(tokens.type(), ElementType::I32);
  EXPECT_EQ(valuesOf<int32_t>(tokens), (std::vector<int32_t>{'h', 'i', 255, '\n'}));
  EXPECT_EQ(llvm::cantFail(readTensor(directory.write("empty.txt", ""))).numElements(), 0);
  ASSERT_EQ(messageOf(writeTensors(directory.file("b.txt"), single(tokens))), "no error");
  EXPECT_EQ(directory.read("b.txt"), "hi\xff\n");
}

TEST(TensorFiles, TokensThatAreNoBytes) {
  TemporaryDirectory directory;
  auto write = [&](Tensor tensor) {
    return messageOf(writeTensors(directory.file("a.txt"), single(std::move(tensor))));
  };
  EXPECT_THAT(write(Tensor::copyOf<int64_t>(ElementType::I64, {2}, {1, 256})),
              AllOf(HasSubstr("tokens from 0 to 255"), HasSubstr("256 at [1]")));
  EXPECT_THAT(write(Tensor::copyOf<int32_t>(ElementType::I32, {1}, {-1})), HasSubstr("-1"));
  EXPECT_THAT(write(Tensor::fromFloats({1}, {1})),
              HasSubstr("holds i32 or i64 tokens, found f32 of rank 1"));
  EXPECT_THAT(directory.list(), IsEmpty());
}

TEST(TensorFiles, FormatsAreCheckedWithoutData) {
  TemporaryDirectory directory;
  auto check = [&](llvm::StringRef name, ElementType type, int64_t rank) {
    return messageOf(
        checkFormat(directory.file(name), single(Tensor::zeros(type, Tensor::Shape(rank, 0)))));
  };
  EXPECT_EQ(check("a.npy", ElementType::F64, 3), "no error");
  EXPECT_EQ(check("a.wav", ElementType::F32, 1), "no error");
  EXPECT_EQ(check("a.txt", ElementType::I64, 1), "no error");
  EXPECT_THAT(check("a.npy", ElementType::BF16, 1), HasSubstr("do not hold bf16"));
  EXPECT_THAT(
      check("a.wav", ElementType::F32, 2),
      HasSubstr("cannot write `" + directory.file("a.wav") + "`: a .wav file holds f32 [samples]"));
  EXPECT_THAT(check("a.txt", ElementType::F32, 1), HasSubstr("holds i32 or i64 tokens"));
  EXPECT_THAT(messageOf(checkFormat("a.npy", several())),
              HasSubstr("exactly one tensor, but there are 2"));
  EXPECT_EQ(messageOf(checkFormat("a.safetensors", several())), "no error");
  EXPECT_THAT(directory.list(), IsEmpty());
}

TEST(TensorFiles, NothingIsThereBeforeTheCommit) {
  TemporaryDirectory directory;
  std::string path = directory.file("a.safetensors");
  {
    OutputFile file = llvm::cantFail(OutputFile::create(path));
    ASSERT_EQ(messageOf(writeTensors(file, several())), "no error");
    EXPECT_FALSE(llvm::sys::fs::exists(path));
  }
  EXPECT_THAT(directory.list(), IsEmpty());
  OutputFile file = llvm::cantFail(OutputFile::create(path));
  ASSERT_EQ(messageOf(writeTensors(file, several())), "no error");
  ASSERT_EQ(messageOf(file.commit()), "no error");
  EXPECT_EQ(llvm::cantFail(readTensors(path)).size(), 2u);
}

TEST(TensorFiles, Sound) {
  TemporaryDirectory directory;
  std::string path = directory.file("s.wav");
  Tensor samples = Tensor::fromFloats({2}, {0.25f, -0.5f});
  ASSERT_EQ(messageOf(writeTensors(path, single(samples), 8000)), "no error");
  EXPECT_EQ(llvm::cantFail(readTensor(path)).bytes(), samples.bytes());
}
