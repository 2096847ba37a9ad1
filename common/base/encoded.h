// A message in its wire format: for messages with many parts, which are written
// as bytes because building an object for each would take most of the time.
//
// Thread-safety: plain values.
#ifndef COMMON_BASE_ENCODED_H_
#define COMMON_BASE_ENCODED_H_

#include <string>

namespace repatriation {

struct EncodedMessage {
  std::string bytes;
};

// `bytes` encode a `Message`.
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
