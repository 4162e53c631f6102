//===- StableMath.h - Numbers that are equal on every machine ----*- C++ -*-===//
//
// Exponentials, logarithms and random numbers in arithmetic of our own; those of C libraries
// differ in their last bits.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_RUNTIME_STABLEMATH_H
#define GATEFOLD_LIB_RUNTIME_STABLEMATH_H

#include <cstddef>
#include <cstdint>

namespace gatefold {

/// e^x within two units in the last place; 0 below -708, infinity above 709, NaN for NaN.
double stableExp(double x);

/// How many exponentials are computed side by side.
inline constexpr size_t exponentsAtOnce = 8;

/// `stableExp` of each of these numbers, which are 0 or less, or NaN; a tenth of the time.
void stableExpsUpToZero(double (&numbers)[exponentsAtOnce]);

/// The natural logarithm of a normal number above 0, within two units in the last place of the
/// result or of 1.
double stableLog(double x);

/// A number in [0, 1), evenly distributed: the same for the same seed and index, and independent of
/// all others.
double randomNumber(uint64_t seed, uint64_t index);

} // namespace gatefold

#endif // GATEFOLD_LIB_RUNTIME_STABLEMATH_H
