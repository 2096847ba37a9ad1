#include "query_service/core/paging.h"

#include <cstring>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/sha256.h"
#include "common/ledger/byte_codec.h"
#include "google/protobuf/descriptor.h"

namespace repatriation {
namespace {

constexpr uint8_t kTokenVersion = 1;

}  // namespace

std::string RequestKey(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> stripped(request.New());
  stripped->CopyFrom(request);
  for (const char* name : {"read", "page_size", "page_token"}) {
    const auto* field = stripped->GetDescriptor()->FindFieldByName(name);
    if (field != nullptr) stripped->GetReflection()->ClearField(stripped.get(), field);
  }
  return absl::StrCat(request.GetDescriptor()->full_name(), "\n", stripped->SerializeAsString());
}

uint64_t FingerprintOfKey(absl::string_view key) {
  const Sha256Digest digest = Sha256(key);
  uint64_t fingerprint;
  std::memcpy(&fingerprint, digest.data(), sizeof(fingerprint));
  return fingerprint;
}

absl::StatusOr<Page> CheckPage(int32_t page_size, absl::string_view page_token,
                               const PageSizes& sizes, uint64_t fingerprint) {
  if (page_size < 0 || page_size > sizes.max) {
    return InvalidField("page_size", "OUT_OF_RANGE",
                        absl::StrCat("must be 0 to ", sizes.max, ", is ", page_size));
  }
  Page page;
  page.size = page_size == 0 ? sizes.standard : page_size;
  if (page_token.empty()) return page;
  page.first = false;
  std::string bytes;
  const bool decoded = absl::WebSafeBase64Unescape(page_token, &bytes);
  ByteReader in(bytes);
  const bool known_version = in.Fixed<uint8_t>() == kTokenVersion;
  const uint64_t token_fingerprint = in.Fixed<uint64_t>();
  page.known_at = static_cast<Position>(in.Varint());
  page.after = static_cast<int64_t>(in.Varint());
  if (!decoded || !known_version || !in.ok() || !in.at_end() || page.known_at < 0 ||
      page.after < 0) {
    return InvalidField("page_token", "BAD_PAGE_TOKEN",
                        "must be a next_page_token as it was given");
  }
  if (token_fingerprint != fingerprint) {
    return InvalidField("page_token", "OTHER_REQUEST",
                        "must come with the same request as the page that gave it");
  }
  return page;
}

std::string MakePageToken(uint64_t fingerprint, Position known_at, int64_t after) {
  std::string bytes;
  PutFixed(bytes, kTokenVersion);
  PutFixed(bytes, fingerprint);
  PutVarint(bytes, static_cast<uint64_t>(known_at));
  PutVarint(bytes, static_cast<uint64_t>(after));
  return absl::WebSafeBase64Escape(bytes);
}

}  // namespace repatriation
