//===- CodeCache.h - Compiled code on disk --------------------------*- C++ -*-===//
//
// Keeps the code of models between processes: a model that was compiled before starts in the time
// that it takes to read a file.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CODEGEN_CODECACHE_H
#define GATEFOLD_CODEGEN_CODECACHE_H

#include "gatefold/Codegen/Jit.h"
#include <optional>

namespace gatefold {

/// A folder with a file for each model. Processes may share it: a file is written under another
/// name and renamed, and one that is not whole counts as missing. Nothing here fails: what cannot
/// be kept is compiled again.
class CodeCache {
public:
  /// Files that were not used for longest are removed where the folder takes more bytes.
  static constexpr uint64_t defaultMostBytes = 256 << 20;

  explicit CodeCache(std::string folder, uint64_t mostBytes = defaultMostBytes)
      : folder(std::move(folder)), mostBytes(mostBytes) {}

  /// The folder of this user: $GATEFOLD_CACHE, or `gatefold` in $XDG_CACHE_HOME or ~/.cache.
  /// Nothing if there is none, and if $GATEFOLD_CACHE is empty.
  static std::optional<CodeCache> ofUser();

  /// Names the code that `module` gives: a digest of the module, the options, the processor and
  /// this build of the compiler. Empty for a build that cannot be told from others.
  static std::string makeKey(mlir::ModuleOp module, const PipelineOptions &options);

  /// What was stored under `key`, if it is there and whole.
  std::optional<ObjectCode> find(llvm::StringRef key) const;

  /// Stores code, as far as the disk allows.
  void store(llvm::StringRef key, const ObjectCode &code) const;

private:
  std::string getPath(llvm::StringRef key) const;

  std::string folder;
  uint64_t mostBytes;
};

} // namespace gatefold

#endif // GATEFOLD_CODEGEN_CODECACHE_H
