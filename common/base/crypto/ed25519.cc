#include "common/base/crypto/ed25519.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/file.h"

namespace repatriation {
namespace {

using Key = std::shared_ptr<evp_pkey_st>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// A PEM key has 113 or 119 bytes.
constexpr size_t kPemBytesMax = 16 << 10;

const uint8_t* AsBytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

Key Own(EVP_PKEY* key) { return Key(key, &EVP_PKEY_free); }

// Without a callback OpenSSL would prompt on the terminal.
int RefusePassword(char*, int, int, void*) { return -1; }

class KeyFile {
 public:
  explicit KeyFile(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  KeyFile(const KeyFile&) = delete;
  KeyFile& operator=(const KeyFile&) = delete;
  ~KeyFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    OPENSSL_cleanse(text_.data(), text_.size());
  }

  // Uses the open descriptor, so that the mode is that of the file which is read.
  absl::Status CheckPermissions() const {
    struct stat state = {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &state) != 0) return FileError("read", path_);
    if ((state.st_mode & (S_IRWXO | S_IWGRP)) == 0) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrFormat("permissions %04o of %s are too open: only its owner may use it, and its "
                        "group may read it (chmod 0400 or 0440)",
                        state.st_mode & 07777, path_));
  }

  absl::StatusOr<absl::string_view> Read() {
    if (descriptor_ < 0) return FileError("read", path_);
    text_.resize(kPemBytesMax);
    size_t size = 0;
    while (size < text_.size()) {
      const ssize_t read = ::read(descriptor_, text_.data() + size, text_.size() - size);
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return FileError("read", path_);
      if (read == 0) break;
      size += static_cast<size_t>(read);
    }
    return absl::string_view(text_.data(), size);
  }

 private:
  const std::string path_;
  const int descriptor_;
  std::string text_;
};

using ReadPem = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

absl::StatusOr<Key> ReadKey(KeyFile& file, const std::string& path, ReadPem read_pem,
                            absl::string_view kind) {
  const auto text = file.Read();
  if (!text.ok()) return text.status();
  const Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())), &BIO_free_all);
  Key key = Own(read_pem(bio.get(), nullptr, &RefusePassword, nullptr));
  ERR_clear_error();
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " does not contain an ", kind, " key in PEM format"));
  }
  return key;
}

Ed25519PublicKey PublicKeyOf(const EVP_PKEY* key) {
  std::string bytes(kEd25519KeyBytes, '\0');
  size_t size = bytes.size();
  // Fails only for keys of another type.
  if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<uint8_t*>(bytes.data()), &size) != 1 ||
      size != bytes.size()) {
    std::abort();
  }
  return Ed25519PublicKey::FromBytes(bytes);
}

}  // namespace

Ed25519PublicKey Ed25519PublicKey::FromBytes(absl::string_view bytes) {
  assert(bytes.size() == kEd25519KeyBytes);
  Ed25519PublicKey key;
  std::copy_n(bytes.begin(), kEd25519KeyBytes, key.bytes_.begin());
  return key;
}

absl::StatusOr<Ed25519PublicKey> Ed25519PublicKey::ReadFile(const std::string& path) {
  KeyFile file(path);
  const auto key = ReadKey(file, path, &PEM_read_bio_PUBKEY, "Ed25519 public");
  if (!key.ok()) return key.status();
  return PublicKeyOf(key->get());
}

bool Ed25519PublicKey::Verifies(absl::string_view message, absl::string_view signature) const {
  if (signature.size() != kEd25519SignatureBytes) return false;
  const Key key = Own(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, AsBytes(bytes()), kEd25519KeyBytes));
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const bool verified =
      key != nullptr && context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), AsBytes(signature), signature.size(), AsBytes(message),
                       message.size()) == 1;
  ERR_clear_error();
  return verified;
}

Ed25519PrivateKey::Ed25519PrivateKey(Key key)
    : key_(std::move(key)), public_key_(PublicKeyOf(key_.get())) {}

Ed25519PrivateKey Ed25519PrivateKey::FromSeed(absl::string_view seed) {
  assert(seed.size() == kEd25519KeyBytes);
  Key key =
      Own(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, AsBytes(seed), seed.size()));
  if (key == nullptr) std::abort();  // any 32 bytes are a valid seed
  return Ed25519PrivateKey(std::move(key));
}

absl::StatusOr<Ed25519PrivateKey> Ed25519PrivateKey::ReadFile(const std::string& path) {
  KeyFile file(path);
  const absl::Status permissions = file.CheckPermissions();
  if (!permissions.ok()) return permissions;
  auto key = ReadKey(file, path, &PEM_read_bio_PrivateKey, "unencrypted Ed25519 private");
  if (!key.ok()) return key.status();
  return Ed25519PrivateKey(*std::move(key));
}

std::string Ed25519PrivateKey::Sign(absl::string_view message) const {
  std::string signature(kEd25519SignatureBytes, '\0');
  size_t size = signature.size();
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  // Fails only when out of memory.
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(signature.data()), &size,
                     AsBytes(message), message.size()) != 1 ||
      size != signature.size()) {
    std::abort();
  }
  return signature;
}

}  // namespace repatriation
