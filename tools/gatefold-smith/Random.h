//===- Random.h - Reproducible random choices ---------------------*- C++ -*-===//
//
// The same seed gives the same choices on every machine and with every standard library, whose
// distributions do not promise that.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_RANDOM_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_RANDOM_H

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace gatefold::smith {

/// A stream of random choices (SplitMix64, by Steele, Lea and Flood).
class Random {
public:
  /// Neighbouring seeds give streams that have nothing to do with each other.
  explicit Random(uint64_t seed) : state(scramble(seed)) {}

  /// 64 random bits.
  uint64_t next() { return scramble(state += 0x9e3779b97f4a7c15); }

  /// One of 0, 1, … count - 1; `count` is at least 1.
  int64_t below(int64_t count) {
    return static_cast<int64_t>(next() % static_cast<uint64_t>(count));
  }

  /// One of first, … last.
  int64_t between(int64_t first, int64_t last) { return first + below(last - first + 1); }

  /// A number of [low, high).
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53;
  }

  /// True with this probability.
  bool chance(double probability) { return uniform(0, 1) < probability; }

  /// One of the choices, of which there is at least one.
  template <typename T>
  const T &pick(const std::vector<T> &choices) {
    return choices[static_cast<size_t>(below(static_cast<int64_t>(choices.size())))];
  }
  template <typename T>
  T pick(std::initializer_list<T> choices) {
    return choices.begin()[below(static_cast<int64_t>(choices.size()))];
  }

private:
  static uint64_t scramble(uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31);
  }

  uint64_t state;
};

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_RANDOM_H
