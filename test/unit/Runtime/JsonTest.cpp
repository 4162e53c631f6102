//===- JsonTest.cpp - JSON that was checked strictly -------------*- C++ -*-===//
//
// Tests of what the parser refuses beyond what JSON itself does.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Json.h"
#include "RuntimeTestHelpers.h"

using namespace gatefold;
using testing::HasSubstr;

TEST(Json, Parses) {
  EXPECT_EQ(llvm::cantFail(parseJson(R"({"a": [1, {"a": ": \" {"}]})")),
            llvm::json::Value(llvm::json::Object{
                {"a", llvm::json::Array{1, llvm::json::Object{{"a", ": \" {"}}}}}));
}

TEST(Json, Refuses) {
  EXPECT_THAT(messageOf(parseJson("")), HasSubstr("not JSON"));
  EXPECT_THAT(messageOf(parseJson("]]")), HasSubstr("not JSON"));
  EXPECT_THAT(messageOf(parseJson("\"open")), HasSubstr("not JSON"));
  EXPECT_THAT(messageOf(parseJson("\"\\")), HasSubstr("not JSON"));
  EXPECT_EQ(messageOf(parseJson(R"({"b": {"a": 1, "a" : 2}})")), "key `a` occurs twice");
  EXPECT_EQ(messageOf(parseJson(R"([{"a": 1}, {"a": 2}])")), "no error");
}

TEST(Json, BoundsNesting) {
  EXPECT_EQ(messageOf(parseJson(std::string(64, '[') + std::string(64, ']'))), "no error");
  EXPECT_EQ(messageOf(parseJson(std::string(65, '[') + std::string(65, ']'))),
            "nested deeper than 64 levels");
}
