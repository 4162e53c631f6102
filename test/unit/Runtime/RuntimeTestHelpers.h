//===- RuntimeTestHelpers.h - Files and errors in tests ----------*- C++ -*-===//
//
// Contents of files without files, a directory that goes away, and the text of errors.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_RUNTIME_RUNTIMETESTHELPERS_H
#define GATEFOLD_TEST_UNIT_RUNTIME_RUNTIMETESTHELPERS_H

#include "gatefold/Runtime/InputFile.h"
#include "gatefold/Runtime/Tensor.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <cstring>
#include <vector>

namespace gatefold {

/// The contents of a file of that name.
inline InputFile contentsOf(llvm::StringRef bytes, llvm::StringRef name = "file") {
  return llvm::MemoryBuffer::getMemBufferCopy(bytes, name);
}

/// The error's message; "no error" where there is none.
template <typename T>
std::string messageOf(llvm::Expected<T> value) {
  if (value)
    return "no error";
  return llvm::toString(value.takeError());
}

inline std::string messageOf(llvm::Error error) {
  return error ? llvm::toString(std::move(error)) : "no error";
}

/// What `write` prints.
inline std::string printed(llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  std::string text;
  llvm::raw_string_ostream out(text);
  EXPECT_EQ(messageOf(write(out)), "no error");
  return text;
}

/// The bytes of numbers, as a little-endian file holds them.
template <typename T>
std::string bytesOf(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

/// The elements of a tensor.
template <typename T>
std::vector<T> valuesOf(const Tensor &tensor) {
  return std::vector<T>(tensor.data<T>(), tensor.data<T>() + tensor.numElements());
}

/// The folder of trained models, which need not exist.
inline std::string trainedModels() {
  const char *folder = std::getenv("GATEFOLD_CORPUS");
  return folder ? folder : GATEFOLD_SOURCE_DIR "/../shared/corpus";
}

/// A directory that is removed with all that is in it.
class TemporaryDirectory {
public:
  TemporaryDirectory() {
    if (llvm::sys::fs::createUniqueDirectory("gatefold-test", directory))
      ADD_FAILURE() << "no temporary directory";
  }
  ~TemporaryDirectory() { llvm::sys::fs::remove_directories(directory); }

  std::string file(llvm::StringRef name) const {
    llvm::SmallString<128> path = directory;
    llvm::sys::path::append(path, name);
    return path.str().str();
  }

  /// Writes a file and gives its path.
  std::string write(llvm::StringRef name, llvm::StringRef contents) const {
    std::error_code error;
    llvm::raw_fd_ostream(file(name), error) << contents;
    EXPECT_FALSE(error);
    return file(name);
  }

  std::string read(llvm::StringRef name) const {
    auto buffer = llvm::MemoryBuffer::getFile(file(name));
    return buffer ? (*buffer)->getBuffer().str() : "cannot be read";
  }

  /// The names of the files in it.
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator entry(directory, error), end; entry != end && !error;
         entry.increment(error))
      names.push_back(llvm::sys::path::filename(entry->path()).str());
    return names;
  }

private:
  llvm::SmallString<128> directory;
};

} // namespace gatefold

#endif // GATEFOLD_TEST_UNIT_RUNTIME_RUNTIMETESTHELPERS_H
