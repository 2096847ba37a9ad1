#include "query_service/feed/feed_block_source.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <utility>

#include "common/rpc/status.h"

namespace repatriation {
namespace {

// A block holds at most one group and one batch, each at most 64 MiB by the
// ranges of the ingest service's flags.
constexpr int kMessageBytesMax = 160 << 20;
constexpr int kReconnectBackoffMaxMs = 5'000;
constexpr int kReconnectBackoffMinMs = 100;

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const FeedOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS,
                   static_cast<int>(absl::ToInt64Milliseconds(options.keepalive_time)));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                   static_cast<int>(absl::ToInt64Milliseconds(options.keepalive_timeout)));
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectBackoffMinMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectBackoffMinMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectBackoffMaxMs);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

FeedBlockSource::FeedBlockSource(const std::string& address, const FeedOptions& options)
    : stub_(v1::LedgerFeedService::NewStub(MakeChannel(address, options))) {}

FeedBlockSource::~FeedBlockSource() { Close(); }

void FeedBlockSource::Open(const LedgerId& ledger_id, const LedgerTail& tail) {
  Close();
  v1::FollowRequest request;
  request.set_ledger_id(ledger_id.ToString());
  request.set_after_position(tail.position);
  if (tail.position > 0) request.set_after_hash(tail.hash.data(), tail.hash.size());
  const std::lock_guard lock(mutex_);
  context_ = std::make_unique<grpc::ClientContext>();
  if (cancelled_) context_->TryCancel();
  reader_ = stub_->Follow(context_.get(), request);
}

absl::StatusOr<BlockSource::News> FeedBlockSource::Next() {
  v1::FollowResponse response;
  if (reader_ == nullptr) return absl::FailedPreconditionError("the feed is not open");
  if (!reader_->Read(&response)) {
    // Not cancelled first, or the ledger's own word could get lost.
    const absl::Status ended = TakeStatus();
    return ended.ok() ? absl::UnavailableError("the feed ended") : ended;
  }
  News news;
  news.block = std::move(*response.mutable_block());
  news.tail_position = response.tail_position();
  return news;
}

void FeedBlockSource::Close() {
  if (reader_ == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    context_->TryCancel();
  }
  TakeStatus().IgnoreError();
}

absl::Status FeedBlockSource::TakeStatus() {
  const absl::Status status = FromGrpcStatus(reader_->Finish());
  const std::lock_guard lock(mutex_);
  reader_.reset();
  context_.reset();
  return status;
}

void FeedBlockSource::Cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (context_ != nullptr) context_->TryCancel();
}

}  // namespace repatriation
