//===- Wav.h - Sound in RIFF WAVE files --------------------------*- C++ -*-===//
//
// Reads and writes mono sound of 16-bit PCM samples; a sample n is the number n / 32768.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_WAV_H
#define GATEFOLD_RUNTIME_WAV_H

#include "gatefold/Runtime/InputFile.h"
#include "gatefold/Runtime/Tensor.h"

namespace gatefold {

/// Mono sound.
struct Sound {
  Tensor samples;         // f32 [number of samples], each in [-1, 1)
  int64_t sampleRate = 0; // samples per second
};

/// Reads a file of 16-bit PCM with one channel; any other encoding is an error that says what was
/// found.
llvm::Expected<Sound> readWav(llvm::StringRef path);

/// As `readWav`, from contents already there.
llvm::Expected<Sound> parseWav(const InputFile &file);

/// Writes f32 samples [number of samples] as 16-bit PCM, rounded to nearest and clipped to [-1, 1);
/// NaN becomes silence. `sampleRate` is in samples per second. An error, before anything is
/// written, for anything else than samples.
llvm::Error writeWav(llvm::raw_ostream &out, const Tensor &samples, int64_t sampleRate);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_WAV_H
