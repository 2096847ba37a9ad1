// Keys for tests that sign: the same every time.
#ifndef TESTS_COMMON_TESTING_SIGNING_KEYS_H_
#define TESTS_COMMON_TESTING_SIGNING_KEYS_H_

#include <string>

#include "common/base/crypto/ed25519.h"

namespace repatriation {

// One key for each `c`.
inline Ed25519PrivateKey AKey(char c) { return Ed25519PrivateKey::FromSeed(std::string(32, c)); }

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_SIGNING_KEYS_H_
