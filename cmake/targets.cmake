# One static library per folder; the link graph is the layer graph, and
# tests/lint/layers_test.py holds the includes to it.

add_library(repat_options INTERFACE)
target_include_directories(repat_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(repat_options INTERFACE -Wall -Wextra -Wno-unused-parameter)
if(REPAT_WERROR)
  target_compile_options(repat_options INTERFACE -Werror)
endif()

# repat_library(NAME [PRECOMPILED set] SOURCES a.cc ... DEPS target ...)
# The sanitizers' presets compile several files of a library as one
# (CMAKE_UNITY_BUILD), in half the time; so no two of them name a helper alike.
function(repat_library name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED core)
  endif()
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC repat_options ${ARG_DEPS})
  repat_precompile(${name} ${ARG_PRECOMPILED})
endfunction()

# repat_test(NAME [OPTIMISED] [PRECOMPILED set] SOURCES a.cc ... DEPS target ...
#            [TIMEOUT seconds, else 300 and under sanitizers 900])
# The code under test is optimised as the preset says; its tests less, since they
# take longer to compile than to run, but with OPTIMISED.
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
