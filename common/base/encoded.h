// A message in its wire form, for those whose many parts are written as bytes
// because making an object of each would take most of the time.
//
// Thread-safety: plain values.
#ifndef COMMON_BASE_ENCODED_H_
#define COMMON_BASE_ENCODED_H_

#include <string>

namespace repatriation {

struct EncodedMessage {
  std::string bytes;
};

// `bytes` are those of a `Message`.
template <typename Message>
struct Encoded : EncodedMessage {
  Encoded() = default;
  explicit Encoded(const Message& message) : EncodedMessage{message.SerializeAsString()} {}

  Message Decode() const {
    Message message;
    message.ParseFromString(bytes);
    return message;
  }
};

}  // namespace repatriation

#endif  // COMMON_BASE_ENCODED_H_
