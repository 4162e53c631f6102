//===- Placement.cpp - Places for buffers that live for a while ---------*- C++ -*-===//

#include "Placement.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>
#include <optional>
#include <tuple>

using namespace mlir;
using namespace gatefold;

/// How often buffers are placed anew, and for how many pairs of them at most.
static constexpr size_t mostRounds = 16, mostPairs = 40'000;

namespace {

/// A number of bytes that is compared often.
struct Amount {
  Bytes bytes;
  int64_t typical = 0;
};

/// One buffer among those that are being placed.
struct Buffer {
  Amount room, place, end;
  bool isPlaced = false;
};

class Placer {
public:
  Placer(const ByteTerms &terms, ArrayRef<Lifetime> lifetimes);

  Placement run();

private:
  using Order = std::vector<unsigned>;
  /// What an order leads to.
  struct Attempt {
    Order order;
    Placement placement;
    llvm::DenseSet<unsigned> late; ///< buffers that end above the bound
  };

  Amount makeAmount(Bytes bytes) const;
  bool isAtMost(const Amount &a, const Amount &b) const;
  void addCandidate(SmallVectorImpl<Amount> &most, const Amount &amount) const;
  void findNeighbors();
  std::vector<Order> makeOrders() const;
  Attempt tryOrder(Order order);
  Attempt placeLateEarlier(Attempt attempt);
  void place(Buffer &buffer, ArrayRef<unsigned> neighbors);
  Amount choosePlace(const Buffer &buffer, ArrayRef<const Buffer *> others);
  bool fits(const Buffer &buffer, const Amount &place, ArrayRef<const Buffer *> others) const;
  unsigned countShared() const;

  const ByteTerms &terms;
  ArrayRef<Lifetime> lifetimes;
  std::vector<Buffer> buffers;
  std::vector<SmallVector<unsigned, 8>> neighbors; ///< those that live at the same time
  size_t numPairs = 0;
  SmallVector<Amount> bounds;
  bool isUnsure = false; // of the order that is being tried
};

} // namespace

//===----------------------------------------------------------------------===//
// Numbers of bytes
//===----------------------------------------------------------------------===//

Amount Placer::makeAmount(Bytes bytes) const {
  int64_t typical = terms.getTypical(bytes);
  return {std::move(bytes), typical};
}

bool Placer::isAtMost(const Amount &a, const Amount &b) const {
  return a.typical <= b.typical && (terms.areConstant() || terms.isAtMost(a.bytes, b.bytes));
}

/// Adds a number of bytes to those of which the most counts, where none of these is as much.
void Placer::addCandidate(SmallVectorImpl<Amount> &most, const Amount &amount) const {
  if (llvm::any_of(most, [&](const Amount &other) { return isAtMost(amount, other); }))
    return;
  llvm::erase_if(most, [&](const Amount &other) { return isAtMost(other, amount); });
  most.push_back(amount);
}

//===----------------------------------------------------------------------===//
// Times
//===----------------------------------------------------------------------===//

Placer::Placer(const ByteTerms &terms, ArrayRef<Lifetime> lifetimes)
    : terms(terms), lifetimes(lifetimes), buffers(lifetimes.size()), neighbors(lifetimes.size()) {
  for (auto [buffer, lifetime] : llvm::zip_equal(buffers, lifetimes))
    buffer.room = makeAmount(lifetime.room);
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
    auto ends = [&](unsigned buffer) { return lifetimes[buffer].end < now; };
    if (llvm::none_of(alive, ends))
      return;
    addCandidate(bounds, makeAmount(sum));
    for (unsigned buffer : llvm::make_filter_range(alive, ends))
      sum = sum - buffers[buffer].room.bytes;
    llvm::erase_if(alive, ends);
  };
  for (unsigned buffer : starts) {
    finish(lifetimes[buffer].begin);
    for (unsigned other : alive) {
      neighbors[other].push_back(buffer);
      neighbors[buffer].push_back(other);
    }
    numPairs += alive.size();
    alive.push_back(buffer);
    sum = sum + buffers[buffer].room.bytes;
  }
  finish(UINT_MAX);
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// True if it can be shown that the buffer keeps apart from the others at a place.
bool Placer::fits(const Buffer &buffer, const Amount &place,
                  ArrayRef<const Buffer *> others) const {
  Amount end = makeAmount(place.bytes + buffer.room.bytes);
  return llvm::all_of(others, [&](const Buffer *other) {
    return isAtMost(end, other->place) || isAtMost(other->end, place);
  });
}

/// The smallest gap between the others, in ascending order of their typical places, that is large
/// enough; behind all of them where there is none.
Amount Placer::choosePlace(const Buffer &buffer, ArrayRef<const Buffer *> others) {
  struct Gap {
    int64_t size;
    size_t number;
    const Amount *place;
  };
  static const Amount start;
  SmallVector<Gap> gaps;
  const Amount *top = &start;
  for (const Buffer *other : others) {
    if (int64_t size = other->place.typical - top->typical; size >= buffer.room.typical)
      gaps.push_back({size, gaps.size(), top});
    if (other->end.typical > top->typical)
      top = &other->end;
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
    behind = join(behind, other->end.bytes);
  return makeAmount(std::move(behind));
}

void Placer::place(Buffer &buffer, ArrayRef<unsigned> neighbors) {
  SmallVector<const Buffer *, 32> others;
  for (unsigned neighbor : neighbors)
    if (buffers[neighbor].isPlaced)
      others.push_back(&buffers[neighbor]);
  llvm::sort(others, [](const Buffer *a, const Buffer *b) {
    return std::pair(a->place.typical, a) < std::pair(b->place.typical, b);
  });
  buffer.place = choosePlace(buffer, others);
  buffer.end = makeAmount(buffer.place.bytes + buffer.room.bytes);
  buffer.isPlaced = true;
}

unsigned Placer::countShared() const {
  std::vector<const Buffer *> order;
  for (const Buffer &buffer : buffers)
    order.push_back(&buffer);
  llvm::sort(order, [](const Buffer *a, const Buffer *b) {
    return std::tuple(a->place.typical, b->room.typical, a) <
           std::tuple(b->place.typical, a->room.typical, b);
  });
  unsigned count = 0;
  int64_t top = 0;
  for (const Buffer *buffer : order) {
    count += buffer->place.typical < top;
    top = std::max(top, buffer->end.typical);
  }
  return count;
}

//===----------------------------------------------------------------------===//
// Orders
//===----------------------------------------------------------------------===//

/// In which order to place buffers. None is best for all: the large first leave small gaps,
/// lifetimes that lie within each other are stacked, the long-lived first are not in the way later,
/// and those with many neighbors first have places that hang on few others.
std::vector<Placer::Order> Placer::makeOrders() const {
  Order order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<Order> orders(4, order);
  auto length = [&](unsigned i) { return lifetimes[i].end - lifetimes[i].begin; };
  auto size = [&](unsigned i) { return buffers[i].room.typical; };
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

/// Places all in this order.
Placer::Attempt Placer::tryOrder(Order order) {
  isUnsure = false;
  for (Buffer &buffer : buffers)
    buffer.isPlaced = false;
  Attempt attempt;
  Placement &placement = attempt.placement;
  SmallVector<Amount> ends;
  for (unsigned number : order) {
    place(buffers[number], neighbors[number]);
    const Amount &end = buffers[number].end;
    addCandidate(ends, end);
    if (llvm::none_of(bounds, [&](const Amount &bound) { return isAtMost(end, bound); }))
      attempt.late.insert(number);
    placement.typicalEnd = std::max(placement.typicalEnd, end.typical);
  }
  for (Amount &end : ends)
    placement.ends.push_back(std::move(end.bytes));
  for (const Buffer &buffer : buffers)
    placement.places.push_back(buffer.place.bytes);
  placement.isLeast = attempt.late.empty();
  placement.isUnsure = isUnsure;
  placement.numShared = countShared();
  attempt.order = std::move(order);
  return attempt;
}

/// The best of what comes of placing those first that ended above the bound, again and again.
Placer::Attempt Placer::placeLateEarlier(Attempt attempt) {
  Attempt best = attempt;
  size_t rounds = std::min(mostRounds, mostPairs / std::max<size_t>(numPairs, 1));
  for (size_t round = 0; round < rounds && !best.placement.isLeast; ++round) {
    Order order;
    for (bool isLate : {true, false})
      llvm::copy_if(attempt.order, std::back_inserter(order),
                    [&](unsigned number) { return attempt.late.contains(number) == isLate; });
    if (order == attempt.order)
      break;
    attempt = tryOrder(std::move(order));
    if (attempt.placement.isLeast || attempt.placement.typicalEnd < best.placement.typicalEnd)
      best = attempt;
  }
  return best;
}

Placement Placer::run() {
  std::optional<Attempt> best;
  for (Order &order : makeOrders()) {
    Attempt attempt = tryOrder(std::move(order));
    if (!best || attempt.placement.isLeast ||
        attempt.placement.typicalEnd < best->placement.typicalEnd)
      best = std::move(attempt);
    if (best->placement.isLeast)
      break;
  }
  Placement placement = placeLateEarlier(std::move(*best)).placement;
  for (Amount &bound : bounds) {
    placement.typicalBound = std::max(placement.typicalBound, bound.typical);
    placement.bounds.push_back(std::move(bound.bytes));
  }
  return placement;
}

Placement gatefold::placeBuffers(const ByteTerms &terms, ArrayRef<Lifetime> buffers) {
  return Placer(terms, buffers).run();
}
