//===- OutputFile.cpp - Files written wholly or not at all -------*- C++ -*-===//
//
// Writes to a temporary file and renames it.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/OutputFile.h"
#include "Error.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <optional>

using namespace gatefold;
namespace fs = llvm::sys::fs;

/// The state of a file being written: what is written to, and a temporary file unless it is the
/// target itself.
struct OutputFile::Writer {
  std::string path;                           // as the user gave it
  std::string target;                         // with symbolic links resolved
  std::optional<fs::TempFile> file;           // absent when the target is written to directly
  std::optional<llvm::raw_fd_ostream> stream; // until the contents are finished

  /// Gives up: closes the stream and removes the temporary file.
  void discard() {
    if (stream) {
      stream->flush();
      // An error that nobody asked for would end the process when the stream is destroyed.
      stream->clear_error();
      stream.reset();
    }
    if (file)
      llvm::consumeError(file->discard());
    file.reset();
  }

  llvm::Error failure(std::error_code reason) {
    discard();
    return makeError("cannot write `" + path + "`: " + reason.message());
  }
};

std::string gatefold::findRealPath(llvm::StringRef path) {
  llvm::SmallString<128> real;
  if (!fs::real_path(path, real))
    return real.str().str();
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  if (fs::real_path(folder.empty() ? "." : folder, real))
    return path.str();
  llvm::sys::path::append(real, llvm::sys::path::filename(path));
  return real.str().str();
}

OutputFile::OutputFile(std::unique_ptr<Writer> writer) : writer(std::move(writer)) {}
OutputFile::OutputFile(OutputFile &&) = default;

OutputFile::~OutputFile() {
  if (writer)
    writer->discard();
}

llvm::Expected<OutputFile> OutputFile::create(llvm::StringRef path) {
  auto writer = std::make_unique<Writer>();
  writer->path = path.str();
  // A link stays a link: what it leads to is replaced.
  writer->target = findRealPath(path);
  fs::file_status status;
  bool exists = !fs::status(writer->target, status) && fs::exists(status);
  if (path.empty())
    return writer->failure(std::make_error_code(std::errc::no_such_file_or_directory));
  if (exists && fs::is_directory(status))
    return writer->failure(std::make_error_code(std::errc::is_a_directory));
  if (exists)
    if (std::error_code reason = fs::access(writer->target, fs::AccessMode::Write))
      return writer->failure(reason);
  // What has no name of its own, such as a file without a folder behind /dev/stdout, is not
  // replaced either: that would put a file in the place of the link.
  if (exists && (!fs::is_regular_file(status) || fs::is_symlink_file(writer->target))) {
    std::error_code reason;
    writer->stream.emplace(writer->target, reason, fs::CD_OpenExisting, fs::FA_Write, fs::OF_None);
    if (reason)
      return writer->failure(reason);
    return OutputFile(std::move(writer));
  }
  unsigned mode = exists ? static_cast<unsigned>(status.permissions())
                         : static_cast<unsigned>(fs::all_read | fs::all_write);
  auto file = fs::TempFile::create(writer->target + ".%%%%%%%%.part", mode);
  if (!file)
    return writer->failure(llvm::errorToErrorCode(file.takeError()));
  writer->file.emplace(std::move(*file));
  writer->stream.emplace(writer->file->FD, /*shouldClose=*/false);
  return OutputFile(std::move(writer));
}

llvm::StringRef OutputFile::getPath() const { return writer->path; }

llvm::raw_ostream &OutputFile::stream() { return *writer->stream; }

llvm::Error OutputFile::finish() {
  if (!writer->stream)
    return llvm::Error::success();
  writer->stream->flush();
  if (writer->stream->has_error())
    return writer->failure(writer->stream->error());
  writer->stream.reset();
  return llvm::Error::success();
}

llvm::Error OutputFile::commit() {
  if (llvm::Error error = finish())
    return error;
  if (!writer->file)
    return llvm::Error::success();
  llvm::Error error = writer->file->keep(writer->target);
  writer->file.reset();
  if (error)
    return writer->failure(llvm::errorToErrorCode(std::move(error)));
  return llvm::Error::success();
}

llvm::Error gatefold::commitAll(llvm::MutableArrayRef<OutputFile> files) {
  for (OutputFile &file : files)
    if (llvm::Error error = file.finish())
      return error;
  for (OutputFile &file : files)
    if (llvm::Error error = file.commit())
      return error;
  return llvm::Error::success();
}

llvm::Error gatefold::writeFile(llvm::StringRef path,
                                llvm::function_ref<void(llvm::raw_ostream &)> write) {
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  write(file->stream());
  return file->commit();
}
