// Field tags of the protobuf wire format, for code that reads or writes it without
// message objects: https://protobuf.dev/programming-guides/encoding/#structure
//
// Thread-safety: pure.
#ifndef COMMON_BASE_WIRE_TAG_H_
#define COMMON_BASE_WIRE_TAG_H_

#include <cstdint>

namespace repatriation {

// Tag of a varint field, as one byte. REQUIRES: 1 <= field <= 15.
constexpr uint8_t VarintTag(int field) { return static_cast<uint8_t>(field << 3); }
// Tag of a bytes, string or message field, as one byte. REQUIRES: 1 <= field <= 15.
constexpr uint8_t BytesTag(int field) { return static_cast<uint8_t>(field << 3 | 2); }

}  // namespace repatriation

#endif  // COMMON_BASE_WIRE_TAG_H_
