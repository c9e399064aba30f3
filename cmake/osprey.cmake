# The house rules as functions: each folder under src/ is one static library that sees only the folders it links.

set(OSPREY_INCLUDE_ROOT ${CMAKE_BINARY_DIR}/include)

# osprey_library(<folder> [BELOW <folder>...] [LINK <target>...] [PRIVATE_LINK <target>...] [PROGRAM <file>...])
# A library's headers are reached through a directory that holds a link to that one folder, so that including a
# folder which is not named in BELOW (or below one that is) does not compile.
# PROGRAM names the .cpp files of the folder that belong to an executable and not to the library.
function(osprey_library folder)
  cmake_parse_arguments(ARG "" "" "BELOW;LINK;PRIVATE_LINK;PROGRAM" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "osprey_library(${folder}): unknown argument ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  set(sees ${folder})
  foreach(below IN LISTS ARG_BELOW)
    if(NOT TARGET osprey_${below})
      message(FATAL_ERROR "src/${folder} may not link ${below}: only folders that src/CMakeLists.txt adds before it")
    endif()
    get_property(below_sees GLOBAL PROPERTY OSPREY_SEES_${below})
    list(APPEND sees ${below_sees})
  endforeach()
  list(REMOVE_DUPLICATES sees)
  set_property(GLOBAL PROPERTY OSPREY_SEES_${folder} ${sees}) # read by tests/house as well
  set_property(GLOBAL APPEND PROPERTY OSPREY_FOLDERS ${folder})

  set(target osprey_${folder})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  foreach(file IN LISTS ARG_PROGRAM)
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  file(MAKE_DIRECTORY ${OSPREY_INCLUDE_ROOT}/${folder})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${OSPREY_INCLUDE_ROOT}/${folder}/${folder} SYMBOLIC)
  set(visible PUBLIC)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PRIVATE ${ARG_PRIVATE_LINK})
  else()
    set(visible INTERFACE)
    add_library(${target} INTERFACE)
  endif()
  target_include_directories(${target} ${visible} ${OSPREY_INCLUDE_ROOT}/${folder})
  foreach(below IN LISTS ARG_BELOW)
    target_link_libraries(${target} ${visible} osprey_${below})
  endforeach()
  target_link_libraries(${target} ${visible} ${ARG_LINK})
endfunction()

# osprey_tests(<folder> [LINK <target>...]): tests/<folder>/**_test.cpp as one program, osprey_<folder>_tests.
# A test or suite with "Slow" in its name gets the label "slow": it does not run in the sanitizer part of `make test`.
function(osprey_tests folder)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  set(target osprey_${folder}_tests)
  add_executable(${target} ${sources})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE osprey_${folder} ${ARG_LINK} GTest::gtest_main)
  target_compile_definitions(${target} PRIVATE OSPREY_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  gtest_discover_tests(${target} TEST_FILTER -*Slow* TEST_LIST ${target}_fast
                       DISCOVERY_TIMEOUT 60 PROPERTIES LABELS fast TIMEOUT 1800)
  gtest_discover_tests(${target} TEST_FILTER *Slow* TEST_LIST ${target}_slow
                       DISCOVERY_TIMEOUT 60 PROPERTIES LABELS slow TIMEOUT 3600)
endfunction()

# osprey_fuzz_target(<name> [LINK <target>...]): tests/fuzz/<name>_fuzz.cpp, which defines LLVMFuzzerTestOneInput.
# In the fuzz preset it is a libFuzzer program. In every other preset a small main() replays the committed corpus
# tests/fuzz/corpus/<name> through it, as the test fuzz_corpus.<name>.
function(osprey_fuzz_target name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  set(target ${name}_fuzz)
  add_executable(${target} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}_fuzz.cpp)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE ${ARG_LINK})
  if(OSPREY_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    add_test(NAME fuzz_corpus.${name} COMMAND ${target} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz_corpus.${name} PROPERTIES LABELS fast TIMEOUT 600)
  endif()
endfunction()
