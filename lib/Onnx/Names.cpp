//===- Names.cpp - Names of a file as names of a text ------------*- C++ -*-===//
//
// Makes names that a text may have.
//
//===----------------------------------------------------------------------===//

#include "Names.h"
#include "gatefold/Language/Builtins.h"
#include "gatefold/Language/Diagnostics.h"
#include "gatefold/Language/Library.h"
#include "gatefold/Language/Syntax.h"
#include "llvm/ADT/StringExtras.h"

using namespace gatefold;
using namespace gatefold::onnx;

static constexpr llvm::StringLiteral words[] = {
    "and",     "back",  "binding",  "cell",    "const",   "else",       "false",   "fn",
    "for",     "from",  "generate", "history", "if",      "ignore",     "import",  "layer",
    "load",    "model", "new",      "not",     "or",      "position",   "require", "return",
    "reverse", "scan",  "state",    "then",    "true",    "vocabulary", "weight",  "when",
    "window",  "in",    "keep",     "limit",   "of",      "pad",        "prompt",  "starting",
    "until",   "f32",   "i32",      "i64",     "bool",    "token",      "batch",   "sequence",
    "step",    "init",  "prepare",  "index",   "capacity"};

/// The words of the language and the names of its library.
static std::set<std::string> listWords() {
  std::set<std::string> listed;
  for (llvm::StringRef word : words)
    listed.insert(word.str());
  for (const Builtin &builtin : allBuiltins())
    listed.insert(builtin.name.str());
  llvm::SourceMgr sources;
  Diagnostics diagnostics(sources);
  std::unique_ptr<SourceFile> library = parseLibrary(sources, diagnostics);
  for (const std::unique_ptr<Declaration> &declaration : library->declarations)
    listed.insert(declaration->name.text);
  return listed;
}

Names::Names() {
  static const std::set<std::string> reserved = listWords();
  used = reserved;
}

/// The last two parts of a path, without what exporters put behind all of them.
static std::string shortenPath(llvm::StringRef path) {
  path.consume_back("_output_0");
  auto [front, number] = path.rsplit(':');
  if (llvm::all_of(number, llvm::isDigit))
    path = front;
  llvm::SmallVector<llvm::StringRef> parts;
  path.split(parts, '/', -1, /*KeepEmpty=*/false);
  while (parts.size() > 1 && (parts.back() == "ReadVariableOp" || parts.back() == "resource"))
    parts.pop_back();
  return llvm::join(llvm::ArrayRef(parts).take_back(2), "/");
}

std::string onnx::plainName(llvm::StringRef path) {
  std::string shortened = shortenPath(path), name;
  llvm::StringRef wanted = shortened;
  for (char c : wanted.take_front(200)) {
    bool isPlain = llvm::isAlnum(c);
    if (isPlain)
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  while (!name.empty() && name.back() == '_')
    name.pop_back();
  if (name.size() > 50)
    name = name.substr(name.size() - 50);
  name = llvm::StringRef(name).ltrim('_').str();
  if (name.empty())
    return "value";
  return llvm::isDigit(name[0]) ? "v" + name : name;
}

std::string Names::take(llvm::StringRef wanted) {
  std::string plain = plainName(wanted), name = plain;
  while (!used.insert(name).second) {
    int &number = numbers[plain]; // where the last search ended, as thousands may want one name
    number = std::max(number + 1, 2);
    name = plain + "_" + std::to_string(number);
  }
  return name;
}
