// Feeds bytes to the parsers of signed notes and checkpoints, whose input is untrusted.
// Whatever parses must serialize to identical bytes, so that what is read is exactly
// what was signed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/proof/checkpoint.h"
#include "common/proof/signed_note.h"
#include "tests/fuzz/check.h"

namespace repatriation {
namespace {

void Try(absl::string_view bytes) {
  static const auto& key =
      *new Ed25519PrivateKey(Ed25519PrivateKey::FromSeed(std::string(32, 'k')));
  const auto checkpoint = ParseCheckpointText(bytes);
  if (checkpoint.ok()) {
    FUZZ_CHECK(CheckpointText(*checkpoint) == bytes, "a checkpoint is canonical");
    FUZZ_CHECK(checkpoint->tail.position >= 1, "a checkpoint has a position");
    const auto opened = OpenCheckpoint(SignCheckpoint(*checkpoint, key), key.public_key());
    FUZZ_CHECK(opened.ok() && *opened == *checkpoint, "a signed checkpoint round-trips");
  }
  const auto note = ParseNote(bytes);
  if (!note.ok()) return;
  FUZZ_CHECK(FormatNote(*note) == bytes, "a note is canonical");
  FUZZ_CHECK(!note->signatures.empty(), "a note has a signature");
  FUZZ_CHECK(!note->text.empty() && note->text.back() == '\n', "the text ends with a newline");
  FUZZ_CHECK(OpenCheckpoint(bytes, key.public_key()).ok() == false ||
                 CheckSignature(*note, key.public_key()).ok(),
             "an unsigned checkpoint is rejected");
}

}  // namespace
}  // namespace repatriation

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  repatriation::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
