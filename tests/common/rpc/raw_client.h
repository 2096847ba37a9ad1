// A client for tests that takes method names and messages as bytes, so that it can send
// what a generated stub would not. It blocks until the call ends.
//
// Thread-safety: one thread at a time, except TryCancel().
#ifndef TESTS_COMMON_RPC_RAW_CLIENT_H_
#define TESTS_COMMON_RPC_RAW_CLIENT_H_

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/client_callback.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/status.h"

namespace repatriation {

inline grpc::ByteBuffer ToByteBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

inline std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return "";
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// A channel with its own connection.
inline std::shared_ptr<grpc::Channel> NewChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// One unary call in progress.
class RawCall {
 public:
  RawCall(std::shared_ptr<grpc::Channel> channel, const std::string& method,
          const std::string& request, absl::Time deadline = absl::InfiniteFuture())
      : stub_(std::move(channel)), request_(ToByteBuffer(request)) {
    if (deadline != absl::InfiniteFuture()) context_.set_deadline(absl::ToChronoTime(deadline));
    stub_.UnaryCall(&context_, method, grpc::StubOptions(), &request_, &response_,
                    [this](grpc::Status status) { done_.set_value(std::move(status)); });
  }

  void TryCancel() { context_.TryCancel(); }

  // The bytes of the response, or the error. Call once.
  absl::StatusOr<std::string> Await() {
    const grpc::Status status = done_.get_future().get();
    if (!status.ok()) return FromGrpcStatus(status);
    return ToString(response_);
  }

 private:
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::promise<grpc::Status> done_;
};

inline absl::StatusOr<std::string> CallRaw(const std::shared_ptr<grpc::Channel>& channel,
                                           const std::string& method, const std::string& request) {
  RawCall call(channel, method, request);
  return call.Await();
}

// A minimal stream for tests: writes at most one message, and reads.
class RawStream : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  RawStream(std::shared_ptr<grpc::Channel> channel, const std::string& method,
            const std::optional<std::string>& request)
      : stub_(std::move(channel)) {
    stub_.PrepareBidiStreamingCall(&context_, method, grpc::StubOptions(), this);
    AddHold();
    if (request.has_value()) {
      request_ = ToByteBuffer(*request);
      StartWriteLast(&request_, grpc::WriteOptions());
    } else {
      StartWritesDone();
    }
    StartCall();
  }
  ~RawStream() override {
    context_.TryCancel();
    AwaitEnd();
  }

  // The next message, or nullopt if the stream has ended.
  std::optional<std::string> Read() {
    read_ = {};
    StartRead(&response_);
    if (!read_.get_future().get()) return std::nullopt;
    return ToString(response_);
  }

  grpc::Status AwaitEnd() {
    if (!status_.has_value()) {
      RemoveHold();
      status_ = done_.get_future().get();
    }
    return *status_;
  }

 private:
  void OnReadDone(bool ok) override { read_.set_value(ok); }
  void OnDone(const grpc::Status& status) override { done_.set_value(status); }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::promise<bool> read_;
  std::promise<grpc::Status> done_;
  std::optional<grpc::Status> status_;
};

// Wire-compatible with HealthCheckRequest and HealthCheckResponse of grpc.health.v1,
// which the packaged gRPC does not ship.
inline std::string HealthRequest(const std::string& service_name) {
  google::protobuf::StringValue request;
  request.set_value(service_name);
  return request.SerializeAsString();
}
enum class Health { kUnknown = 0, kServing = 1, kNotServing = 2, kServiceUnknown = 3 };
inline Health ToHealth(const std::string& response) {
  google::protobuf::Int32Value status;
  return status.ParseFromString(response) ? static_cast<Health>(status.value()) : Health::kUnknown;
}
inline absl::StatusOr<Health> CheckHealth(const std::shared_ptr<grpc::Channel>& channel,
                                          const std::string& service_name) {
  const auto response =
      CallRaw(channel, "/grpc.health.v1.Health/Check", HealthRequest(service_name));
  if (!response.ok()) return response.status();
  return ToHealth(*response);
}

}  // namespace repatriation

#endif  // TESTS_COMMON_RPC_RAW_CLIENT_H_
