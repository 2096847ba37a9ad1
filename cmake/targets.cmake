# One static library per folder; the link graph is the layer graph, and
# tests/lint/layers_test.py checks the includes against it.

add_library(repat_options INTERFACE)
target_include_directories(repat_options INTERFACE ${PROJECT_SOURCE_DIR})
# Clang checks the lock annotations of common/base/mutex.h.
target_compile_options(repat_options INTERFACE -Wall -Wextra -Wno-unused-parameter
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
if(REPAT_WERROR)
  target_compile_options(repat_options INTERFACE -Werror)
endif()

# repat_library(NAME [PRECOMPILED set] SOURCES a.cc ... DEPS target ...)
# The sanitizer presets use unity builds (CMAKE_UNITY_BUILD), which halves compile
# time; so helpers of one library need distinct names across its files.
function(repat_library name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED core)
  endif()
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC repat_options ${ARG_DEPS})
  repat_precompile(${name} ${ARG_PRECOMPILED})
endfunction()

# repat_parses_flags(TARGET): its code runs once, at the start. CLI11 is header-only, and takes
# the optimiser longer than everything else in these files.
function(repat_parses_flags name)
  target_compile_options(${name} PRIVATE -O1)
endfunction()

# repat_test(NAME [OPTIMISED] [PRECOMPILED set] SOURCES a.cc ... DEPS target ...
#            [TIMEOUT seconds; default 300, 900 with sanitizers])
# The code under test is optimised as the preset says. Tests themselves are built
# with less optimisation, since they take longer to compile than to run; OPTIMISED
# builds them as the preset says too.
function(repat_test name)
  cmake_parse_arguments(ARG "OPTIMISED" "PRECOMPILED;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED core_test)
  endif()
  if(NOT ARG_TIMEOUT AND REPAT_SANITIZED)
    set(ARG_TIMEOUT 900)
  elseif(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE repat_options ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  if(NOT ARG_OPTIMISED)
    target_compile_options(${name} PRIVATE $<IF:$<CONFIG:Debug>,-O0,-O1>)
  endif()
  repat_precompile(${name} ${ARG_PRECOMPILED})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
