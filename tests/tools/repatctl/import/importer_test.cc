#include "tools/repatctl/import/importer.h"

#include <gmock/gmock.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/tools/repatctl/testing/fakes.h"
#include "tools/repatctl/import/import_file.h"

namespace repatriation {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

using Plans = std::vector<StreamPlan>;

constexpr char kEventHeader[] = "event_id,mission,kind,day,category,headcount\n";

std::string Row(int number, const std::string& headcount = "1") {
  return absl::StrCat("e", number, ",M,arrival,2023-01-01,un_volunteer,", headcount, "\n");
}

std::string File(int rows) {
  std::string text = kEventHeader;
  for (int i = 1; i <= rows; ++i) text += Row(i);
  return text;
}

class Observer : public ImportObserver {
 public:
  void OnRejected(int64_t line, const FieldError& error) override {
    rejected.push_back(absl::StrCat("line ", line, ": ", ToText(error)));
  }
  void OnBatchDone(const ImportCounts& counts, int64_t bytes) override {
    rows.push_back(counts.rows());
    bytes_last = bytes;
  }

  std::vector<std::string> rejected;
  std::vector<int64_t> rows;
  int64_t bytes_last = 0;
};

class ImporterTest : public ::testing::Test {
 protected:
  ImportResult Import(const std::string& text) {
    std::istringstream input(text);
    return Import(input);
  }
  ImportResult Import(std::istream& input) {
    const auto rows = OpenImportFile(input, {});
    EXPECT_THAT(rows, IsOk());
    return Importer(options_, **rows, ingest_, environment_.Get(), observer_).Run();
  }

  // "recorded N, duplicate N, rejected N".
  static std::string Counts(const ImportResult& result) {
    return absl::StrCat(result.counts.recorded, " ", result.counts.duplicate, " ",
                        result.counts.rejected);
  }

  ImportOptions options_ = {.batch_rows_max = 10, .window = 3};
  FakeIngest ingest_;
  FakeRetryEnvironment environment_;
  Observer observer_;
};

TEST_F(ImporterTest, RecordsEveryRowInBatches) {
  const auto result = Import(File(95));
  EXPECT_THAT(result.service, IsOk());
  EXPECT_THAT(result.input, IsOk());
  EXPECT_EQ(Counts(result), "95 0 0");
  EXPECT_EQ(result.counts.position_max, 95);
  EXPECT_THAT(ingest_.batch_numbers, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_EQ(ingest_.batch_rows_max, 10u);
  EXPECT_EQ(ingest_.streams, 1);
  EXPECT_EQ(ingest_.half_closes, 1);
  EXPECT_EQ(observer_.rows.back(), 95);
  EXPECT_EQ(observer_.bytes_last, static_cast<int64_t>(File(95).size()));
}

TEST_F(ImporterTest, KeepsTheWindowFull) {
  Import(File(95));
  EXPECT_EQ(ingest_.in_flight_max, 3u);
}

TEST_F(ImporterTest, EmptyFileOpensNoStream) {
  EXPECT_EQ(Counts(Import(kEventHeader)), "0 0 0");
  EXPECT_EQ(ingest_.streams, 0);
}

TEST_F(ImporterTest, SecondImportChangesNothing) {
  Import(File(25));
  EXPECT_EQ(Counts(Import(File(25))), "0 25 0");
  EXPECT_THAT(ingest_.ledger.content(), SizeIs(25));
}

TEST_F(ImporterTest, ListsRejectedRowsInFileOrder) {
  const auto result =
      Import(absl::StrCat(kEventHeader, Row(1), Row(2, "0"), Row(3, "x"), Row(4), Row(5, "0"),
                          "e6,M,arrival,2023-01-01,un_volunteer\n", Row(7)));
  EXPECT_EQ(Counts(result), "3 0 4");
  EXPECT_THAT(
      observer_.rejected,
      ElementsAre(
          "line 3: headcount: OUT_OF_RANGE: must be 1 to 100000, is 0",
          "line 4: headcount: NOT_AN_INTEGER: must be a whole number in decimal "
          "digits, is \"x\"",
          "line 6: headcount: OUT_OF_RANGE: must be 1 to 100000, is 0",
          "line 7: row: WRONG_NUMBER_OF_FIELDS: must have 6 fields like the header, has 5"));
}

TEST_F(ImporterTest, BatchesOfRejectedRowsAreNotSent) {
  std::string text = kEventHeader;
  for (int i = 0; i < 45; ++i) text += Row(i, i == 22 ? "1" : "x");
  const auto result = Import(text);
  EXPECT_EQ(Counts(result), "1 0 44");
  EXPECT_THAT(ingest_.batch_numbers, ElementsAre(3));
  EXPECT_THAT(observer_.rejected, SizeIs(44));
}

TEST_F(ImporterTest, ResendsUnacknowledgedBatches) {
  // Two answers, then one batch is recorded but its answer is lost.
  ingest_.plans = Plans{{.answers = 2, .lost_answers = 1}, {.answers = 100}};
  const auto result = Import(File(95));
  EXPECT_THAT(result.service, IsOk());
  EXPECT_EQ(Counts(result), "85 10 0") << "the lost batch is counted as duplicate";
  EXPECT_THAT(ingest_.ledger.content(), SizeIs(95));
  EXPECT_EQ(ingest_.streams, 2);
  EXPECT_THAT(ingest_.batch_numbers, ElementsAre(1, 2, 3, 4, 5, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_THAT(environment_.slept, SizeIs(1));
}

TEST_F(ImporterTest, RejectionsKeepTheirLinesAcrossReconnects) {
  ingest_.plans = Plans{{.answers = 1, .lost_answers = 2}, {.answers = 100}};
  std::string text = kEventHeader;
  for (int i = 0; i < 40; ++i) text += Row(i, i % 15 == 14 ? "0" : "1");
  EXPECT_EQ(Counts(Import(text)), "20 18 2");
  EXPECT_THAT(observer_.rejected, ElementsAre(HasSubstr("line 16:"), HasSubstr("line 31:")));
}

TEST_F(ImporterTest, ContinuesWhileThereIsProgress) {
  // Each stream acknowledges one batch; every retry is within the patience.
  ingest_.plans = Plans{{.answers = 1}};
  options_.retry_for = absl::Milliseconds(200);
  const auto result = Import(File(950));
  EXPECT_THAT(result.service, IsOk());
  EXPECT_EQ(Counts(result), "950 0 0");
  EXPECT_EQ(ingest_.streams, 95);
}

TEST_F(ImporterTest, GivesUpWithoutProgress) {
  ingest_.plans = Plans{{.answers = 2}, {.answers = 0}};
  const absl::Time start = environment_.clock.Now();
  const auto result = Import(File(95));
  EXPECT_THAT(result.service,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no progress for 1m")));
  EXPECT_EQ(Counts(result), "20 0 0");
  EXPECT_EQ(environment_.clock.Now() - start, absl::Seconds(60));
}

TEST_F(ImporterTest, DoesNotRetryPermanentErrors) {
  ingest_.plans = Plans{{.answers = 0, .end = absl::InvalidArgumentError("too many")}};
  EXPECT_THAT(Import(File(5)).service, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ingest_.streams, 1);
  EXPECT_THAT(environment_.slept, IsEmpty());
}

TEST_F(ImporterTest, ReopensAnUnansweredStream) {
  ingest_.plans = Plans{{.answers = 1, .stalls = true}, {.answers = 100}};
  EXPECT_EQ(Counts(Import(File(25))), "25 0 0");
  EXPECT_EQ(ingest_.streams, 2);
}

TEST_F(ImporterTest, FailsIfTheLedgerChanges) {
  struct Swapped : FakeIngest {
    using FakeIngest::FakeIngest;
    std::unique_ptr<BatchStream> OpenStream() override {
      if (streams == 1) ledger_id = "2e";
      return FakeIngest::OpenStream();
    }
  } swapped(Plans{{.answers = 1}, {.answers = 100}});
  std::istringstream input(File(25));
  const auto rows = OpenImportFile(input, {});
  const auto result = Importer(options_, **rows, swapped, environment_.Get(), observer_).Run();
  EXPECT_THAT(result.service, StatusIs(absl::StatusCode::kFailedPrecondition,
                                       "the import began in ledger 1d, but the service now has "
                                       "ledger 2e"));
}

TEST_F(ImporterTest, InputErrorIsReportedAfterFinishingWhatWasRead) {
  // Fails after `left` bytes.
  struct Failing : std::stringbuf {
    using std::stringbuf::stringbuf;
    std::streamsize left = 100'000;
    std::streamsize xsgetn(char* to, std::streamsize size) override {
      if (size > left) throw std::ios_base::failure("disk");
      left -= size;
      return std::stringbuf::xsgetn(to, size);
    }
  } failing(File(5'000));
  std::istream input(&failing);
  const auto result = Import(input);
  EXPECT_THAT(result.input, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(result.service, IsOk());
  EXPECT_GT(result.counts.recorded, 1'000);
  EXPECT_THAT(ingest_.ledger.content(), SizeIs(result.counts.recorded));
}

// Answers the first batch with a given response.
class OddStream : public BatchStream {
 public:
  explicit OddStream(v1::StreamEventsResponse response) : response_(std::move(response)) {}
  void Write(Encoded<v1::StreamEventsRequest>) override {}
  void WritesDone() override {}
  StreamEvent Next(absl::Duration) override { return {Kind::kResponse, response_, {}}; }

 private:
  const v1::StreamEventsResponse response_;
};

TEST_F(ImporterTest, RejectsInvalidResponses) {
  struct Odd : FakeIngest {
    v1::StreamEventsResponse response;
    std::unique_ptr<BatchStream> OpenStream() override {
      return std::make_unique<OddStream>(response);
    }
  };
  Odd other_batch;
  other_batch.response.set_batch_number(7);
  Odd too_short;
  too_short.response.set_batch_number(1);
  Odd bad_index;
  bad_index.response.set_batch_number(1);
  bad_index.response.mutable_result()->add_positions(0);
  bad_index.response.mutable_result()->add_rejections()->set_index(1);
  Odd bad_duplicate;
  bad_duplicate.response.set_batch_number(1);
  bad_duplicate.response.mutable_result()->add_positions(1);
  bad_duplicate.response.mutable_result()->add_duplicate_indexes(-1);
  for (Odd* odd : {&other_batch, &too_short, &bad_index, &bad_duplicate}) {
    std::istringstream input(File(1));
    const auto rows = OpenImportFile(input, {});
    const auto result = Importer(options_, **rows, *odd, environment_.Get(), observer_).Run();
    EXPECT_THAT(result.service, StatusIs(absl::StatusCode::kInternal));
  }
}

TEST_F(ImporterTest, LimitsABatchInBytes) {
  options_.batch_rows_max = 10'000;
  std::string text = "mission,kind,day,category,headcount,source\n";
  const std::string source(1'000, 's');
  for (int i = 0; i < 6'000; ++i) {
    absl::StrAppend(&text, "M,arrival,2023-01-01,un_volunteer,1,", source, "\n");
  }
  EXPECT_EQ(Counts(Import(text)), "6000 0 0");
  EXPECT_GT(ingest_.batch_numbers.size(), 2u);
  EXPECT_LT(ingest_.batch_rows_max, 2'500u);
}

}  // namespace
}  // namespace repatriation
