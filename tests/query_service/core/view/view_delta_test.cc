#include "query_service/core/view/view_delta.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/common/testing/random_entries.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/views.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

class ViewDeltaTest : public ::testing::Test {
 protected:
  std::string RandomText() {
    std::string text(random_.Below(40), '\0');
    for (char& c : text) c = static_cast<char>(random_.Below(256));
    return text;
  }

  uint64_t Draw() { return random_.Below(UINT64_MAX) >> random_.Below(64); }

  ViewDelta RandomDelta() {
    ViewDelta delta;
    delta.tail.position = static_cast<Position>(1'000'000 + Draw() % (uint64_t{1} << 40));
    delta.tail.recorded_time_us = static_cast<int64_t>(Draw());
    for (uint8_t& byte : delta.tail.hash) byte = static_cast<uint8_t>(random_.Below(256));
    for (uint64_t i = random_.Below(5); i > 0; --i) delta.texts.push_back(RandomText());
    for (uint64_t i = random_.Below(20); i > 0; --i) {
      CellKey key;
      for (TextId* text :
           {&key.mission, &key.country, &key.site, &key.destination_site, &key.unit}) {
        *text = static_cast<TextId>(Draw());
      }
      key.day = static_cast<DayNumber>(Draw());
      key.kind = static_cast<v1::Kind>(1 + random_.Below(5));
      key.category = static_cast<v1::Category>(1 + random_.Below(8));
      key.sex = static_cast<v1::Sex>(1 + random_.Below(3));
      delta.cells.push_back(key);
    }
    for (uint64_t i = random_.Below(50); i > 0; --i) {
      const int32_t sign = random_.Chance(2) ? 1 : -1;
      delta.postings.emplace_back(static_cast<CellId>(Draw()),
                                  static_cast<int32_t>(1 + random_.Below(kHeadcountMax)) * sign,
                                  random_.Chance(2), random_.Chance(2));
    }
    for (uint64_t i = random_.Below(10); i > 0; --i) {
      const Position position = delta.tail.position - static_cast<Position>(random_.Below(1000));
      delta.corrections.push_back(
          {position, static_cast<Position>(1 + random_.Below(position - 1)), random_.Chance(2)});
    }
    return delta;
  }

  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  RandomEntries random_{seed_};
};

TEST_F(ViewDeltaTest, RoundTrips) {
  for (int i = 0; i < 500; ++i) {
    const ViewDelta delta = RandomDelta();
    const auto decoded = DecodeViewDelta(delta.tail.position, EncodeViewDelta(delta));
    ASSERT_THAT(decoded, IsOk());
    ASSERT_EQ(*decoded, delta) << "delta " << i;
  }
}

TEST_F(ViewDeltaTest, RefusesTruncation) {
  for (int i = 0; i < 20; ++i) {
    const ViewDelta delta = RandomDelta();
    const std::string bytes = EncodeViewDelta(delta);
    for (size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_THAT(
          DecodeViewDelta(delta.tail.position, bytes.substr(0, size)),
          StatusIs(absl::StatusCode::kDataLoss, HasSubstr(absl::StrCat(delta.tail.position))))
          << "delta " << i << " cut to " << size << " of " << bytes.size() << " bytes";
    }
    EXPECT_THAT(DecodeViewDelta(delta.tail.position, bytes + '\0'),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST_F(ViewDeltaTest, DamageNeverCrashes) {
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    FilledView filled;
    ASSERT_THAT(filled.Apply(random_.Chance(2) ? std::vector{AnEvent("a", AContent(5, 2))}
                                               : std::vector{AnEvent("a", AContent(3)),
                                                             AnEvent("b", AContent(7, 7, "Ber")),
                                                             AVoiding("v", 1)}),
                IsOk());
    const Position position = filled.last_delta().tail.position;
    std::string bytes = EncodeViewDelta(filled.last_delta());
    for (uint64_t flips = 1 + random_.Below(4); flips > 0; --flips) {
      bytes[random_.Below(bytes.size())] ^= static_cast<char>(1 << random_.Below(8));
    }
    const auto decoded = DecodeViewDelta(position, bytes);
    LedgerView view;
    if (decoded.ok() && view.Apply(*decoded).ok()) {
      Figures(view, position);
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST_F(ViewDeltaTest, RefusesHugeCountWithoutAllocatingIt) {
  ViewDelta delta;
  delta.tail.position = 7;
  std::string bytes = EncodeViewDelta(delta);
  bytes.resize(bytes.size() - 4);  // the four counts
  for (int i = 0; i < 9; ++i) bytes.push_back('\xff');
  bytes.push_back('\x01');
  EXPECT_THAT(DecodeViewDelta(7, bytes), StatusIs(absl::StatusCode::kDataLoss));
}

// A cell's enums are used as indexes, so unknown values must not reach the view.
TEST_F(ViewDeltaTest, RefusesCellWithUnknownEnumValue) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5))}), IsOk());
  const auto accepted = [&](auto damage) {
    ViewDelta delta = filled.last_delta();
    damage(delta.cells[0]);
    const auto decoded = DecodeViewDelta(1, EncodeViewDelta(delta));
    LedgerView view;
    return decoded.ok() && view.Apply(*decoded).ok();
  };
  EXPECT_TRUE(accepted([](CellKey&) {}));
  EXPECT_FALSE(accepted([](CellKey& cell) { cell.kind = static_cast<v1::Kind>(40); }));
  EXPECT_FALSE(accepted([](CellKey& cell) { cell.kind = v1::KIND_UNSPECIFIED; }));
  EXPECT_FALSE(accepted([](CellKey& cell) { cell.category = static_cast<v1::Category>(40); }));
  EXPECT_FALSE(accepted([](CellKey& cell) { cell.category = v1::CATEGORY_FORCE; }));
  EXPECT_FALSE(accepted([](CellKey& cell) { cell.sex = static_cast<v1::Sex>(4); }));
}

TEST_F(ViewDeltaTest, RefusesCorrectionOutsideItsBlockOrOfLaterEntry) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5)), AVoiding("v", 1)}), IsOk());
  const auto accepted = [&](Position position, Position target) {
    ViewDelta delta = filled.last_delta();
    delta.corrections[0].position = position;
    delta.corrections[0].target = target;
    const auto decoded = DecodeViewDelta(2, EncodeViewDelta(delta));
    LedgerView view;
    return decoded.ok() && view.Apply(*decoded).ok();
  };
  EXPECT_TRUE(accepted(2, 1));
  EXPECT_FALSE(accepted(3, 1));
  EXPECT_FALSE(accepted(-5, -6));
  EXPECT_FALSE(accepted(2, 0));
  EXPECT_FALSE(accepted(2, 2));
  EXPECT_FALSE(accepted(1, 2));
}

}  // namespace
}  // namespace repatriation
