// Permanent unique id of a ledger: 16 random bytes, generated when it is created.
//
// Thread-safety: a plain value.
#ifndef COMMON_LEDGER_LEDGER_ID_H_
#define COMMON_LEDGER_LEDGER_ID_H_

#include <array>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "common/base/crypto/sha256.h"

namespace repatriation {

class LedgerId {
 public:
  static constexpr size_t kBytes = 16;

  // All zero: no ledger.
  LedgerId() = default;

  static LedgerId Random() { return FromBytes(RandomBytes(kBytes)); }

  // REQUIRES: bytes.size() == kBytes.
  static LedgerId FromBytes(absl::string_view bytes) {
    LedgerId id;
    std::memcpy(id.bytes_.data(), bytes.data(), kBytes);
    return id;
  }

  absl::string_view bytes() const { return {bytes_.data(), kBytes}; }
  bool empty() const { return *this == LedgerId(); }
  // 32 hexadecimal digits, or "" for no ledger.
  std::string ToString() const { return empty() ? "" : Hex(bytes()); }

  friend bool operator==(const LedgerId&, const LedgerId&) = default;

 private:
  std::array<char, kBytes> bytes_{};
};

}  // namespace repatriation

#endif  // COMMON_LEDGER_LEDGER_ID_H_
