#include "ingest_service/handlers/feed_handlers.h"

#include "ingest_service/handlers/feed_stream.h"

namespace repatriation {

grpc::ServerWriteReactor<grpc::ByteBuffer>* FeedHandlers::Follow(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return FeedStream::Start(context_, context, request);
}

}  // namespace repatriation
