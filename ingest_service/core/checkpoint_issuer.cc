#include "ingest_service/core/checkpoint_issuer.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/proof/checkpoint.h"

namespace repatriation {
namespace {

// Maximum wait between two looks at the clock, which may be set meanwhile.
constexpr absl::Duration kWaitMax = absl::Minutes(1);

}  // namespace

CheckpointIssuer::CheckpointIssuer(const LedgerLog* log, const Clock* clock,
                                   absl::optional<Ed25519PrivateKey> key, CheckpointOptions options)
    : log_(log), clock_(clock), key_(std::move(key)), options_(std::move(options)) {}

CheckpointIssuer::~CheckpointIssuer() { Stop(); }

absl::StatusOr<v1::SignCheckpointResponse> CheckpointIssuer::Sign() const {
  if (!key_.has_value()) {
    return WithReason(absl::FailedPreconditionError(
                          "checkpoints are disabled: the service runs without --checkpoint_key"),
                      "NO_CHECKPOINT_KEY");
  }
  const LedgerTail tail = log_->tail();
  if (tail.position == 0) {
    return WithReason(absl::FailedPreconditionError("the ledger is empty: nothing to sign"),
                      "LEDGER_EMPTY");
  }
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_->Now()));
  v1::SignCheckpointResponse response;
  response.set_note(SignCheckpoint({log_->id(), tail, now}, *key_));
  response.set_position(tail.position);
  return response;
}

absl::StatusOr<absl::Time> CheckpointIssuer::LastIssued() const {
  std::error_code error;
  std::filesystem::create_directories(options_.directory, error);
  std::string last;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator file(options_.directory, error); !error && file != end;
       file.increment(error)) {
    const std::string name = file->path().filename().string();
    const bool is_ours =
        absl::StartsWith(name, log_->id().ToString()) && absl::EndsWith(name, ".checkpoint");
    if (is_ours) last = std::max(last, name);
  }
  if (error) {
    return FileError("use", options_.directory, error);
  }
  if (last.empty()) return absl::InfinitePast();
  const std::string path = absl::StrCat(options_.directory, "/", last);
  const auto note = ReadWholeFile(path);
  const auto opened = note.ok() ? OpenCheckpoint(*note, key_->public_key())
                                : absl::StatusOr<Checkpoint>(note.status());
  if (opened.ok()) return opened->issued;
  // Signed with another key, or damaged: a new one is due.
  LogWarning(path,
             " is not a checkpoint signed with this service's key: ", opened.status().message());
  return absl::InfinitePast();
}

absl::StatusOr<absl::Duration> CheckpointIssuer::IssueIfDue() {
  if (!due_.has_value()) {
    const auto last = LastIssued();
    if (!last.ok()) return last.status();
    due_ = *last + options_.interval;
  }
  const absl::Time now = clock_->Now();
  // If the clock was set back, the next one must not wait longer than the interval.
  due_ = std::min(*due_, now + options_.interval);
  if (*due_ > now) return *due_ - now;
  if (log_->tail().position == 0) return kWaitMax;
  const absl::Status issued = Issue();
  if (!issued.ok()) return issued;
  due_ = now + options_.interval;
  return options_.interval;
}

absl::Status CheckpointIssuer::Issue() {
  const auto signed_now = Sign();
  if (!signed_now.ok()) return signed_now.status();
  const std::string path =
      absl::StrCat(options_.directory, "/", CheckpointFileName(log_->id(), signed_now->position()));
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return absl::OkStatus();
  const absl::Status status = WriteWholeFile(path, signed_now->note());
  if (status.ok()) LogInfo("wrote ", path);
  return status;
}

void CheckpointIssuer::Start() {
  if (key_.has_value()) thread_ = std::thread([this] { Run(); });
}

void CheckpointIssuer::Stop() {
  stop_.RequestStop();
  if (thread_.joinable()) thread_.join();
}

void CheckpointIssuer::Run() {
  for (;;) {
    const auto next = IssueIfDue();
    if (!next.ok()) LogError("cannot write a checkpoint: ", Describe(next.status()));
    if (stop_.WaitFor(std::min(next.ok() ? *next : options_.retry_delay, kWaitMax))) return;
  }
}

}  // namespace repatriation
