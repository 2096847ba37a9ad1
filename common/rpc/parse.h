// Messages that arrive raw, as bytes, so that it is ours to say what is wrong
// with them: where gRPC parses, a bad message ends in INTERNAL ("Failed to
// parse") without a word on the field.
//
// Thread-safety: all functions may be called from any thread at once, but
// RouteProtobufLog(), see there.
#ifndef COMMON_RPC_PARSE_H_
#define COMMON_RPC_PARSE_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstddef>

#include "absl/status/status.h"
#include "common/base/encoded.h"

namespace repatriation {

// Replaces `*message` with what `bytes` hold, without copying them first.
// OK, or INVALID_ARGUMENT made by InvalidField() with `*message` unspecified:
//   MESSAGE_TOO_LARGE   field "request": more than `bytes_max` bytes
//   INVALID_UTF8        the path of the first string that is not UTF-8, such
//                       as "submissions[3].event.mission"; indexes count from
//                       0, also those of map entries ("labels[2].value"), which
//                       are numbered as they came
//   MALFORMED_MESSAGE   field "request": not a message of this type
// Only a message that is refused is read a second time, to find the field.
absl::Status ParseMessage(const grpc::ByteBuffer& bytes, size_t bytes_max,
                          google::protobuf::Message* message);

// REQUIRES: `message` takes less than 2 GiB.
grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message);
// The same for one whose bytes are there already; takes them without a copy.
grpc::ByteBuffer SerializeMessage(EncodedMessage message);

// Sends what protobuf has to say to our log from now on, without its line for
// each string that is not UTF-8: ParseMessage() tells the sender, and a sender
// must not be able to fill the log. Once for the process, since the handler is
// global and protobuf reads it without a lock: call it at the start of main(),
// before any other thread. (A LogSilencer around each parse would take a
// global lock twice, and swallow what other threads have to say meanwhile.)
void RouteProtobufLog();

}  // namespace repatriation

#endif  // COMMON_RPC_PARSE_H_
