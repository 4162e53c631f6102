//===- Page.cpp - The inspector as one file ----------------------*- C++ -*-===//
//
// Fills the gaps of page/page.html with styles, scripts and data.
//
//===----------------------------------------------------------------------===//

#include "Page.h"
#include "PageParts.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/Compression.h"

using namespace gatefold;

/// The data, a tenth of its size where this program can compress; browsers can all do the reverse.
/// Neither form has a `<` that could end the element around it.
static void writeData(llvm::raw_ostream &os, llvm::StringRef json) {
  if (llvm::compression::zlib::isAvailable()) {
    llvm::SmallVector<uint8_t> bytes;
    llvm::compression::zlib::compress(llvm::arrayRefFromStringRef(json), bytes);
    os << llvm::encodeBase64(bytes);
    return;
  }
  for (char c : json)
    if (c == '<')
      os << "\\u003c";
    else
      os << c;
}

static void writeEscaped(llvm::raw_ostream &os, llvm::StringRef text) {
  for (char c : text)
    if (c == '<')
      os << "&lt;";
    else if (c == '&')
      os << "&amp;";
    else
      os << c;
}

void gatefold::writeInspectorPage(llvm::raw_ostream &os, llvm::StringRef title,
                                  llvm::StringRef json) {
  llvm::StringRef rest = getPageFrame();
  while (!rest.empty()) {
    auto [before, after] = rest.split("<!--@");
    os << before;
    auto [gap, next] = after.split("-->");
    rest = next;
    if (gap == "title")
      writeEscaped(os, title);
    else if (gap == "styles")
      os << getPageStyles();
    else if (gap == "scripts")
      os << getPageScripts();
    else if (gap == "data")
      writeData(os, json);
  }
}
