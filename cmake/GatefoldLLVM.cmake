# Finds Debian's MLIR 22 and prepares its static archives for linking.
#
# The driver links everything statically: the dynamic loader alone costs about 30 ms for libMLIR.so and
# libLLVM.so, more than compiling a model takes.

# Debian's LLVMSupport export names this target, which only libzstd's development package would define.
if(NOT TARGET zstd::libzstd_shared)
  find_library(GATEFOLD_ZSTD NAMES zstd libzstd.so.1 REQUIRED)
  add_library(zstd::libzstd_shared SHARED IMPORTED)
  set_target_properties(zstd::libzstd_shared PROPERTIES IMPORTED_LOCATION ${GATEFOLD_ZSTD})
endif()

find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
set(MLIR_BINARY_DIR ${PROJECT_BINARY_DIR})

# MLIR's exported archives name the LLVM dylib. Linking that beside LLVM's own archives would load LLVM twice
# and abort at start ("option registered more than once"), so the dylib is taken off their interfaces.
get_property(gatefold_mlir_libs GLOBAL PROPERTY MLIR_ALL_LIBS)
foreach(target ${gatefold_mlir_libs})
  if(TARGET ${target})
    get_target_property(dependencies ${target} INTERFACE_LINK_LIBRARIES)
    if(dependencies)
      list(REMOVE_ITEM dependencies LLVM)
      set_property(TARGET ${target} PROPERTY INTERFACE_LINK_LIBRARIES "${dependencies}")
    endif()
  endif()
endforeach()

# LLVM_DEFINITIONS is one string; unsplit it would redefine a macro in every file.
separate_arguments(gatefold_llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_definitions(${gatefold_llvm_definitions})
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
