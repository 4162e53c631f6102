//===- VocabularyTarget.cpp - Vocabularies against hostile files --*- C++ -*-===//
//
// Every form in which a vocabulary can be kept, and texts that it may not know.
//
//===----------------------------------------------------------------------===//

#include "Targets.h"
#include "gatefold/Runtime/Vocabulary.h"

using namespace gatefold;
using namespace gatefold::fuzz;

static const VocabularySpec forms[] = {
    {"v", VocabularyKind::Pieces, {}, "v.bin"},      {"v", VocabularyKind::List, {}, "v.txt"},
    {"v", VocabularyKind::List, {}, "v.json"},       {"v", VocabularyKind::List, {}, "v.json:key"},
    {"v", VocabularyKind::Characters, {}, "v.json"},
};

/// Whether it went well; an error has to be told.
template <typename T>
static bool isGiven(llvm::Expected<T> &value) {
  if (value)
    return true;
  promise(!llvm::toString(value.takeError()).empty(), "an error without a message");
  return false;
}

/// The tokens as a text, at once and one after the other.
static void print(const Vocabulary &vocabulary, llvm::ArrayRef<int32_t> tokens) {
  llvm::Expected<std::string> text = vocabulary.decode(tokens);
  std::string joined;
  TextPrinter printer(vocabulary);
  bool isWhole = true;
  for (int32_t token : tokens) {
    llvm::Expected<llvm::StringRef> bytes = printer.next(token);
    if (!isGiven(bytes)) {
      isWhole = false;
      break;
    }
    joined += *bytes;
  }
  promise(isGiven(text) == isWhole, "tokens are printable in one way only");
  promise(!isWhole || *text == joined, "tokens are printed in two ways");
}

void fuzz::runVocabulary(llvm::StringRef bytes) {
  if (bytes.size() < 2)
    return;
  const VocabularySpec &form = forms[static_cast<uint8_t>(bytes[0] - '0') % std::size(forms)];
  llvm::StringRef rest = bytes.drop_front(2);
  size_t textBytes = std::min<size_t>(static_cast<uint8_t>(bytes[1]), rest.size());
  llvm::Expected<Vocabulary> vocabulary =
      Vocabulary::parse(form, makeFile(rest.drop_back(textBytes), form.file));
  if (!isGiven(vocabulary))
    return;
  llvm::Expected<std::vector<int32_t>> tokens = vocabulary->encode(rest.take_back(textBytes));
  if (isGiven(tokens))
    for (int32_t token : *tokens)
      promise(token >= 0 && token < vocabulary->size(), "a text has tokens beyond the vocabulary");
  if (tokens)
    print(*vocabulary, *tokens);
  print(*vocabulary, {1, 0, static_cast<int32_t>(vocabulary->size() - 1)});
  print(*vocabulary, {static_cast<int32_t>(vocabulary->size())});
  print(*vocabulary, {-1});
}
