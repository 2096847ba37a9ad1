#include "tools/repatctl/client/grpc_clients.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "repatriation/v1/ingest_service.grpc.pb.h"
#include "repatriation/v1/query_service.grpc.pb.h"
#include "tools/repatctl/client/grpc_batch_stream.h"
#include "tools/repatctl/client/grpc_peer.h"
#include "tools/repatctl/client/peer_status.h"

namespace repatriation {
namespace {

class GrpcQueryClient final : public QueryClient {
 public:
  GrpcQueryClient(const std::string& target, absl::Duration timeout)
      : peer_("query", target, timeout), stub_(v1::QueryService::NewStub(ChannelTo(target))) {}

  absl::StatusOr<v1::GetAggregateResponse> GetAggregate(
      const v1::GetAggregateRequest& request) override {
    return peer_.Call(*stub_, &Stub::GetAggregate, request);
  }
  absl::StatusOr<v1::GetTimelineResponse> GetTimeline(
      const v1::GetTimelineRequest& request) override {
    return peer_.Call(*stub_, &Stub::GetTimeline, request);
  }
  absl::StatusOr<v1::ListEventsResponse> ListEvents(const v1::ListEventsRequest& request) override {
    return peer_.Call(*stub_, &Stub::ListEvents, request);
  }
  absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request) override {
    return peer_.Call(*stub_, &Stub::GetEvent, request);
  }
  absl::StatusOr<v1::GetBriefingResponse> GetBriefing(
      const v1::GetBriefingRequest& request) override {
    return peer_.Call(*stub_, &Stub::GetBriefing, request);
  }
  absl::StatusOr<v1::ListMissionsResponse> ListMissions(
      const v1::ListMissionsRequest& request) override {
    return peer_.Call(*stub_, &Stub::ListMissions, request);
  }
  absl::StatusOr<v1::GetDrawdownResponse> GetDrawdown(
      const v1::GetDrawdownRequest& request) override {
    return peer_.Call(*stub_, &Stub::GetDrawdown, request);
  }
  absl::StatusOr<v1::ReconcileResponse> Reconcile(const v1::ReconcileRequest& request) override {
    return peer_.Call(*stub_, &Stub::Reconcile, request);
  }
  absl::StatusOr<v1::CompareAggregatesResponse> CompareAggregates(
      const v1::CompareAggregatesRequest& request) override {
    return peer_.Call(*stub_, &Stub::CompareAggregates, request);
  }
  absl::StatusOr<v1::ListQuarantineResponse> ListQuarantine(
      const v1::ListQuarantineRequest& request) override {
    return peer_.Call(*stub_, &Stub::ListQuarantine, request);
  }
  absl::Status WatchAggregate(
      const v1::WatchAggregateRequest& request,
      const std::function<bool(const v1::WatchAggregateResponse&)>& handle) override {
    grpc::ClientContext context;
    const auto stream = stub_->WatchAggregate(&context, request);
    v1::WatchAggregateResponse response;
    while (stream->Read(&response)) {
      if (handle(response)) continue;
      context.TryCancel();
      // The status is the cancellation.
      (void)stream->Finish();
      return absl::OkStatus();
    }
    const grpc::Status status = stream->Finish();
    if (!status.ok()) return StatusFrom(status, peer_.name());
    return absl::UnavailableError(absl::StrCat("the ", peer_.name(), " ended the watch"));
  }

 private:
  using Stub = v1::QueryService::Stub;
  const GrpcPeer peer_;
  const std::unique_ptr<Stub> stub_;
};

class GrpcIngestClient final : public IngestClient {
 public:
  GrpcIngestClient(const std::string& target, absl::Duration timeout)
      : peer_("ingest", target, timeout),
        channel_(ChannelTo(target)),
        stub_(v1::IngestService::NewStub(channel_)) {}

  absl::StatusOr<v1::AppendEventsResponse> AppendEvents(
      const v1::AppendEventsRequest& request) override {
    return peer_.Call(*stub_, &v1::IngestService::Stub::AppendEvents, request);
  }
  void StartAppendEvents(
      const v1::AppendEventsRequest& request,
      std::function<void(absl::StatusOr<v1::AppendEventsResponse>)> done) override {
    struct Call {
      grpc::ClientContext context;
      v1::AppendEventsResponse response;
    };
    auto call = std::make_shared<Call>();
    peer_.SetDeadline(call->context);
    stub_->async()->AppendEvents(&call->context, &request, &call->response,
                                 [this, call, done = std::move(done)](const grpc::Status& status) {
                                   if (!status.ok()) return done(StatusFrom(status, peer_.name()));
                                   done(std::move(call->response));
                                 });
  }
  std::unique_ptr<BatchStream> OpenStream() override {
    return std::make_unique<GrpcBatchStream>(GrpcBatchStream::Stub(channel_), peer_.name());
  }

 private:
  const GrpcPeer peer_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::IngestService::Stub> stub_;
};

}  // namespace

std::unique_ptr<QueryClient> ConnectQuery(const std::string& target, absl::Duration timeout) {
  return std::make_unique<GrpcQueryClient>(target, timeout);
}

std::unique_ptr<IngestClient> ConnectIngest(const std::string& target, absl::Duration timeout) {
  return std::make_unique<GrpcIngestClient>(target, timeout);
}

}  // namespace repatriation
