# One static library per folder; the link graph is the layer graph, and
# tests/lint/layers_test.py holds the includes to it.

add_library(repat_options INTERFACE)
target_include_directories(repat_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(repat_options INTERFACE -Wall -Wextra -Wno-unused-parameter)
if(REPAT_WERROR)
  target_compile_options(repat_options INTERFACE -Werror)
endif()

# repat_library(NAME SOURCES a.cc ... DEPS target ...)
function(repat_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC repat_options ${ARG_DEPS})
endfunction()

# repat_test(NAME SOURCES a.cc ... DEPS target ... [TIMEOUT seconds])
function(repat_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE repat_options ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
