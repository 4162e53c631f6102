//===- Printer.cpp - From the tree to text -----------------------*- C++ -*-===//
//
// The dimensions in a declaration's brackets are the named sizes that it mentions, itself or
// through its instances, so they never have to be kept up to date.
//
//===----------------------------------------------------------------------===//

#include "Printer.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::smith;

namespace {
/// Prints the declarations of one tree.
class Printer {
public:
  explicit Printer(const Tree &tree) : tree(tree) {}
  std::string printDeclaration(const Declaration &declaration);

private:
  std::string printAxis(const Axis &axis) const;
  std::string printType(const Type &type) const;
  std::string printOperand(const Expression &expression, bool isTight) const;
  std::string printOperation(const Expression &expression) const;
  std::string printCall(const Expression &expression) const;
  std::string printGeneration(const Expression &expression) const;
  std::string print(const Expression &expression) const;
  std::string printParameters(const Declaration &declaration) const;
  std::string printResults(const Declaration &declaration) const;
  std::string printInstance(const Statement &statement) const;
  std::string print(const Statement &statement, unsigned indent) const;

  void collectSizes(const Axis &axis, std::set<unsigned> &into) const;
  void collectSizes(const std::vector<Statement> &statements, std::set<unsigned> &into) const;
  std::vector<std::string> findBracketSizes(const Declaration &declaration, bool withValues) const;

  const Tree &tree;
};
} // namespace

//===----------------------------------------------------------------------===//
// Sizes and types
//===----------------------------------------------------------------------===//

std::string Printer::printAxis(const Axis &axis) const {
  std::vector<std::string> terms;
  for (unsigned term : axis) {
    const Size &size = tree.sizes[term];
    terms.push_back(size.isNamed || size.isFree ? size.name : std::to_string(size.value));
  }
  return llvm::join(terms, " + ");
}

std::string Printer::printType(const Type &type) const {
  std::string element;
  switch (type.element) {
  case Element::I32:
    element = "i32";
    break;
  case Element::Bool:
    element = "bool";
    break;
  case Element::Token:
    element = "token";
    break;
  default:
    element = type.shape.empty() ? "f32" : "";
    break;
  }
  if (type.shape.empty())
    return element;
  std::vector<std::string> axes;
  axes.reserve(type.shape.size());
  for (const Axis &axis : type.shape)
    axes.push_back(printAxis(axis));
  return element + "[" + llvm::join(axes, ", ") + "]";
}

void Printer::collectSizes(const Axis &axis, std::set<unsigned> &into) const {
  for (unsigned term : axis)
    if (term < tree.sizes.size() && tree.sizes[term].isNamed)
      into.insert(term);
}

void Printer::collectSizes(const std::vector<Statement> &statements,
                           std::set<unsigned> &into) const {
  for (const Statement &statement : statements) {
    if (statement.kind == Statement::Kind::Instance) {
      for (const Axis &axis : statement.arguments)
        collectSizes(axis, into);
      if (const Declaration *callee = tree.find(statement.callee))
        for (const std::string &name : findBracketSizes(*callee, /*withValues=*/false))
          for (unsigned index = 0; index < tree.sizes.size(); ++index)
            if (tree.sizes[index].name == name)
              into.insert(index);
    } else if (statement.kind == Statement::Kind::Weight ||
               statement.kind == Statement::Kind::State) {
      for (const Binding &binding : statement.bindings)
        for (const Axis &axis : binding.type.shape)
          collectSizes(axis, into);
    }
    collectSizes(statement.body, into);
  }
}

std::vector<std::string> Printer::findBracketSizes(const Declaration &declaration,
                                                   bool withValues) const {
  std::set<unsigned> used;
  // A function finds its sizes in its arguments.
  if (declaration.kind != Declaration::Kind::Function) {
    for (const Binding &parameter : declaration.parameters)
      for (const Axis &axis : parameter.type.shape)
        collectSizes(axis, used);
    for (const Expression &result : declaration.results)
      for (const Axis &axis : result.type.shape)
        collectSizes(axis, used);
    collectSizes(declaration.statements, used);
  }
  std::vector<std::string> names;
  names.reserve(used.size());
  for (unsigned size : used)
    names.push_back(tree.sizes[size].name +
                    (withValues ? " = " + std::to_string(tree.sizes[size].value) : ""));
  return names;
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

std::string Printer::printOperand(const Expression &expression, bool isTight) const {
  std::string text = print(expression);
  if (!isTight || expression.kind == Expression::Kind::Reference)
    return text;
  bool isWord = llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
  bool isCall =
      expression.kind == Expression::Kind::Call && expression.scan == Expression::Scan::No;
  // `name(…)`, whose parenthesis closes at the end only
  size_t open = text.find('(');
  if (!isWord && !isCall && open != std::string::npos && open != 0 && text.back() == ')' &&
      llvm::all_of(text.substr(0, open), [](char c) { return llvm::isAlnum(c) || c == '_'; })) {
    int depth = 0;
    isCall = true;
    for (size_t index = open; index + 1 < text.size(); ++index) {
      depth += text[index] == '(' ? 1 : text[index] == ')' ? -1 : 0;
      isCall &= depth > 0;
    }
  }
  return isWord || isCall ? text : "(" + text + ")";
}

std::string Printer::printOperation(const Expression &expression) const {
  std::string text;
  const std::string &pattern = expression.text;
  for (size_t index = 0; index < pattern.size(); ++index) {
    bool isLoose = pattern[index] == '{', isTight = pattern[index] == '<';
    if ((isLoose || isTight) && index + 2 < pattern.size() && llvm::isDigit(pattern[index + 1])) {
      text +=
          printOperand(expression.operands[static_cast<size_t>(pattern[index + 1] - '0')], isTight);
      index += 2;
    } else if (pattern[index] == '#') {
      text += printAxis(expression.type.shape.back());
    } else {
      text += pattern[index];
    }
  }
  return text;
}

std::string Printer::printCall(const Expression &expression) const {
  const size_t numInitial = expression.initial.size();
  const size_t numOperands = expression.operands.size() - numInitial;
  std::string text = expression.scan == Expression::Scan::Forward   ? "scan "
                     : expression.scan == Expression::Scan::Reverse ? "scan reverse "
                                                                    : "";
  text += expression.callee + "(";
  for (size_t index = 0; index < numOperands; ++index) {
    bool isFirstFixed = expression.scan != Expression::Scan::No && expression.numFixed != 0 &&
                        index == numOperands - expression.numFixed;
    text += (isFirstFixed ? "; " : index == 0 ? "" : ", ") + print(expression.operands[index]);
  }
  text += ")";
  for (size_t index = 0; index < numInitial; ++index)
    text += (index == 0 ? " from (" : ", ") + expression.initial[index] + " = " +
            print(expression.operands[numOperands + index]);
  return text + (numInitial == 0 ? "" : ")");
}

/// generate NAME(; FIXED, ..) prompt TOKENS from TOKEN until TOKEN starting (MEMORY = VALUE, ..)
std::string Printer::printGeneration(const Expression &expression) const {
  const size_t numInitial = expression.initial.size();
  const size_t numOperands = expression.operands.size() - numInitial;
  std::string text = "generate " + expression.callee;
  const size_t numInFront = 1 + expression.numFixed; // of the prompt
  for (size_t index = 1; index < numInFront; ++index)
    text += (index == 1 ? "(; " : ", ") + print(expression.operands[index]);
  text += numInFront > 1 ? ")" : "";
  if (numInFront < numOperands)
    text += " prompt " + print(expression.operands[numInFront]);
  text += " from " + print(expression.operands[0]);
  text += (expression.text.empty() ? "" : " ") + expression.text;
  for (size_t index = 0; index < numInitial; ++index)
    text += (index == 0 ? " starting (" : ", ") + expression.initial[index] + " = " +
            print(expression.operands[numOperands + index]);
  return text + (numInitial == 0 ? "" : ")");
}

std::string Printer::print(const Expression &expression) const {
  switch (expression.kind) {
  case Expression::Kind::Reference:
    return expression.text;
  case Expression::Kind::Operation:
    return printOperation(expression);
  case Expression::Kind::Call:
    return expression.scan == Expression::Scan::Generate ? printGeneration(expression)
                                                         : printCall(expression);
  }
  return "";
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

std::string Printer::printInstance(const Statement &statement) const {
  std::vector<std::string> sizes;
  if (const Declaration *callee = tree.find(statement.callee))
    sizes = findBracketSizes(*callee, /*withValues=*/false);
  for (const Axis &axis : statement.arguments)
    sizes.push_back(printAxis(axis));
  std::string text = statement.bindings[0].name + " = " + statement.callee;
  if (!sizes.empty())
    text += "[" + llvm::join(sizes, ", ") + "]";
  if (statement.extent)
    text += " * " + std::to_string(*statement.extent);
  return text;
}

std::string Printer::print(const Statement &statement, unsigned indent) const {
  using Kind = Statement::Kind;
  const std::string margin(indent, ' ');
  std::vector<std::string> names;
  names.reserve(statement.bindings.size());
  for (const Binding &binding : statement.bindings)
    names.push_back(binding.name);
  const std::string name = llvm::join(names, ", ");
  const std::string extent = statement.extent ? std::to_string(*statement.extent) : "";
  std::string body;
  for (const Statement &inner : statement.body)
    body += print(inner, indent + 2);
  switch (statement.kind) {
  case Kind::Weight:
    return margin + "weight " + name + ": " + printType(statement.bindings[0].type) + "\n";
  case Kind::State: {
    Type type = statement.bindings[0].type;
    if (statement.extent) // a body sees the last values
      type.shape.erase(type.shape.begin());
    return margin + "state " + name + ": " + printType(type) + " = " + print(statement.value) +
           (statement.extent ? " back " + extent : "") + "\n";
  }
  case Kind::Window:
    return margin + "window " + name + "[" + extent + "] = " + print(statement.value) + "\n";
  case Kind::History:
    return margin + "history " + name + " = " + print(statement.value) +
           (statement.extent ? " keep " + extent : "") + "\n";
  case Kind::Instance:
    return margin + printInstance(statement) + "\n";
  case Kind::Value:
    return margin + name + " = " + print(statement.value) + "\n";
  case Kind::Next:
    return margin + name + "' = " + print(statement.value) + "\n";
  case Kind::When:
    return margin + "when " + print(statement.value) + " {\n" + body + margin + "}\n";
  case Kind::For:
    return margin + "for n in " + extent + " {\n" + body + margin + "}\n";
  case Kind::Each:
    return margin + "for part in " + statement.callee + " {\n" + body + margin + "}\n";
  }
  return "";
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

std::string Printer::printParameters(const Declaration &declaration) const {
  std::string text;
  const size_t numFront = declaration.parameters.size() - declaration.numFixed;
  for (size_t index = 0; index < declaration.parameters.size(); ++index) {
    const Binding &parameter = declaration.parameters[index];
    text += index == 0 ? "" : index == numFront ? "; " : ", ";
    text += parameter.name + ": " + printType(parameter.type);
  }
  return text;
}

std::string Printer::printResults(const Declaration &declaration) const {
  std::vector<std::string> types;
  types.reserve(declaration.results.size());
  const bool isModel = declaration.kind == Declaration::Kind::Model;
  for (size_t index = 0; index < declaration.results.size(); ++index)
    types.push_back((isModel ? "y" + std::to_string(index) + ": " : "") +
                    printType(declaration.results[index].type));
  std::string text = llvm::join(types, ", ");
  return isModel ? "(" + text + ")" : text;
}

std::string Printer::printDeclaration(const Declaration &declaration) {
  static constexpr const char *words[] = {"fn", "layer", "cell", "model"};
  std::vector<std::string> sizes =
      findBracketSizes(declaration, declaration.kind == Declaration::Kind::Model);
  std::string text =
      std::string(words[static_cast<int>(declaration.kind)]) + " " + declaration.name;
  if (!sizes.empty())
    text += "[" + llvm::join(sizes, ", ") + "]";
  text += "(" + printParameters(declaration) + ") -> " + printResults(declaration) + " {\n";
  for (const Statement &statement : declaration.statements)
    text += print(statement, 2);
  std::vector<std::string> results;
  results.reserve(declaration.results.size());
  for (const Expression &result : declaration.results)
    results.push_back(print(result));
  return text + "  return " + llvm::join(results, ", ") + "\n}\n";
}

std::string smith::print(const Tree &tree) {
  Printer printer(tree);
  std::string text;
  for (const Declaration &declaration : tree.declarations)
    text += (text.empty() ? "" : "\n") + printer.printDeclaration(declaration);
  return text;
}
