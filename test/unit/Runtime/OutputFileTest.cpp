//===- OutputFileTest.cpp - Files written wholly or not at all ---*- C++ -*-===//
//
// Tests that nothing is half-written and nothing is left behind.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/OutputFile.h"
#include "RuntimeTestHelpers.h"

using namespace gatefold;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

static std::string write(llvm::StringRef path, llvm::StringRef contents) {
  return messageOf(writeFile(path, [&](llvm::raw_ostream &out) { out << contents; }));
}

TEST(OutputFile, Writes) {
  TemporaryDirectory directory;
  EXPECT_EQ(write(directory.file("a"), "first"), "no error");
  EXPECT_EQ(write(directory.file("a"), "second"), "no error");
  EXPECT_EQ(directory.read("a"), "second");
  EXPECT_EQ(directory.list(), std::vector<std::string>{"a"});
}

TEST(OutputFile, WithoutCommitTheTargetStaysAsItWas) {
  TemporaryDirectory directory;
  directory.write("a", "before");
  {
    OutputFile file = llvm::cantFail(OutputFile::create(directory.file("a")));
    file.stream() << std::string(100000, 'x');
    EXPECT_EQ(directory.read("a"), "before");
    EXPECT_EQ(directory.list().size(), 2u);
  }
  EXPECT_EQ(directory.read("a"), "before");
  EXPECT_EQ(directory.list(), std::vector<std::string>{"a"});
}

TEST(OutputFile, UnwritableTargets) {
  TemporaryDirectory directory;
  std::string file = directory.write("file", "");
  EXPECT_THAT(write(directory.file("none/a"), "x"),
              AllOf(HasSubstr("cannot write `" + directory.file("none/a") + "`: "),
                    HasSubstr("No such file or directory")));
  EXPECT_THAT(write(file + "/a", "x"), HasSubstr("Not a directory"));
  EXPECT_THAT(write("", "x"), HasSubstr("cannot write ``: No such file"));
  ASSERT_FALSE(llvm::sys::fs::create_directory(directory.file("sub")));
  EXPECT_THAT(write(directory.file("sub"), "x"), HasSubstr("Is a directory"));
  EXPECT_EQ(directory.list().size(), 2u);
}

TEST(OutputFile, ATargetThatGoesAwayIsAnError) {
  TemporaryDirectory directory;
  std::string sub = directory.file("sub");
  ASSERT_FALSE(llvm::sys::fs::create_directory(sub));
  OutputFile file = llvm::cantFail(OutputFile::create(sub + "/a"));
  file.stream() << "x";
  ASSERT_FALSE(llvm::sys::fs::remove_directories(sub));
  EXPECT_THAT(messageOf(file.commit()), HasSubstr("cannot write `" + sub + "/a`"));
  EXPECT_THAT(directory.list(), IsEmpty());
}

TEST(OutputFile, LinksStayLinks) {
  TemporaryDirectory directory;
  std::string target = directory.write("target", "before");
  ASSERT_FALSE(llvm::sys::fs::create_link(target, directory.file("link")));
  EXPECT_EQ(write(directory.file("link"), "after"), "no error");
  EXPECT_EQ(directory.read("target"), "after");
  llvm::sys::fs::file_status status;
  ASSERT_FALSE(llvm::sys::fs::status(directory.file("link"), status, /*follow=*/false));
  EXPECT_EQ(status.type(), llvm::sys::fs::file_type::symlink_file);
}

TEST(OutputFile, OnePathForAllSpellings) {
  TemporaryDirectory directory;
  std::string sub = directory.file("sub");
  ASSERT_FALSE(llvm::sys::fs::create_directory(sub));
  ASSERT_FALSE(llvm::sys::fs::create_link(sub, directory.file("link")));
  std::string before = findRealPath(sub + "/a");
  EXPECT_EQ(findRealPath(directory.file("link/a")), before);
  EXPECT_EQ(findRealPath(directory.file("sub/../sub/./a")), before);
  EXPECT_NE(findRealPath(directory.file("a")), before);
  directory.write("sub/a", "");
  EXPECT_EQ(findRealPath(directory.file("link/a")), before);
  ASSERT_FALSE(llvm::sys::fs::create_link(sub + "/a", directory.file("b")));
  EXPECT_EQ(findRealPath(directory.file("b")), before);
  EXPECT_EQ(findRealPath("none/a"), "none/a");
}

TEST(OutputFile, AllOrNone) {
  if (!llvm::sys::fs::exists("/dev/full"))
    GTEST_SKIP() << "no device that is always full";
  TemporaryDirectory directory;
  directory.write("a", "before");
  auto commit = [&](llvm::StringRef last) {
    std::vector<OutputFile> files;
    for (const std::string &path : {directory.file("a"), directory.file("b"), last.str()}) {
      files.push_back(llvm::cantFail(OutputFile::create(path)));
      files.back().stream() << "after";
    }
    return messageOf(commitAll(files));
  };
  EXPECT_THAT(commit("/dev/full"), HasSubstr("cannot write `/dev/full`: No space left"));
  EXPECT_EQ(directory.read("a"), "before");
  EXPECT_EQ(directory.list(), std::vector<std::string>{"a"});
  EXPECT_EQ(commit("/dev/null"), "no error");
  EXPECT_EQ(directory.read("a"), "after");
  EXPECT_EQ(directory.read("b"), "after");
}

// A device must not be replaced by a file.
TEST(OutputFile, DevicesAreWrittenTo) {
  EXPECT_EQ(write("/dev/null", "x"), "no error");
  llvm::sys::fs::file_status status;
  ASSERT_FALSE(llvm::sys::fs::status("/dev/null", status));
  EXPECT_EQ(status.type(), llvm::sys::fs::file_type::character_file);
}

TEST(OutputFile, AFullDeviceIsAnError) {
  if (!llvm::sys::fs::exists("/dev/full"))
    GTEST_SKIP() << "no device that is always full";
  EXPECT_THAT(write("/dev/full", std::string(100000, 'x')), HasSubstr("No space left"));
}

// As standard output is, where it leads to a file that somebody removed.
TEST(OutputFile, LinksToFilesWithoutNamesStay) {
  if (!llvm::sys::fs::exists("/proc/self/fd"))
    GTEST_SKIP() << "open files have no paths here";
  TemporaryDirectory directory;
  int open = -1;
  ASSERT_FALSE(llvm::sys::fs::openFileForWrite(directory.file("a"), open));
  ASSERT_FALSE(llvm::sys::fs::remove(directory.file("a")));
  std::string link = directory.file("link");
  ASSERT_FALSE(llvm::sys::fs::create_link("/proc/self/fd/" + std::to_string(open), link));
  EXPECT_EQ(write(link, "text"), "no error");
  EXPECT_TRUE(llvm::sys::fs::is_symlink_file(link));
  EXPECT_EQ(directory.read("link"), "text");
  llvm::sys::fs::closeFile(open);
}
