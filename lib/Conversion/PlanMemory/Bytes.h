//===- Bytes.h - Numbers of bytes that hang on sizes --------------------*- C++ -*-===//
//
// Places of buffers are numbers of bytes such as `8192 * batch + 64 * batch * T + 128`. Two of them
// can be compared where one is at most the other for all sizes.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_CONVERSION_PLANMEMORY_BYTES_H
#define GATEFOLD_CONVERSION_PLANMEMORY_BYTES_H

#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/DenseMap.h"
#include <map>
#include <optional>
#include <vector>

namespace gatefold {

/// A sum of terms of a ByteTerms: how often each one is in it, never below 0. Terms behind the last
/// element are not in it.
using Bytes = llvm::SmallVector<int64_t, 4>;

Bytes operator+(const Bytes &a, const Bytes &b);
/// `a` without `b`, which is a part of it.
Bytes operator-(const Bytes &a, const Bytes &b);
/// The least sum that both are a part of.
Bytes join(const Bytes &a, const Bytes &b);

/// The terms that numbers of bytes are made of: products of sizes, none of which is below 0. Term 0
/// is the number 1.
class ByteTerms {
public:
  /// `typical` has a number for each symbol, which getTypical takes for it.
  ByteTerms(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> typical);

  /// The room that a buffer of `bytes` takes, a multiple of the alignment for all sizes.
  Bytes getRoom(mlir::AffineExpr bytes);

  /// True if it can be shown that `a` is at most `b` for all sizes.
  bool isAtMost(const Bytes &a, const Bytes &b) const;

  /// The number of bytes for sizes as they may well be; it stays at the largest number.
  int64_t getTypical(const Bytes &bytes) const;

  /// The summands, for emitWorkspaceSize.
  llvm::SmallVector<mlir::AffineExpr> getSummands(const Bytes &bytes) const;

  /// True if no size occurs in any of the numbers.
  bool areConstant() const { return terms.size() == 1; }

private:
  /// A size, or a quotient of sizes rounded down.
  struct Atom {
    mlir::AffineExpr expression;
    int64_t typical;
    // Of a quotient, which is rounded down:
    Bytes dividend;
    int64_t divisor = 0;
    Bytes least, most; ///< what it lies between
  };
  /// A product of atoms.
  struct Term {
    llvm::SmallVector<unsigned, 2> factors; ///< in ascending order
    mlir::AffineExpr expression;
    int64_t typical;
  };

  std::optional<Bytes> parse(mlir::AffineExpr expression);
  Bytes divide(const Bytes &dividend, int64_t divisor);
  Bytes multiply(const Bytes &a, const Bytes &b);
  Bytes addAtom(mlir::AffineExpr expression);
  Bytes addTerm(llvm::SmallVector<unsigned, 2> factors, int64_t times);
  const Atom *getQuotient(unsigned term) const;
  void cancelQuotients(llvm::SmallVectorImpl<int64_t> &difference) const;

  mlir::MLIRContext *context;
  llvm::SmallVector<mlir::AffineExpr> typicalSizes;
  std::vector<Atom> atoms;
  std::vector<Term> terms;
  llvm::DenseMap<mlir::AffineExpr, unsigned> atomNumbers;
  std::map<llvm::SmallVector<unsigned, 2>, unsigned> termNumbers;
};

} // namespace gatefold

#endif // GATEFOLD_CONVERSION_PLANMEMORY_BYTES_H
