// Incremental SHA-256; see sha256.h for bytes that are in memory as a whole.
//
// Thread-safety: a Sha256Stream belongs to one thread at a time.
#ifndef COMMON_BASE_CRYPTO_SHA256_STREAM_H_
#define COMMON_BASE_CRYPTO_SHA256_STREAM_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "common/base/crypto/sha256.h"

namespace repatriation {

class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();

  void Add(absl::string_view bytes);
  // The digest of all added bytes. Call once, last.
  Sha256Digest Finish();

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace repatriation

#endif  // COMMON_BASE_CRYPTO_SHA256_STREAM_H_
