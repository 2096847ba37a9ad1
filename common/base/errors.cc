#include "common/base/errors.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace repatriation {
namespace {

std::string UrlOf(const google::protobuf::Message& detail) {
  return absl::StrCat(kErrorDetailUrlPrefix, detail.GetDescriptor()->full_name());
}

void Attach(absl::Status& status, const google::protobuf::Message& detail) {
  status.SetPayload(UrlOf(detail), absl::Cord(detail.SerializeAsString()));
}

template <typename Detail>
bool Extract(const absl::Status& status, Detail& detail) {
  const auto payload = status.GetPayload(UrlOf(detail));
  return payload.has_value() && detail.ParseFromString(std::string(*payload));
}

}  // namespace

absl::Status InvalidField(absl::string_view field, absl::string_view reason,
                          absl::string_view description) {
  google::rpc::BadRequest detail;
  auto& violation = *detail.add_field_violations();
  violation.set_field(std::string(field));
  violation.set_reason(std::string(reason));
  violation.set_description(std::string(description));
  absl::Status status = absl::InvalidArgumentError(absl::StrCat(field, ": ", description));
  Attach(status, detail);
  return status;
}

absl::Status Exhausted(absl::string_view message, absl::Duration retry_delay) {
  google::rpc::RetryInfo detail;
  auto& delay = *detail.mutable_retry_delay();
  const auto seconds = absl::IDivDuration(retry_delay, absl::Seconds(1), &retry_delay);
  delay.set_seconds(seconds);
  delay.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(retry_delay)));
  absl::Status status = absl::ResourceExhaustedError(message);
  Attach(status, detail);
  return status;
}

absl::Status WithReason(absl::Status status, absl::string_view reason) {
  google::rpc::ErrorInfo detail;
  detail.set_reason(std::string(reason));
  detail.set_domain(kErrorDomain);
  Attach(status, detail);
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  if (Extract(status, info)) return info.reason();
  google::rpc::BadRequest bad;
  if (Extract(status, bad) && bad.field_violations_size() > 0) {
    return bad.field_violations(0).reason();
  }
  return "";
}

std::string Describe(const absl::Status& status) {
  return absl::StrCat(absl::StatusCodeToString(status.code()), ": ", status.message());
}

absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    annotated.SetPayload(url, payload);
  });
  return annotated;
}

}  // namespace repatriation
