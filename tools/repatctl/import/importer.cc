#include "tools/repatctl/import/importer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/repatctl/fields/field_path.h"

namespace repatriation {
namespace {

// Well below gRPC's default message limit of 4 MiB.
constexpr size_t kBatchBytesMax = 2 << 20;

absl::Status ProtocolError(absl::string_view problem) {
  return absl::InternalError(absl::StrCat("the ingest service answered with ", problem));
}

}  // namespace

Importer::Importer(const ImportOptions& options, SubmissionReader& rows, IngestClient& ingest,
                   RetryEnvironment environment, ImportObserver& observer)
    : options_(options),
      rows_(rows),
      ingest_(ingest),
      observer_(observer),
      retry_(options.retry_for, std::move(environment)) {}

ImportResult Importer::Run() {
  while (result_.service.ok()) {
    if (!queue_.empty() && queue_.front().nothing_to_send()) {
      FinishBatch(v1::BatchResult());
    } else if (CanReadBatch()) {
      ReadBatch();
      SendNext();
      // Handle pending events: the next read may block on the file's producer.
      while (result_.service.ok() && stream_ != nullptr &&
             HandleStreamEvent(absl::ZeroDuration())) {
        SendNext();
      }
    } else if (!queue_.empty()) {
      SendNext();
      if (!HandleStreamEvent(options_.stall_timeout)) HandleStall();
    } else {
      break;
    }
  }
  CloseStream();
  return result_;
}

bool Importer::CanReadBatch() const {
  return !input_ended_ && queue_.size() < static_cast<size_t>(options_.window);
}

void Importer::ReadBatch() {
  Batch batch;
  batch.request.set_batch_number(++batches_read_);
  size_t batch_bytes = 0;
  for (int rows = 0; rows < options_.batch_rows_max && batch_bytes < kBatchBytesMax; ++rows) {
    if (!ReadRow(batch, batch_bytes)) break;
  }
  batch.bytes_end = rows_.bytes_read();
  queue_.push_back(std::move(batch));
}

bool Importer::ReadRow(Batch& batch, size_t& batch_bytes) {
  const auto found = rows_.Next(row_);
  if (!found.ok() || !*found) {
    result_.input = found.status();
    input_ended_ = true;
    return false;
  }
  if (row_.error.has_value()) {
    batch.rejected.push_back({row_.line, *std::move(row_.error)});
    return true;
  }
  batch_bytes += row_.submission.ByteSizeLong();
  batch.lines.push_back(row_.line);
  batch.unnamed.push_back(row_.id_derived && row_.submission.has_record());
  batch.request.add_submissions()->Swap(&row_.submission);
  return true;
}

void Importer::SendNext() {
  while (sent_ < queue_.size() && queue_[sent_].nothing_to_send()) ++sent_;
  if (writing_ || sent_ == queue_.size() || !result_.service.ok()) return;
  if (stream_ == nullptr) stream_ = ingest_.OpenStream();
  stream_->Write(Encoded(queue_[sent_].request));
  writing_ = true;
  ++sent_;
}

bool Importer::HandleStreamEvent(absl::Duration timeout) {
  const BatchStream::StreamEvent event = stream_->Next(timeout);
  switch (event.kind) {
    case BatchStream::Kind::kWritten:
      writing_ = false;
      return true;
    case BatchStream::Kind::kResponse:
      HandleResponse(event.response);
      return true;
    case BatchStream::Kind::kClosed:
      HandleBrokenStream(event.status.ok()
                             ? absl::UnavailableError("the ingest service ended the stream early")
                             : event.status);
      return true;
    case BatchStream::Kind::kTimedOut:
      return false;
  }
  return false;
}

void Importer::HandleStall() {
  HandleBrokenStream(absl::DeadlineExceededError(absl::StrCat(
      "the ingest service did not answer within ", absl::FormatDuration(options_.stall_timeout))));
}

void Importer::HandleResponse(const v1::StreamEventsResponse& response) {
  if (auto status = CheckResponse(response); !status.ok()) {
    result_.service = status;
    return;
  }
  retry_.Progress();
  for (const int64_t position : response.result().positions()) {
    result_.counts.position_max = std::max(result_.counts.position_max, position);
  }
  FinishBatch(response.result());
}

absl::Status Importer::CheckResponse(const v1::StreamEventsResponse& response) {
  if (sent_ == 0) return ProtocolError("more responses than batches");
  const Batch& batch = queue_.front();
  if (response.batch_number() != batch.request.batch_number()) {
    return ProtocolError(absl::StrCat("batch ", response.batch_number(), " instead of batch ",
                                      batch.request.batch_number()));
  }
  const v1::BatchResult& result = response.result();
  const int submissions = batch.request.submissions_size();
  if (result.positions_size() != submissions ||
      result.duplicate_indexes_size() + result.rejections_size() > submissions) {
    return ProtocolError("a result that does not match its batch");
  }
  for (const v1::Rejection& rejection : result.rejections()) {
    if (rejection.index() < 0 || rejection.index() >= submissions) {
      return ProtocolError("a rejection of a row that was not sent");
    }
  }
  for (const int32_t index : result.duplicate_indexes()) {
    if (index < 0 || index >= submissions) {
      return ProtocolError("a duplicate of a row that was not sent");
    }
  }
  // Rows acknowledged before a reconnect would be missing from another ledger.
  if (ledger_id_.empty()) ledger_id_ = response.ledger_id();
  if (ledger_id_ != response.ledger_id()) {
    return absl::FailedPreconditionError(absl::StrCat("the import began in ledger ", ledger_id_,
                                                      ", but the service now has ledger ",
                                                      response.ledger_id()));
  }
  return absl::OkStatus();
}

void Importer::FinishBatch(const v1::BatchResult& result) {
  Batch batch = std::move(queue_.front());
  queue_.pop_front();
  if (sent_ > 0) --sent_;
  for (const v1::Rejection& rejection : result.rejections()) {
    batch.rejected.push_back(
        {batch.lines[static_cast<size_t>(rejection.index())],
         {FieldNameOf(rejection.field()), rejection.reason(), rejection.description()}});
  }
  std::stable_sort(batch.rejected.begin(), batch.rejected.end(),
                   [](const Rejected& a, const Rejected& b) { return a.line < b.line; });
  for (const Rejected& rejected : batch.rejected) {
    observer_.OnRejected(rejected.line, rejected.error);
  }
  ImportCounts& counts = result_.counts;
  counts.rejected += static_cast<int64_t>(batch.rejected.size());
  counts.duplicate += result.duplicate_indexes_size();
  for (const int32_t index : result.duplicate_indexes()) {
    if (batch.unnamed[static_cast<size_t>(index)] && !batch.resent) ++counts.unnamed_duplicate;
  }
  counts.recorded +=
      result.positions_size() - result.duplicate_indexes_size() - result.rejections_size();
  observer_.OnBatchDone(counts, batch.bytes_end);
}

void Importer::HandleBrokenStream(const absl::Status& status) {
  stream_.reset();
  writing_ = false;
  for (size_t i = 0; i < sent_; ++i) queue_[i].resent = true;
  sent_ = 0;
  result_.service = retry_.WaitAfter(status);
}

void Importer::CloseStream() {
  // Everything is acknowledged: the stream is closed cleanly, and the server's status
  // does not matter.
  if (stream_ != nullptr && result_.service.ok()) {
    // A response may arrive before the event that its batch was written.
    while (writing_ && stream_->Next(options_.stall_timeout).kind == BatchStream::Kind::kWritten) {
      writing_ = false;
    }
    if (!writing_) {
      stream_->WritesDone();
      stream_->Next(options_.stall_timeout);
    }
  }
  stream_.reset();
}

}  // namespace repatriation
