// Parses messages that are received raw, as bytes, so that errors can be precise: when
// gRPC parses, a bad message fails with INTERNAL ("Failed to parse") without naming the
// field.
//
// Thread-safety: all functions may be called from any thread, except
// RouteProtobufLog(), see there.
#ifndef COMMON_RPC_PARSE_H_
#define COMMON_RPC_PARSE_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstddef>

#include "absl/status/status.h"
#include "common/base/encoded.h"

namespace repatriation {

// Replaces `*message` with the message in `bytes`, without copying them first. OK, or
// INVALID_ARGUMENT by InvalidField() with `*message` unspecified:
//   MESSAGE_TOO_LARGE   field "request": more than `bytes_max` bytes
//   INVALID_UTF8        the path of the first string that is not valid UTF-8, such as
//                       "submissions[3].event.mission"; indexes count from 0, also
//                       those of map entries ("labels[2].value"), which are numbered
//                       in the order received
//   MALFORMED_MESSAGE   field "request": not a message of this type
// Only a rejected message is read a second time, to find the field.
absl::Status ParseMessage(const grpc::ByteBuffer& bytes, size_t bytes_max,
                          google::protobuf::Message* message);

// REQUIRES: `message` serializes to less than 2 GiB.
grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message);
// The same for a message that is already encoded; does not copy its bytes.
grpc::ByteBuffer SerializeMessage(EncodedMessage message);

// Forwards protobuf's log messages to our log from now on, except those on strings that
// are not valid UTF-8: ParseMessage() reports these to the sender, and a sender must not
// be able to flood the log. Call it once, at the start of main() and before any other
// thread, since the handler is global and protobuf reads it without a lock. (A
// LogSilencer around each parse would take a global lock twice, and drop messages of
// other threads.)
void RouteProtobufLog();

}  // namespace repatriation

#endif  // COMMON_RPC_PARSE_H_
