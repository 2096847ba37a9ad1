#include "ingest_service/core/batch.h"

#include <gtest/gtest.h>

#include "tests/common/testing/status_matchers.h"
#include "tests/ingest_service/core/submissions.h"

namespace repatriation {
namespace {

TEST(CheckBatchTest, RejectsAnEmptyBatch) {
  const auto batch = CheckBatch({}, 0, 10, TestToday());
  EXPECT_THAT(batch, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonOf(batch.status()), "REQUIRED");
}

TEST(CheckBatchTest, AcceptsUpToTheLimit) {
  EXPECT_THAT(CheckBatch(BatchOf({AnEvent("a"), AnEvent("b")}), 0, 2, TestToday()), IsOk());
  const auto batch =
      CheckBatch(BatchOf({AnEvent("a"), AnEvent("b"), AnEvent("c")}), 0, 2, TestToday());
  EXPECT_THAT(batch, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonOf(batch.status()), "TOO_MANY");
}

TEST(CheckBatchTest, KeepsOneEntryPerSubmissionAndListsRejections) {
  const Submissions submissions =
      BatchOf({AnEvent(""), AnEvent("b"), AnEvent("c", -5), v1::Submission()});
  const auto batch = CheckBatch(submissions, 77, 10, TestToday());
  ASSERT_THAT(batch, IsOk());
  EXPECT_EQ(batch->bytes, 77u);
  ASSERT_EQ(batch->submissions.size(), 4u);
  EXPECT_EQ(batch->submissions[1].entry.id, "b");
  EXPECT_EQ(Summary(batch->result),
            "event.event_id:REQUIRED 0 event.headcount:OUT_OF_RANGE content:REQUIRED");
}

}  // namespace
}  // namespace repatriation
