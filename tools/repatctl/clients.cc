#include "tools/repatctl/clients.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "repatriation/v1/ingest_service.grpc.pb.h"
#include "repatriation/v1/query_service.grpc.pb.h"
#include "tools/repatctl/grpc_batch_stream.h"
#include "tools/repatctl/peer_status.h"

namespace repatriation {
namespace {

constexpr int kReceiveBytesMax = 64 << 20;
constexpr int kReconnectDelayMinMs = 100;
constexpr int kReconnectDelayMaxMs = 5'000;

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& target) {
  grpc::ChannelArguments arguments;
  // A page of the longest events is larger than the default of 4 MiB. How much
  // a request may hold is the service's to say.
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  arguments.SetMaxSendMessageSize(-1);
  // By default a channel waits up to two minutes before it connects again,
  // longer than an import keeps trying.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectDelayMinMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectDelayMaxMs);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

// What both clients share: where the service is, and a deadline on each call.
class Peer {
 public:
  Peer(const char* service, std::string target, absl::Duration timeout)
      : name_(absl::StrCat(service, " service at ", target)), timeout_(timeout) {}

  const std::string& name() const { return name_; }

  // Calls `method` of `stub`, a unary RPC.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) const {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(SystemClock().Now() + timeout_));
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return StatusFrom(status, name_);
    return response;
  }

 private:
  const std::string name_;
  const absl::Duration timeout_;
};

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

 private:
  using Stub = v1::QueryService::Stub;
  const Peer peer_;
  const std::unique_ptr<Stub> stub_;
};

class GrpcIngestClient final : public IngestClient {
 public:
  GrpcIngestClient(const std::string& target, absl::Duration timeout)
      : peer_("ingest", target, timeout), stub_(v1::IngestService::NewStub(ChannelTo(target))) {}

  absl::StatusOr<v1::AppendEventsResponse> AppendEvents(
      const v1::AppendEventsRequest& request) override {
    return peer_.Call(*stub_, &v1::IngestService::Stub::AppendEvents, request);
  }
  std::unique_ptr<BatchStream> OpenStream() override {
    return std::make_unique<GrpcBatchStream>(*stub_, peer_.name());
  }

 private:
  const Peer peer_;
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
