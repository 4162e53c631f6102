//===- RunTexts.h - Texts in and out of a run --------------------*- C++ -*-===//
//
// Texts and lengths that the command line names, their way to tokens, and the way of tokens to
// texts.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_RUNTEXTS_H
#define GATEFOLD_TOOLS_GATEFOLD_RUNTEXTS_H

#include "RunTensors.h"
#include "gatefold/Runtime/Vocabulary.h"
#include <map>

namespace gatefold {

/// What the command line says about texts and lengths.
struct TextOptions {
  std::vector<std::string> texts;        ///< NAME=TEXT each
  std::vector<std::string> lines;        ///< NAME=FILE each: a batch, one text on each line
  std::vector<std::string> lengths;      ///< NAME=FILE[:KEY] each
  std::vector<std::string> vocabularies; ///< NAME=FILE each
};

/// Adds --text, --lines, --lengths and --vocabulary.
void addTextOptions(CLI::App &app, TextOptions &options);

/// The files that these options read.
std::vector<FileRead> listFilesRead(const TextOptions &options);

/// Adds the texts and lengths that the options name to the inputs. Several texts for one input are
/// a batch.
llvm::Error readTexts(const TextOptions &options, RunInputs &inputs);

/// The vocabularies of a model, read when they are first needed.
class RunVocabularies {
public:
  /// `overrides` is NAME=FILE each: the file to read instead of the one that the model names. A
  /// file that is not there is looked for in the folder of `checkpoint`, which may be empty.
  static llvm::Expected<RunVocabularies> create(const ModelInterface &model,
                                                llvm::ArrayRef<std::string> overrides,
                                                llvm::StringRef checkpoint);

  /// The vocabulary of that name, which the model declares; that of bytes for no name.
  llvm::Expected<const Vocabulary *> find(llvm::StringRef name);

private:
  std::vector<VocabularySpec> specs;
  std::map<std::string, Vocabulary> loaded;
};

/// The tokens of several texts, padded with 0 to the longest: i32 [texts, T].
Tensor padTokens(llvm::ArrayRef<std::vector<int32_t>> tokens);

/// Turns texts into tokens of their inputs. A batch of texts is padded with 0, and the lengths are
/// added where they differ.
llvm::Error encodeTexts(const EntryInterface &entry, RunVocabularies &vocabularies,
                        RunInputs &inputs);

/// An error for tokens that are not in the vocabularies of their inputs; what pads an example is
/// not looked at, nor are inputs whose vocabulary cannot be read.
llvm::Error checkTokens(const EntryInterface &entry, RunVocabularies &vocabularies,
                        const NamedTensors &inputs, const NamedTensors &lengths);

/// The texts of those outputs that are tokens of a vocabulary: [T], or with batch axis [batch, T].
/// An example's text ends where its length does. Outputs that neither are to be printed nor to be
/// written as texts are left out.
llvm::Expected<OutputTexts> decodeOutputs(const EntryInterface &entry,
                                          RunVocabularies &vocabularies, const RunOutputs &wanted,
                                          const NamedTensors &outputs, const NamedTensors &lengths);

} // namespace gatefold

#endif // GATEFOLD_TOOLS_GATEFOLD_RUNTEXTS_H
