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
#include "llvm/Support/JSON.h"
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

  bool operator==(const Port &) const = default;
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
  std::string name;            // "sequence", "step" or "init"
  std::string symbol;          // the function's name in the object code
  std::vector<Port> arguments; // in the order of the function's pointer arguments: inputs,
                               // memories, outputs, next memories, all weights of the model
  std::vector<std::string>
      sizes; // the dynamic dimensions, in the order of the arguments that give them

  std::vector<std::string> checks; // texts of the run-time checks; `{0}` stands for the value that
                                   // failed: "token {0} is outside the table of 65 rows"
  std::vector<MinimumSize> minimums; // checked before the function is called

  bool operator==(const EntryInterface &) const = default;
};

/// A compiled model.
struct ModelInterface {
  std::string name;
  std::vector<WeightSpec> weights;
  std::vector<std::string> ignored; // tensors of a checkpoint that may be superfluous
  std::vector<EntryInterface> entries;
  std::string whyNoStep; // why there is no entry "step"; empty when there is one

  /// The entry of that name; null when there is none.
  const EntryInterface *entry(llvm::StringRef name) const;

  bool operator==(const ModelInterface &) const = default;
};

/// The name of a kind: "input", "output", "memory", "next memory", "weight".
llvm::StringRef portKindName(PortKind kind);

/// The interface as JSON.
llvm::json::Value toJSON(const ModelInterface &model);

/// Reads what `toJSON` gives. An error names the place (`model.entries[0].arguments[2].type`) and
/// what was expected. Two weights of one path, two entries of one name, and a dynamic dimension
/// that `sizes` does not list are errors.
llvm::Expected<ModelInterface> modelInterfaceFromJSON(const llvm::json::Value &json);

/// As above, from text.
llvm::Expected<ModelInterface> parseModelInterface(llvm::StringRef text);

} // namespace gatefold

#endif // GATEFOLD_RUNTIME_MODELINTERFACE_H
