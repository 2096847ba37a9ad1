// The fast path must give the same result as the parsed message, or none.
#include "ingest_service/core/plain_batch.h"

#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/common/testing/random_entries.h"
#include "tests/common/testing/sanitized.h"
#include "tests/ingest_service/core/submissions.h"

namespace repatriation {
namespace {

constexpr size_t kSubmissionsMax = 8;

absl::optional<PlainBatch> Plain(const std::string& bytes) {
  return CheckPlainBatch(bytes, kSubmissionsMax, TestToday());
}

std::string Request(const std::vector<v1::Submission>& submissions, int64_t batch_number = 0) {
  v1::StreamEventsRequest request;
  *request.mutable_submissions() = BatchOf(submissions);
  request.set_batch_number(batch_number);
  return request.SerializeAsString();
}

v1::Submission AFullEvent(const std::string& id) {
  v1::Submission submission = AnEvent(id, 116);
  v1::Event& event = *submission.mutable_event();
  event.set_kind(v1::KIND_RELOCATION);
  event.set_country("SEN");
  event.set_site("Ménaka");
  event.set_destination_site("Gao");
  event.set_unit("SENBATT");
  event.set_female(0);
  event.set_movement_ref("UN-17");
  event.set_source("https://example.org/a?b=c");
  event.set_qualifier(v1::QUALIFIER_NEARLY);
  event.set_status(v1::EVENT_STATUS_PLANNED);
  return submission;
}

bool IsSame(const CheckedBatch& a, const CheckedBatch& b) {
  if (a.submissions.size() != b.submissions.size() || a.bytes != b.bytes ||
      a.result.SerializeAsString() != b.result.SerializeAsString()) {
    return false;
  }
  for (size_t i = 0; i < a.submissions.size(); ++i) {
    const ValidSubmission& left = a.submissions[i];
    const ValidSubmission& right = b.submissions[i];
    if (!left.entry.SameContent(right.entry) || left.fingerprint != right.fingerprint) return false;
  }
  return true;
}

// How the result for `bytes` differs from that of the parsed message; "" if it does not,
// or if the fast path declines.
std::string Difference(const std::string& bytes, const absl::optional<PlainBatch>& plain) {
  if (!plain.has_value()) return "";
  v1::StreamEventsRequest request;
  if (!request.ParseFromString(bytes)) return "does not parse";
  const auto batch = CheckBatch(request.submissions(), bytes.size(), kSubmissionsMax, TestToday());
  if (!batch.ok()) return std::string(batch.status().message());
  if (plain->batch_number != request.batch_number()) return "different batch number";
  return IsSame(plain->batch, *batch) ? "" : request.DebugString();
}

std::string ResultFor(const std::string& bytes) {
  const auto plain = Plain(bytes);
  if (!plain.has_value()) return "declined";
  const std::string difference = Difference(bytes, plain);
  return difference.empty() ? "same" : difference;
}

TEST(PlainBatchTest, AcceptsEventsLikeTheParsedMessage) {
  EXPECT_EQ(ResultFor(Request({AnEvent("a")})), "same");
  EXPECT_EQ(ResultFor(Request({AFullEvent("a"), AnEvent("b"), AFullEvent("c")}, 77)), "same");
  const std::string bytes = Request({AFullEvent("a"), AnEvent("b")}, -3);
  const auto plain = Plain(bytes);
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->batch_number, -3);
  EXPECT_EQ(plain->batch.submissions[0].entry.event.destination_site, "Gao");
  EXPECT_EQ(plain->batch.submissions[0].entry.event.female, 0);
  EXPECT_EQ(plain->batch.submissions[1].entry.event.female, kFemaleUnknown);
  EXPECT_EQ(Summary(plain->batch.result), "0 0");
}

TEST(PlainBatchTest, RejectsLikeTheParsedMessage) {
  v1::Submission bad_enums = AnEvent("b");
  bad_enums.mutable_event()->set_kind(static_cast<v1::Kind>(-1));
  v1::Submission bad_female = AnEvent("c");
  bad_female.mutable_event()->set_female(-1);
  v1::Submission empty;
  empty.mutable_event();
  const std::string bytes = Request({AnEvent(""), bad_enums, bad_female, empty, AnEvent("d")});
  EXPECT_EQ(ResultFor(bytes), "same");
  EXPECT_EQ(Summary(Plain(bytes)->batch.result),
            "event.event_id:REQUIRED event.kind:UNKNOWN_VALUE event.female:OUT_OF_RANGE "
            "event.event_id:REQUIRED 0");
}

TEST(PlainBatchTest, LastValueOfARepeatedFieldWins) {
  std::string event = AnEvent("first", 1).event().SerializeAsString();
  v1::Event again;
  again.set_event_id("last");
  again.set_headcount(7);
  event += again.SerializeAsString();
  std::string bytes = "\x0a" + std::string(1, static_cast<char>(event.size())) + event;
  bytes = "\x0a" + std::string(1, static_cast<char>(bytes.size())) + bytes;
  EXPECT_EQ(ResultFor(bytes), "same");
  EXPECT_EQ(Plain(bytes)->batch.submissions[0].entry.id, "last");
}

TEST(PlainBatchTest, LeavesEverythingElseToTheParser) {
  const auto declined = [](const std::string& bytes) { return !Plain(bytes).has_value(); };
  const std::string event = Request({AnEvent("a")});
  EXPECT_TRUE(declined("")) << "an empty batch is rejected";
  EXPECT_TRUE(declined(Request(std::vector<v1::Submission>(kSubmissionsMax + 1, AnEvent("a")))));
  EXPECT_FALSE(declined(Request(std::vector<v1::Submission>(kSubmissionsMax, AnEvent("a")))));
  EXPECT_TRUE(declined(Request({AnEvent("a"), AnAmendment("b", "a")})));
  EXPECT_TRUE(declined(Request({AVoiding("b", "a")})));
  EXPECT_TRUE(declined(Request({v1::Submission()})));
  EXPECT_TRUE(declined(event.substr(0, event.size() - 1))) << "truncated";
  EXPECT_TRUE(declined(event + "\x1a\x01x")) << "unknown field of the request";
  EXPECT_TRUE(declined(event + '\0')) << "field 0";
  EXPECT_TRUE(declined(Request({AnEvent("\xff")})))
      << "not UTF-8: the message's error names the field";
  // One event in two parts, which the parser merges.
  v1::Submission part;
  part.mutable_event()->set_country("SEN");
  const std::string merged = AnEvent("a").SerializeAsString() + part.SerializeAsString();
  EXPECT_TRUE(declined("\x0a" + std::string(1, static_cast<char>(merged.size())) + merged));
}

// Mutated requests, most of which still parse.
TEST(PlainBatchTest, NeverDiffersFromTheParsedMessage) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  std::mt19937_64 random(seed);
  const auto below = [&](size_t n) { return random() % n; };
  const std::string requests[] = {
      Request({AnEvent("a"), AFullEvent("b")}, 5),
      Request({AFullEvent("a"), AnEvent("", 0), AFullEvent("c")}, 1 << 20),
      Request({AFullEvent("a"), AnAmendment("b", "a")}),
  };
  int accepted = 0;
  int declined = 0;
  for (int round = 0; round < (kSanitized ? 20'000 : 200'000); ++round) {
    std::string bytes = requests[below(std::size(requests))];
    for (size_t change = below(3); change > 0 && !bytes.empty(); --change) {
      const size_t at = below(bytes.size());
      const auto byte = static_cast<char>(below(4) == 0 ? random() : below(0x80));
      switch (below(4)) {
        case 0:
          bytes.erase(at, 1 + below(3));
          break;
        case 1:
          bytes.insert(at, 1, byte);
          break;
        default:
          bytes[at] = byte;
      }
    }
    const auto plain = Plain(bytes);
    (plain.has_value() ? accepted : declined)++;
    ASSERT_EQ(Difference(bytes, plain), "") << "in round " << round;
  }
  EXPECT_GT(accepted, 1'000);
  EXPECT_GT(declined, 1'000);
}

}  // namespace
}  // namespace repatriation
