//===- CodeCacheTest.cpp - Code that is kept on disk -------------------*- C++ -*-===//

#include "gatefold/Codegen/CodeCache.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"
#include <thread>

using namespace gatefold;
namespace fs = llvm::sys::fs;

namespace {

class CodeCacheTest : public testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(fs::createUniqueDirectory("code-cache", folder)); }
  void TearDown() override { fs::remove_directories(folder); }

  static ObjectCode makeCode(llvm::StringRef model, llvm::ArrayRef<std::string> objects) {
    ObjectCode code;
    code.model = model.str();
    for (const std::string &object : objects)
      code.objects.push_back(llvm::MemoryBuffer::getMemBufferCopy(object));
    return code;
  }

  /// All files but the one that says when the folder was last looked through.
  llvm::SmallVector<std::string> listFiles() {
    llvm::SmallVector<std::string> files;
    std::error_code reason;
    for (fs::directory_iterator file(folder, reason), end; file != end; file.increment(reason))
      if (llvm::sys::path::filename(file->path()) != "llvmcache.timestamp")
        files.push_back(file->path());
    return files;
  }

  static std::string read(llvm::StringRef path) {
    return (*llvm::MemoryBuffer::getFile(path))->getBuffer().str();
  }

  static void write(llvm::StringRef path, llvm::StringRef contents) {
    std::error_code reason;
    llvm::raw_fd_ostream(path, reason) << contents;
    ASSERT_FALSE(reason);
  }

  llvm::SmallString<128> folder;
};

TEST_F(CodeCacheTest, FindsWhatWasStored) {
  CodeCache cache(folder.str().str());
  EXPECT_FALSE(cache.find("key"));
  cache.store("key", makeCode("model", {"first", "", std::string("a\0b", 3)}));
  std::optional<ObjectCode> code = cache.find("key");
  ASSERT_TRUE(code);
  EXPECT_EQ(code->model, "model");
  ASSERT_EQ(code->objects.size(), 3u);
  EXPECT_EQ(code->objects[0]->getBuffer(), "first");
  EXPECT_EQ(code->objects[1]->getBuffer(), "");
  EXPECT_EQ(code->objects[2]->getBuffer(), llvm::StringRef("a\0b", 3));
  EXPECT_FALSE(cache.find("another"));
}

TEST_F(CodeCacheTest, KeepsNothingWithoutAKey) {
  CodeCache cache(folder.str().str());
  cache.store("", makeCode("model", {}));
  EXPECT_TRUE(listFiles().empty());
  EXPECT_FALSE(cache.find(""));
}

TEST_F(CodeCacheTest, TakesADamagedFileForMissing) {
  CodeCache cache(folder.str().str());
  cache.store("key", makeCode("model", {"object"}));
  ASSERT_EQ(listFiles().size(), 1u);
  std::string path = listFiles().front(), whole = read(path);
  for (size_t size = 0; size < whole.size(); ++size) {
    write(path, whole.substr(0, size));
    EXPECT_FALSE(cache.find("key")) << "of " << size << " bytes";
    std::string changed = whole;
    changed[size] ^= 1;
    write(path, changed);
    EXPECT_FALSE(cache.find("key")) << "with byte " << size << " changed";
  }
  cache.store("key", makeCode("model", {"object"}));
  EXPECT_TRUE(cache.find("key"));
}

TEST_F(CodeCacheTest, RemovesWhatWasNotUsedForLongest) {
  CodeCache cache(folder.str().str(), /*mostBytes=*/3000);
  for (std::string key : {"a", "b", "c", "d", "e"})
    cache.store(key, makeCode("model", {std::string(900, 'x')}));
  EXPECT_LE(listFiles().size(), 3u);
  EXPECT_GE(listFiles().size(), 2u);
}

TEST_F(CodeCacheTest, NeedsNoFolderThatCanBeWritten) {
  CodeCache cache("/dev/null/code");
  cache.store("key", makeCode("model", {"object"}));
  EXPECT_FALSE(cache.find("key"));
}

TEST_F(CodeCacheTest, IsSharedByWritersAndReaders) {
  std::string object(1 << 16, 'x');
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int writer = 0; writer < 4; ++writer)
    threads.emplace_back([&] {
      CodeCache cache(folder.str().str());
      for (int i = 0; i < 50; ++i) {
        cache.store("key", makeCode("model", {object}));
        std::optional<ObjectCode> code = cache.find("key");
        wrong += !code || code->model != "model" || code->objects[0]->getBuffer() != object;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(listFiles().size(), 1u) << "temporary files are left";
}

//===----------------------------------------------------------------------===//
// Keys
//===----------------------------------------------------------------------===//

TEST(CodeCacheKey, ChangesWithAllThatChangesCode) {
  mlir::MLIRContext context;
  auto parse = [&](llvm::StringRef text) {
    return mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  };
  auto module = parse("module {}"), other = parse("module @other {}");
  PipelineOptions options;
  std::string key = CodeCache::makeKey(*module, options);
  EXPECT_FALSE(key.empty());
  EXPECT_EQ(key, CodeCache::makeKey(*parse("module {}"), options));
  llvm::SmallVector<std::string> keys = {key, CodeCache::makeKey(*other, options)};
  auto vary = [&](auto change) {
    PipelineOptions changed = options;
    change(changed);
    keys.push_back(CodeCache::makeKey(*module, changed));
  };
  vary([](PipelineOptions &changed) { changed.target.cpu = "x86-64-v2"; });
  vary([](PipelineOptions &changed) { changed.target.features += "+sse3"; });
  vary([](PipelineOptions &changed) { changed.entries = {"step"}; });
  vary([](PipelineOptions &changed) { changed.disabledPasses = {"step"}; });
  vary([](PipelineOptions &changed) { changed.passOptions = {"step"}; });
  vary([](PipelineOptions &changed) { changed.passOptions = {"st", "ep"}; });
  vary([](PipelineOptions &changed) { changed.weightType = WeightType::F16; });
  vary([](PipelineOptions &changed) { changed.fast = true; });
  llvm::sort(keys);
  EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end());
}

} // namespace
