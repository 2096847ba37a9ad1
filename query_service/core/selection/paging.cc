#include "query_service/core/selection/paging.h"

#include <cstring>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/base/crypto/sha256.h"
#include "common/base/errors.h"
#include "common/ledger/byte_codec.h"
#include "google/protobuf/descriptor.h"

namespace repatriation {
namespace {

constexpr uint8_t kPageTokenVersion = 1;
constexpr uint8_t kResumeTokenVersion = 3;

// Far beyond any listing, and adding a page's size cannot overflow.
constexpr int64_t kAfterMax = INT64_MAX / 2;

struct Token {
  uint64_t fingerprint;
  Position known_at;
  int64_t after;
};

std::string WriteToken(uint8_t version, const Token& token) {
  std::string bytes;
  PutFixed(bytes, version);
  PutFixed(bytes, token.fingerprint);
  PutVarint(bytes, static_cast<uint64_t>(token.known_at));
  PutVarint(bytes, static_cast<uint64_t>(token.after));
  return absl::WebSafeBase64Escape(bytes);
}

// nullopt if `text` is damaged or of another version.
absl::optional<Token> ReadToken(uint8_t version, absl::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(text, &bytes)) return absl::nullopt;
  ByteReader in(bytes);
  const bool known_version = in.Fixed<uint8_t>() == version;
  Token token;
  token.fingerprint = in.Fixed<uint64_t>();
  token.known_at = static_cast<Position>(in.Varint());
  token.after = static_cast<int64_t>(in.Varint());
  const bool valid = known_version && in.ok() && in.at_end();
  if (!valid || token.known_at < 0 || token.after < 0 || token.after > kAfterMax) {
    return absl::nullopt;
  }
  return token;
}

}  // namespace

std::string RequestKey(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> stripped(request.New());
  stripped->CopyFrom(request);
  for (const char* name : {"read", "page_size", "page_token", "resume_token"}) {
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
  const auto token = ReadToken(kPageTokenVersion, page_token);
  if (!token.has_value()) {
    return InvalidField("page_token", "BAD_PAGE_TOKEN", "must be an unmodified next_page_token");
  }
  if (token->fingerprint != fingerprint) {
    return InvalidField("page_token", "OTHER_REQUEST",
                        "must be used with the request that returned it");
  }
  page.known_at = token->known_at;
  page.after = token->after;
  return page;
}

std::string MakePageToken(uint64_t fingerprint, Position known_at, int64_t after) {
  return WriteToken(kPageTokenVersion, {fingerprint, known_at, after});
}

uint64_t HistoryMark(const Sha256Digest& hash) {
  uint64_t mark;
  std::memcpy(&mark, hash.data(), sizeof(mark));
  return mark & static_cast<uint64_t>(kAfterMax);
}

absl::StatusOr<ResumePoint> CheckResumeToken(absl::string_view resume_token, uint64_t fingerprint) {
  const auto token = ReadToken(kResumeTokenVersion, resume_token);
  if (!token.has_value()) {
    return InvalidField("resume_token", "BAD_RESUME_TOKEN", "must be an unmodified resume_token");
  }
  if (token->fingerprint != fingerprint) {
    return InvalidField("resume_token", "OTHER_REQUEST",
                        "must be used with the filter and group_by of the watch that returned it");
  }
  return ResumePoint{token->known_at, static_cast<uint64_t>(token->after)};
}

std::string MakeResumeToken(uint64_t fingerprint, const ResumePoint& point) {
  return WriteToken(kResumeTokenVersion,
                    {fingerprint, point.known_at, static_cast<int64_t>(point.history)});
}

}  // namespace repatriation
