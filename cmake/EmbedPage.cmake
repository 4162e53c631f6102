# Writes the inspector's page into a C++ source file. Run as a script:
#   cmake -D OUTPUT=file.cpp -D FRAME=page.html -D STYLES=a.css|b.css -D SCRIPTS=a.js|b.js -P EmbedPage.cmake
# The result defines the functions of inspector/PageParts.h.

# Each file is a literal of its own: adjacent literals are one, and none is longer than compilers take.
function(join_files name files)
  string(REPLACE "|" ";" files "${files}")
  set(text "")
  foreach(file ${files})
    file(READ ${file} content)
    string(APPEND text "R\"page(${content})page\"\n")
  endforeach()
  set(${name} "${text}" PARENT_SCOPE)
endfunction()

join_files(frame "${FRAME}")
join_files(styles "${STYLES}")
join_files(scripts "${SCRIPTS}")
file(WRITE ${OUTPUT} "// Generated from the files of the inspector's page by EmbedPage.cmake.
#include \"inspector/PageParts.h\"

llvm::StringRef gatefold::getPageFrame() { return ${frame}; }
llvm::StringRef gatefold::getPageStyles() { return ${styles}; }
llvm::StringRef gatefold::getPageScripts() { return ${scripts}; }
")
