#include "common/rpc/status.h"

#include <grpc/grpc.h>

#include <algorithm>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/errors.h"
#include "common/base/text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace repatriation {
namespace {

struct CodePair {
  absl::StatusCode ours;
  grpc::StatusCode wire;
};

constexpr CodePair kCodes[] = {
    {absl::StatusCode::kOk, grpc::StatusCode::OK},
    {absl::StatusCode::kCancelled, grpc::StatusCode::CANCELLED},
    {absl::StatusCode::kUnknown, grpc::StatusCode::UNKNOWN},
    {absl::StatusCode::kInvalidArgument, grpc::StatusCode::INVALID_ARGUMENT},
    {absl::StatusCode::kDeadlineExceeded, grpc::StatusCode::DEADLINE_EXCEEDED},
    {absl::StatusCode::kNotFound, grpc::StatusCode::NOT_FOUND},
    {absl::StatusCode::kAlreadyExists, grpc::StatusCode::ALREADY_EXISTS},
    {absl::StatusCode::kPermissionDenied, grpc::StatusCode::PERMISSION_DENIED},
    {absl::StatusCode::kResourceExhausted, grpc::StatusCode::RESOURCE_EXHAUSTED},
    {absl::StatusCode::kFailedPrecondition, grpc::StatusCode::FAILED_PRECONDITION},
    {absl::StatusCode::kAborted, grpc::StatusCode::ABORTED},
    {absl::StatusCode::kOutOfRange, grpc::StatusCode::OUT_OF_RANGE},
    {absl::StatusCode::kUnimplemented, grpc::StatusCode::UNIMPLEMENTED},
    {absl::StatusCode::kInternal, grpc::StatusCode::INTERNAL},
    {absl::StatusCode::kUnavailable, grpc::StatusCode::UNAVAILABLE},
    {absl::StatusCode::kDataLoss, grpc::StatusCode::DATA_LOSS},
    {absl::StatusCode::kUnauthenticated, grpc::StatusCode::UNAUTHENTICATED},
};

grpc::StatusCode WireCode(const absl::Status& status) {
  // Not code(), which is kUnknown for every code that it does not know.
  for (const CodePair& pair : kCodes) {
    if (static_cast<int>(pair.ours) == status.raw_code()) return pair.wire;
  }
  return grpc::StatusCode::INTERNAL;
}

absl::StatusCode OurCode(grpc::StatusCode code) {
  for (const CodePair& pair : kCodes) {
    if (pair.wire == code) return pair.ours;
  }
  return absl::StatusCode::kUnknown;
}

std::string WireMessage(absl::string_view message) {
  if (!IsValidUtf8(message)) return Quoted(message, kStatusMessageBytesMax);
  if (message.size() <= kStatusMessageBytesMax) return std::string(message);
  constexpr absl::string_view kCut = "...";
  size_t size = kStatusMessageBytesMax - kCut.size();
  // Do not cut inside a character.
  while (size > 0 && (static_cast<unsigned char>(message[size]) & 0xc0) == 0x80) --size;
  return absl::StrCat(message.substr(0, size), kCut);
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status wire;
  wire.set_code(WireCode(status));
  wire.set_message(WireMessage(status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    if (!absl::StartsWith(url, absl::StrCat(kErrorDetailUrlPrefix, "google.rpc."))) return;
    auto& detail = *wire.add_details();
    detail.set_type_url(std::string(url));
    detail.set_value(std::string(payload));
    if (wire.ByteSizeLong() > kStatusDetailsBytesMax) wire.mutable_details()->RemoveLast();
  });
  const std::string details = wire.details().empty() ? "" : wire.SerializeAsString();
  return grpc::Status(static_cast<grpc::StatusCode>(wire.code()), wire.message(), details);
}

void CancelWith(grpc::CallbackServerContext& call, const absl::Status& status) {
  grpc_call_cancel_with_status(call.c_call(), static_cast<grpc_status_code>(status.code()),
                               std::string(status.message()).c_str(), nullptr);
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  absl::Status ours(OurCode(status.error_code()), status.error_message());
  google::rpc::Status wire;
  if (ours.ok() || !wire.ParseFromString(status.error_details())) return ours;
  for (const auto& detail : wire.details()) {
    ours.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return ours;
}

absl::Duration RetryDelayOf(const absl::Status& status) {
  google::rpc::RetryInfo info;
  const auto payload = status.GetPayload(
      absl::StrCat(kErrorDetailUrlPrefix, google::rpc::RetryInfo::descriptor()->full_name()));
  if (!payload.has_value() || !info.ParseFromString(std::string(*payload))) {
    return absl::ZeroDuration();
  }
  const absl::Duration delay =
      absl::Seconds(info.retry_delay().seconds()) + absl::Nanoseconds(info.retry_delay().nanos());
  return std::max(delay, absl::ZeroDuration());
}

}  // namespace repatriation
