# Writes texts into a C++ source file. Run as a script:
#   cmake -D OUTPUT=file.cpp -D FILES=a.fold|b.fold -P EmbedText.cmake
# The result defines gatefold::getLibrary() with the texts in the order given.

# What Clang and GCC take for one literal is far above the size of a file; the delimiter does not occur in the texts.
string(REPLACE "|" ";" files "${FILES}")
set(entries "")
foreach(file ${files})
  get_filename_component(name ${file} NAME)
  file(READ ${file} text)
  string(APPEND entries "      {\"<library>/${name}\", R\"fold(${text})fold\"},\n")
endforeach()
file(WRITE ${OUTPUT}.new "// Generated from the library's .fold files by EmbedText.cmake.
#include \"gatefold/Language/Library.h\"

const std::vector<gatefold::LibraryFile> &gatefold::getLibrary() {
  static const std::vector<LibraryFile> files = {
${entries}  };
  return files;
}
")
configure_file(${OUTPUT}.new ${OUTPUT} COPYONLY)
