// Helpers for the tests of the id index.
//
// Thread-safety: pure functions and functions on files.
#ifndef TESTS_COMMON_ID_INDEX_ID_TEST_UTIL_H_
#define TESTS_COMMON_ID_INDEX_ID_TEST_UTIL_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/id_index/id_index.h"
#include "common/id_index/id_run.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {

inline const LedgerId kLedger = LedgerId::FromBytes("0123456789abcdef");
inline const LedgerId kOtherLedger = LedgerId::FromBytes("another ledger !");

// A mix of few values, so that many collide, and of ones that do not collide.
inline std::vector<Fingerprint> RandomFingerprints(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Fingerprint> fingerprints;
  for (size_t i = 0; i < count; ++i) {
    fingerprints.push_back(random() % 4 == 0 ? (random() % 100) << 57 : random());
  }
  return fingerprints;
}

// Writes and opens the run over `range` of a ledger whose ids have `fingerprints`,
// from position 1 on.
inline std::shared_ptr<const Run> MakeRun(const std::string& directory,
                                          const std::vector<Fingerprint>& fingerprints,
                                          RunRange range) {
  std::vector<IdRecord> records;
  for (Position position = range.first; position <= range.last; ++position) {
    records.push_back({fingerprints[static_cast<size_t>(position) - 1], position});
  }
  std::sort(records.begin(), records.end());
  auto writer = RunWriter::Create(directory, kLedger, range).value();
  for (const IdRecord& record : records) EXPECT_TRUE(writer->Add(record).ok());
  return Run::Open(writer->Finish().value(), kLedger, range).value();
}

inline std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void WriteWhole(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Flips one bit of a file until destroyed.
class FlippedByte {
 public:
  FlippedByte(const std::string& path, size_t at) : path_(path), at_(at) { Flip(); }
  ~FlippedByte() { Flip(); }

 private:
  void Flip() const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at_));
    const char byte = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at_));
    file.put(static_cast<char>(byte ^ 0x10));
  }

  const std::string path_;
  const size_t at_;
};

}  // namespace repatriation

#endif  // TESTS_COMMON_ID_INDEX_ID_TEST_UTIL_H_
