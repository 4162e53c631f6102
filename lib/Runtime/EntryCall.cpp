//===- EntryCall.cpp - One call of a compiled entry --------------*- C++ -*-===//
//
// Sizes, workspace and status of a call of compiled code.
//
//===----------------------------------------------------------------------===//

#include "EntryCall.h"
#include "Error.h"
#include "gatefold/Runtime/SizeExpression.h"
#include "gatefold/Runtime/Team.h"
#include "llvm/Support/FormatVariadic.h"
#include <new>

using namespace gatefold;

/// A whole number of cache lines, so that the arenas of two threads never share one.
static constexpr std::align_val_t workspaceAlignment{64};

void EntryCall::Free::operator()(char *bytes) const { operator delete(bytes, workspaceAlignment); }

int64_t gatefold::sizeOf(const EntryInterface &entry, llvm::ArrayRef<int64_t> sizes,
                         llvm::StringRef name) {
  for (auto [known, size] : llvm::zip_equal(entry.sizes, sizes))
    if (known == name)
      return size;
  if (isSizeName(name))
    return -1;
  auto lookUp = [&](llvm::StringRef part) -> std::optional<int64_t> {
    const int64_t size = sizeOf(entry, sizes, part);
    return size < 0 ? std::nullopt : std::optional(size);
  };
  return evaluateSize(name, lookUp).value_or(-1);
}

Tensor::Shape gatefold::shapeOf(const EntryInterface &entry, llvm::ArrayRef<int64_t> sizes,
                                const Port &port) {
  Tensor::Shape shape;
  for (const Dimension &dimension : port.shape)
    shape.push_back(dimension.isDynamic() ? sizeOf(entry, sizes, dimension.name) : dimension.size);
  return shape;
}

int64_t gatefold::bytesPerExample(const EntryInterface &entry, llvm::ArrayRef<int64_t> sizes,
                                  const Port &port) {
  const Tensor::Shape shape = shapeOf(entry, sizes, port);
  int64_t bytes = elementSize(port.type);
  for (int64_t size : llvm::ArrayRef<int64_t>(shape).drop_front())
    bytes *= size;
  return bytes;
}

llvm::Expected<EntryCall> EntryCall::create(const CompiledModel &model, const EntryInterface &entry,
                                            llvm::ArrayRef<int64_t> sizes) {
  EntryCall call;
  call.entry = &entry;
  call.sizes = sizes.vec();
  call.pointers.resize(entry.arguments.size());
  call.function = model.getEntry(entry.name);
  WorkspaceFunction countWorkspace = model.getWorkspace(entry.name);
  if (!call.function || !countWorkspace)
    return makeError("the entry `" + llvm::Twine(entry.name) + "` was not compiled");

  for (auto [name, size] : llvm::zip_equal(entry.sizes, sizes))
    if (size < 0)
      return makeError("the size `" + name + "` is given by no input");
  for (const MinimumSize &minimum : entry.minimums)
    if (int64_t size = sizeOf(entry, sizes, minimum.size); size < minimum.minimum)
      return makeError(llvm::formatv("`{0}` is {1}, but {2} needs at least {3}", minimum.size, size,
                                     minimum.reason, minimum.minimum)
                           .str());
  for (const Port &port : entry.arguments)
    if (auto bytes = countBytes(port.type, shapeOf(entry, sizes, port)); !bytes)
      return makeError(llvm::formatv("{0} `{1}`: {2}", portKindName(port.kind), port.name,
                                     llvm::toString(bytes.takeError()))
                           .str());

  int64_t bytes = countWorkspace(call.sizes.data());
  char *memory = bytes < 0 ? nullptr
                           : static_cast<char *>(operator new(std::max<size_t>(bytes, 64),
                                                              workspaceAlignment, std::nothrow));
  if (!memory)
    return makeError("there is not enough memory for the workspace of the entry `" +
                     llvm::Twine(entry.name) + "`" +
                     (bytes < 0 ? llvm::Twine() : " of " + llvm::Twine(bytes) + " bytes"));
  call.workspace.reset(memory);
  call.workspaceBytes = bytes;
  return call;
}

EntryCall::~EntryCall() {
  if (memory)
    memory->keep(entry->name, sizes, choice);
}

void EntryCall::setThreads(unsigned most, std::shared_ptr<TeamMemory> newMemory) {
  threads = entry->parallel ? most : 1;
  memory = threads > 1 ? std::move(newMemory) : nullptr;
  if (memory)
    choice = memory->recall(entry->name, sizes);
}

void EntryCall::runOnThreads() {
  auto work = [this](TeamMember &member) { runAs(&member); };
  if (!memory) {
    runAsTeam(threads, work);
    return;
  }
  using Clock = std::chrono::steady_clock;
  bool isTimed = choice.isTimed();
  Clock::time_point begin = isTimed ? Clock::now() : Clock::time_point();
  unsigned members = 1;
  if (choice.isTogether())
    members = runAsTeam(threads, work, choice.getPatience());
  else
    runAs(nullptr);
  if (isTimed)
    choice.note(Clock::now() - begin, members > 1);
}

void EntryCall::setBatch(int64_t batch) {
  for (auto [name, size] : llvm::zip_equal(entry->sizes, sizes))
    if (name == batchSizeName)
      size = batch;
}

llvm::Error EntryCall::getError() const {
  if (status.site == 0)
    return llvm::Error::success();
  if (status.site < 0 || status.site > static_cast<int64_t>(entry->checks.size()))
    return makeError("the entry `" + llvm::Twine(entry->name) + "` reports an unknown failure " +
                     llvm::Twine(status.site));
  std::string text = entry->checks[status.site - 1];
  if (size_t place = text.find("{0}"); place != std::string::npos)
    text.replace(place, 3, std::to_string(status.value));
  return makeError(text);
}
