// A QueryService for tests whose ListMissions is set by the test, served like the real
// handlers: raw, by ServeUnary().
#ifndef TESTS_COMMON_RPC_QUERY_STUB_H_
#define TESTS_COMMON_RPC_QUERY_STUB_H_

#include <functional>
#include <utility>

#include "common/base/executor.h"
#include "common/rpc/admission.h"
#include "common/rpc/unary.h"
#include "repatriation/v1/query_service.grpc.pb.h"

namespace repatriation {

inline constexpr char kListMissions[] = "/repatriation.v1.QueryService/ListMissions";

using MissionsResponder = UnaryResponder<v1::ListMissionsResponse>;
using MissionsCore =
    std::function<void(const v1::ListMissionsRequest&, const CallInfo&, MissionsResponder)>;

class QueryStub
    : public v1::QueryService::WithRawCallbackMethod_ListMissions<v1::QueryService::Service> {
 public:
  QueryStub(Executor& executor, CallAdmission& admission, size_t message_bytes_max)
      : unary_{executor, admission, message_bytes_max, absl::Milliseconds(30)} {}

  // REQUIRES: before the first call.
  void set_core(MissionsCore core) { core_ = std::move(core); }
  void set_run_on(RunOn run_on) { run_on_ = run_on; }

  grpc::ServerUnaryReactor* ListMissions(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override {
    return ServeUnary<v1::ListMissionsRequest, v1::ListMissionsResponse>(
        context, request, response, unary_,
        [this](const v1::ListMissionsRequest& request, const CallInfo& call,
               MissionsResponder responder) { core_(request, call, std::move(responder)); },
        run_on_);
  }

 private:
  UnaryService unary_;
  MissionsCore core_;
  RunOn run_on_ = RunOn::kExecutor;
};

}  // namespace repatriation

#endif  // TESTS_COMMON_RPC_QUERY_STUB_H_
