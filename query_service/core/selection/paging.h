// Pages of a listing, all as known at the position of the first.
//
// A token is opaque to callers. It contains a fingerprint of the request (it is refused
// with another one), the pinned position and where to continue. It is not secret: it
// contains nothing that its owner could not query.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_SELECTION_PAGING_H_
#define QUERY_SERVICE_CORE_SELECTION_PAGING_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/crypto/sha256.h"
#include "common/ledger/entry.h"
#include "google/protobuf/message.h"

namespace repatriation {

struct Page {
  int64_t size = 0;
  bool first = true;
  Position known_at = 0;  // pinned; only if !first
  int64_t after = 0;      // end of the previous page, as the listing counts
};

// Bounds of a listing's page_size.
struct PageSizes {
  int32_t standard;  // for page_size 0
  int32_t max;
};
// Of lists; figures have their own.
inline constexpr PageSizes kListPageSizes = {.standard = 100, .max = 1000};

// An unambiguous encoding of `request` without its fields `read`, `page_size`,
// `page_token` and `resume_token`: what must stay the same for all pages, or when a
// watch is resumed.
std::string RequestKey(const google::protobuf::Message& request);

// A hash of such a key, for page tokens.
uint64_t FingerprintOfKey(absl::string_view key);

// FingerprintOfKey() of RequestKey().
inline uint64_t RequestFingerprint(const google::protobuf::Message& request) {
  return FingerprintOfKey(RequestKey(request));
}

// Parses page_size and page_token of a request. INVALID_ARGUMENT naming the field: size
// below 0 or above the maximum, or a token that is damaged or of another request.
absl::StatusOr<Page> CheckPage(int32_t page_size, absl::string_view page_token,
                               const PageSizes& sizes, uint64_t fingerprint);

std::string MakePageToken(uint64_t fingerprint, Position known_at, int64_t after);

// Where a watch resumes, and in which history: a ledger restored from a backup reaches
// the same positions with other entries.
struct ResumePoint {
  Position known_at = 0;
  uint64_t history = 0;  // HistoryMark() of the ledger there

  friend bool operator==(const ResumePoint&, const ResumePoint&) = default;
};

// Identifies a history in a token: 62 bits of the hash of the block that contains the
// position.
uint64_t HistoryMark(const Sha256Digest& hash);

// Parses a watch's resume_token. INVALID_ARGUMENT if it is damaged or of another
// request.
absl::StatusOr<ResumePoint> CheckResumeToken(absl::string_view resume_token, uint64_t fingerprint);

std::string MakeResumeToken(uint64_t fingerprint, const ResumePoint& point);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_SELECTION_PAGING_H_
