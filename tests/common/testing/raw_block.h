// Builds the bytes of a block field by field, with a valid hash, as a faulty writer or
// an attacker could. Written from FORMAT.md, independently of the code under test.
//
// Thread-safety: plain values.
#ifndef TESTS_COMMON_TESTING_RAW_BLOCK_H_
#define TESTS_COMMON_TESTING_RAW_BLOCK_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/base/crypto/sha256.h"
#include "common/ledger/byte_codec.h"

namespace repatriation {

inline constexpr size_t kRawHeaderBytes = 80;
inline constexpr size_t kRawHashBytes = 32;

// Replaces the last 32 bytes of `bytes` by the hash of those before them.
// REQUIRES: bytes.size() >= 32.
inline void FixHash(std::string& bytes) {
  bytes.resize(bytes.size() - kRawHashBytes);
  const Sha256Digest digest = Sha256(bytes);
  bytes.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

// The defaults are a valid header of a ledger's first block.
struct RawBlock {
  std::string magic = "RLB1";
  uint32_t entry_count = 1;
  int64_t first_position = 1;
  int64_t recorded_time_us = 0;
  std::string ledger_id = std::string(16, 'L');
  std::string previous_hash = std::string(kRawHashBytes, '\0');
  uint32_t text_count = 0;
  absl::optional<uint32_t> body_bytes;  // nullopt: the size of `body`
  std::string body;

  std::string Bytes() const {
    std::string bytes = magic;
    PutFixed(bytes, entry_count);
    PutFixed(bytes, first_position);
    PutFixed(bytes, recorded_time_us);
    bytes += ledger_id;
    bytes += previous_hash;
    PutFixed(bytes, text_count);
    PutFixed(bytes, body_bytes.value_or(static_cast<uint32_t>(body.size())));
    bytes += body;
    bytes.append(kRawHashBytes, '\0');
    FixHash(bytes);
    return bytes;
  }
};

// The body of an event entry, without its texts; all values have the integer types of
// the format, so that any can be out of range.
struct RawEvent {
  uint8_t type = 1;
  std::string id = "id";
  uint64_t distance = 1;  // corrections only
  uint64_t reason = 0;    // corrections only
  uint8_t kind = 1;
  uint8_t category = 1;
  uint8_t qualifier = 0;
  uint64_t day = 0;  // zigzag
  uint64_t headcount = 1;
  uint64_t female_and_one = 0;
  uint64_t texts[7] = {};

  std::string Bytes() const {
    std::string bytes(1, static_cast<char>(type));
    PutVarint(bytes, id.size());
    bytes += id;
    if (type != 1) {
      PutVarint(bytes, distance);
      PutVarint(bytes, reason);
    }
    if (type != 3) {
      bytes.push_back(static_cast<char>(kind));
      bytes.push_back(static_cast<char>(category));
      bytes.push_back(static_cast<char>(qualifier));
      PutVarint(bytes, day);
      PutVarint(bytes, headcount);
      PutVarint(bytes, female_and_one);
      for (const uint64_t text : texts) PutVarint(bytes, text);
    }
    return bytes;
  }
};

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_RAW_BLOCK_H_
