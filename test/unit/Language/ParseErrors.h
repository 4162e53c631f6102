//===- ParseErrors.h - Texts with errors read in tests -------------*- C++ -*-===//
//
// The messages of texts with one mistake, and that reading goes on behind it.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_LANGUAGE_PARSEERRORS_H
#define GATEFOLD_TEST_UNIT_LANGUAGE_PARSEERRORS_H

#include "ParseText.h"
#include <gtest/gtest.h>

namespace gatefold {

inline std::string messages(llvm::StringRef text) { return ParsedText(text).messages(); }

/// The messages of a cell with the line `statement` in its body, which is line 2, after two spaces;
/// the statement behind it must still be read.
inline std::string inBody(llvm::StringRef statement) {
  std::string text = ("cell A(x: f32) -> f32 {\n  " + statement + "\n  z = @\n}\n").str();
  std::string all = messages(text);
  llvm::StringRef rest = all;
  unsigned lastLine = llvm::StringRef(text).count('\n') - 1;
  std::string probe = std::to_string(lastLine) + ":7: expected an expression, found `@`\n";
  EXPECT_TRUE(rest.consume_back(probe)) << all;
  return rest.rtrim('\n').str();
}

/// The messages of `text`, behind which a declaration must still be read.
inline std::string atTopLevel(llvm::StringRef text) {
  std::string all = messages((text + "\nconst probe = @\n").str());
  llvm::StringRef rest = all;
  EXPECT_TRUE(rest.consume_back(":15: expected an expression, found `@`\n")) << all;
  return rest.take_front(rest.rfind('\n')).str();
}

} // namespace gatefold

#endif // GATEFOLD_TEST_UNIT_LANGUAGE_PARSEERRORS_H
