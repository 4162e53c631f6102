# Compiler settings and the functions that add Gatefold's libraries.

include_directories(${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)

add_compile_options(-Wall -Wextra -Wno-unused-parameter -ffunction-sections -fdata-sections
                    -fvisibility-inlines-hidden)
# What compiled code is kept under names this build, too.
add_link_options(-fuse-ld=lld-22 -Wl,--gc-sections -Wl,--as-needed -Wl,--build-id=sha1)
if(GATEFOLD_SANITIZE)
  add_compile_options(-fsanitize=${GATEFOLD_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GATEFOLD_SANITIZE})
endif()
if(GATEFOLD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(GATEFOLD_CCACHE ccache)
if(GATEFOLD_CCACHE)
  # The sloppiness is what lets ccache work with a precompiled header.
  set(ccache ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${GATEFOLD_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache})
  set(CMAKE_C_COMPILER_LAUNCHER ${ccache})
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

# One precompiled header for every file that sees MLIR: 7 s become 1 to 2 s a file.
file(WRITE ${PROJECT_BINARY_DIR}/precompiled.cpp "// Carries the precompiled header.\n")
add_library(GatefoldPrecompiled OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/precompiled.cpp)
target_precompile_headers(GatefoldPrecompiled PRIVATE ${PROJECT_SOURCE_DIR}/cmake/Precompiled.h)
target_compile_options(GatefoldPrecompiled PRIVATE -fpch-instantiate-templates)

# gatefold_add_library(NAME [MLIR] SOURCES file... [LINK library...] [DEPENDS target...])
# MLIR says that the sources see MLIR and share the precompiled header.
function(gatefold_add_library name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_MLIR)
    target_precompile_headers(${name} REUSE_FROM GatefoldPrecompiled)
    target_compile_options(${name} PRIVATE -fpch-instantiate-templates)
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()
