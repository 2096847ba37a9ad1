#include "common/base/crypto/sha256_stream.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace repatriation {
namespace {

// Each step fails only if the library has no SHA-256 at all.
void Require(int done) {
  if (done != 1) std::abort();
}

}  // namespace

struct Sha256Stream::Impl {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  ~Impl() { EVP_MD_CTX_free(context); }
};

Sha256Stream::Sha256Stream() : impl_(std::make_unique<Impl>()) {
  Require(EVP_DigestInit_ex(impl_->context, EVP_sha256(), nullptr));
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Add(absl::string_view bytes) {
  Require(EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size()));
}

Sha256Digest Sha256Stream::Finish() {
  Sha256Digest digest;
  Require(EVP_DigestFinal_ex(impl_->context, digest.data(), nullptr));
  return digest;
}

}  // namespace repatriation
