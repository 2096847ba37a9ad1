#include "query_service/feed/feed_block_source.h"

#include <utility>

#include "common/rpc/status.h"
#include "query_service/feed/feed_channel.h"

namespace repatriation {

FeedBlockSource::FeedBlockSource(const std::string& address, const FeedOptions& options)
    : stub_(v1::LedgerFeedService::NewStub(MakeFeedChannel(address, options))) {}

FeedBlockSource::~FeedBlockSource() { Close(); }

void FeedBlockSource::Open(const LedgerId& ledger_id, const LedgerTail& tail) {
  Close();
  v1::FollowRequest request;
  request.set_ledger_id(ledger_id.ToString());
  request.set_after_position(tail.position);
  if (tail.position > 0) request.set_after_hash(tail.hash.data(), tail.hash.size());
  const MutexLock lock(mutex_);
  context_ = std::make_unique<grpc::ClientContext>();
  if (cancelled_) context_->TryCancel();
  reader_ = stub_->Follow(context_.get(), request);
}

absl::StatusOr<BlockSource::Update> FeedBlockSource::Next() {
  v1::FollowResponse response;
  if (reader_ == nullptr) return absl::FailedPreconditionError("the feed is not open");
  if (!reader_->Read(&response)) {
    // Not cancelled first, or the server's status could be lost.
    const absl::Status ended = FinishCall();
    return ended.ok() ? absl::UnavailableError("the feed ended") : ended;
  }
  Update update;
  update.block = std::move(*response.mutable_block());
  update.tail_position = response.tail_position();
  return update;
}

void FeedBlockSource::Close() {
  if (reader_ == nullptr) return;
  {
    const MutexLock lock(mutex_);
    context_->TryCancel();
  }
  FinishCall().IgnoreError();
}

absl::Status FeedBlockSource::FinishCall() {
  const absl::Status status = FromGrpcStatus(reader_->Finish());
  const MutexLock lock(mutex_);
  reader_.reset();
  context_.reset();
  return status;
}

void FeedBlockSource::Cancel() {
  const MutexLock lock(mutex_);
  cancelled_ = true;
  if (context_ != nullptr) context_->TryCancel();
}

}  // namespace repatriation
