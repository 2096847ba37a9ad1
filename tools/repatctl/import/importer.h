// Streams a file of events or records into the ledger in batches through
// IngestService.StreamEvents, with several in flight. When the stream breaks, it
// resends from the oldest unacknowledged batch. Ids make that safe: what is already
// recorded is answered as a duplicate.
#ifndef TOOLS_REPATCTL_IMPORT_IMPORTER_H_
#define TOOLS_REPATCTL_IMPORT_IMPORTER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "repatriation/v1/ingest_service.pb.h"
#include "tools/repatctl/client/clients.h"
#include "tools/repatctl/client/retry.h"
#include "tools/repatctl/import/submission_reader.h"

namespace repatriation {

struct ImportOptions {
  // Rows per batch, 1 to 10,000. More: fewer round trips and syncs, more to resend
  // after a break.
  int batch_rows_max = 1'000;
  // Batches in flight, at least 1. More: more memory, less waiting.
  int window = 4;
  // A stream without an answer for this long is closed and reopened.
  absl::Duration stall_timeout = absl::Seconds(30);
  // How long to retry without an acknowledgement.
  absl::Duration retry_for = absl::Seconds(60);
};

// Rows by outcome. A batch whose acknowledgement was lost is resent and answered as
// duplicates; it cannot be distinguished from real duplicates, so it is counted as
// such.
struct ImportCounts {
  int64_t recorded = 0;
  int64_t duplicate = 0;
  int64_t rejected = 0;
  // Of the duplicates: records with an id derived from their content, except in
  // resent batches. A record meant to restore an earlier value is among them, and
  // had no effect.
  int64_t unnamed_duplicate = 0;
  // Highest position in a response, 0 if there was none.
  int64_t position_max = 0;

  int64_t rows() const { return recorded + duplicate + rejected; }
};

// Receives the progress of an import, on the thread of Run().
class ImportObserver {
 public:
  virtual ~ImportObserver() = default;
  // A row was not recorded. Called in order of lines.
  virtual void OnRejected(int64_t line, const FieldError& error) = 0;
  // Another batch is finished; it ends at byte `bytes` of the file.
  virtual void OnBatchDone(const ImportCounts& counts, int64_t bytes) = 0;
};

struct ImportResult {
  // Of the finished rows.
  ImportCounts counts;
  // Not OK: the file could not be read to its end. The rows before are finished.
  absl::Status input;
  // Not OK: the service failed, and not all rows may be recorded.
  absl::Status service;
};

// For one Run(). Thread-compatible. Buffers at most `window` batches of at most
// about 2 MiB each.
class Importer {
 public:
  // Everything passed by reference must outlive this.
  Importer(const ImportOptions& options, SubmissionReader& rows, IngestClient& ingest,
           RetryEnvironment environment, ImportObserver& observer);

  // Blocks until every row is finished or a service error is not retried any more.
  ImportResult Run();

 private:
  struct Rejected {
    int64_t line = 0;
    FieldError error;
  };
  struct Batch {
    v1::StreamEventsRequest request;
    // By submission: its line.
    std::vector<int64_t> lines;
    // By submission: whether it is a record with a derived id.
    std::vector<bool> unnamed;
    // Sent before, so its duplicates may be its own.
    bool resent = false;
    // Rows that are not sent, by ascending line.
    std::vector<Rejected> rejected;
    int64_t bytes_end = 0;

    bool nothing_to_send() const { return lines.empty(); }
  };

  // True if there are rows left and room in the window.
  bool CanReadBatch() const;
  void ReadBatch();
  bool ReadRow(Batch& batch, size_t& batch_bytes);
  void SendNext();
  // False if nothing happened within `timeout`.
  bool HandleStreamEvent(absl::Duration timeout);
  void HandleStall();
  void HandleResponse(const v1::StreamEventsResponse& response);
  absl::Status CheckResponse(const v1::StreamEventsResponse& response);
  // Counts the result of the oldest batch and removes it from queue_.
  void FinishBatch(const v1::BatchResult& result);
  // The stream is lost: waits until it may be reopened.
  void HandleBrokenStream(const absl::Status& status);
  void CloseStream();

  const ImportOptions options_;
  SubmissionReader& rows_;
  IngestClient& ingest_;
  ImportObserver& observer_;
  Retry retry_;
  ImportResult result_;

  bool input_ended_ = false;
  SubmissionRow row_;
  int64_t batches_read_ = 0;
  // Unfinished batches in the order of the file.
  std::deque<Batch> queue_;
  // How many of them, from the front, were written to the current stream.
  size_t sent_ = 0;
  bool writing_ = false;
  std::unique_ptr<BatchStream> stream_;
  std::string ledger_id_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_IMPORTER_H_
