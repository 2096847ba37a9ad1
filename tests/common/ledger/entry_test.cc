#include "common/ledger/entry.h"

#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

namespace repatriation {
namespace {

EventContent FullContent() {
  EventContent content;
  content.mission = "MINUSMA";
  content.country = "SEN";
  content.site = "Mopti";
  content.destination_site = "Gao";
  content.unit = "SENBAT 2";
  content.movement_ref = "UN-751";
  content.source = "manifest";
  content.kind = v1::KIND_RELOCATION;
  content.category = v1::CATEGORY_CONTINGENT_TROOPS;
  content.qualifier = v1::QUALIFIER_EXACT;
  content.day = DayNumberOf(absl::CivilDay(2023, 9, 20));
  content.headcount = 116;
  content.female = 0;
  return content;
}

constexpr char kFullEvent[] = R"pb(
  event_id: "event"
  mission: "MINUSMA"
  kind: KIND_RELOCATION
  day: "2023-09-20"
  category: CATEGORY_CONTINGENT_TROOPS
  country: "SEN"
  site: "Mopti"
  destination_site: "Gao"
  unit: "SENBAT 2"
  headcount: 116
  female: 0
  movement_ref: "UN-751"
  source: "manifest"
  qualifier: QUALIFIER_EXACT
)pb";

template <typename Message>
void ExpectMessage(const Message& got, const std::string& expected_text) {
  Message expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(expected_text, &expected));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(got, expected))
      << "expected:\n"
      << expected.DebugString() << "got:\n"
      << got.DebugString();
}

TEST(EntryTest, ConvertsContentToAnEvent) {
  v1::Event event;
  ToProto("event", FullContent(), &event);
  ExpectMessage(event, kFullEvent);
}

TEST(EntryTest, UnknownFemaleStaysUnset) {
  EventContent content = FullContent();
  content.female = kFemaleUnknown;
  v1::Event event;
  ToProto("event", content, &event);
  EXPECT_FALSE(event.has_female());
}

TEST(EntryTest, ConvertsAnEventEntry) {
  LedgerEntry entry;
  entry.position = 7;
  entry.recorded_time_us = 1'695'254'400'000'001;
  entry.id = "event";
  entry.event = FullContent();
  v1::Entry proto;
  ToProto(entry, "event", &proto);
  ExpectMessage(proto, std::string(R"pb(position: 7
                                        recorded_time { seconds: 1695254400 nanos: 1000 }
                                        event {)pb") +
                           kFullEvent + "}");
}

TEST(EntryTest, ConvertsAnAmendment) {
  LedgerEntry entry;
  entry.type = EntryType::kAmendment;
  entry.position = 8;
  entry.id = "correction";
  entry.target_position = 7;
  entry.reason = "wrong day";
  entry.event = FullContent();
  v1::Entry proto;
  ToProto(entry, "event", &proto);
  ExpectMessage(proto, std::string(R"pb(position: 8
                                        recorded_time {}
                                        amendment { correction_id: "correction" event_id: "event"
                                                    reason: "wrong day"
                                                    event {)pb") +
                           kFullEvent + "}}");
}

TEST(EntryTest, ConvertsAVoiding) {
  LedgerEntry entry;
  entry.type = EntryType::kVoiding;
  entry.position = 9;
  entry.id = "correction";
  entry.target_position = 7;
  entry.reason = "counted twice";
  v1::Entry proto;
  ToProto(entry, "event", &proto);
  ExpectMessage(
      proto,
      R"pb(position: 9
           recorded_time {}
           voiding { correction_id: "correction" event_id: "event" reason: "counted twice" })pb");
}

TEST(EntryTest, SameContentIgnoresPositionAndTime) {
  LedgerEntry entry;
  entry.type = EntryType::kAmendment;
  entry.id = "correction";
  entry.target_position = 7;
  entry.reason = "wrong day";
  entry.event = FullContent();
  LedgerEntry other = entry;
  other.position = 99;
  other.recorded_time_us = 1;
  EXPECT_TRUE(entry.SameContent(other));
}

TEST(EntryTest, SameContentComparesEverythingElse) {
  LedgerEntry entry;
  entry.type = EntryType::kAmendment;
  entry.id = "correction";
  entry.target_position = 7;
  entry.reason = "wrong day";
  entry.event = FullContent();
  const auto expect_other = [&](const char* what, auto change) {
    LedgerEntry other = entry;
    change(other);
    EXPECT_FALSE(entry.SameContent(other)) << what;
    EXPECT_FALSE(other.SameContent(entry)) << what;
  };
  expect_other("type", [](LedgerEntry& e) { e.type = EntryType::kVoiding; });
  expect_other("id", [](LedgerEntry& e) { e.id = "another"; });
  expect_other("target", [](LedgerEntry& e) { e.target_position = 6; });
  expect_other("reason", [](LedgerEntry& e) { e.reason = ""; });
  expect_other("mission", [](LedgerEntry& e) { e.event.mission = "UNAMID"; });
  expect_other("country", [](LedgerEntry& e) { e.event.country = ""; });
  expect_other("site", [](LedgerEntry& e) { e.event.site = "Ber"; });
  expect_other("destination", [](LedgerEntry& e) { e.event.destination_site = ""; });
  expect_other("unit", [](LedgerEntry& e) { e.event.unit = ""; });
  expect_other("movement", [](LedgerEntry& e) { e.event.movement_ref = ""; });
  expect_other("source", [](LedgerEntry& e) { e.event.source = ""; });
  expect_other("kind", [](LedgerEntry& e) { e.event.kind = v1::KIND_DEATH; });
  expect_other("category", [](LedgerEntry& e) { e.event.category = v1::CATEGORY_UN_VOLUNTEER; });
  expect_other("qualifier", [](LedgerEntry& e) { e.event.qualifier = v1::QUALIFIER_ABOUT; });
  expect_other("day", [](LedgerEntry& e) { e.event.day += 1; });
  expect_other("headcount", [](LedgerEntry& e) { e.event.headcount += 1; });
  expect_other("female", [](LedgerEntry& e) { e.event.female = kFemaleUnknown; });
}

}  // namespace
}  // namespace repatriation
