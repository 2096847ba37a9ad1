#include "common/rpc/parse.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/base/errors.h"
#include "common/base/log.h"
#include "common/base/text.h"

namespace repatriation {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::io::CodedInputStream;

// Walks over the bytes of a message by its descriptor, to find the first string that is
// not valid UTF-8, in the order in which protobuf reads them.
class Utf8Search {
 public:
  explicit Utf8Search(CodedInputStream& input) : input_(input) {}

  // Path of the first such string in a message of type `type` that ends where the input
  // (or its current limit) does; nullopt if there is none up to there or up to the first
  // malformed bytes.
  absl::optional<std::string> Find(const Descriptor& type) {
    std::map<const FieldDescriptor*, int> seen;
    while (const uint32_t tag = input_.ReadTag()) {
      const FieldDescriptor* field = type.FindFieldByNumber(static_cast<int>(tag >> 3));
      if ((tag & 7) != kLengthDelimited || field == nullptr || !MayContainString(*field)) {
        if (!SkipValue(tag & 7)) return absl::nullopt;
        continue;
      }
      const int index = seen[field]++;
      const auto path = FindIn(*field);
      if (path.has_value()) return JoinPath(*field, index, *path);
      if (malformed_) return absl::nullopt;
    }
    return absl::nullopt;
  }

 private:
  static constexpr uint32_t kVarint = 0;
  static constexpr uint32_t kFixed64 = 1;
  static constexpr uint32_t kLengthDelimited = 2;
  static constexpr uint32_t kFixed32 = 5;
  // Protobuf's recursion limit.
  static constexpr int kDepthMax = 100;

  // Whether a length-delimited value of `field` is, or may contain, a string that
  // protobuf checks.
  static bool MayContainString(const FieldDescriptor& field) {
    return field.type() == FieldDescriptor::TYPE_MESSAGE ||
           (field.type() == FieldDescriptor::TYPE_STRING &&
            field.file()->syntax() == google::protobuf::FileDescriptor::SYNTAX_PROTO3);
  }

  static std::string JoinPath(const FieldDescriptor& field, int index, const std::string& rest) {
    const std::string name =
        field.is_repeated() ? absl::StrCat(field.name(), "[", index, "]") : field.name();
    return rest.empty() ? name : absl::StrCat(name, ".", rest);
  }

  // The path below `field`, whose length comes next in the input: "" if it is the string
  // itself. Sets malformed_ if the walk cannot continue.
  absl::optional<std::string> FindIn(const FieldDescriptor& field) {
    int size = 0;
    if (!input_.ReadVarintSizeAsInt(&size)) return MarkMalformed();
    if (field.type() == FieldDescriptor::TYPE_STRING) {
      std::string text;
      if (!input_.ReadString(&text, size)) return MarkMalformed();
      return IsValidUtf8(text) ? absl::nullopt : absl::make_optional(std::string());
    }
    if (depth_ == kDepthMax) return MarkMalformed();
    ++depth_;
    const CodedInputStream::Limit limit = input_.PushLimit(size);
    const auto path = Find(*field.message_type());
    if (!path.has_value() && input_.BytesUntilLimit() != 0) return MarkMalformed();
    input_.PopLimit(limit);
    --depth_;
    return path;
  }

  bool SkipValue(uint32_t wire_type) {
    uint64_t varint = 0;
    int size = 0;
    switch (wire_type) {
      case kVarint:
        return input_.ReadVarint64(&varint);
      case kFixed64:
        return input_.Skip(8);
      case kFixed32:
        return input_.Skip(4);
      case kLengthDelimited:
        return input_.ReadVarintSizeAsInt(&size) && input_.Skip(size);
      default:
        return false;
    }
  }

  absl::nullopt_t MarkMalformed() {
    malformed_ = true;
    return absl::nullopt;
  }

  CodedInputStream& input_;
  int depth_ = 0;
  bool malformed_ = false;
};

void LogProtobuf(google::protobuf::LogLevel level, const char* file, int line,
                 const std::string& text) {
  if (absl::StrContains(text, "contains invalid UTF-8 data when parsing")) return;
  LogMessage(level >= google::protobuf::LOGLEVEL_ERROR ? LogLevel::kError : LogLevel::kWarning,
             absl::StrCat("protobuf: ", text, " (", file, ":", line, ")"));
}

}  // namespace

absl::Status ParseMessage(const grpc::ByteBuffer& bytes, size_t bytes_max,
                          google::protobuf::Message* message) {
  if (bytes.Length() > bytes_max) {
    return InvalidField("request", "MESSAGE_TOO_LARGE",
                        absl::StrCat("must be at most ", bytes_max, " bytes, has ", bytes.Length(),
                                     " (flag `--message_bytes_max`)"));
  }
  // Shares the bytes: a reader needs a buffer object that is not const.
  grpc::ByteBuffer shared(bytes);
  if (shared.Valid()) {  // Otherwise the call came without a message.
    if (grpc::ProtoBufferReader reader(&shared); message->ParseFromZeroCopyStream(&reader)) {
      return absl::OkStatus();
    }
    grpc::ProtoBufferReader reader(&shared);
    CodedInputStream input(&reader);
    const auto path = Utf8Search(input).Find(*message->GetDescriptor());
    if (path.has_value()) return InvalidField(*path, "INVALID_UTF8", "must be valid UTF-8");
  }
  return InvalidField(
      "request", "MALFORMED_MESSAGE",
      absl::StrCat("must be a message of type ", message->GetDescriptor()->full_name()));
}

grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message) {
  grpc::ByteBuffer bytes;
  bool own_buffer = false;
  // Fails only if the message does not have the size that it computed.
  (void)grpc::SerializationTraits<google::protobuf::Message>::Serialize(message, &bytes,
                                                                        &own_buffer);
  return bytes;
}

grpc::ByteBuffer SerializeMessage(EncodedMessage message) {
  auto* const bytes = new std::string(std::move(message.bytes));
  const grpc::Slice slice(
      bytes->data(), bytes->size(), [](void* owner) { delete static_cast<std::string*>(owner); },
      bytes);
  return grpc::ByteBuffer(&slice, 1);
}

void RouteProtobufLog() { google::protobuf::SetLogHandler(&LogProtobuf); }

}  // namespace repatriation
