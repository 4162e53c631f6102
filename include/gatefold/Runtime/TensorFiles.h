//===- TensorFiles.h - Tensors in files of any known format ------*- C++ -*-===//
//
// Finds the format by a file's suffix: .npy, .safetensors, .wav, .txt. One tensor among several in
// a file is named FILE:KEY.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_TENSORFILES_H
#define GATEFOLD_RUNTIME_TENSORFILES_H

#include "gatefold/Runtime/NamedTensors.h"
#include "gatefold/Runtime/OutputFile.h"

namespace gatefold {

/// A file and, when `key` is not empty, one tensor in it.
struct TensorLocation {
  std::string path;
  std::string key;
};

/// Splits FILE:KEY at the last colon whose left side has a known suffix; otherwise all of it is the
/// file.
TensorLocation parseTensorLocation(llvm::StringRef spec);

/// Reads the tensor that FILE or FILE:KEY names. A .safetensors file with several tensors needs a
/// key. A .wav file gives f32 [samples] in [-1, 1), a .txt file one i32 token per byte, without a
/// newline at the end.
llvm::Expected<Tensor> readTensor(llvm::StringRef spec);

/// Reads all tensors that FILE or FILE:KEY names. A tensor of a format without names is called
/// after the file, without directory and suffix.
llvm::Expected<NamedTensors> readTensors(llvm::StringRef spec);

/// Writes tensors to a file, wholly or not at all: any number to .safetensors, exactly one to .npy,
/// to .wav (f32 [samples] at `sampleRate` per second) and to .txt (i32 or i64 tokens from 0 to 255,
/// as bytes).
llvm::Error writeTensors(llvm::StringRef path, const NamedTensors &tensors,
                         int64_t sampleRate = 16000);

/// As above, into a file that was begun and is still to be committed.
llvm::Error writeTensors(OutputFile &file, const NamedTensors &tensors, int64_t sampleRate = 16000);

/// The error of `writeTensors`, if there is one, but writes nothing. Tensors of size 0 show which
/// number, names, types and ranks a file can hold.
llvm::Error checkFormat(llvm::StringRef path, const NamedTensors &tensors);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_TENSORFILES_H
