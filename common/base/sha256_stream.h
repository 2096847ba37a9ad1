// SHA-256 of bytes that come piece by piece; see sha256.h for those that are
// there at once.
//
// Thread-safety: a Sha256Stream belongs to one thread at a time.
#ifndef COMMON_BASE_SHA256_STREAM_H_
#define COMMON_BASE_SHA256_STREAM_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "common/base/sha256.h"

namespace repatriation {

class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();

  void Add(absl::string_view bytes);
  // The digest of all that was added. Call once, last.
  Sha256Digest Finish();

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace repatriation

#endif  // COMMON_BASE_SHA256_STREAM_H_
