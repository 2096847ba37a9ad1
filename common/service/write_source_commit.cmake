# Writes OUTPUT, which defines kSourceCommit, only if it changes. COMMIT names it
# where there is no git checkout, as in an image build.
set(commit "${COMMIT}")
if(commit STREQUAL "")
  execute_process(
    COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE commit ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(commit STREQUAL "")
  set(commit unknown)
endif()
set(content "inline constexpr char kSourceCommit[] = \"${commit}\";\n")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} written)
endif()
if(NOT "${written}" STREQUAL "${content}")
  file(WRITE ${OUTPUT} "${content}")
endif()
