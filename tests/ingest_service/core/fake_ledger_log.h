// An in-memory LedgerLog. Tests can make it fail, or block Append() until Release().
//
// Thread-safety: as LedgerLog; the test controls may be called from any thread.
#ifndef TESTS_INGEST_SERVICE_CORE_FAKE_LEDGER_LOG_H_
#define TESTS_INGEST_SERVICE_CORE_FAKE_LEDGER_LOG_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ledger/ledger_log.h"

namespace repatriation {

class FakeLedgerLog : public LedgerLog {
 public:
  const LedgerId& id() const override { return id_; }

  LedgerTail tail() const override {
    const std::lock_guard lock(mutex_);
    return tail_;
  }

  absl::Status Append(const Block& block) override {
    std::unique_lock lock(mutex_);
    ++appends_;
    inside_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    inside_ = false;
    if (!failure_.ok()) return failure_;
    const absl::Status follows = CheckFollows(block, id_, tail_);
    if (!follows.ok()) return failure_ = follows;
    blocks_.emplace_back(block.bytes());
    tail_ = block.tail();
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> ReadAfter(Position position,
                                                     size_t bytes_max) const override {
    const std::lock_guard lock(mutex_);
    if (!read_failure_.ok()) return read_failure_;
    if (position > tail_.position) return absl::OutOfRangeError("beyond the tail");
    std::vector<std::string> found;
    size_t bytes = 0;
    for (const std::string& block : blocks_) {
      if (Block::Parse(block)->first_position() <= position) continue;
      if (!found.empty() && bytes + block.size() > bytes_max) break;
      found.push_back(block);
      bytes += block.size();
    }
    return found;
  }

  absl::StatusOr<std::string> ReadBlockOf(Position position) const override {
    const std::lock_guard lock(mutex_);
    if (!read_failure_.ok()) return read_failure_;
    for (const std::string& bytes : blocks_) {
      const Block block = *Block::Parse(bytes);
      if (block.first_position() <= position && position <= block.last_position()) return bytes;
    }
    return absl::OutOfRangeError(absl::StrCat("no position ", position));
  }

  // Blocks every later Append() until Release().
  void Hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  // Waits until an Append() is blocked.
  void WaitUntilHeld() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_ && inside_; });
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }

  // Makes all unfinished and later calls of Append() fail.
  void FailAppends(absl::Status status) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(status);
  }
  void FailReads(absl::Status status) {
    const std::lock_guard lock(mutex_);
    read_failure_ = std::move(status);
  }

  // Number of calls of Append(), including failed ones.
  int appends() const {
    const std::lock_guard lock(mutex_);
    return appends_;
  }
  std::vector<std::string> blocks() const {
    const std::lock_guard lock(mutex_);
    return blocks_;
  }

 private:
  const LedgerId id_ = LedgerId::Random();
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> blocks_;
  LedgerTail tail_;
  absl::Status failure_;
  absl::Status read_failure_;
  int appends_ = 0;
  bool held_ = false;
  bool inside_ = false;
};

}  // namespace repatriation

#endif  // TESTS_INGEST_SERVICE_CORE_FAKE_LEDGER_LOG_H_
