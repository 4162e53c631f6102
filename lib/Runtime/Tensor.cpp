//===- Tensor.cpp - Arrays of numbers with a shape ---------------*- C++ -*-===//
//
// Storage and shapes of tensors.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Runtime/Tensor.h"
#include "Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

using namespace gatefold;

static constexpr size_t alignment = 64;

/// Where pages can be larger than usual, such a one has this many bytes.
static constexpr size_t hugePage = 2 * 1024 * 1024;

/// Asks for huge pages, which weights that no cache holds are read faster from: finding out where
/// usual pages are takes part of the time. Nothing is lost where there are none.
static void useHugePages(char *bytes, size_t numBytes) {
#ifdef MADV_HUGEPAGE
  (void)madvise(bytes, numBytes, MADV_HUGEPAGE);
#endif
}

/// Bytes that are not set yet; null when there is no memory.
static std::shared_ptr<char> allocate(int64_t numBytes) {
  bool isLarge = static_cast<size_t>(numBytes) >= 2 * hugePage;
  size_t rounded = llvm::alignTo(std::max<size_t>(static_cast<size_t>(numBytes), 1), alignment);
  auto *bytes = static_cast<char *>(std::aligned_alloc(isLarge ? hugePage : alignment, rounded));
  if (!bytes)
    return nullptr;
  if (isLarge)
    useHugePages(bytes, rounded);
  return std::shared_ptr<char>(bytes, [](char *memory) { std::free(memory); });
}

static std::shared_ptr<char> allocateOrDie(int64_t numBytes) {
  std::shared_ptr<char> bytes = allocate(numBytes);
  if (!bytes)
    llvm::report_bad_alloc_error("no memory for a tensor");
  return bytes;
}

llvm::Expected<int64_t> gatefold::countBytes(ElementType type, llvm::ArrayRef<int64_t> shape) {
  for (int64_t extent : shape)
    if (extent < 0)
      return makeError("shape " + shapeText(shape) + " has a negative axis");
  int64_t count = elementSize(type);
  // An empty tensor is empty, whatever its other axes are.
  if (llvm::is_contained(shape, 0))
    return 0;
  for (int64_t extent : shape)
    if (llvm::MulOverflow(count, extent, count))
      return makeError("a tensor of shape " + shapeText(shape) + " is larger than memory can be");
  return count;
}

llvm::Expected<Tensor> Tensor::create(ElementType type, llvm::ArrayRef<int64_t> shape) {
  llvm::Expected<int64_t> numBytes = countBytes(type, shape);
  if (!numBytes)
    return numBytes.takeError();
  // Beyond this the rounding up to the alignment would overflow.
  constexpr int64_t largest = std::numeric_limits<int64_t>::max() - 2 * alignment;
  Tensor result;
  result.elementType = type;
  result.extents = Shape(shape);
  result.storage = *numBytes <= largest ? allocate(*numBytes) : nullptr;
  if (!result.storage)
    return makeError("no memory for a tensor of shape " + shapeText(shape) + " (" +
                     llvm::Twine(*numBytes) + " bytes)");
  std::memset(result.storage.get(), 0, static_cast<size_t>(*numBytes));
  return result;
}

Tensor Tensor::zeros(ElementType type, llvm::ArrayRef<int64_t> shape) {
  return llvm::cantFail(create(type, shape), "a tensor's shape was not checked");
}

Tensor Tensor::view(ElementType type, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<char> bytes,
                    std::shared_ptr<const void> owner) {
  Tensor result;
  result.elementType = type;
  result.extents = Shape(shape);
  assert(result.numElements() * elementSize(type) == static_cast<int64_t>(bytes.size()) &&
         "as many bytes as the shape takes");
  uintptr_t address = reinterpret_cast<uintptr_t>(bytes.data());
  if (address % static_cast<uintptr_t>(elementSize(type)) != 0) {
    result.storage = allocateOrDie(static_cast<int64_t>(bytes.size()));
    std::memcpy(result.storage.get(), bytes.data(), bytes.size());
    return result;
  }
  // Never written to: `mutableBytes` copies a view first.
  char *memory = const_cast<char *>(bytes.data());
  result.storage = std::shared_ptr<char>(memory, [owner = std::move(owner)](char *) {});
  result.isView = true;
  return result;
}

int64_t Tensor::numElements() const {
  if (llvm::is_contained(extents, 0))
    return 0;
  int64_t count = 1;
  for (int64_t extent : extents)
    count *= extent;
  return count;
}

llvm::ArrayRef<char> Tensor::bytes() const {
  return {storage.get(), static_cast<size_t>(numElements() * elementSize(elementType))};
}

char *Tensor::mutableBytes() {
  if (storage && (isView || storage.use_count() > 1)) {
    llvm::ArrayRef<char> old = bytes();
    std::shared_ptr<char> copy = allocateOrDie(static_cast<int64_t>(old.size()));
    if (!old.empty())
      std::memcpy(copy.get(), old.data(), old.size());
    storage = std::move(copy);
    isView = false;
  }
  return storage.get();
}

llvm::Expected<Tensor> Tensor::withShape(llvm::ArrayRef<int64_t> shape) const {
  llvm::Expected<int64_t> numBytes = countBytes(elementType, shape);
  if (!numBytes)
    return numBytes.takeError();
  if (*numBytes != static_cast<int64_t>(bytes().size()))
    return makeError("a tensor of shape " + shapeText(extents) + " has " +
                     llvm::Twine(numElements()) + " elements, but shape " + shapeText(shape) +
                     " takes " + llvm::Twine(*numBytes / elementSize(elementType)));
  Tensor result = *this;
  result.extents = Shape(shape);
  return result;
}

std::string gatefold::shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (auto [axis, extent] : llvm::enumerate(shape))
    text += (axis ? ", " : "") + std::to_string(extent);
  return text + "]";
}

std::string gatefold::indexText(llvm::ArrayRef<int64_t> shape, int64_t index) {
  llvm::SmallVector<int64_t, 4> place(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    int64_t extent = std::max<int64_t>(shape[axis], 1);
    place[axis] = index % extent;
    index /= extent;
  }
  return shapeText(place);
}
