// Streams a file of events or records into the ledger: batch after batch through
// IngestService.StreamEvents, several in flight, and again from the oldest
// unacknowledged batch whenever the stream breaks. Ids make that safe: what had
// been recorded comes back as a duplicate.
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
  // Rows a batch, 1 to 10,000. More: fewer round trips and syncs, more to send
  // again after a break.
  int batch_rows_max = 1'000;
  // Batches in flight, at least 1. More: more memory here, less waiting.
  int window = 4;
  // An unanswered stream is given up and opened again after this long.
  absl::Duration stall_timeout = absl::Seconds(30);
  // How long to go on without an acknowledgement.
  absl::Duration retry_for = absl::Seconds(60);
};

// Rows by what became of them. A batch whose acknowledgement was lost is sent
// again and comes back as duplicates: the two cannot be told apart, so it
// counts as such.
struct ImportCounts {
  int64_t recorded = 0;
  int64_t duplicate = 0;
  int64_t rejected = 0;
  // Of the duplicates: records whose id was derived from their content, but for
  // those of a batch that was sent again. A record that was meant to take a value
  // back is among them, and did not.
  int64_t unnamed_duplicate = 0;
  // Highest position in a response, 0 if there was none.
  int64_t position_max = 0;

  int64_t rows() const { return recorded + duplicate + rejected; }
};

// Told about an import as it goes on, on its thread.
class ImportObserver {
 public:
  virtual ~ImportObserver() = default;
  // A row was not recorded; by ascending line.
  virtual void OnRejected(int64_t line, const FieldError& error) = 0;
  // A further batch is settled; `bytes` of the file are behind it.
  virtual void OnSettled(const ImportCounts& counts, int64_t bytes) = 0;
};

struct ImportResult {
  // Of the rows that are settled.
  ImportCounts counts;
  // Not OK: the file could not be read to its end. What was read is settled.
  absl::Status input;
  // Not OK: the service failed, and rows may be left.
  absl::Status service;
};

// For one Run(). Thread-compatible. Holds at most `window` batches, each of at
// most about 2 MiB.
class Importer {
 public:
  // Everything referred to must outlive this.
  Importer(const ImportOptions& options, SubmissionReader& rows, IngestClient& ingest,
           RetryEnvironment environment, ImportObserver& observer);

  // Blocks until every row is settled or the service has failed for good.
  ImportResult Run();

 private:
  struct Rejected {
    int64_t line = 0;
    FieldError error;
  };
  struct Batch {
    v1::StreamEventsRequest request;
    // Of each submission.
    std::vector<int64_t> lines;
    // Of each submission: whether it is a record with a derived id.
    std::vector<bool> unnamed;
    // It was sent before, and its duplicates may be its own.
    bool resent = false;
    // Rows that are not submitted, by ascending line.
    std::vector<Rejected> rejected;
    int64_t bytes_end = 0;

    bool nothing_to_send() const { return lines.empty(); }
  };

  // True if there is something to read and room for it.
  bool WantsRows() const;
  void ReadBatch();
  bool ReadRow(Batch& batch, size_t& batch_bytes);
  void SendNext();
  // False if nothing happened within `timeout`.
  bool HandleStreamEvent(absl::Duration timeout);
  void HandleStall();
  void HandleResponse(const v1::StreamEventsResponse& response);
  absl::Status Check(const v1::StreamEventsResponse& response);
  void Settle(const v1::BatchResult& result);
  void HandleLoss(const absl::Status& status);
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
  // Unsettled batches in the order of the file.
  std::deque<Batch> queue_;
  // How many of them, from the front, the present stream has been given.
  size_t sent_ = 0;
  bool writing_ = false;
  std::unique_ptr<BatchStream> stream_;
  std::string ledger_id_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_IMPORTER_H_
