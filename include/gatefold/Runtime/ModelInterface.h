//===- ModelInterface.h - What a compiled model takes and gives --*- C++ -*-===//
//
// Describes a compiled model to whoever runs it: its weights, its entry points, and the order of
// their arguments.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_RUNTIME_MODELINTERFACE_H
#define GATEFOLD_RUNTIME_MODELINTERFACE_H

#include "gatefold/Runtime/Checkpoint.h"
#include "gatefold/Runtime/ElementType.h"
#include "gatefold/Runtime/SizeNames.h"
#include "llvm/Support/JSON.h"
#include <optional>
#include <vector>

namespace gatefold {

/// One axis of a port.
struct Dimension {
  std::string name;  // empty for a static one without a name
  int64_t size = -1; // negative: dynamic, known by its name when data comes

  bool isDynamic() const { return size < 0; }
  bool operator==(const Dimension &) const = default;
};

/// What an argument of an entry point is for. NextMemory is a result: the value of a memory after
/// the call.
enum class PortKind { Input, Output, Memory, NextMemory, Weight };

/// One argument of an entry point: a pointer to a dense row-major tensor.
struct Port {
  PortKind kind = PortKind::Input;
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<Dimension> shape;
  std::string vocabulary = {}; // of tokens: the name of a VocabularySpec; empty: plain numbers

  bool operator==(const Port &) const = default;
};

/// How a vocabulary finds its tokens in a text.
enum class VocabularyKind {
  Characters, ///< each character is a token
  Bytes,      ///< each byte is its own number
  List,       ///< words between white space
  Pieces,     ///< pairs of pieces merged by score, as in llama2.c
};

/// A vocabulary as the model's text declares it.
struct VocabularySpec {
  std::string name;
  VocabularyKind kind = VocabularyKind::Bytes;
  std::vector<std::string> tokens = {}; // written out, token 0 first; for characters and lists
  std::string file = {};                // FILE, or FILE.json:KEY, that holds the tokens otherwise

  bool operator==(const VocabularySpec &) const = default;
};

/// A token by its text in a vocabulary, or by its number.
struct TokenReference {
  std::string text;
  int64_t number = -1; // counts where there is no text; negative: no token at all

  bool isGiven() const { return !text.empty() || number >= 0; }
  bool operator==(const TokenReference &) const = default;
};

/// How a model makes tokens one after the other. Its entry `sequence` gives, as outputs, the
/// values that the entry `decode` starts with: one for each memory of `decode` and one for each
/// input but the token, by the names they have there. `decode` is one step of the decoder.
struct Generation {
  std::string output;            // the name of the model's result, the tokens made
  std::string vocabulary;        // of these tokens; empty: plain numbers
  TokenReference first;          // the token of the first step
  TokenReference end;            // the token that ends a result and is no part of it; none: no end
  int64_t limit = -1;            // the most tokens made for an example; negative: who runs it says
  std::string token = "token";   // the input of `decode` for the token before, i32 [batch]
  std::string scores = "scores"; // its output, f32 [batch, V]: the next token's log-probabilities
                                 // but for a constant
  std::string prompt;            // the output of `sequence` with tokens that are fed after `first`,
                                 // i32 [batch, P]; empty: there are none

  bool operator==(const Generation &) const = default;
};

/// What an entry needs of a dynamic size.
struct MinimumSize {
  std::string size;    // its name
  int64_t minimum = 0; // the least it may be
  std::string reason;  // what needs it

  bool operator==(const MinimumSize &) const = default;
};

/// One compiled function.
struct EntryInterface {
  std::string name;            // "sequence", "step", "init" or "decode"
  std::string symbol;          // the function's name in the object code
  std::vector<Port> arguments; // in the order of the function's pointer arguments: inputs,
                               // memories, outputs, next memories, all weights of the model
  std::vector<std::string>
      sizes; // the dynamic dimensions, in the order of the arguments that give them

  std::vector<std::string> checks; // texts of the run-time checks; `{0}` stands for the value that
                                   // failed: "token {0} is outside the table of 65 rows"
  std::vector<MinimumSize> minimums; // checked before the function is called
  bool parallel = false;             // several threads can run a call together

  bool operator==(const EntryInterface &) const = default;
};

/// A compiled model.
struct ModelInterface {
  std::string name;
  std::vector<WeightSpec> weights;
  std::vector<std::string> ignored; // tensors of a checkpoint that may be superfluous
  std::vector<EntryInterface> entries;
  std::string whyNoStep; // why there is no entry "step"; empty when there is one
  std::vector<VocabularySpec> vocabularies;
  std::optional<Generation> generation; // of a model that makes tokens one after the other

  /// The entry of that name; null when there is none.
  const EntryInterface *entry(llvm::StringRef name) const;

  /// The vocabulary of that name; null when there is none.
  const VocabularySpec *vocabulary(llvm::StringRef name) const;

  bool operator==(const ModelInterface &) const = default;
};

/// The name of a kind: "input", "output", "memory", "next memory", "weight".
llvm::StringRef portKindName(PortKind kind);

/// The name of a kind as the language spells it: "characters", "bytes", "list", "pieces".
llvm::StringRef vocabularyKindName(VocabularyKind kind);

/// The interface as JSON.
llvm::json::Value toJSON(const ModelInterface &model);

/// Reads what `toJSON` gives. An error names the place (`model.entries[0].arguments[2].type`) and
/// what was expected. Two weights of one path, two entries or vocabularies of one name, a dynamic
/// dimension that `sizes` does not list, and a vocabulary that nobody declares are errors.
llvm::Expected<ModelInterface> modelInterfaceFromJSON(const llvm::json::Value &json);

/// As above, from text.
llvm::Expected<ModelInterface> parseModelInterface(llvm::StringRef text);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_MODELINTERFACE_H
