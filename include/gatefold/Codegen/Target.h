//===- Target.h - The processor that code is made for ---------------*- C++ -*-===//
//
// Names a processor and says what of it the code generator uses.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CODEGEN_TARGET_H
#define GATEFOLD_CODEGEN_TARGET_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace gatefold {

/// A processor as LLVM names it, and what the lowering asks about it.
struct Target {
  std::string triple;
  std::string cpu;          ///< "icelake-server", "x86-64"
  std::string features;     ///< "+avx2,+fma,..."; empty: what the processor has
  unsigned vectorLanes = 4; ///< 32-bit floating-point elements in one register
  bool hasFusedMultiplyAdd = false;
  bool scalesByPowersOfTwo = false; ///< vectors too, in one instruction
  bool convertsHalves = false;      ///< f16 to f32, vectors too
  std::string dotBytes;             ///< LLVM's intrinsic for products of four bytes; or nothing

  /// The processor that this process runs on.
  static Target host();
  /// The processor called `cpu` ("host" for host()); an error lists the nearest name when there is
  /// none, and tells a processor without 64-bit code.
  static llvm::Expected<Target> named(llvm::StringRef cpu);

  /// How many vectors of 16 elements can be accumulated in registers, with some left for what is
  /// multiplied.
  int64_t getAccumulators() const;

  /// Whether this machine has all instructions that code for the target may use; an error names the
  /// extensions that it lacks.
  llvm::Error checkRunsHere() const;

  /// LLVM's description of it, set to the code generation level that our explicit vector code
  /// needs.
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createMachine() const;
};

} // namespace gatefold

#endif // GATEFOLD_CODEGEN_TARGET_H
