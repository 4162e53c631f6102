//===- StableMath.cpp - Numbers that are equal on every machine --*- C++ -*-===//
//
// Exponentials, logarithms and random numbers in additions, multiplications and divisions, whose
// results IEEE 754 fixes.
//
//===----------------------------------------------------------------------===//

#include "StableMath.h"
#include "llvm/ADT/bit.h"
#include <cmath>
#include <limits>

// A fused multiply-add rounds once where there would be two roundings.
#pragma STDC FP_CONTRACT OFF

// ln 2 in two parts; multiples of the first by whole numbers of 11 bits are exact.
static constexpr double ln2High = 0x1.62e42fefap-1, ln2Low = 0x1.cf79abc9e3b3ap-40;

double gatefold::stableExp(double x) {
  if (!(x >= -708))
    return x != x ? x : 0;
  if (x > 709)
    return std::numeric_limits<double>::infinity();
  double whole = std::floor(x * 0x1.71547652b82fep0 + 0.5); // x / ln 2
  double rest = (x - whole * ln2High) - whole * ln2Low;
  double sum = 1;
  for (int n = 13; n > 0; --n)
    sum = 1 + sum * rest / n;
  return std::ldexp(sum, static_cast<int>(whole));
}

// Each number by the operations above, in their order. Blocks of them are as fast as divisions are
// begun, instead of as fast as each is done.
void gatefold::stableExpsUpToZero(double (&numbers)[exponentsAtOnce]) {
  double rest[exponentsAtOnce], power[exponentsAtOnce], sum[exponentsAtOnce];
  for (size_t i = 0; i < exponentsAtOnce; ++i) {
    double x = numbers[i] >= -708 ? numbers[i] : -708;
    double raised = x * 0x1.71547652b82fep0 + 0.5;
    auto cut = static_cast<int32_t>(raised);
    int32_t whole = cut - (static_cast<double>(cut) > raised); // rounded down
    rest[i] = (x - whole * ln2High) - whole * ln2Low;
    power[i] = llvm::bit_cast<double>(static_cast<uint64_t>(whole + 1023) << 52);
    sum[i] = 1;
  }
  for (int n = 13; n > 0; --n)
    for (size_t i = 0; i < exponentsAtOnce; ++i)
      sum[i] = 1 + sum[i] * rest[i] / n;
  for (size_t i = 0; i < exponentsAtOnce; ++i)
    numbers[i] = numbers[i] >= -708 ? sum[i] * power[i] : numbers[i] != numbers[i] ? numbers[i] : 0;
}

double gatefold::stableLog(double x) {
  int exponent;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0x1.6a09e667f3bcdp-1) { // the root of 1/2
    mantissa *= 2;
    --exponent;
  }
  // ln m = 2 artanh s, by its series.
  double s = (mantissa - 1) / (mantissa + 1), square = s * s, sum = 0;
  for (int n = 23; n > 1; n -= 2)
    sum = (sum + 1.0 / n) * square;
  return exponent * ln2High + (2 * (s + s * sum) + exponent * ln2Low);
}

// Philox4x32-10: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.
double gatefold::randomNumber(uint64_t seed, uint64_t index) {
  uint32_t counter[4] = {static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), 0, 0};
  uint32_t key[2] = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    uint64_t first = uint64_t(0xD2511F53) * counter[0];
    uint64_t second = uint64_t(0xCD9E8D57) * counter[2];
    counter[0] = static_cast<uint32_t>(second >> 32) ^ counter[1] ^ key[0];
    counter[1] = static_cast<uint32_t>(second);
    counter[2] = static_cast<uint32_t>(first >> 32) ^ counter[3] ^ key[1];
    counter[3] = static_cast<uint32_t>(first);
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  uint64_t bits = uint64_t(counter[1]) << 32 | counter[0];
  return static_cast<double>(bits >> 11) * 0x1p-53;
}
