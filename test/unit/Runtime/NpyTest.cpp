//===- NpyTest.cpp - Reading and refusing .npy files -------------*- C++ -*-===//
//
// Tests of NumPy's format.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Npy.h"
#include "RuntimeTestHelpers.h"

using namespace gatefold;
using testing::AllOf;
using testing::HasSubstr;

/// A file of this version, header and data.
static std::string makeFile(llvm::StringRef header, llvm::StringRef data, char version = 1) {
  auto length = static_cast<uint32_t>(header.size());
  std::string lengthText = version == 1 ? bytesOf<uint16_t>({static_cast<uint16_t>(length)})
                                        : bytesOf<uint32_t>({length});
  return std::string("\x93NUMPY") + version + '\0' + lengthText + header.str() + data.str();
}

static std::string header(llvm::StringRef descr, llvm::StringRef shape,
                          llvm::StringRef order = "False") {
  return ("{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n")
      .str();
}

static llvm::Expected<Tensor> parse(llvm::StringRef header, llvm::StringRef data,
                                    char version = 1) {
  return parseNpy(contentsOf(makeFile(header, data, version), "x.npy"));
}

TEST(Npy, EveryVersion) {
  std::string data = bytesOf<float>({1, 2, 3, 4, 5, 6});
  for (char version : {1, 2, 3}) {
    Tensor tensor = llvm::cantFail(parse(header("<f4", "(2, 3)"), data, version));
    EXPECT_EQ(tensor.type(), ElementType::F32);
    EXPECT_EQ(tensor.shape(), llvm::ArrayRef<int64_t>({2, 3}));
    EXPECT_EQ(valuesOf<float>(tensor), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  }
  EXPECT_EQ(messageOf(parse(header("<f4", "(2, 3)"), data, 4)),
            "x.npy: expected .npy version 1, 2 or 3, found 4");
}

TEST(Npy, Shapes) {
  EXPECT_EQ(llvm::cantFail(parse(header("<f4", "()"), "abcd")).rank(), 0);
  EXPECT_EQ(llvm::cantFail(parse(header("<f4", "(1,)"), "abcd")).rank(), 1);
  EXPECT_EQ(llvm::cantFail(parse(header("<f4", "(0, 5)"), "")).numElements(), 0);
}

TEST(Npy, ByteTypesHaveNoOrder) {
  EXPECT_EQ(llvm::cantFail(parse(header("|b1", "(2,)"), "\1\1")).type(), ElementType::Bool);
  EXPECT_EQ(llvm::cantFail(parse(header("|i1", "(2,)"), "\1\1")).type(), ElementType::I8);
  EXPECT_EQ(llvm::cantFail(parse(header("<u1", "(2,)"), "\1\1")).type(), ElementType::U8);
}

TEST(Npy, FortranOrderIsLaidOutByRows) {
  // Element [i, j, k] of shape [2, 3, 2] is 100 i + 10 j + k; by columns the first index runs
  // first.
  std::vector<int32_t> columns, rows;
  for (int k = 0; k < 2; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i)
        columns.push_back(100 * i + 10 * j + k);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 2; ++k)
        rows.push_back(100 * i + 10 * j + k);
  Tensor tensor = llvm::cantFail(parse(header("<i4", "(2, 3, 2)", "True"), bytesOf(columns)));
  EXPECT_EQ(valuesOf<int32_t>(tensor), rows);
  EXPECT_EQ(llvm::cantFail(parse(header("<i4", "(0, 3)", "True"), "")).numElements(), 0);
}

static std::string printNpy(const Tensor &tensor) {
  return printed([&](llvm::raw_ostream &out) { return writeNpy(out, tensor); });
}

TEST(Npy, RoundTripsEveryType) {
  for (ElementType type : allElementTypes()) {
    Tensor tensor = llvm::cantFail(Tensor::fromFloats({1, 2}, {0, 1}).convertTo(type));
    if (type == ElementType::BF16) {
      EXPECT_THAT(messageOf(writeNpy(llvm::nulls(), tensor)),
                  HasSubstr(".npy files do not hold bf16"));
      continue;
    }
    Tensor read = llvm::cantFail(parseNpy(contentsOf(printNpy(tensor))));
    EXPECT_EQ(read.type(), type);
    EXPECT_EQ(read.shape(), tensor.shape());
    EXPECT_EQ(read.bytes(), tensor.bytes());
  }
}

TEST(Npy, WritesWhatNumpyWrites) {
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
  text.resize(117, ' ');
  EXPECT_EQ(printNpy(Tensor::fromFloats({1}, {1})), makeFile(text + "\n", bytesOf<float>({1})));
}

TEST(Npy, HeadersBeyondVersion1) {
  std::string text = printNpy(Tensor::zeros(ElementType::F32, Tensor::Shape(30000, 1)));
  EXPECT_EQ(text[6], 2);
  EXPECT_EQ(llvm::cantFail(parseNpy(contentsOf(text))).rank(), 30000);
}

TEST(Npy, TruncatedAtEveryByte) {
  std::string whole = makeFile(header("<f4", "(2, 3)"), bytesOf<float>({1, 2, 3, 4, 5, 6}));
  ASSERT_EQ(messageOf(parseNpy(contentsOf(whole))), "no error");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_THAT(messageOf(parseNpy(contentsOf(whole.substr(0, length), "x.npy"))),
                HasSubstr("x.npy: "))
        << length;
}

TEST(Npy, AnyByteMayBeDamaged) {
  std::string whole = makeFile(header("<f4", "(2, 3)", "True"), std::string(24, '\1'));
  for (size_t position = 0; position < whole.size(); ++position)
    for (char damage : {'\x00', '\xff', '9', '\'', ')', ','}) {
      std::string damaged = whole;
      damaged[position] = damage;
      std::string message = messageOf(parseNpy(contentsOf(damaged, "x.npy")));
      EXPECT_TRUE(message == "no error" || llvm::StringRef(message).starts_with("x.npy: "));
    }
}

TEST(Npy, RefusedTypes) {
  auto refuse = [](llvm::StringRef descr) {
    return messageOf(parse(header(descr, "(1,)"), "12345678"));
  };
  EXPECT_THAT(refuse(">f4"), AllOf(HasSubstr("expected little-endian numbers, found `>f4`"),
                                   HasSubstr("a.astype('<f4')")));
  EXPECT_THAT(refuse("|O"), HasSubstr("found Python objects (`|O`)"));
  EXPECT_THAT(refuse("<c8"), AllOf(HasSubstr("expected numbers of type"), HasSubstr("`<c8`")));
  EXPECT_THAT(refuse("<U3"), HasSubstr("`<U3`"));
  EXPECT_THAT(refuse(""), HasSubstr("found the end"));
  EXPECT_THAT(refuse("<"), HasSubstr("`<`"));
  EXPECT_THAT(
      messageOf(parse("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", "")),
      HasSubstr("expected descr to be one plain type"));
}

TEST(Npy, MalformedHeaders) {
  auto refuse = [](llvm::StringRef header) { return messageOf(parse(header, "1234")); };
  EXPECT_THAT(refuse(""), HasSubstr("expected `{`, found the end"));
  EXPECT_THAT(refuse("{}"), HasSubstr("found only 0 of them"));
  EXPECT_THAT(refuse("{'descr': '<f4', 'shape': ()}"), HasSubstr("found only 2 of them"));
  EXPECT_THAT(refuse("{'descr': '<f4', 'descr': '<f4'}"), HasSubstr("`descr` occurs twice"));
  EXPECT_THAT(refuse("{'color': 'red'}"), HasSubstr("found `color`"));
  EXPECT_THAT(refuse("{'descr': '<f4"), HasSubstr("expected descr"));
  EXPECT_THAT(refuse("{'shape': (1 2)}"), HasSubstr("expected `,` or `)` in the shape"));
  EXPECT_THAT(refuse("{'shape': (-1,)}"), HasSubstr("expected an axis of the shape"));
  EXPECT_THAT(refuse("{'shape': (99999999999999999999,)}"), HasSubstr("expected an axis"));
  EXPECT_THAT(refuse("{'fortran_order': Maybe}"), HasSubstr("expected True or False"));
  EXPECT_THAT(refuse(header("<f4", "()") + "x"), HasSubstr("expected nothing after `}`"));
  EXPECT_THAT(messageOf(parseNpy(contentsOf("PK\3\4 and more", "x.npy"))),
              HasSubstr("expected a .npy file"));
}

TEST(Npy, WrongAmountOfData) {
  EXPECT_EQ(messageOf(parse(header("<f4", "(2,)"), "1234")),
            "x.npy: expected 8 bytes of data for f32 [2], found 4; the file is truncated");
  EXPECT_EQ(messageOf(parse(header("<f4", "(2,)"), "123456789")),
            "x.npy: expected 8 bytes of data for f32 [2], found 9");
  EXPECT_THAT(messageOf(parse(header("<f4", "(4294967296, 4294967296)"), "")),
              HasSubstr("larger than memory can be"));
}
