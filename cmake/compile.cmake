# How everything is compiled and linked: the target processor, sanitizers, the compiler cache, warnings.

# Objects do not depend on where the tree stands: no absolute path in them, and clones share one compiler cache.
set(OSPREY_PATH_MAP -ffile-prefix-map=${CMAKE_BINARY_DIR}/= -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
find_program(CCACHE ccache)
if(CCACHE)
  set(launcher env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# The baseline is x86-64-v3 (docs/decisions/0001). Code stands at fixed addresses: a handler's address is a constant.
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
add_compile_options(-march=x86-64-v3 -fno-pie -fno-plt ${OSPREY_PATH_MAP})
add_link_options(-no-pie -fuse-ld=lld)
if(OSPREY_TUNE)
  add_compile_options(-mtune=${OSPREY_TUNE})
endif()
if(OSPREY_LTO)
  add_compile_options(-flto=thin)
  add_link_options(-flto=thin -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/thinlto)
endif()

if(OSPREY_SANITIZE)
  add_compile_options(-fsanitize=${OSPREY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${OSPREY_SANITIZE})
  if(OSPREY_SANITIZE MATCHES address)
    # The interpreter's calling convention (preserve_none) has no room for the stack frames of unknown size that the address
    # sanitizer makes by default.
    add_compile_options("SHELL:-mllvm -asan-stack-dynamic-alloca=0")
  endif()
endif()
if(OSPREY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
# Checks of the standard library where speed is not the point.
if(OSPREY_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

# For our own code, not for what third_party/ brings.
macro(osprey_strict_warnings)
  add_compile_options(
    "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wno-sign-conversion;-Werror>"
    # Ours by choice: __int128, computed tables, designated initialisers.
    "$<$<COMPILE_LANGUAGE:CXX>:-Wno-gnu;-Wno-missing-field-initializers;-Wno-missing-designated-field-initializers>")
endmacro()
