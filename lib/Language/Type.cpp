//===- Type.cpp - Element types and shapes of values --------------*- C++ -*-===//
//
// The spelling of types.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Type.h"

#include "llvm/ADT/StringExtras.h"

using namespace gatefold;

llvm::StringRef gatefold::spell(Element element) {
  switch (element) {
  case Element::F32:
    return "f32";
  case Element::I32:
    return "i32";
  case Element::I64:
    return "i64";
  case Element::Bool:
    return "bool";
  case Element::Token:
    return "token";
  case Element::Number:
    return "number";
  case Element::Invalid:
    return "invalid";
  }
  llvm_unreachable("every element type has a spelling");
}

std::string Type::str() const {
  if (dims.empty())
    return spell(element).str();
  std::string text = element == Element::F32 ? "" : spell(element).str();
  text += "[";
  llvm::interleave(dims, [&](const Dim &dim) { text += dim.str(); }, [&] { text += ", "; });
  return text + "]";
}
