//===- Utf8.cpp - Characters of a text ---------------------------*- C++ -*-===//
//
// Takes texts apart into characters, and names places in them.
//
//===----------------------------------------------------------------------===//

#include "Utf8.h"
#include "Error.h"
#include "llvm/Support/ConvertUTF.h"

using namespace gatefold;

llvm::Expected<llvm::StringRef> gatefold::characterAt(llvm::StringRef text, size_t begin) {
  auto *bytes = reinterpret_cast<const llvm::UTF8 *>(text.data());
  size_t length = llvm::getNumBytesForUTF8(bytes[begin]);
  if (length > text.size() - begin ||
      !llvm::isLegalUTF8Sequence(bytes + begin, bytes + begin + length))
    return makeError("byte " + llvm::Twine(begin) + " of the text, 0x" +
                     llvm::toHex(text.substr(begin, 1)) + ", is not UTF-8");
  return text.substr(begin, length);
}

llvm::Error gatefold::checkUtf8(llvm::StringRef text) {
  for (size_t place = 0; place < text.size();) {
    llvm::Expected<llvm::StringRef> character = characterAt(text, place);
    if (!character)
      return character.takeError();
    place += character->size();
  }
  return llvm::Error::success();
}

/// The characters of a text, or of as much of it as is UTF-8.
static size_t countCharacters(llvm::StringRef text) {
  // All bytes but those that continue a character begin one.
  return llvm::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; });
}

std::string gatefold::describePlace(llvm::StringRef text, size_t byte) {
  llvm::StringRef before = text.take_front(byte);
  size_t lineBegin = before.rfind('\n') + 1; // 0 on the first line, as npos + 1 is 0
  std::string place = "character " + std::to_string(countCharacters(before.substr(lineBegin)) + 1);
  if (!text.rtrim('\n').contains('\n'))
    return place;
  return "line " + std::to_string(before.count('\n') + 1) + ", " + place;
}
