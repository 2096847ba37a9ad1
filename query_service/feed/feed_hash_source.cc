#include "query_service/feed/feed_hash_source.h"

#include "common/base/clock.h"
#include "common/rpc/status.h"

namespace repatriation {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(10);

}  // namespace

FeedHashSource::FeedHashSource(const std::string& address, const FeedOptions& options)
    : stub_(v1::LedgerProofService::NewStub(MakeFeedChannel(address, options))) {}

absl::StatusOr<v1::GetLedgerHashResponse> FeedHashSource::GetLedgerHash(Position position) {
  v1::GetLedgerHashRequest request;
  request.set_position(position);
  v1::GetLedgerHashResponse response;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(SystemClock().Now() + kCallTimeout));
  {
    const MutexLock lock(mutex_);
    if (cancelled_) return absl::CancelledError("the service is stopping");
    context_ = &context;
  }
  const grpc::Status status = stub_->GetLedgerHash(&context, request, &response);
  {
    const MutexLock lock(mutex_);
    context_ = nullptr;
  }
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

void FeedHashSource::Cancel() {
  const MutexLock lock(mutex_);
  cancelled_ = true;
  if (context_ != nullptr) context_->TryCancel();
}

}  // namespace repatriation
