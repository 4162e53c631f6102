//===- OutputFile.h - Files written wholly or not at all ---------*- C++ -*-===//
//
// Every file that is written goes to a temporary file beside its target, which takes the target's
// name when all is written. After a failure the target is as it was before.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_OUTPUTFILE_H
#define GATEFOLD_RUNTIME_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>

namespace gatefold {

/// A file being written. Without a successful `commit` nothing of it remains. A target that is no
/// regular file, such as /dev/stdout, is written to directly.
class OutputFile {
public:
  /// Begins to write to `path`; an error names the path and the reason when it cannot be written.
  static llvm::Expected<OutputFile> create(llvm::StringRef path);

  OutputFile(OutputFile &&);
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  /// Where the contents go.
  llvm::raw_ostream &stream();

  /// Puts the file in its place; an error names the path and the reason. To be called once, as the
  /// last thing.
  llvm::Error commit();

private:
  struct Writer;
  explicit OutputFile(std::unique_ptr<Writer> writer);

  std::unique_ptr<Writer> writer;
};

/// Writes what `write` prints to the file `path`, wholly or not at all.
llvm::Error writeFile(llvm::StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> write);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_OUTPUTFILE_H
