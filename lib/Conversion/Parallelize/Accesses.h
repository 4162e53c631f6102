//===- Accesses.h - Who reads and writes which memory --------------------*- C++ -*-===//

#ifndef GATEFOLD_CONVERSION_PARALLELIZE_ACCESSES_H
#define GATEFOLD_CONVERSION_PARALLELIZE_ACCESSES_H

#include "MemoryRoots.h"
#include "llvm/ADT/MapVector.h"

namespace gatefold {

/// Which members of a team do something.
enum class Doers : uint8_t { All, First };

/// A set of ways to access memory.
class Access {
public:
  Access() = default;
  Access(Doers doers, bool isWrite) : bits((isWrite ? 2 : 1) << (doers == Doers::All ? 0 : 2)) {}

  Access operator|(Access other) const { return fromBits(bits | other.bits); }
  bool operator==(const Access &) const = default;
  bool isRead() const { return bits & (1 | 4); }
  bool isWrite() const { return bits & (2 | 8); }

  /// True if one member may do the one while another member does the other, and one of them is a
  /// write.
  bool collides(Access other) const {
    unsigned mine = bits & 3, theirs = other.bits & 3, myFirst = bits >> 2,
             theirFirst = other.bits >> 2;
    auto conflict = [](unsigned a, unsigned b) { return a && b && ((a | b) & 2); };
    return conflict(mine, theirs) || conflict(mine, theirFirst) || conflict(myFirst, theirs);
  }

private:
  static Access fromBits(unsigned bits) {
    Access access;
    access.bits = bits;
    return access;
  }
  unsigned bits = 0; // 1: all read, 2: all write, 4: the first reads, 8: the first writes
};

/// How the roots of memory are accessed.
using Accesses = llvm::MapVector<mlir::Value, Access>;

/// True if all memory that `op` and what is in it read and write is known.
bool hasKnownAccesses(mlir::Operation *op);

/// Adds some accesses to others.
void addAll(Accesses &into, const Accesses &from);

/// Adds what `op` and what is in it access.
void addAccesses(mlir::Operation *op, Doers doers, Accesses &accesses);

bool readsMemory(mlir::Operation *op);
bool writesMemory(mlir::Operation *op);

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PARALLELIZE_ACCESSES_H
