//===- Writer.h - Values as lines of a text ----------------------*- C++ -*-===//
//
// Prints what results are computed from, a line for each value that has a name in the file or is
// used more than once; the others stand within the lines that use them.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_WRITER_H
#define GATEFOLD_LIB_ONNX_WRITER_H

#include "Builder.h"
#include "Names.h"
#include "gatefold/Runtime/NamedTensors.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace gatefold::onnx {

/// Writes the body of one model or cell.
class BodyWriter {
public:
  /// Weights go to `weights` under `prefix` and their name.
  BodyWriter(Names &names, NamedTensors &weights, std::string prefix = "")
      : names(names), weights(weights), prefix(std::move(prefix)) {}

  /// Gives a parameter its name in the text.
  void nameParameter(Value parameter, llvm::StringRef name) { known[parameter] = name.str(); }

  /// Writes the lines that compute these values.
  void write(llvm::ArrayRef<Value> results);

  /// A value as an expression, once it is written.
  std::string use(Value value, Precedence needed = Precedence::If);

  /// `weight` lines, and then the lines of values.
  std::string takeText();

  /// Whether the text uses the parameter.
  bool uses(Value parameter) const { return used.contains(parameter); }

private:
  void countUses(llvm::ArrayRef<Value> results);
  bool isInlined(Value value) const;
  void reserveNames();
  std::string takeName(Value value);
  void writeStatement(Value whole);
  void writeInstance(const Instance &instance);
  std::string fill(Value value);
  std::pair<std::string, Precedence> spellLiteral(Value value);
  std::pair<std::string, Precedence> spellScalar(Value value);
  std::string declareWeight(Value value, const std::vector<float> &elements,
                            llvm::StringRef suffix);
  std::string spellWeight(Value value);

  Names &names;
  NamedTensors &weights;
  std::string prefix;
  std::vector<Value> reached; ///< in the order of their making
  llvm::DenseMap<Value, int> counts;
  llvm::DenseMap<Value, std::string> known;
  llvm::DenseMap<Value, std::string> reserved;
  llvm::DenseMap<Value, std::pair<std::string, Precedence>> inlined;
  llvm::DenseSet<Value> used;
  std::string weightLines, instanceLines, lines;
};

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_WRITER_H
