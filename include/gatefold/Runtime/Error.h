//===- Error.h - Errors made of a message ------------------------*- C++ -*-===//
//
// The short way to make an error that is a message and nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_ERROR_H
#define GATEFOLD_RUNTIME_ERROR_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace gatefold {

/// An error with this message, taken literally.
inline llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_ERROR_H
