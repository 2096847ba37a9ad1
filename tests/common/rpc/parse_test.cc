#include "common/rpc/parse.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/support/slice.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/errors.h"
#include "google/rpc/error_details.pb.h"
#include "repatriation/v1/ingest_service.pb.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {
namespace {

constexpr size_t kNoLimit = size_t{1} << 30;
constexpr char kBad[] = "caf\xe9";  // Latin-1.

grpc::ByteBuffer Bytes(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

// The bytes in several slices, as from a network.
grpc::ByteBuffer Pieces(const std::string& bytes, size_t piece_size) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < bytes.size(); at += piece_size) {
    slices.emplace_back(bytes.substr(at, piece_size));
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

std::string FieldOf(const absl::Status& status) {
  google::rpc::BadRequest bad;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  if (!payload.has_value() || !bad.ParseFromString(std::string(*payload))) return "(none)";
  return bad.field_violations_size() == 1 ? bad.field_violations(0).field() : "(not one)";
}

void ExpectInvalid(const absl::Status& status, const std::string& field,
                   const std::string& reason) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(FieldOf(status), field) << status;
  EXPECT_EQ(ReasonOf(status), reason) << status;
}

v1::AppendEventsRequest GoodRequest() {
  v1::AppendEventsRequest request;
  for (int i = 0; i < 5; ++i) {
    auto& event = *request.add_submissions()->mutable_event();
    event.set_event_id("e-" + std::to_string(i));
    event.set_mission("MINUSMA");
    event.set_kind(v1::KIND_REPATRIATION);
    event.set_day("2023-09-27");
    event.set_site("Kidal \u00e9");
    event.set_headcount(100 + i);
  }
  return request;
}

// The status of parsing a serialized message, which may contain invalid UTF-8
// (serializing it only warns).
template <typename Message>
absl::Status ParseOf(const Message& message) {
  testing::internal::CaptureStderr();
  const std::string bytes = message.SerializeAsString();
  Message parsed;
  const absl::Status status = ParseMessage(Pieces(bytes, 7), kNoLimit, &parsed);
  testing::internal::GetCapturedStderr();
  return status;
}

TEST(ParseTest, RoundTrips) {
  const v1::AppendEventsRequest request = GoodRequest();
  const grpc::ByteBuffer bytes = SerializeMessage(request);
  v1::AppendEventsRequest parsed;
  parsed.add_submissions();  // Replaced, not merged.
  ASSERT_TRUE(ParseMessage(bytes, kNoLimit, &parsed).ok());
  EXPECT_EQ(parsed.SerializeAsString(), request.SerializeAsString());
  // The buffer can be read again.
  EXPECT_EQ(bytes.Length(), request.ByteSizeLong());
  EXPECT_TRUE(ParseMessage(bytes, kNoLimit, &parsed).ok());
}

TEST(ParseTest, ParsesSlicesOfEverySize) {
  const v1::AppendEventsRequest request = GoodRequest();
  const std::string bytes = request.SerializeAsString();
  for (size_t size = 1; size <= 40; ++size) {
    v1::AppendEventsRequest parsed;
    ASSERT_TRUE(ParseMessage(Pieces(bytes, size), kNoLimit, &parsed).ok()) << size;
    EXPECT_EQ(parsed.SerializeAsString(), bytes) << size;
  }
}

TEST(ParseTest, ParsesAnEmptyMessage) {
  v1::ListMissionsRequest parsed;
  EXPECT_TRUE(ParseMessage(Bytes(""), kNoLimit, &parsed).ok());
  EXPECT_EQ(SerializeMessage(parsed).Length(), 0u);
}

TEST(ParseTest, ACallWithoutAMessageIsMalformed) {
  v1::ListMissionsRequest parsed;
  ExpectInvalid(ParseMessage(grpc::ByteBuffer(), kNoLimit, &parsed), "request",
                "MALFORMED_MESSAGE");
}

TEST(ParseTest, ParsesALargeMessage) {
  v1::AppendEventsRequest request;
  for (int i = 0; i < 20000; ++i) *request.add_submissions() = GoodRequest().submissions(0);
  v1::AppendEventsRequest parsed;
  const grpc::ByteBuffer bytes = SerializeMessage(request);
  ASSERT_TRUE(ParseMessage(bytes, kNoLimit, &parsed).ok());
  EXPECT_EQ(parsed.submissions_size(), 20000);
}

TEST(ParseTest, SizeLimitIsInclusive) {
  const grpc::ByteBuffer bytes = SerializeMessage(GoodRequest());
  v1::AppendEventsRequest parsed;
  EXPECT_TRUE(ParseMessage(bytes, bytes.Length(), &parsed).ok());
  const absl::Status status = ParseMessage(bytes, bytes.Length() - 1, &parsed);
  ExpectInvalid(status, "request", "MESSAGE_TOO_LARGE");
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("--message_bytes_max"));
}

TEST(ParseTest, NamesThePathOfInvalidUtf8) {
  using Request = v1::AppendEventsRequest;
  const struct {
    std::string path;
    std::function<void(Request&)> spoil;
  } kCases[] = {
      {"submissions[3].event.mission",
       [](Request& r) { r.mutable_submissions(3)->mutable_event()->set_mission(kBad); }},
      {"submissions[0].event.event_id",
       [](Request& r) { r.mutable_submissions(0)->mutable_event()->set_event_id(kBad); }},
      {"submissions[4].voiding.reason",
       [](Request& r) { r.mutable_submissions(4)->mutable_voiding()->set_reason(kBad); }},
      {"submissions[1].amendment.event.source",
       [](Request& r) {
         auto& amendment = *r.mutable_submissions(1)->mutable_amendment();
         amendment.set_reason("good");
         amendment.mutable_event()->set_source(kBad);
       }},
      // The first of two.
      {"submissions[2].event.site",
       [](Request& r) {
         r.mutable_submissions(2)->mutable_event()->set_site(kBad);
         r.mutable_submissions(2)->mutable_event()->set_unit(kBad);
         r.mutable_submissions(3)->mutable_event()->set_site(kBad);
       }},
  };
  for (const auto& c : kCases) {
    Request request = GoodRequest();
    c.spoil(request);
    ExpectInvalid(ParseOf(request), c.path, "INVALID_UTF8");
  }
}

TEST(ParseTest, NamesTheIndexOfARepeatedString) {
  v1::GetAggregateRequest request;
  request.add_group_by(v1::DIMENSION_SITE);  // Packed numbers before the string.
  request.set_page_size(1 << 30);
  auto& filter = *request.mutable_filter();
  filter.add_missions("MINUSMA");
  filter.add_countries("SEN");
  filter.add_sites("a");
  filter.add_sites("b");
  filter.add_sites(kBad);
  ExpectInvalid(ParseOf(request), "filter.sites[2]", "INVALID_UTF8");
}

TEST(ParseTest, FindsTheLastOfManyMessages) {
  v1::AppendEventsRequest request;
  for (int i = 0; i < 300; ++i) *request.add_submissions() = GoodRequest().submissions(0);
  request.mutable_submissions(299)->mutable_event()->set_unit(kBad);
  ExpectInvalid(ParseOf(request), "submissions[299].event.unit", "INVALID_UTF8");
}

TEST(ParseTest, StopsSearchingAtAMalformedMessage) {
  v1::GetEventRequest parsed;
  // `read` contains wire type 6, followed by what would be an `event_id` outside of it.
  ExpectInvalid(ParseMessage(Bytes("\x0a\x04\x0e\x12\x01\xff"), kNoLimit, &parsed), "request",
                "MALFORMED_MESSAGE");
}

TEST(ParseTest, NamesAPlainField) {
  v1::GetEventRequest request;
  request.set_event_id(kBad);
  ExpectInvalid(ParseOf(request), "event_id", "INVALID_UTF8");
}

TEST(ParseTest, NamesMapEntries) {
  google::rpc::ErrorInfo info;
  (*info.mutable_metadata())["key"] = kBad;
  ExpectInvalid(ParseOf(info), "metadata[0].value", "INVALID_UTF8");
  info.clear_metadata();
  (*info.mutable_metadata())[kBad] = "value";
  ExpectInvalid(ParseOf(info), "metadata[0].key", "INVALID_UTF8");

  google::protobuf::Struct deep;
  auto& list = *(*deep.mutable_fields())["k"].mutable_list_value();
  list.add_values()->set_number_value(1);
  list.add_values()->set_string_value(kBad);
  ExpectInvalid(ParseOf(deep), "fields[0].value.list_value.values[1].string_value", "INVALID_UTF8");
}

TEST(ParseTest, DetectsAllKindsOfInvalidUtf8) {
  for (const std::string bad : {"\xff", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                                "\xf4\x90\x80\x80", "ok\x80", "\xf0\x9f\x98"}) {
    v1::GetEventRequest request;
    request.set_event_id(bad);
    ExpectInvalid(ParseOf(request), "event_id", "INVALID_UTF8");
  }
}

TEST(ParseTest, BytesFieldsMayContainInvalidUtf8) {
  google::protobuf::BytesValue value;
  value.set_value(kBad);
  EXPECT_TRUE(ParseOf(value).ok());
}

TEST(ParseTest, UnknownFieldsMayContainInvalidUtf8) {
  v1::GetEventRequest request;
  request.set_event_id("e");
  const std::string unknown = std::string("\xfa\x01\x02\xff\xff", 5) +  // 31: "\xff\xff"
                              std::string("\xf8\x01\x05", 3) +          // 31 = 5
                              std::string("\xfd\x01zzzz", 6) +          // 31, fixed32
                              std::string("\xf9\x01zzzzzzzz", 10);      // 31, fixed64
  v1::GetEventRequest parsed;
  EXPECT_TRUE(ParseMessage(Bytes(unknown + request.SerializeAsString()), kNoLimit, &parsed).ok());
  // The search skips them.
  testing::internal::CaptureStderr();
  ExpectInvalid(ParseMessage(Bytes(unknown + "\x12\x01\xff"), kNoLimit, &parsed), "event_id",
                "INVALID_UTF8");
  testing::internal::GetCapturedStderr();
}

TEST(ParseTest, EveryTruncationIsMalformedOrAMessage) {
  const std::string bytes = GoodRequest().SerializeAsString();
  int malformed = 0;
  testing::internal::CaptureStderr();  // A character may be truncated too.
  for (size_t size = 0; size < bytes.size(); ++size) {
    v1::AppendEventsRequest parsed;
    const absl::Status status = ParseMessage(Bytes(bytes.substr(0, size)), kNoLimit, &parsed);
    if (status.ok()) continue;  // Between two submissions.
    ++malformed;
    ExpectInvalid(status, "request", "MALFORMED_MESSAGE");
    EXPECT_THAT(std::string(status.message()),
                testing::HasSubstr("repatriation.v1.AppendEventsRequest"));
  }
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(malformed, static_cast<int>(bytes.size()) - 5);
}

TEST(ParseTest, GarbageIsMalformed) {
  const std::string kCases[] = {
      "\xff",                      // An unterminated tag.
      "\x0b",                      // An unterminated group.
      std::string("\x00", 1),      // Field 0.
      "\x0e\x00",                  // Wire type 6.
      "\x0a\xff\xff\xff\xff\x0f",  // A length of more than 2 GiB.
      "\x0a\x05"
      "ab",  // A length beyond the end.
  };
  for (const std::string& garbage : kCases) {
    v1::AppendEventsRequest parsed;
    ExpectInvalid(ParseMessage(Bytes(garbage), kNoLimit, &parsed), "request", "MALFORMED_MESSAGE");
  }
}

TEST(ParseTest, DepthIsLimited) {
  // Nested lists, deeper than protobuf's recursion limit and than the stack allows. The
  // innermost value is invalid UTF-8, so that only the depth ends the search.
  std::string bytes = "\x0a\x03\x1a\x01\xff";  // ListValue.values, Value.string_value
  for (int i = 0; i < 5000; ++i) {
    for (const char tag : {'\x32', '\x0a'}) {  // Value.list_value, ListValue.values
      google::protobuf::BytesValue field;
      field.set_value(bytes);
      bytes = field.SerializeAsString();
      bytes[0] = tag;
    }
  }
  google::protobuf::ListValue parsed;
  ExpectInvalid(ParseMessage(Bytes(bytes), kNoLimit, &parsed), "request", "MALFORMED_MESSAGE");
}

TEST(ParseTest, SenderCannotFloodTheLog) {
  RouteProtobufLog();
  v1::GetEventRequest request;
  testing::internal::CaptureStderr();
  const absl::Status status = ParseMessage(Bytes("\x12\x05secr\xff"), kNoLimit, &request);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ExpectInvalid(status, "event_id", "INVALID_UTF8");

  // Other messages of protobuf are still logged.
  testing::internal::CaptureStderr();
  request.set_event_id(kBad);
  (void)request.SerializeAsString();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("repatriation.v1.GetEventRequest.event_id"));
}

}  // namespace
}  // namespace repatriation
