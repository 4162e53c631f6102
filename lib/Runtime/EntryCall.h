//===- EntryCall.h - One call of a compiled entry ----------------*- C++ -*-===//
//
// Gathers the pointers, sizes and workspace that a compiled entry takes, and turns what it reports
// into an error.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_ENTRYCALL_H
#define GATEFOLD_LIB_RUNTIME_ENTRYCALL_H

#include "TeamMemory.h"
#include "gatefold/Runtime/Session.h"

namespace gatefold {

/// The value of the dynamic size `name`, or of arithmetic of such sizes; -1 when the entry has none
/// of that name.
int64_t sizeOf(const EntryInterface &entry, llvm::ArrayRef<int64_t> sizes, llvm::StringRef name);

/// The bytes that one example of a port takes under these dynamic sizes.
int64_t bytesPerExample(const EntryInterface &entry, llvm::ArrayRef<int64_t> sizes,
                        const Port &port);

/// A call of an entry with fixed sizes: made once, it can run many times.
class EntryCall {
public:
  EntryCall(EntryCall &&) = default;
  EntryCall &operator=(EntryCall &&) = default;
  ~EntryCall();

  /// `entry` must outlive the call and have code in `model`. Fails for sizes whose tensors or
  /// workspace do not fit in memory, and for one that is not known (negative).
  static llvm::Expected<EntryCall> create(const CompiledModel &model, const EntryInterface &entry,
                                          llvm::ArrayRef<int64_t> sizes);

  /// Where argument number `argument` lies; results are written there.
  void setPointer(size_t argument, const void *data) {
    pointers[argument] = const_cast<void *>(data);
  }
  void *getPointer(size_t argument) const { return pointers[argument]; }

  /// From now on only the first `batch` examples are computed, at most those the call was made for.
  void setBatch(int64_t batch);

  /// From now on runs use up to `most` threads, if the entry has work for several: where that is
  /// faster, as far as `memory` knows, which is told what these runs teach; without a memory
  /// always, and they wait for the threads.
  void setThreads(unsigned most, std::shared_ptr<TeamMemory> memory);

  /// Runs the entry once all pointers are set; allocates nothing but the process's threads. False
  /// if a check failed.
  bool run() {
    status = RunStatus();
    if (threads > 1)
      runOnThreads();
    else
      runAs(nullptr);
    return status.site == 0;
  }

  const RunStatus &getStatus() const { return status; }

  /// The failure of the last run, from the text of the check that failed; success if there was
  /// none.
  llvm::Error getError() const;

  const EntryInterface &getEntry() const { return *entry; }
  llvm::ArrayRef<int64_t> getSizes() const { return sizes; }
  int64_t getWorkspaceBytes() const { return workspaceBytes; }

private:
  struct Free {
    void operator()(char *bytes) const;
  };

  EntryCall() = default;
  void runAs(TeamMember *member) {
    function(pointers.data(), sizes.data(), workspace.get(), &status.site, member);
  }
  void runOnThreads();

  EntryFunction function = nullptr;
  const EntryInterface *entry = nullptr;
  std::vector<void *> pointers;
  std::vector<int64_t> sizes;
  std::unique_ptr<char, Free> workspace;
  int64_t workspaceBytes = 0;
  RunStatus status;
  unsigned threads = 1;
  std::shared_ptr<TeamMemory> memory;
  TeamChoice choice;
};

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_ENTRYCALL_H
