//===- FoldText.cpp - A text on its way to a model ---------------*- C++ -*-===//
//
// Parses and checks a text, and picks a model.
//
//===----------------------------------------------------------------------===//

#include "FoldText.h"
#include "CommandLine.h"
#include "gatefold/Language/Checker.h"
#include "gatefold/Language/Imports.h"
#include "gatefold/Language/Library.h"
#include "gatefold/Language/Lowering.h"
#include "gatefold/Language/Parser.h"
#include "gatefold/Runtime/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Support/Path.h"

using namespace gatefold;

/// What a file is that is no text of a model; empty where that is not known.
static llvm::StringRef nameOtherKind(llvm::StringRef path, llvm::StringRef contents) {
  switch (llvm::identify_magic(contents)) {
  case llvm::file_magic::unknown:
    break;
  case llvm::file_magic::bitcode:
    return "LLVM bitcode";
  case llvm::file_magic::archive:
    return "an archive";
  default:
    return "a binary file";
  }
  return llvm::StringSwitch<llvm::StringRef>(llvm::sys::path::extension(path))
      .Case(".ll", "LLVM IR")
      .Case(".s", "assembly")
      .Cases({".npy", ".safetensors", ".wav"}, "a file of tensors")
      .Default("");
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> gatefold::readText(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return makeError(path + ": cannot be read: " + buffer.getError().message());
  llvm::StringRef other = nameOtherKind(path, (*buffer)->getBuffer());
  if (!other.empty())
    return makeError(path + ": is " + other +
                     "; expected the text of a model, in a .fold or a .mlir file");
  return std::move(*buffer);
}

FoldText::FoldText(std::unique_ptr<llvm::MemoryBuffer> contents,
                   std::vector<std::string> importDirectories)
    : path(contents->getBufferIdentifier()), importDirectories(std::move(importDirectories)),
      diagnostics(sources), buffer(sources.AddNewSourceBuffer(std::move(contents), llvm::SMLoc())) {
}

bool FoldText::check() {
  file = parseLibrary(sources, diagnostics);
  parseWithImports(*file, sources, buffer, diagnostics, importDirectories, readText);
  return gatefold::check(*file, diagnostics);
}

bool FoldText::checkWithSizes() { return check() && checkRequirements(*file, diagnostics); }

bool FoldText::parse() {
  file = parseFile(sources, buffer, diagnostics);
  return file != nullptr;
}

void FoldText::printDiagnostics() const { diagnostics.print(llvm::errs(), useColors()); }

llvm::Expected<const Declaration *> FoldText::findModel(llvm::StringRef name) const {
  std::vector<std::string> names;
  const Declaration *last = nullptr;
  for (const std::unique_ptr<Declaration> &declaration : file->declarations) {
    if (declaration->kind != Declaration::Kind::Model || declaration->fromLibrary)
      continue;
    if (declaration->name.text == name)
      return declaration.get();
    if (declaration->isImported)
      continue;
    last = declaration.get();
    names.push_back(last->name.text);
  }
  auto fail = [&](const llvm::Twine &message) { return makeError(path + ": " + message); };
  if (!last)
    return fail("there is no model in this file");
  if (!name.empty()) {
    std::string nearest = suggest(name, names);
    return fail("there is no model `" + name + "`" +
                (nearest.empty() ? "; the models are " + llvm::join(names, ", ") : nearest));
  }
  if (names.size() > 1)
    return fail("there are several models; choose one with --model: " + llvm::join(names, ", "));
  return last;
}
