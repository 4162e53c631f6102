//===- Names.h - Names of a file as names of a text --------------*- C++ -*-===//
//
// Files call values anything; a text has letters, digits and underscores, and words of its own.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LIB_ONNX_NAMES_H
#define GATEFOLD_LIB_ONNX_NAMES_H

#include "llvm/ADT/StringRef.h"
#include <map>
#include <set>
#include <string>

namespace gatefold::onnx {

/// Gives names that differ from each other and from all words of the language and its library.
class Names {
public:
  Names();
  /// A name like `wanted`, used from now on.
  std::string take(llvm::StringRef wanted);
  /// Marks a name as used.
  void reserve(llvm::StringRef name) { used.insert(name.str()); }

private:
  std::set<std::string> used;
  std::map<std::string, int> numbers; ///< behind the last name that was like this one
};

/// `wanted` made of letters, digits and underscores; "value" where nothing is left.
std::string plainName(llvm::StringRef wanted);

} // namespace gatefold::onnx

#endif // GATEFOLD_LIB_ONNX_NAMES_H
