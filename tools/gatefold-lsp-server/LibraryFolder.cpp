//===- LibraryFolder.cpp - The library as files --------------------*- C++ -*-===//
//
// Every version of the library has a folder of its own, named by its contents.
//
//===----------------------------------------------------------------------===//

#include "LibraryFolder.h"

#include "gatefold/Language/Library.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace gatefold;
using namespace gatefold::lsp;

static constexpr llvm::StringLiteral prefix = "<library>/";

bool lsp::isLibraryName(llvm::StringRef name) { return name.starts_with(prefix); }

static llvm::SmallString<128> libraryFolder() {
  llvm::SmallString<128> folder;
  if (!llvm::sys::path::cache_directory(folder))
    llvm::sys::path::system_temp_directory(/*erasedOnReboot=*/true, folder);
  std::string contents;
  for (const LibraryFile &file : getLibrary())
    contents += file.text;
  llvm::sys::path::append(folder, "gatefold",
                          "library-" + llvm::utohexstr(llvm::xxh3_64bits(contents), true));
  return folder;
}

static llvm::Error writeFile(llvm::StringRef path, llvm::StringRef text) {
  auto fail = [&](std::error_code code) {
    return llvm::createStringError(code, path + ": cannot be written: " + code.message());
  };
  if (std::error_code code = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path)))
    return fail(code);
  auto file = llvm::sys::fs::TempFile::create(path + ".%%%%%%", /*Mode=*/0444);
  if (!file)
    return file.takeError();
  llvm::raw_fd_ostream os(file->FD, /*shouldClose=*/false);
  os << text;
  os.flush();
  if (std::error_code code = os.error()) {
    os.clear_error();
    llvm::consumeError(file->discard());
    return fail(code);
  }
  return file->keep(path);
}

llvm::Expected<std::string> lsp::makeLibraryFile(llvm::StringRef name) {
  for (const LibraryFile &file : getLibrary()) {
    if (file.name != name)
      continue;
    llvm::SmallString<128> path = libraryFolder();
    llvm::sys::path::append(path, name.drop_front(prefix.size()));
    auto written = llvm::MemoryBuffer::getFile(path);
    if (!written || (*written)->getBuffer() != file.text)
      if (llvm::Error error = writeFile(path, file.text))
        return std::move(error);
    return path.str().str();
  }
  return llvm::createStringError("the library has no file `" + name + "`");
}
