// BatchStream over gRPC's callback API: gRPC's threads write and read, and the
// user's thread polls what happened with Next().
//
// Lifetime: the constructor starts the call with a hold, so that the call cannot
// end while its user may still start an operation. The hold is released after
// the last response, or by the destructor, which then waits for OnDone(), the
// last callback.
#ifndef TOOLS_REPATCTL_CLIENT_GRPC_BATCH_STREAM_H_
#define TOOLS_REPATCTL_CLIENT_GRPC_BATCH_STREAM_H_

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <string>

#include "absl/base/thread_annotations.h"
#include "common/base/mutex.h"
#include "tools/repatctl/client/clients.h"

namespace repatriation {

class GrpcBatchStream final
    : public BatchStream,
      private grpc::ClientBidiReactor<grpc::ByteBuffer, v1::StreamEventsResponse> {
 public:
  // Requests are passed on as serialized bytes.
  using Stub = grpc::TemplatedGenericStub<grpc::ByteBuffer, v1::StreamEventsResponse>;

  // `peer` names the service in error messages.
  GrpcBatchStream(Stub stub, std::string peer);
  ~GrpcBatchStream() override;

  void Write(Encoded<v1::StreamEventsRequest> request) override;
  void WritesDone() override;
  StreamEvent Next(absl::Duration timeout) override;

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  bool SomethingHappened() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return done_ || responses_ended_ || response_ready_ || written_;
  }
  void ReleaseHold();

  const std::string peer_;
  grpc::ClientContext context_;
  // gRPC's until OnWriteDone().
  grpc::ByteBuffer writing_;
  // gRPC's until OnReadDone(); then the user's until the next read.
  v1::StreamEventsResponse response_;
  bool held_ = true;

  Mutex mutex_;
  CondVar changed_;
  bool written_ ABSL_GUARDED_BY(mutex_) = false;
  bool response_ready_ ABSL_GUARDED_BY(mutex_) = false;
  bool responses_ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_GRPC_BATCH_STREAM_H_
