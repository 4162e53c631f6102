//===- CompiledModel.h - Machine code of a model and how to call it --*- C++ -*-===//
//
// The border between generated code and whoever runs it. Nothing here knows how the code was made.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_COMPILEDMODEL_H
#define GATEFOLD_RUNTIME_COMPILEDMODEL_H

#include "gatefold/Runtime/ModelInterface.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace gatefold {

/// One of the threads that run a call together, as compiled code sees it: each passes the same
/// arguments, sizes, workspace and status, and a member of its own.
struct TeamMember {
  int64_t number = 0; ///< from 0 to `count` - 1
  int64_t count = 1;
  /// Returns when all members have called it; not called where there is but one.
  void (*barrier)(TeamMember *member) = nullptr;
};

/// An entry of a model as machine code.
///
/// `arguments` holds one pointer per port in the order of EntryInterface::arguments, row-major
/// without gaps. The pointer of a memory's result may equal the pointer of the same memory's
/// argument (an update in place); no other two may overlap, unless both are only read. Of memories
/// with the size `capacity` a step then writes one row; with two pointers it copies all rows first,
/// so a stepper has one. `sizes`
/// holds the dynamic sizes in the order of EntryInterface::sizes. `workspace` is 64-byte aligned
/// and has as many bytes as the workspace function says for the same sizes. `status` is set to zero
/// where all went well, otherwise see RunStatus. Nothing is allocated, and calls with different
/// memory may run at the same time. `member` is null for a thread that runs the call alone. Of
/// several, all have to return before the results are complete; these do not depend on how many
/// there are.
using EntryFunction = void (*)(void *const *arguments, const int64_t *sizes, void *workspace,
                               int64_t *status, TeamMember *member);
using WorkspaceFunction = int64_t (*)(const int64_t *sizes);

/// What a run writes to `status`: two numbers.
struct RunStatus {
  int64_t site = 0;  ///< 0: no error; otherwise 1 + index into EntryInterface::checks
  int64_t value = 0; ///< the value that failed the check
};

/// A model as machine code; owns it.
class CompiledModel {
public:
  virtual ~CompiledModel() = default;
  const ModelInterface &getInterface() const { return interface; }
  /// The code of an entry ("sequence", "step", "init"); null if the model has none of that name.
  virtual EntryFunction getEntry(llvm::StringRef name) const = 0;
  virtual WorkspaceFunction getWorkspace(llvm::StringRef name) const = 0;

protected:
  explicit CompiledModel(ModelInterface interface) : interface(std::move(interface)) {}
  ModelInterface interface;
};

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_COMPILEDMODEL_H
