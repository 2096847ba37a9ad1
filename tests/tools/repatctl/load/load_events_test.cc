#include "tools/repatctl/load/load_events.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/util/message_differencer.h"
#include "repatriation/v1/ingest_service.pb.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::Le;
using ::testing::Pair;
using ::testing::SizeIs;

using Pairs = std::set<std::pair<v1::Category, std::string>>;

v1::Event LoadEvent(uint64_t seed, uint64_t index) {
  v1::Event event;
  FillLoadEvent(seed, index, event);
  return event;
}

std::map<std::string, Pairs> PairsByCountry(uint64_t seed, uint64_t events) {
  std::map<std::string, Pairs> pairs;
  v1::Event event;
  for (uint64_t index = 0; index < events; ++index) {
    FillLoadEvent(seed, index, event);
    pairs[event.country()].emplace(event.category(), event.site());
  }
  return pairs;
}

TEST(LoadEvents, AreDistributedLikeAMissions) {
  constexpr uint64_t kEvents = 1'000'000;
  std::set<int> categories;
  std::set<std::string> countries, sites, days;
  absl::flat_hash_set<std::tuple<int, std::string, std::string, std::string>> cells;
  absl::flat_hash_set<std::string> ids;
  v1::Event event;
  for (uint64_t index = 0; index < kEvents; ++index) {
    FillLoadEvent(7, index, event);
    categories.insert(event.category());
    countries.insert(event.country());
    sites.insert(event.site());
    days.insert(event.day());
    cells.emplace(event.category(), event.country(), event.site(), event.day());
    ids.insert(event.event_id());
  }
  EXPECT_THAT(categories, SizeIs(8));
  EXPECT_THAT(countries, SizeIs(120));
  EXPECT_THAT(sites, SizeIs(13));
  EXPECT_THAT(days, SizeIs(730));
  EXPECT_THAT(cells, SizeIs(AllOf(Ge(150'000u), Le(230'000u))));
  EXPECT_THAT(ids, SizeIs(kEvents));
}

TEST(LoadEvents, ContingentsDoNotDependOnTheSeed) {
  const auto pairs = PairsByCountry(1, 50'000);
  EXPECT_THAT(pairs, Each(Pair(testing::_, SizeIs(AllOf(Ge(1u), Le(4u))))));
  EXPECT_EQ(pairs, PairsByCountry(2, 50'000));
}

TEST(LoadEvents, AreDeterministicEvenInAReusedMessage) {
  const v1::Event first = LoadEvent(1, 41);
  v1::Event used = LoadEvent(1'000'000'000, 40);
  FillLoadEvent(1, 41, used);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(first, used))
      << "expected " << first.ShortDebugString() << ", got " << used.ShortDebugString();
  EXPECT_EQ(first.mission(), LoadMission(1));
  EXPECT_NE(first.event_id(), LoadEvent(1, 42).event_id());
  EXPECT_NE(first.event_id(), LoadEvent(2, 41).event_id());
}

TEST(LoadEvents, WriterMatchesSerializedMessages) {
  for (const uint64_t seed : {0ull, 7ull, ~0ull}) {
    const LoadEventWriter writer(seed);
    std::string request;
    v1::StreamEventsRequest expected;
    int64_t headcount = 0;
    for (uint64_t index = 0; index < 2'000; ++index) {
      const size_t before = request.size();
      headcount += writer.Append(index, request);
      ASSERT_LE(request.size() - before, LoadEventWriter::kSubmissionBytesMax);
      v1::Event& event = *expected.add_submissions()->mutable_event();
      FillLoadEvent(seed, index, event);
      headcount -= event.headcount();
    }
    EXPECT_EQ(request, expected.SerializeAsString()) << "seed " << seed;
    EXPECT_EQ(headcount, 0);
  }
}

}  // namespace
}  // namespace repatriation
