//===- InterpreterTestHelpers.h - Entries from text -------------*- C++ -*-===//
//
// Makes an entry from the text of its body and interprets it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_INTERPRETER_INTERPRETERTESTHELPERS_H
#define GATEFOLD_TEST_UNIT_INTERPRETER_INTERPRETERTESTHELPERS_H

#include "gatefold/Interpreter/Interpreter.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatefold::test {

/// The attribute of a port for a tensor type such as "tensor<?x3xf32>". Dynamic dimensions are
/// called by their axis: "d0", "d1".
inline std::string portText(llvm::StringRef kind, llvm::StringRef name, llvm::StringRef type) {
  llvm::SmallVector<llvm::StringRef> parts;
  type.slice(type.find('<') + 1, type.rfind('>')).split(parts, 'x');
  parts.pop_back();
  std::string dims;
  for (auto [axis, part] : llvm::enumerate(parts))
    dims += (axis ? ", \"" : "\"") + (part == "?" ? "d" + std::to_string(axis) : part.str()) + "\"";
  return (type + " {gatefold.port = #gatefold.port<" + kind + " \"" + name + "\" [" + dims + "]>}")
      .str();
}

/// An entry with a body. Arguments are called %a, %b, %c in the order of their types.
class TestEntry {
public:
  /// `weights` are `gatefold.weight` operations, `body` ends in `gatefold.return`.
  TestEntry(std::vector<std::string> arguments, std::vector<std::string> results,
            llvm::StringRef body, llvm::StringRef weights = "") {
    std::string text = "gatefold.model @m {\n" + weights.str() + "\ngatefold.entry @sequence(";
    for (const auto &[index, type] : llvm::enumerate(arguments)) {
      std::string name(1, static_cast<char>('a' + index));
      text += (index ? ", %" : "%") + name + ": " + portText("input", name, type);
    }
    text += ") -> (";
    for (auto [index, type] : llvm::enumerate(results))
      text += (index ? ", " : "") + portText("output", "r" + std::to_string(index), type);
    text += ") {" + body.str() + "\n}\n}\n";
    context.loadDialect<ir::GatefoldDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context, "test.fold");
    EXPECT_TRUE(module) << text;
  }

  /// The results, or the error.
  llvm::Expected<std::vector<Tensor>> interpret(std::vector<Tensor> arguments,
                                                InterpreterOptions options = {}) {
    if (!module)
      return llvm::createStringError("the text was not parsed");
    auto model = llvm::cast<ir::ModelOp>(module->getBody()->front());
    return gatefold::interpret(
        model.lookupEntry("sequence"), arguments,
        [&](llvm::StringRef path) -> llvm::Expected<Tensor> {
          auto weight = weights.find(path.str());
          if (weight == weights.end())
            return llvm::createStringError("no weight `" + path.str() + "`");
          return weight->second;
        },
        options);
  }

  /// The elements of the results; fails the test on an error.
  std::vector<std::vector<double>> run(std::vector<Tensor> arguments,
                                       InterpreterOptions options = {}) {
    llvm::Expected<std::vector<Tensor>> results = interpret(std::move(arguments), options);
    std::vector<std::vector<double>> values;
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {{}, {}, {}};
    }
    for (const Tensor &result : *results) {
      values.emplace_back();
      for (int64_t at = 0; at < result.numElements(); ++at)
        values.back().push_back(result.elementAsDouble(at));
    }
    return values;
  }

  /// The message of the error; fails the test without one.
  std::string error(std::vector<Tensor> arguments, InterpreterOptions options = {}) {
    llvm::Expected<std::vector<Tensor>> results = interpret(std::move(arguments), options);
    if (!results)
      return llvm::toString(results.takeError());
    ADD_FAILURE() << "expected an error";
    return "";
  }

  /// The weights by path.
  std::map<std::string, Tensor> weights;

private:
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// A tensor of f32.
inline Tensor floats(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<float> values) {
  return Tensor::fromFloats(shape, values);
}

/// A tensor of i32.
inline Tensor integers(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int32_t> values) {
  return Tensor::copyOf<int32_t>(ElementType::I32, shape, values);
}

/// Options for computing in double.
inline InterpreterOptions inDouble() { return {Precision::Double, {}}; }

} // namespace gatefold::test

#endif // GATEFOLD_TEST_UNIT_INTERPRETER_INTERPRETERTESTHELPERS_H
