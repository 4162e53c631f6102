//===- BuildId.cpp - What tells builds apart ------------------------*- C++ -*-===//
//
// Reads the note NT_GNU_BUILD_ID of the program that this code is linked into.
//
//===----------------------------------------------------------------------===//

#include "BuildId.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Alignment.h"
#include <elf.h>
#include <link.h>

using namespace gatefold;

/// The build's identification among the notes of a segment.
static llvm::ArrayRef<uint8_t> findInNotes(const uint8_t *notes, uint64_t size) {
  const uint8_t *end = notes + size;
  while (notes + sizeof(ElfW(Nhdr)) <= end) {
    auto *header = reinterpret_cast<const ElfW(Nhdr) *>(notes);
    const uint8_t *name = notes + sizeof(*header);
    const uint8_t *contents = name + llvm::alignTo(header->n_namesz, 4);
    if (header->n_type == NT_GNU_BUILD_ID &&
        llvm::StringRef(reinterpret_cast<const char *>(name), header->n_namesz) ==
            llvm::StringRef("GNU", 4))
      return {contents, header->n_descsz};
    notes = contents + llvm::alignTo(header->n_descsz, 4);
  }
  return {};
}

/// Called for the program first; looks no further than at the part that holds this very function.
static int visit(dl_phdr_info *info, size_t, void *result) {
  auto self = reinterpret_cast<uintptr_t>(&visit);
  bool holdsThis = false;
  llvm::ArrayRef<uint8_t> found;
  for (const ElfW(Phdr) &segment : llvm::ArrayRef(info->dlpi_phdr, info->dlpi_phnum)) {
    uintptr_t start = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && self >= start && self < start + segment.p_memsz)
      holdsThis = true;
    if (segment.p_type == PT_NOTE && found.empty())
      found = findInNotes(reinterpret_cast<const uint8_t *>(start), segment.p_memsz);
  }
  if (holdsThis)
    *static_cast<llvm::ArrayRef<uint8_t> *>(result) = found;
  return holdsThis;
}

llvm::ArrayRef<uint8_t> gatefold::findBuildId() {
  static const llvm::ArrayRef<uint8_t> build = [] {
    llvm::ArrayRef<uint8_t> result;
    dl_iterate_phdr(visit, &result);
    return result;
  }();
  return build;
}
