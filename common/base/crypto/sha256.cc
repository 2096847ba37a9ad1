#include "common/base/crypto/sha256.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdlib>

#include "absl/strings/escaping.h"

namespace repatriation {

Sha256Digest Sha256(absl::string_view bytes) {
  Sha256Digest digest;
  // Fails only if the library has no SHA-256 at all.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    std::abort();
  }
  return digest;
}

std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  // Without randomness two ledgers could share an id, so abort.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1) {
    std::abort();
  }
  return bytes;
}

}  // namespace repatriation
