//===- SafeTensors.h - Checkpoints in the safetensors format -----*- C++ -*-===//
//
// A safetensors file is the length of its header (8 bytes, little-endian), a header in JSON that
// gives each tensor's element type, shape and place, and the data. See
// https://huggingface.co/docs/safetensors.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_SAFETENSORS_H
#define GATEFOLD_RUNTIME_SAFETENSORS_H

#include "gatefold/Runtime/InputFile.h"
#include "gatefold/Runtime/NamedTensors.h"

namespace gatefold {

/// Reads all tensors of a file, in the order of their data. The tensors are views into the mapped
/// file. Everything is checked first, as strictly as the format's own implementation does; an error
/// names the file, the tensor, and what was expected and found.
llvm::Expected<NamedTensors> readSafeTensors(llvm::StringRef path);

/// As `readSafeTensors`, from contents already there.
llvm::Expected<NamedTensors> parseSafeTensors(const InputFile &file);

/// Writes the tensors in their order. An error, before anything is written, for a name that the
/// format does not know: one that is not UTF-8, and `__metadata__`.
llvm::Error writeSafeTensors(llvm::raw_ostream &out, const NamedTensors &tensors);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_SAFETENSORS_H
