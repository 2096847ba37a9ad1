// The tags of fields in protobuf's wire form, for what is read or written without
// messages: https://protobuf.dev/programming-guides/encoding/#structure
//
// Thread-safety: pure.
#ifndef COMMON_BASE_WIRE_TAG_H_
#define COMMON_BASE_WIRE_TAG_H_

#include <cstdint>

namespace repatriation {

// Of a field that holds a varint. One byte: REQUIRES 1 <= field <= 15.
constexpr uint8_t VarintTag(int field) { return static_cast<uint8_t>(field << 3); }
// Of a field that holds bytes, a string or a message; likewise.
constexpr uint8_t BytesTag(int field) { return static_cast<uint8_t>(field << 3 | 2); }

}  // namespace repatriation

#endif  // COMMON_BASE_WIRE_TAG_H_
