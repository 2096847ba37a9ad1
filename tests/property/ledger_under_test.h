// The ingest service's core on a temporary store, which can be closed and reopened. The
// same calls always produce the same blocks.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_PROPERTY_LEDGER_UNDER_TEST_H_
#define TESTS_PROPERTY_LEDGER_UNDER_TEST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/store.h"
#include "common/storage/stored_ledger_log.h"
#include "ingest_service/core/entry_index.h"
#include "ingest_service/core/sequencer.h"
#include "ingest_service/core/tail_watch.h"
#include "tests/common/testing/fake_clock.h"
#include "tests/common/testing/notification.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {

class LedgerUnderTest {
 public:
  using Batch = google::protobuf::RepeatedPtrField<v1::Submission>;

  LedgerUnderTest(const FakeClock* clock, const SequencerOptions& options)
      : clock_(clock), options_(options) {}

  absl::Status Open() {
    StoreOptions store_options;
    store_options.path = dir_.Path("ingest");
    store_options.write_buffer_bytes = 64 << 10;
    store_options.tables = {{"meta"}, {"blocks"}, {"voided"}};
    auto store = Store::Open(store_options);
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    auto note = TailNote::Open(dir_.Path("tail"));
    if (!note.ok()) return note.status();
    auto log = StoredLedgerLog::Open(store_.get(), /*meta=*/0, /*blocks=*/1, *std::move(note));
    if (!log.ok()) return log.status();
    log_ = *std::move(log);
    IdIndexOptions ids;
    ids.path = dir_.Path("ids");
    ids.filter_bytes = 1 << 20;
    // Small, so that runs are written and merged often.
    ids.run_ids = 50;
    ids.recent_tables = 1;
    ids.merge_runs = 3;
    auto index = EntryIndex::Open(store_.get(), {.voided = 2, .meta = 0}, ids, log_.get());
    if (!index.ok()) return index.status();
    index_ = *std::move(index);
    watch_ = std::make_unique<TailWatch>(log_->tail().position);
    sequencer_ = std::make_unique<Sequencer>(log_.get(), index_.get(), watch_.get(), clock_,
                                             options_, [](const absl::Status&) {});
    return absl::OkStatus();
  }

  void Close() {
    sequencer_.reset();
    watch_.reset();
    index_.reset();
    log_.reset();
    store_.reset();
  }

  // Appends the batches, all queued before the writer takes the first, and returns their
  // results in order.
  std::vector<absl::StatusOr<v1::BatchResult>> Append(const std::vector<Batch>& batches) {
    std::vector<absl::StatusOr<v1::BatchResult>> results(batches.size());
    // An invalid batch makes no block; its callback blocks the writer.
    Notification writer_waits, enqueued;
    Batch nothing;
    nothing.Add();
    Enqueue(nothing, [&](const auto&) {
      writer_waits.Notify();
      enqueued.WaitForNotification();
    });
    writer_waits.WaitForNotification();
    std::vector<Notification> answered(batches.size());
    for (size_t i = 0; i < batches.size(); ++i) {
      Enqueue(batches[i], [&, i](absl::StatusOr<v1::BatchResult> result) {
        results[i] = std::move(result);
        answered[i].Notify();
      });
    }
    enqueued.Notify();
    for (auto& answer : answered) answer.WaitForNotification();
    return results;
  }

  const LedgerLog& log() const { return *log_; }

 private:
  void Enqueue(const Batch& batch, Sequencer::Done done) {
    const DayNumber today = DayNumberOf(absl::ToCivilDay(clock_->Now(), absl::UTCTimeZone()));
    auto checked = CheckBatch(batch, /*bytes=*/1, /*submissions_max=*/1000, today);
    if (!checked.ok()) return done(checked.status());
    // If Enqueue() refuses the batch, the same callback is called here.
    auto shared = std::make_shared<Sequencer::Done>(std::move(done));
    const absl::Status enqueued = sequencer_->Enqueue(
        *std::move(checked),
        [shared](absl::StatusOr<v1::BatchResult> result) { (*shared)(std::move(result)); });
    if (!enqueued.ok()) (*shared)(enqueued);
  }

  const FakeClock* const clock_;
  const SequencerOptions options_;
  const TempDir dir_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<StoredLedgerLog> log_;
  std::unique_ptr<EntryIndex> index_;
  std::unique_ptr<TailWatch> watch_;
  std::unique_ptr<Sequencer> sequencer_;
};

}  // namespace repatriation

#endif  // TESTS_PROPERTY_LEDGER_UNDER_TEST_H_
