// A flaw that a check of stored data found, and its position.
//
// Thread-safety: a plain value.
#ifndef COMMON_PROOF_FLAW_H_
#define COMMON_PROOF_FLAW_H_

#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "common/ledger/entry.h"

namespace repatriation {

struct Flaw {
  Position position = 0;  // the first affected one
  std::string what;
};

// Keeps the flaw with the lowest position of those that are recorded.
class FirstFlaw {
 public:
  void Record(Position position, std::string what) {
    if (flaw_.has_value() && flaw_->position <= position) return;
    flaw_ = Flaw{position, std::move(what)};
  }

  const absl::optional<Flaw>& get() const { return flaw_; }

 private:
  absl::optional<Flaw> flaw_;
};

}  // namespace repatriation

#endif  // COMMON_PROOF_FLAW_H_
