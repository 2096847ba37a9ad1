// Feeds bytes to the reader of signed notes and of checkpoints, which take
// them from anybody. Whatever is read must be written back the same, byte for
// byte, so that nothing can be read otherwise than it was signed.
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
    FUZZ_CHECK(CheckpointText(*checkpoint) == bytes, "a checkpoint is written in one way");
    FUZZ_CHECK(checkpoint->tail.position >= 1, "a checkpoint has a position");
    const auto opened = OpenCheckpoint(SignCheckpoint(*checkpoint, key), key.public_key());
    FUZZ_CHECK(opened.ok() && *opened == *checkpoint, "what is signed is read");
  }
  const auto note = ParseNote(bytes);
  if (!note.ok()) return;
  FUZZ_CHECK(FormatNote(*note) == bytes, "a note is written in one way");
  FUZZ_CHECK(!note->signatures.empty(), "a note has a signature");
  FUZZ_CHECK(!note->text.empty() && note->text.back() == '\n', "the text ends a line");
  FUZZ_CHECK(OpenCheckpoint(bytes, key.public_key()).ok() == false ||
                 CheckSignature(*note, key.public_key()).ok(),
             "what is not signed is not believed");
}

}  // namespace
}  // namespace repatriation

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  repatriation::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
