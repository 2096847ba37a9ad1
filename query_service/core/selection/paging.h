// Pages of a listing, all from the position at which the first was answered.
//
// A token is opaque to callers. It carries a fingerprint of the request
// (another request with it is refused), the pinned position and where to go
// on; it is not secret and holds nothing that its owner could not ask for.
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
  int64_t after = 0;      // how far the pages before went, in the listing's own measure
};

// Bounds of a listing's page_size.
struct PageSizes {
  int32_t standard;  // for page_size 0
  int32_t max;
};
// Those of every list; figures have their own.
inline constexpr PageSizes kListPageSizes = {.standard = 100, .max = 1000};

// `request` without its fields `read`, `page_size`, `page_token` and
// `resume_token`, as bytes
// that no other request has: what must stay the same from page to page, or over
// a watch.
std::string RequestKey(const google::protobuf::Message& request);

// A hash of such a key, for page tokens.
uint64_t FingerprintOfKey(absl::string_view key);

// Both.
inline uint64_t RequestFingerprint(const google::protobuf::Message& request) {
  return FingerprintOfKey(RequestKey(request));
}

// Reads page_size and page_token of a request. INVALID_ARGUMENT naming the
// field: size below 0 or above the maximum, a token that is damaged or was
// given for another request.
absl::StatusOr<Page> CheckPage(int32_t page_size, absl::string_view page_token,
                               const PageSizes& sizes, uint64_t fingerprint);

std::string MakePageToken(uint64_t fingerprint, Position known_at, int64_t after);

// Where a watch goes on, and in which history: a ledger that was set back to a
// backup comes to the same positions with other entries.
struct ResumePoint {
  Position known_at = 0;
  uint64_t history = 0;  // HistoryMark() of the ledger there

  friend bool operator==(const ResumePoint&, const ResumePoint&) = default;
};

// What tells histories apart in a token: 62 bits of the hash of the block that
// holds the position.
uint64_t HistoryMark(const Sha256Digest& hash);

// What a watch's resume_token goes on after; a token that is damaged or was
// given for another request is INVALID_ARGUMENT.
absl::StatusOr<ResumePoint> CheckResumeToken(absl::string_view resume_token, uint64_t fingerprint);

std::string MakeResumeToken(uint64_t fingerprint, const ResumePoint& point);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_SELECTION_PAGING_H_
