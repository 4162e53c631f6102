//===- Placement.cpp - Places for buffers that live for a while ---------*- C++ -*-===//

#include "Placement.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>
#include <tuple>

using namespace mlir;
using namespace gatefold;

/// Adds a number of bytes to those of which the most counts, where none of these is as much.
static void addCandidate(const ByteTerms &terms, SmallVectorImpl<Bytes> &most, const Bytes &bytes) {
  if (llvm::any_of(most, [&](const Bytes &other) { return terms.isAtMost(bytes, other); }))
    return;
  llvm::erase_if(most, [&](const Bytes &other) { return terms.isAtMost(other, bytes); });
  most.push_back(bytes);
}

namespace {

/// One buffer among those that are being placed.
struct Buffer {
  Bytes room, place, end;
  int64_t typicalRoom = 0, typicalPlace = 0, typicalEnd = 0;
  bool isPlaced = false;
};

class Placer {
public:
  Placer(const ByteTerms &terms, ArrayRef<Lifetime> lifetimes);

  Placement run();

private:
  using Order = std::vector<unsigned>;

  void findNeighbors();
  std::vector<Order> makeOrders() const;
  Placement placeAll(const Order &order);
  void place(Buffer &buffer, ArrayRef<unsigned> neighbors);
  Bytes choosePlace(const Buffer &buffer, ArrayRef<const Buffer *> others);
  bool fits(const Buffer &buffer, const Bytes &place, ArrayRef<const Buffer *> others) const;
  unsigned countShared() const;

  const ByteTerms &terms;
  ArrayRef<Lifetime> lifetimes;
  std::vector<Buffer> buffers;
  std::vector<SmallVector<unsigned, 8>> neighbors; ///< those that live at the same time
  SmallVector<Bytes> bounds;
  int64_t typicalBound = 0;
  bool isUnsure = false; // of the order that is being tried
};

} // namespace

Placer::Placer(const ByteTerms &terms, ArrayRef<Lifetime> lifetimes)
    : terms(terms), lifetimes(lifetimes), buffers(lifetimes.size()), neighbors(lifetimes.size()) {
  for (auto [buffer, lifetime] : llvm::zip_equal(buffers, lifetimes)) {
    buffer.room = lifetime.room;
    buffer.typicalRoom = terms.getTypical(lifetime.room);
  }
  findNeighbors();
}

/// Walks through time: finds which buffers live together, and how much that is where one is about
/// to end.
void Placer::findNeighbors() {
  Order starts(buffers.size());
  std::iota(starts.begin(), starts.end(), 0);
  llvm::sort(starts, [&](unsigned a, unsigned b) {
    return std::pair(lifetimes[a].begin, a) < std::pair(lifetimes[b].begin, b);
  });
  SmallVector<unsigned> alive;
  Bytes sum;
  auto finish = [&](unsigned now) {
    bool anyEnds = llvm::any_of(alive, [&](unsigned other) { return lifetimes[other].end < now; });
    if (!anyEnds)
      return;
    addCandidate(terms, bounds, sum);
    typicalBound = std::max(typicalBound, terms.getTypical(sum));
    llvm::erase_if(alive, [&](unsigned other) {
      bool ends = lifetimes[other].end < now;
      if (ends)
        sum = sum - buffers[other].room;
      return ends;
    });
  };
  for (unsigned buffer : starts) {
    finish(lifetimes[buffer].begin);
    for (unsigned other : alive) {
      neighbors[other].push_back(buffer);
      neighbors[buffer].push_back(other);
    }
    alive.push_back(buffer);
    sum = sum + buffers[buffer].room;
  }
  finish(UINT_MAX);
}

/// In which order to place buffers. None is best for all: the large first leave small gaps,
/// lifetimes that lie within each other are stacked, the long-lived first are not in the way later,
/// and those with many neighbors first have places that hang on few others.
std::vector<Placer::Order> Placer::makeOrders() const {
  Order order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<Order> orders(4, order);
  auto length = [&](unsigned i) { return lifetimes[i].end - lifetimes[i].begin; };
  auto size = [&](unsigned i) { return buffers[i].typicalRoom; };
  auto degree = [&](unsigned i) { return neighbors[i].size(); };
  llvm::sort(orders[0], [&](unsigned a, unsigned b) {
    return std::tuple(size(b), length(b), a) < std::tuple(size(a), length(a), b);
  });
  llvm::sort(orders[1], [&](unsigned a, unsigned b) {
    return std::tuple(lifetimes[a].begin, length(b), a) <
           std::tuple(lifetimes[b].begin, length(a), b);
  });
  llvm::sort(orders[2], [&](unsigned a, unsigned b) {
    return std::tuple(length(b), size(b), a) < std::tuple(length(a), size(a), b);
  });
  llvm::sort(orders[3], [&](unsigned a, unsigned b) {
    return std::tuple(degree(b), size(a), a) < std::tuple(degree(a), size(b), b);
  });
  return orders;
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// True if it can be shown that the buffer keeps apart from the others at a place.
bool Placer::fits(const Buffer &buffer, const Bytes &place, ArrayRef<const Buffer *> others) const {
  Bytes end = place + buffer.room;
  return llvm::all_of(others, [&](const Buffer *other) {
    return terms.isAtMost(end, other->place) || terms.isAtMost(other->end, place);
  });
}

/// The smallest gap between the others, in ascending order of their typical places, that is large
/// enough; behind all of them where there is none.
Bytes Placer::choosePlace(const Buffer &buffer, ArrayRef<const Buffer *> others) {
  struct Gap {
    int64_t size;
    size_t number;
    const Bytes *place;
  };
  static const Bytes start;
  SmallVector<Gap> gaps;
  const Bytes *top = &start;
  int64_t typicalTop = 0;
  for (const Buffer *other : others) {
    if (int64_t size = other->typicalPlace - typicalTop; size >= buffer.typicalRoom)
      gaps.push_back({size, gaps.size(), top});
    if (other->typicalEnd > typicalTop) {
      typicalTop = other->typicalEnd;
      top = &other->end;
    }
  }
  llvm::sort(gaps, [](const Gap &a, const Gap &b) {
    return std::pair(a.size, a.number) < std::pair(b.size, b.number);
  });
  gaps.push_back({INT64_MAX, gaps.size(), top});
  // Without dynamic sizes, typical places are the places.
  for (const Gap &gap : gaps) {
    if (terms.areConstant() || fits(buffer, *gap.place, others))
      return *gap.place;
    isUnsure = true;
  }
  Bytes behind;
  for (const Buffer *other : others)
    behind = join(behind, other->end);
  return behind;
}

void Placer::place(Buffer &buffer, ArrayRef<unsigned> neighbors) {
  SmallVector<const Buffer *, 32> others;
  for (unsigned neighbor : neighbors)
    if (buffers[neighbor].isPlaced)
      others.push_back(&buffers[neighbor]);
  llvm::sort(others, [](const Buffer *a, const Buffer *b) {
    return std::pair(a->typicalPlace, a) < std::pair(b->typicalPlace, b);
  });
  buffer.place = choosePlace(buffer, others);
  buffer.end = buffer.place + buffer.room;
  buffer.typicalPlace = terms.getTypical(buffer.place);
  buffer.typicalEnd = terms.getTypical(buffer.end);
  buffer.isPlaced = true;
}

/// Places all in this order.
Placement Placer::placeAll(const Order &order) {
  isUnsure = false;
  for (Buffer &buffer : buffers)
    buffer.isPlaced = false;
  Placement result;
  for (unsigned number : order) {
    place(buffers[number], neighbors[number]);
    result.typicalEnd = std::max(result.typicalEnd, buffers[number].typicalEnd);
  }
  for (const Buffer &buffer : buffers) {
    result.places.push_back(buffer.place);
    addCandidate(terms, result.ends, buffer.end);
  }
  result.isLeast = llvm::all_of(result.ends, [&](const Bytes &end) {
    return llvm::any_of(bounds, [&](const Bytes &bound) { return terms.isAtMost(end, bound); });
  });
  result.isUnsure = isUnsure;
  result.numShared = countShared();
  return result;
}

unsigned Placer::countShared() const {
  std::vector<const Buffer *> order;
  for (const Buffer &buffer : buffers)
    order.push_back(&buffer);
  llvm::sort(order, [](const Buffer *a, const Buffer *b) {
    return std::tuple(a->typicalPlace, b->typicalRoom, a) <
           std::tuple(b->typicalPlace, a->typicalRoom, b);
  });
  unsigned count = 0;
  int64_t top = 0;
  for (const Buffer *buffer : order) {
    count += buffer->typicalPlace < top;
    top = std::max(top, buffer->typicalEnd);
  }
  return count;
}

Placement Placer::run() {
  Placement best;
  for (const Order &order : makeOrders()) {
    Placement other = placeAll(order);
    if (best.places.empty() || other.isLeast || other.typicalEnd < best.typicalEnd)
      best = std::move(other);
    if (best.isLeast)
      break;
  }
  best.bounds = std::move(bounds);
  best.typicalBound = typicalBound;
  return best;
}

Placement gatefold::placeBuffers(const ByteTerms &terms, ArrayRef<Lifetime> buffers) {
  return Placer(terms, buffers).run();
}
