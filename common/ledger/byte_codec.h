// Little-endian integers and variable-length integers (LEB128, as protobuf's
// varint: https://protobuf.dev/programming-guides/encoding/#varints).
//
// Thread-safety: functions are pure; a ByteReader belongs to one thread.
#ifndef COMMON_LEDGER_BYTE_CODEC_H_
#define COMMON_LEDGER_BYTE_CODEC_H_

#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"

namespace repatriation {

template <typename Integer>
void PutFixed(std::string& out, Integer value) {
  for (size_t i = 0; i < sizeof(value); ++i) {
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
  }
}

inline constexpr size_t kVarintBytesMax = 10;

// Writes to `out`, which must have room for kVarintBytesMax; returns the end.
inline char* WriteVarint(char* out, uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

inline void PutVarint(std::string& out, uint64_t value) {
  char bytes[kVarintBytesMax];
  out.append(bytes, static_cast<size_t>(WriteVarint(bytes, value) - bytes));
}

// Maps small magnitudes of either sign to small numbers: 0, -1, 1, -2, ...
inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

// Reads values from the front of a byte string. A read past the end returns 0 or
// an empty view and makes ok() false permanently, so a caller may check once after
// several reads.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  template <typename Integer>
  Integer Fixed() {
    uint64_t value = 0;
    const absl::string_view bytes = Bytes(sizeof(Integer));
    for (size_t i = 0; i < bytes.size(); ++i) {
      value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
    }
    return static_cast<Integer>(value);
  }

  // Not ok() for more than 64 bits.
  uint64_t Varint() {
    // Fast path: most have one byte.
    if (!rest_.empty() && static_cast<uint8_t>(rest_.front()) < 0x80) return Fixed<uint8_t>();
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint64_t byte = Fixed<uint8_t>();
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }

  absl::string_view Bytes(uint64_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const absl::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

 private:
  absl::string_view rest_;
  bool ok_ = true;
};

}  // namespace repatriation

#endif  // COMMON_LEDGER_BYTE_CODEC_H_
