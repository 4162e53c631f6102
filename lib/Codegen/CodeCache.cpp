//===- CodeCache.cpp - Compiled code on disk ------------------------*- C++ -*-===//
//
// A file is a digest of what follows, the number of parts, their sizes, and the parts: the model,
// then the objects.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Codegen/CodeCache.h"
#include "BuildId.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

using namespace mlir;
using namespace gatefold;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

using Digest = llvm::BLAKE3Result<>;

/// Files may be pruned if their names begin like this, which is LLVM's choice.
static constexpr llvm::StringLiteral prefix = "llvmcache-";

std::optional<CodeCache> CodeCache::ofUser() {
  if (std::optional<std::string> folder = llvm::sys::Process::GetEnv("GATEFOLD_CACHE"))
    return folder->empty() ? std::nullopt : std::optional<CodeCache>(*folder);
  SmallString<128> folder;
  if (!path::cache_directory(folder))
    return std::nullopt;
  path::append(folder, "gatefold");
  return CodeCache(folder.str().str());
}

std::string CodeCache::makeKey(ModuleOp module, const PipelineOptions &options) {
  ArrayRef<uint8_t> build = findBuildId();
  if (build.empty())
    return "";
  std::string text;
  llvm::raw_string_ostream os(text);
  // What is variable ends with a byte that it cannot contain.
  auto add = [&](const auto &value) { os << value << '\0'; };
  auto addAll = [&](ArrayRef<std::string> values) {
    add(values.size());
    llvm::for_each(values, add);
  };
  add(llvm::toHex(build));
  add(options.target.triple);
  add(options.target.cpu);
  add(options.target.features);
  addAll(options.entries);
  addAll(options.disabledPasses);
  addAll(options.passOptions);
  add(getWeightTypeName(options.weightType));
  add(options.fast);
  if (failed(writeBytecodeToFile(module, os)))
    return "";
  return llvm::toHex(llvm::BLAKE3::hash<16>(llvm::arrayRefFromStringRef(text)), /*LowerCase=*/true);
}

std::string CodeCache::getPath(StringRef key) const {
  SmallString<128> file(folder);
  path::append(file, prefix + key);
  return file.str().str();
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Takes a number off the front; nothing if there is too little.
static std::optional<uint64_t> takeNumber(StringRef &bytes) {
  if (bytes.size() < sizeof(uint64_t))
    return std::nullopt;
  uint64_t number = llvm::support::endian::read64le(bytes.data());
  bytes = bytes.drop_front(sizeof(uint64_t));
  return number;
}

/// The parts of a file whose digest is right.
static std::optional<SmallVector<StringRef>> splitParts(StringRef bytes) {
  std::optional<uint64_t> count = takeNumber(bytes);
  if (!count || *count > bytes.size() / sizeof(uint64_t))
    return std::nullopt;
  SmallVector<uint64_t> sizes;
  for (uint64_t i = 0; i < *count; ++i)
    sizes.push_back(*takeNumber(bytes));
  SmallVector<StringRef> parts;
  for (uint64_t size : sizes) {
    if (size > bytes.size())
      return std::nullopt;
    parts.push_back(bytes.take_front(size));
    bytes = bytes.drop_front(size);
  }
  return parts;
}

std::optional<ObjectCode> CodeCache::find(StringRef key) const {
  if (key.empty())
    return std::nullopt;
  SmallString<128> realPath;
  // The time of the last use decides what is kept.
  auto file = fs::openNativeFileForRead(getPath(key), fs::OF_UpdateAtime, &realPath);
  if (!file) {
    llvm::consumeError(file.takeError());
    return std::nullopt;
  }
  auto contents = llvm::MemoryBuffer::getOpenFile(*file, getPath(key), /*FileSize=*/-1,
                                                  /*RequiresNullTerminator=*/false,
                                                  /*IsVolatile=*/true);
  fs::closeFile(*file);
  if (!contents)
    return std::nullopt;
  StringRef bytes = (*contents)->getBuffer();
  StringRef digest = bytes.take_front(sizeof(Digest));
  bytes = bytes.drop_front(digest.size());
  Digest found = llvm::BLAKE3::hash(llvm::arrayRefFromStringRef(bytes));
  if (digest != llvm::toStringRef(found))
    return std::nullopt;
  std::optional<SmallVector<StringRef>> parts = splitParts(bytes);
  if (!parts || parts->empty())
    return std::nullopt;
  ObjectCode code;
  code.model = parts->front().str();
  for (StringRef object : llvm::drop_begin(*parts))
    code.objects.push_back(llvm::MemoryBuffer::getMemBufferCopy(object, key));
  return code;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static std::string joinParts(const ObjectCode &code) {
  SmallVector<StringRef> parts = {code.model};
  for (const auto &object : code.objects)
    parts.push_back(object->getBuffer());
  std::string bytes;
  auto addNumber = [&](uint64_t number) {
    char buffer[sizeof(number)];
    llvm::support::endian::write64le(buffer, number);
    bytes.append(buffer, sizeof(number));
  };
  addNumber(parts.size());
  for (StringRef part : parts)
    addNumber(part.size());
  for (StringRef part : parts)
    bytes += part;
  return bytes;
}

/// Writes a file whole or not at all.
static llvm::Error writeFile(StringRef target, StringRef digest, StringRef bytes) {
  auto file = fs::TempFile::create(target + ".%%%%%%%%.part", fs::owner_read | fs::owner_write);
  if (!file)
    return file.takeError();
  llvm::raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
  stream << digest << bytes;
  stream.flush();
  if (!stream.has_error())
    return file->keep(target);
  std::error_code reason = stream.error();
  stream.clear_error();
  return llvm::joinErrors(llvm::errorCodeToError(reason), file->discard());
}

void CodeCache::store(StringRef key, const ObjectCode &code) const {
  if (key.empty() || fs::create_directories(folder, /*IgnoreExisting=*/true, fs::owner_all))
    return;
  std::string bytes = joinParts(code);
  Digest digest = llvm::BLAKE3::hash(llvm::arrayRefFromStringRef(bytes));
  llvm::consumeError(writeFile(getPath(key), llvm::toStringRef(digest), bytes));
  llvm::CachePruningPolicy policy;
  policy.Interval = std::chrono::seconds(0);
  policy.Expiration = std::chrono::seconds(0);
  policy.MaxSizePercentageOfAvailableSpace = 0;
  policy.MaxSizeBytes = mostBytes;
  llvm::pruneCache(folder, policy);
}
