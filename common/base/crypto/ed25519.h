// Ed25519 signatures (RFC 8032), by OpenSSL. Keys are PEM files as written by
// `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout`.
//
// Thread-safety: keys are immutable; everything may be called from any thread.
// Reading a file blocks on I/O.
#ifndef COMMON_BASE_CRYPTO_ED25519_H_
#define COMMON_BASE_CRYPTO_ED25519_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace repatriation {

inline constexpr size_t kEd25519KeyBytes = 32;
inline constexpr size_t kEd25519SignatureBytes = 64;

class Ed25519PublicKey {
 public:
  // REQUIRES: bytes.size() == kEd25519KeyBytes.
  static Ed25519PublicKey FromBytes(absl::string_view bytes);

  // Reads a PEM file with a SubjectPublicKeyInfo. INVALID_ARGUMENT if it does
  // not contain an Ed25519 public key, UNAVAILABLE if it cannot be read.
  static absl::StatusOr<Ed25519PublicKey> ReadFile(const std::string& path);

  absl::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

  // Whether `signature` is a valid signature of `message` under this key.
  bool Verifies(absl::string_view message, absl::string_view signature) const;

 private:
  std::array<char, kEd25519KeyBytes> bytes_{};
};

class Ed25519PrivateKey {
 public:
  // REQUIRES: seed.size() == kEd25519KeyBytes.
  static Ed25519PrivateKey FromSeed(absl::string_view seed);

  // Reads a PEM file with an unencrypted PKCS#8 key. FAILED_PRECONDITION if
  // its permissions are too open (anyone beyond the owner, and its group for
  // reading); INVALID_ARGUMENT if it does not contain an Ed25519 private key;
  // UNAVAILABLE if it cannot be read.
  static absl::StatusOr<Ed25519PrivateKey> ReadFile(const std::string& path);

  // kEd25519SignatureBytes bytes; deterministic.
  std::string Sign(absl::string_view message) const;
  const Ed25519PublicKey& public_key() const { return public_key_; }

 private:
  explicit Ed25519PrivateKey(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  Ed25519PublicKey public_key_;
};

}  // namespace repatriation

#endif  // COMMON_BASE_CRYPTO_ED25519_H_
