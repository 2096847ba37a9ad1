#include "ingest_service/core/sequencer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "tests/common/testing/fake_clock.h"
#include "tests/common/testing/notification.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/ingest_service/core/fake_ledger_log.h"
#include "tests/ingest_service/core/index_store.h"
#include "tests/ingest_service/core/submissions.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

constexpr auto kUnavailable = absl::StatusCode::kUnavailable;
constexpr auto kResourceExhausted = absl::StatusCode::kResourceExhausted;

// The answer to one batch.
struct Answer {
  Submissions submissions;
  Notification received;
  absl::StatusOr<v1::BatchResult> result;
  std::atomic<int> calls{0};
};

class SequencerTest : public ::testing::Test {
 protected:
  void Start(const SequencerOptions& options = {}) {
    sequencer_ = std::make_unique<Sequencer>(&log_, index_.get(), &watch_, &clock_, options,
                                             [this](const absl::Status& status) {
                                               const std::lock_guard lock(mutex_);
                                               failures_.push_back(std::string(status.message()));
                                             });
  }

  absl::Status TryEnqueue(const std::vector<v1::Submission>& submissions, size_t bytes = 1) {
    Answer& answer = answers_.emplace_back();
    answer.submissions = BatchOf(submissions);
    const size_t number = answers_.size() - 1;
    return sequencer_->Enqueue(Checked(answer.submissions, bytes),
                               [this, &answer, number](absl::StatusOr<v1::BatchResult> result) {
                                 {
                                   const std::lock_guard lock(mutex_);
                                   order_.push_back(number);
                                 }
                                 answer.result = std::move(result);
                                 if (++answer.calls == 1) answer.received.Notify();
                               });
  }

  // Returns the number of the batch, for Wait().
  size_t Enqueue(const std::vector<v1::Submission>& submissions, size_t bytes = 1) {
    EXPECT_THAT(TryEnqueue(submissions, bytes), IsOk());
    return answers_.size() - 1;
  }

  std::string Wait(size_t number) {
    answers_[number].received.WaitForNotification();
    return Summary(answers_[number].result);
  }

  std::string Append(const std::vector<v1::Submission>& submissions) {
    return Wait(Enqueue(submissions));
  }

  // Blocks the append of a first batch.
  size_t HoldWriter() {
    log_.Hold();
    const size_t number = Enqueue({AnEvent("held")});
    log_.WaitUntilHeld();
    return number;
  }

  int Calls(size_t number) { return answers_[number].calls; }

  FakeClock clock_{TestTime()};
  FakeLedgerLog log_;
  IndexStore store_;
  std::unique_ptr<EntryIndex> index_ = store_.Open(&log_).value();
  TailWatch watch_{0};
  std::mutex mutex_;
  std::vector<size_t> order_;          // of the answers
  std::vector<std::string> failures_;  // messages passed to on_failure
  std::deque<Answer> answers_;
  std::unique_ptr<Sequencer> sequencer_;  // destroyed before what it uses
};

TEST_F(SequencerTest, RecordsAndAnswers) {
  Start();
  EXPECT_EQ(Append({AnEvent("a"), AnEvent("b", 0), AnEvent("a"), AnEvent("c")}),
            "1 event.headcount:OUT_OF_RANGE =1 2");
  EXPECT_EQ(log_.tail().position, 2);
  EXPECT_EQ(watch_.tail(), 2);
  EXPECT_EQ(Append({AnEvent("d")}), "3");
  EXPECT_EQ(log_.blocks().size(), 2u);
}

TEST_F(SequencerTest, AnswersOnlyAfterTheAppend) {
  Start();
  const size_t held = HoldWriter();
  EXPECT_FALSE(answers_[held].received.HasBeenNotified());
  EXPECT_EQ(watch_.tail(), 0);
  log_.Release();
  EXPECT_EQ(Wait(held), "1");
  EXPECT_EQ(watch_.tail(), 1);
}

TEST_F(SequencerTest, AdvancesTheTailBeforeAnswering) {
  Start();
  Answer& answer = answers_.emplace_back();
  answer.submissions = BatchOf({AnEvent("a")});
  Position tail_when_answered = 0;
  ASSERT_THAT(sequencer_->Enqueue(Checked(answer.submissions),
                                  [&](const absl::StatusOr<v1::BatchResult>&) {
                                    tail_when_answered = watch_.tail();
                                    answer.received.Notify();
                                  }),
              IsOk());
  answer.received.WaitForNotification();
  EXPECT_EQ(tail_when_answered, 1);
}

TEST_F(SequencerTest, BatchWithNothingNewWritesNoBlock) {
  Start();
  EXPECT_EQ(Append({AnEvent("a")}), "1");
  EXPECT_EQ(Append({AnEvent("a"), AnEvent("", 1), AVoiding("v", "x")}),
            "=1 event.event_id:REQUIRED voiding.event_id:EVENT_UNKNOWN");
  EXPECT_EQ(log_.appends(), 1);
}

TEST_F(SequencerTest, BatchesQueuedDuringAnAppendBecomeOneBlock) {
  Start();
  const size_t held = HoldWriter();
  std::vector<size_t> waiting;
  for (const char* id : {"a", "b", "c", "d", "e"}) waiting.push_back(Enqueue({AnEvent(id)}));
  log_.Release();
  EXPECT_EQ(Wait(held), "1");
  for (size_t i = 0; i < waiting.size(); ++i) EXPECT_EQ(Wait(waiting[i]), absl::StrCat(i + 2));
  EXPECT_EQ(log_.appends(), 2) << "one for the first batch, one for all queued meanwhile";
  const Block second = *Block::Parse(log_.blocks()[1]);
  EXPECT_EQ(second.first_position(), 2);
  EXPECT_EQ(second.entry_count(), 5);
}

TEST_F(SequencerTest, AnswersInBatchOrder) {
  Start();
  HoldWriter();
  // Neither a rejection nor a duplicate overtakes.
  Enqueue({AnEvent("a")});
  Enqueue({AnEvent("", 1)});
  Enqueue({AnEvent("a")});
  Enqueue({AnEvent("b")});
  log_.Release();
  for (size_t number = 0; number < 5; ++number) Wait(number);
  sequencer_->Drain();
  EXPECT_EQ(order_, (std::vector<size_t>{0, 1, 2, 3, 4}));
}

TEST_F(SequencerTest, FindsDuplicatesAcrossBatchesOfAGroupAndAcrossGroups) {
  Start();
  HoldWriter();
  const size_t first = Enqueue({AnEvent("a"), AnEvent("b")});
  const size_t second = Enqueue({AnEvent("b"), AnEvent("held"), AnEvent("a", 9)});
  log_.Release();
  EXPECT_EQ(Wait(first), "2 3");
  EXPECT_EQ(Wait(second), "=3 =1 event.event_id:ID_TAKEN");
  EXPECT_EQ(Append({AnEvent("a"), AnEvent("c")}), "=2 4");
}

TEST_F(SequencerTest, FindsDuplicatesAfterARestart) {
  Start();
  EXPECT_EQ(Append({AnEvent("a"), AVoiding("v", "a"), AnEvent("b")}), "1 2 3");
  sequencer_.reset();
  index_ = store_.Open(&log_).value();
  Start();
  EXPECT_EQ(Append({AnEvent("a"), AVoiding("v", "a"), AVoiding("w", "a"), AnEvent("c")}),
            "=1 =2 voiding.event_id:EVENT_VOIDED 4");
}

TEST_F(SequencerTest, GroupEndsAtTheSubmissionLimit) {
  SequencerOptions options;
  options.group_submissions_max = 4;
  Start(options);
  HoldWriter();
  Enqueue({AnEvent("a"), AnEvent("b"), AnEvent("c")});
  Enqueue({AnEvent("d")});
  Enqueue({AnEvent("e")});
  // A batch is never split, so one above the limit is a group by itself.
  const size_t last =
      Enqueue({AnEvent("f"), AnEvent("g"), AnEvent("h"), AnEvent("i"), AnEvent("j")});
  log_.Release();
  EXPECT_EQ(Wait(last), "7 8 9 10 11");
  std::vector<int64_t> counts;
  for (const std::string& block : log_.blocks())
    counts.push_back(Block::Parse(block)->entry_count());
  EXPECT_EQ(counts, (std::vector<int64_t>{1, 4, 1, 5}));
}

TEST_F(SequencerTest, GroupEndsAtTheByteLimit) {
  SequencerOptions options;
  options.group_bytes_max = 100;
  Start(options);
  HoldWriter();
  Enqueue({AnEvent("a")}, 60);
  Enqueue({AnEvent("b")}, 40);
  Enqueue({AnEvent("c")}, 1);
  const size_t last = Enqueue({AnEvent("d")}, 500);
  log_.Release();
  EXPECT_EQ(Wait(last), "5");
  std::vector<int64_t> counts;
  for (const std::string& block : log_.blocks())
    counts.push_back(Block::Parse(block)->entry_count());
  EXPECT_EQ(counts, (std::vector<int64_t>{1, 2, 1, 1}));
}

TEST_F(SequencerTest, FullQueueRejectsWithRetryInfo) {
  SequencerOptions options;
  options.queue_submissions_max = 3;
  options.retry_delay = absl::Milliseconds(250);
  Start(options);
  const size_t held = HoldWriter();
  const size_t first = Enqueue({AnEvent("a"), AnEvent("b")});
  const size_t second = Enqueue({AnEvent("c")});
  const absl::Status rejected = TryEnqueue({AnEvent("d")});
  const size_t rejected_number = answers_.size() - 1;
  EXPECT_THAT(rejected, StatusIs(kResourceExhausted, HasSubstr("request queue is full: 3")));
  google::rpc::RetryInfo retry;
  const auto payload = rejected.GetPayload("type.googleapis.com/google.rpc.RetryInfo");
  ASSERT_TRUE(payload.has_value()) << rejected;
  ASSERT_TRUE(retry.ParseFromString(std::string(*payload)));
  EXPECT_EQ(retry.retry_delay().seconds(), 0);
  EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);
  log_.Release();
  EXPECT_EQ(Wait(held), "1");
  EXPECT_EQ(Wait(first), "2 3");
  EXPECT_EQ(Wait(second), "4");
  EXPECT_EQ(Append({AnEvent("d")}), "5") << "there is room again";
  sequencer_->Drain();
  EXPECT_EQ(Calls(rejected_number), 0) << "a rejected batch gets no answer too";
}

TEST_F(SequencerTest, QueueIsAlsoLimitedInBytes) {
  SequencerOptions options;
  options.queue_bytes_max = 100;
  Start(options);
  const size_t held = HoldWriter();
  Enqueue({AnEvent("a")}, 100);
  EXPECT_THAT(TryEnqueue({AnEvent("b")}, 1), StatusIs(kResourceExhausted));
  log_.Release();
  EXPECT_EQ(Wait(held), "1");
}

TEST_F(SequencerTest, EmptyQueueAcceptsABatchOfAnySize) {
  SequencerOptions options;
  options.queue_submissions_max = 1;
  options.queue_bytes_max = 10;
  Start(options);
  EXPECT_EQ(Wait(Enqueue({AnEvent("a"), AnEvent("b"), AnEvent("c")}, 1000)), "1 2 3");
}

TEST_F(SequencerTest, FailedAppendAcknowledgesNothingAndLatches) {
  Start();
  const size_t held = HoldWriter();
  const size_t waiting = Enqueue({AnEvent("a")});
  log_.FailAppends(absl::UnavailableError("no space left on device"));
  log_.Release();
  // The cause may contain local paths; it goes only to the log.
  Wait(held);
  EXPECT_THAT(answers_[held].result,
              StatusIs(kUnavailable, HasSubstr("cannot be written until a restart")));
  EXPECT_EQ(ReasonOf(answers_[held].result.status()), "LEDGER_FAILED");
  Wait(waiting);
  EXPECT_THAT(answers_[waiting].result, StatusIs(kUnavailable));

  // The disk works again, but its content is unknown.
  log_.FailAppends(absl::OkStatus());
  const absl::Status rejected = TryEnqueue({AnEvent("b")});
  EXPECT_THAT(rejected, StatusIs(kUnavailable, HasSubstr("cannot be written until a restart")));
  EXPECT_EQ(ReasonOf(rejected), "LEDGER_FAILED");
  const size_t rejected_number = answers_.size() - 1;
  sequencer_->Drain();
  EXPECT_EQ(Calls(held), 1);
  EXPECT_EQ(Calls(waiting), 1);
  EXPECT_EQ(Calls(rejected_number), 0);
  EXPECT_EQ(failures_, std::vector<std::string>{"no space left on device"});
  EXPECT_EQ(log_.appends(), 1) << "no append is attempted after a failure";
  EXPECT_EQ(log_.tail().position, 0);
  EXPECT_EQ(watch_.tail(), 0);
}

TEST_F(SequencerTest, NothingInAFailedGroupIsAcknowledged) {
  Start();
  EXPECT_EQ(Append({AnEvent("a")}), "1");
  HoldWriter();
  const size_t first = Enqueue({AnEvent("b")});
  const size_t duplicate = Enqueue({AnEvent("b"), AnEvent("a")});
  log_.FailAppends(absl::DataLossError("bad sector"));
  log_.Release();
  Wait(first);
  Wait(duplicate);
  EXPECT_FALSE(answers_[first].result.ok());
  EXPECT_FALSE(answers_[duplicate].result.ok()) << "the first one may not be recorded";
}

TEST_F(SequencerTest, FailedReadFailsOnlyItsGroup) {
  Start();
  EXPECT_EQ(Append({AnEvent("a")}), "1");
  log_.FailReads(absl::UnavailableError("input/output error"));
  EXPECT_THAT(Append({AnEvent("a"), AnEvent("b")}), HasSubstr("LEDGER_UNREADABLE"));
  EXPECT_TRUE(failures_.empty());
  EXPECT_EQ(log_.tail().position, 1);
  log_.FailReads(absl::OkStatus());
  EXPECT_EQ(Append({AnEvent("a"), AnEvent("b")}), "=1 2");
}

TEST_F(SequencerTest, FailedReadDuringAnAppendDoesNotFailTheAppend) {
  Start();
  EXPECT_EQ(Append({AnEvent("a")}), "1");
  const size_t held = HoldWriter();
  log_.FailReads(absl::UnavailableError("input/output error"));
  const size_t unread = Enqueue({AnEvent("b"), AnEvent("a")});
  log_.Release();
  EXPECT_EQ(Wait(held), "2");
  EXPECT_THAT(Wait(unread), HasSubstr("LEDGER_UNREADABLE"));
  log_.FailReads(absl::OkStatus());
  EXPECT_EQ(Append({AnEvent("c"), AnEvent("b")}), "3 4")
      << "no part of the failed group is recorded";
  EXPECT_EQ(order_, (std::vector<size_t>{0, 1, 2, 3}));
}

TEST_F(SequencerTest, CorrectsEventsBeingAppended) {
  Start();
  HoldWriter();
  const size_t first = Enqueue({AnAmendment("c", "held"), AVoiding("v", "held")});
  const size_t second = Enqueue({AVoiding("w", "held"), AnEvent("held"), AnEvent("held", 7)});
  log_.Release();
  EXPECT_EQ(Wait(first), "2 3");
  EXPECT_EQ(Wait(second), "voiding.event_id:EVENT_VOIDED =1 event.event_id:ID_TAKEN");
  EXPECT_EQ(Append({AVoiding("w", "held"), AVoiding("v", "held")}),
            "voiding.event_id:EVENT_VOIDED =3");
}

TEST_F(SequencerTest, DamagedLedgerLatchesToo) {
  Start();
  EXPECT_EQ(Append({AnEvent("a")}), "1");
  log_.FailReads(absl::DataLossError("block 1 is damaged"));
  EXPECT_THAT(Append({AnEvent("a")}), HasSubstr("LEDGER_FAILED"));
  EXPECT_THAT(TryEnqueue({AnEvent("b")}), StatusIs(kUnavailable));
  sequencer_->Drain();
  EXPECT_EQ(failures_, std::vector<std::string>{"block 1 is damaged"});
}

TEST_F(SequencerTest, DamageFoundDuringAnAppendDoesNotFailTheAppend) {
  Start();
  EXPECT_EQ(Append({AnEvent("a")}), "1");
  const size_t held = HoldWriter();
  log_.FailReads(absl::DataLossError("block 1 is damaged"));
  const size_t damaged = Enqueue({AnEvent("b"), AnEvent("a")});
  log_.Release();
  EXPECT_EQ(Wait(held), "2");
  EXPECT_EQ(watch_.tail(), 2) << "followers get it too";
  EXPECT_THAT(Wait(damaged), HasSubstr("LEDGER_FAILED"));
  EXPECT_EQ(log_.appends(), 2);
}

TEST_F(SequencerTest, DrainAnswersWaitingBatchesAndRejectsNewOnes) {
  Start();
  const size_t held = HoldWriter();
  const size_t first = Enqueue({AnEvent("a")});
  const size_t second = Enqueue({AnEvent("b")});
  std::thread draining([this] { sequencer_->Drain(); });
  // Batches are accepted until the drain has started; every accepted one is answered.
  std::vector<size_t> accepted;
  for (int i = 0;; ++i) {
    const absl::Status status = TryEnqueue({AnEvent(absl::StrCat("late-", i))});
    if (!status.ok()) {
      EXPECT_THAT(status, StatusIs(kUnavailable, HasSubstr("draining")));
      EXPECT_EQ(ReasonOf(status), "DRAINING");
      break;
    }
    accepted.push_back(answers_.size() - 1);
    std::this_thread::yield();
  }
  log_.Release();
  draining.join();
  EXPECT_EQ(Calls(held), 1);
  EXPECT_EQ(Calls(first), 1);
  EXPECT_EQ(Calls(second), 1);
  EXPECT_EQ(Wait(second), "3");
  for (const size_t number : accepted) EXPECT_EQ(Calls(number), 1) << "batch " << number;
  sequencer_->Drain();
}

TEST_F(SequencerTest, RecordedTimeComesFromTheClock) {
  Start();
  clock_.Set(absl::FromUnixMicros(1'700'000'000'123'456));
  EXPECT_EQ(Append({AnEvent("a"), AnEvent("b")}), "1 2");
  EXPECT_EQ(log_.tail().recorded_time_us, 1'700'000'000'123'456);
}

TEST_F(SequencerTest, RecordedTimeIsNotBeforeTheLastBatchArrived) {
  Start();
  HoldWriter();
  const size_t waiting = Enqueue({AnEvent("a")});
  clock_.Advance(absl::Minutes(1));
  log_.Release();
  EXPECT_EQ(Wait(waiting), "2");
  EXPECT_EQ(log_.tail().recorded_time_us, absl::ToUnixMicros(TestTime() + absl::Minutes(1)));
}

TEST_F(SequencerTest, RecordedTimeDoesNotGoBackWithTheClock) {
  Start();
  EXPECT_EQ(Append({AnEvent("a")}), "1");
  const int64_t before = log_.tail().recorded_time_us;
  clock_.Advance(-absl::Hours(1));
  EXPECT_EQ(Append({AnEvent("b")}), "2");
  EXPECT_EQ(log_.tail().recorded_time_us, before);
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Append({AnEvent("c")}), "3");
  EXPECT_EQ(log_.tail().recorded_time_us, before + 3'600'000'000);
}

TEST_F(SequencerTest, ManyProducersGetDenseDistinctPositions) {
  constexpr int kProducers = 4;
  constexpr int kBatches = 50;
  SequencerOptions options;
  options.group_submissions_max = 7;
  Start(options);
  std::mutex mutex;
  std::vector<int64_t> positions;
  std::vector<std::thread> producers;
  for (int producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&, producer] {
      int64_t last = 0;
      for (int i = 0; i < kBatches; ++i) {
        const Submissions submissions =
            BatchOf({AnEvent(absl::StrCat(producer, "-", i)), AnEvent("shared"),
                     AnEvent(absl::StrCat(producer, "+", i))});
        Notification received;
        absl::StatusOr<v1::BatchResult> result;
        ASSERT_THAT(sequencer_->Enqueue(Checked(submissions),
                                        [&](absl::StatusOr<v1::BatchResult> answer) {
                                          result = std::move(answer);
                                          received.Notify();
                                        }),
                    IsOk());
        received.WaitForNotification();
        ASSERT_THAT(result, IsOk());
        EXPECT_GT(result->positions(0), last) << "a producer's batches keep their order";
        last = result->positions(2);
        const std::lock_guard lock(mutex);
        for (const int index : {0, 2}) positions.push_back(result->positions(index));
        if (result->duplicate_indexes().empty()) positions.push_back(result->positions(1));
      }
    });
  }
  for (std::thread& producer : producers) producer.join();
  std::sort(positions.begin(), positions.end());
  ASSERT_EQ(positions.size(), size_t{kProducers * kBatches * 2 + 1});
  for (size_t i = 0; i < positions.size(); ++i) {
    ASSERT_EQ(positions[i], static_cast<int64_t>(i + 1));
  }
  EXPECT_EQ(log_.tail().position, static_cast<Position>(positions.size()));
}

}  // namespace
}  // namespace repatriation
