#include "query_service/core/selection/paging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/errors.h"
#include "repatriation/v1/query_service.pb.h"
#include "tests/common/testing/random_entries.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

constexpr PageSizes kSizes = {.standard = 100, .max = 1000};
constexpr uint64_t kFingerprint = 0x0123456789abcdef;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

std::string Reason(const absl::StatusOr<Page>& page) { return ReasonOf(page.status()); }

TEST(PagingTest, FirstPageHasTheRequestedOrDefaultSize) {
  for (const auto& [asked, expected] : {std::pair{0, 100}, {1, 1}, {999, 999}, {1000, 1000}}) {
    const auto page = CheckPage(asked, "", kSizes, kFingerprint);
    ASSERT_THAT(page, IsOk()) << asked;
    EXPECT_EQ(page->size, expected);
    EXPECT_TRUE(page->first);
    EXPECT_EQ(page->after, 0);
  }
}

TEST(PagingTest, RefusesSizesOutOfRange) {
  for (const int32_t size : {-1, 1001, INT32_MIN, INT32_MAX}) {
    const auto page = CheckPage(size, "", kSizes, kFingerprint);
    EXPECT_THAT(page, StatusIs(kInvalid, ::testing::HasSubstr("page_size"))) << size;
    EXPECT_EQ(Reason(page), "OUT_OF_RANGE");
  }
}

TEST(PagingTest, TokenRoundTrips) {
  constexpr int64_t kMax = INT64_MAX / 2;
  for (const int64_t number : {int64_t{0}, int64_t{1}, int64_t{127}, int64_t{1} << 40, kMax}) {
    const auto page =
        CheckPage(7, MakePageToken(kFingerprint, number, kMax - number), kSizes, kFingerprint);
    ASSERT_THAT(page, IsOk()) << number;
    EXPECT_FALSE(page->first);
    EXPECT_EQ(page->size, 7);
    EXPECT_EQ(page->known_at, number);
    EXPECT_EQ(page->after, kMax - number);
  }
}

// Adding a page size would overflow.
TEST(PagingTest, RefusesATokenBeyondAnyListing) {
  for (const int64_t after : {INT64_MAX / 2 + 1, INT64_MAX - 1, INT64_MAX}) {
    const auto page = CheckPage(7, MakePageToken(kFingerprint, 1, after), kSizes, kFingerprint);
    EXPECT_THAT(page, StatusIs(kInvalid, ::testing::HasSubstr("page_token"))) << after;
  }
}

TEST(PagingTest, RefusesATokenOfAnotherRequest) {
  const auto page = CheckPage(0, MakePageToken(kFingerprint, 5, 6), kSizes, kFingerprint + 1);
  EXPECT_THAT(page, StatusIs(kInvalid));
  EXPECT_EQ(Reason(page), "OTHER_REQUEST");
}

TEST(PagingTest, RefusesATruncatedOrExtendedToken) {
  const std::string token = MakePageToken(kFingerprint, 300, 70'000);
  for (size_t size = 1; size < token.size(); ++size) {
    const auto page = CheckPage(0, token.substr(0, size), kSizes, kFingerprint);
    EXPECT_THAT(page, StatusIs(kInvalid)) << "cut to " << size << " of " << token.size();
    EXPECT_EQ(Reason(page), "BAD_PAGE_TOKEN") << size;
  }
  for (const char* wrong : {"AAAA", "not base64!", "\xff\xff", " "}) {
    EXPECT_EQ(Reason(CheckPage(0, wrong, kSizes, kFingerprint)), "BAD_PAGE_TOKEN") << wrong;
  }
  EXPECT_EQ(Reason(CheckPage(0, token + "AAAA", kSizes, kFingerprint)), "BAD_PAGE_TOKEN");
}

TEST(PagingTest, RefusesNegativePositions) {
  EXPECT_EQ(Reason(CheckPage(0, MakePageToken(kFingerprint, -1, 0), kSizes, kFingerprint)),
            "BAD_PAGE_TOKEN");
  EXPECT_EQ(Reason(CheckPage(0, MakePageToken(kFingerprint, 0, -1), kSizes, kFingerprint)),
            "BAD_PAGE_TOKEN");
}

TEST(PagingTest, DamagedTokensNeverGiveAPageOutOfRange) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  for (int i = 0; i < 5000; ++i) {
    std::string token = MakePageToken(kFingerprint, random.Below(1'000'000), random.Below(1000));
    for (uint64_t n = 1 + random.Below(3); n > 0; --n) {
      token[random.Below(token.size())] = static_cast<char>(random.Below(256));
    }
    const auto page = CheckPage(0, token, kSizes, kFingerprint);
    if (!page.ok()) {
      ASSERT_THAT(page, StatusIs(kInvalid));
      continue;
    }
    ASSERT_GE(page->known_at, 0);
    ASSERT_GE(page->after, 0);
  }
}

TEST(PagingTest, FingerprintCoversWhatMustStayTheSame) {
  v1::GetAggregateRequest request;
  request.mutable_filter()->add_missions("MINUSMA");
  const uint64_t fingerprint = RequestFingerprint(request);

  v1::GetAggregateRequest next = request;
  next.mutable_read()->set_known_at_position(5);
  next.set_page_size(3);
  next.set_page_token("token");
  EXPECT_EQ(RequestFingerprint(next), fingerprint) << "these may change from page to page";

  next = request;
  next.add_group_by(v1::DIMENSION_SITE);
  EXPECT_NE(RequestFingerprint(next), fingerprint);
  next = request;
  next.mutable_filter()->add_missions("MONUSCO");
  EXPECT_NE(RequestFingerprint(next), fingerprint);
  next = request;
  next.mutable_filter()->set_missions(0, "MINUSMB");
  EXPECT_NE(RequestFingerprint(next), fingerprint);

  v1::ListEventsRequest other;
  *other.mutable_filter() = request.filter();
  EXPECT_NE(RequestFingerprint(other), fingerprint) << "another method";
}

}  // namespace
}  // namespace repatriation
