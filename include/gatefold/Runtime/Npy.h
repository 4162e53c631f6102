//===- Npy.h - Tensors in NumPy's .npy format --------------------*- C++ -*-===//
//
// A .npy file is a magic string, a version, a header written as a Python dictionary, and the data
// of one array. See https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_NPY_H
#define GATEFOLD_RUNTIME_NPY_H

#include "gatefold/Runtime/InputFile.h"
#include "gatefold/Runtime/Tensor.h"

namespace gatefold {

/// Reads a file of version 1, 2 or 3. An array in Fortran order is laid out anew by rows;
/// big-endian numbers, objects, strings, complex numbers and records are errors that say what was
/// found.
llvm::Expected<Tensor> readNpy(llvm::StringRef path);

/// As `readNpy`, from contents already there.
llvm::Expected<Tensor> parseNpy(const InputFile &file);

/// Writes a tensor. An error, before anything is written, for bf16, which the format does not know.
llvm::Error writeNpy(llvm::raw_ostream &out, const Tensor &tensor);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_NPY_H
