//===- ParsedBody.h - Valid texts read in tests --------------------*- C++ -*-===//
//
// Texts without errors, and what tests ask their trees for.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TEST_UNIT_LANGUAGE_PARSEDBODY_H
#define GATEFOLD_TEST_UNIT_LANGUAGE_PARSEDBODY_H

#include "ParseText.h"
#include <gtest/gtest.h>

namespace gatefold {

/// The texts of `names`.
inline std::vector<std::string> texts(const std::vector<Name> &names) {
  std::vector<std::string> result;
  for (const Name &name : names)
    result.push_back(name.text);
  return result;
}

/// The source text of `range`.
inline llvm::StringRef slice(SourceRange range) {
  return {range.Start.getPointer(),
          static_cast<size_t>(range.End.getPointer() - range.Start.getPointer())};
}

/// A text with errors is a failure of the test.
struct ValidText : ParsedText {
  explicit ValidText(llvm::StringRef text) : ParsedText(text) { EXPECT_EQ(messages(), ""); }
};

/// The body of a cell, read.
struct Body : ValidText {
  explicit Body(llvm::StringRef statements)
      : ValidText(("cell A(x: f32) -> f32 {\n" + statements + "\n}\n").str()) {}
  template <typename T = Statement>
  const T &statement(unsigned index = 0) const {
    return llvm::cast<T>(*file->declarations.at(0)->body.at(index));
  }
};

} // namespace gatefold

#endif // GATEFOLD_TEST_UNIT_LANGUAGE_PARSEDBODY_H
