//===- Syntax.cpp - The syntax tree -------------------------------*- C++ -*-===//
//
// How operators and declarations are spelled.
//
//===----------------------------------------------------------------------===//

#include "gatefold/Language/Syntax.h"
#include "llvm/Support/ErrorHandling.h"

using namespace gatefold;

llvm::StringRef gatefold::spell(BinaryOperator op) {
  switch (op) {
  case BinaryOperator::Add:
    return "+";
  case BinaryOperator::Subtract:
    return "-";
  case BinaryOperator::Multiply:
    return "*";
  case BinaryOperator::Divide:
    return "/";
  case BinaryOperator::Modulo:
    return "%";
  case BinaryOperator::Power:
    return "^";
  case BinaryOperator::MatMul:
    return "@";
  case BinaryOperator::Contract:
    return ".";
  case BinaryOperator::Equal:
    return "==";
  case BinaryOperator::NotEqual:
    return "!=";
  case BinaryOperator::Less:
    return "<";
  case BinaryOperator::LessEqual:
    return "<=";
  case BinaryOperator::Greater:
    return ">";
  case BinaryOperator::GreaterEqual:
    return ">=";
  case BinaryOperator::And:
    return "and";
  case BinaryOperator::Or:
    return "or";
  }
  llvm_unreachable("every operator has a spelling");
}

llvm::StringRef gatefold::spell(Declaration::Kind kind) {
  switch (kind) {
  case Declaration::Kind::Function:
    return "fn";
  case Declaration::Kind::Layer:
    return "layer";
  case Declaration::Kind::Cell:
    return "cell";
  case Declaration::Kind::Model:
    return "model";
  }
  llvm_unreachable("every kind of declaration has a spelling");
}

llvm::StringRef gatefold::spell(VocabularyDeclaration::Kind kind) {
  switch (kind) {
  case VocabularyDeclaration::Kind::Characters:
    return "characters";
  case VocabularyDeclaration::Kind::Bytes:
    return "bytes";
  case VocabularyDeclaration::Kind::List:
    return "list";
  case VocabularyDeclaration::Kind::Pieces:
    return "pieces";
  }
  llvm_unreachable("every kind of vocabulary has a spelling");
}
