//===- OutputFile.h - Files written wholly or not at all ---------*- C++ -*-===//
//
// Every file that is written goes to a temporary file beside its target, which takes the target's
// name when all is written. After a failure the target is as it was before.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_OUTPUTFILE_H
#define GATEFOLD_RUNTIME_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>
#include <string>

namespace gatefold {

/// The path of the file that `path` leads to, absolute and without links: one path for all
/// spellings of a file, also where there is no such file yet. `path` itself where there is no such
/// folder.
std::string findRealPath(llvm::StringRef path);

/// A file being written. Without a successful `commit` nothing of it remains. A target that is no
/// regular file, such as /dev/stdout, is written to directly.
class OutputFile {
public:
  /// Begins to write to `path`; an error names the path and the reason when it cannot be written.
  static llvm::Expected<OutputFile> create(llvm::StringRef path);

  OutputFile(OutputFile &&);
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  /// The path as it was given.
  llvm::StringRef getPath() const;

  /// Where the contents go, until `finish`.
  llvm::raw_ostream &stream();

  /// Ends the contents; an error names the path and the reason if they could not be written.
  llvm::Error finish();

  /// Ends the contents and puts the file in its place; an error names the path and the reason. To
  /// be called once, as the last thing.
  llvm::Error commit();

private:
  struct Writer;
  explicit OutputFile(std::unique_ptr<Writer> writer);

  std::unique_ptr<Writer> writer;
};

/// Puts files in their places, but none of them before the contents of all are written.
llvm::Error commitAll(llvm::MutableArrayRef<OutputFile> files);

/// Writes what `write` prints to the file `path`, wholly or not at all.
llvm::Error writeFile(llvm::StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> write);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_OUTPUTFILE_H
