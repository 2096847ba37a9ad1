#include "common/id_index/filter_file.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "common/base/crypto/sha256.h"
#include "tests/common/id_index/id_test_util.h"

namespace repatriation {
namespace {

// Slightly more than two chunks.
constexpr size_t kFilterBytes = (size_t{2} << 20) + 4096;
const std::atomic<bool> kNotStopped{false};

TEST(IdFilterTest, HasNoFalseNegativesAndFewFalsePositives) {
  IdFilter filter(1 << 20);
  std::mt19937_64 random(5);
  std::vector<Fingerprint> added;
  // 21 bits per id, as with the default at 100 million ids.
  for (int i = 0; i < 400'000; ++i) added.push_back(random());
  for (const Fingerprint fingerprint : added) filter.Add(fingerprint);
  for (const Fingerprint fingerprint : added) ASSERT_TRUE(filter.MayContain(fingerprint));
  int wrong = 0;
  for (int i = 0; i < 1'000'000; ++i) wrong += filter.MayContain(random()) ? 1 : 0;
  EXPECT_LT(wrong, 1'000);
  filter.Clear();
  for (const Fingerprint fingerprint : added) ASSERT_FALSE(filter.MayContain(fingerprint));
}

// Golden bytes: later builds must be able to read the file.
TEST(FilterFileTest, WritesTheGoldenBytes) {
  const TempDir dir;
  IdFilter filter(64);
  filter.Add(0x0102030405060708);
  ASSERT_TRUE(
      SaveFilter(dir.path(), kLedger, {.through = 3, .digest = 0x0a0b}, filter, kNotStopped).ok());
  const std::string bytes = ReadWhole(FilterPath(dir.path()));
  ASSERT_EQ(bytes.size(), 56u + 64 + 8);
  const std::string header(
      "RLF1\0\0\0\0"
      "0123456789abcdef"
      "\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x0b\x0a\0\0\0\0\0\0",
      48);
  EXPECT_EQ(bytes.substr(0, header.size()), header);
  EXPECT_EQ(Sha256Hex(bytes), "ad58efd6d68b6d59d039894bf38533b28c02f2f1e8b6da8fe41682c55ad4aeca");
}

TEST(FilterFileTest, RoundTrips) {
  const TempDir dir;
  IdFilter filter(kFilterBytes);
  const std::vector<Fingerprint> added = RandomFingerprints(10'000, 9);
  for (const Fingerprint fingerprint : added) filter.Add(fingerprint);
  ASSERT_TRUE(
      SaveFilter(dir.path(), kLedger, {.through = 10, .digest = 11}, filter, kNotStopped).ok());
  for (const int threads : {1, 2, 4}) {
    IdFilter loaded(kFilterBytes);
    const auto file = FilterFile::Open(dir.path(), kLedger, loaded).value();
    EXPECT_EQ(file->mark().through, 10);
    EXPECT_EQ(file->mark().digest, 11u);
    ASSERT_TRUE(file->Load(threads, loaded).ok());
    for (const Fingerprint fingerprint : added) ASSERT_TRUE(loaded.MayContain(fingerprint));
    std::vector<uint32_t> words(loaded.blocks() * IdFilter::kBlockWords);
    std::vector<uint32_t> expected(words.size());
    loaded.Save(0, absl::MakeSpan(words));
    filter.Save(0, absl::MakeSpan(expected));
    ASSERT_EQ(words, expected);
  }
}

TEST(FilterFileTest, DetectsDamageAnywhere) {
  const TempDir dir;
  IdFilter filter(kFilterBytes);
  ASSERT_TRUE(
      SaveFilter(dir.path(), kLedger, {.through = 10, .digest = 11}, filter, kNotStopped).ok());
  const std::string path = FilterPath(dir.path());
  const auto code = [&] {
    const auto file = FilterFile::Open(dir.path(), kLedger, filter);
    return file.ok() ? (*file)->Load(2, filter).code() : file.status().code();
  };
  const size_t size = std::filesystem::file_size(path);
  for (size_t at = 0; at < size; at = at < 100 ? at + 1 : at + 30'011) {
    const FlippedByte flipped(path, at);
    ASSERT_EQ(code(), absl::StatusCode::kDataLoss) << "byte " << at;
  }
  EXPECT_EQ(code(), absl::StatusCode::kOk);
  // The first two chunks, both full-sized and both all zero, are not interchangeable.
  std::string bytes = ReadWhole(path);
  const size_t chunk = (size_t{1} << 20) + 8;
  std::swap_ranges(bytes.begin() + 56, bytes.begin() + 56 + chunk, bytes.begin() + 56 + chunk);
  WriteWhole(path, bytes);
  EXPECT_EQ(code(), absl::StatusCode::kDataLoss);
  for (const size_t other : {size_t{0}, size_t{55}, size_t{56}, size - 1, size + 1}) {
    std::filesystem::resize_file(path, other);
    EXPECT_EQ(code(), absl::StatusCode::kDataLoss) << other << " bytes";
  }
}

TEST(FilterFileTest, RejectsAnotherLedgerOrSize) {
  const TempDir dir;
  const IdFilter filter(kFilterBytes);
  const auto code = [&](const LedgerId& ledger, size_t bytes) {
    return FilterFile::Open(dir.path(), ledger, IdFilter(bytes)).status().code();
  };
  EXPECT_EQ(code(kLedger, kFilterBytes), absl::StatusCode::kNotFound);
  ASSERT_TRUE(
      SaveFilter(dir.path(), kLedger, {.through = 10, .digest = 11}, filter, kNotStopped).ok());
  EXPECT_EQ(code(kLedger, kFilterBytes), absl::StatusCode::kOk);
  EXPECT_EQ(code(kOtherLedger, kFilterBytes), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(kLedger, kFilterBytes * 2), absl::StatusCode::kFailedPrecondition);
}

TEST(FilterFileTest, KeepsThePreviousFileWhenStopped) {
  const TempDir dir;
  const IdFilter filter(kFilterBytes);
  ASSERT_TRUE(
      SaveFilter(dir.path(), kLedger, {.through = 10, .digest = 11}, filter, kNotStopped).ok());
  const std::atomic<bool> stop{true};
  EXPECT_EQ(SaveFilter(dir.path(), kLedger, {.through = 20, .digest = 21}, filter, stop).code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(FilterFile::Open(dir.path(), kLedger, filter).value()->mark().through, 10);
  EXPECT_FALSE(std::filesystem::exists(FilterPath(dir.path()) + ".tmp"));
}

// What was added before is in the file, whatever is added concurrently.
TEST(FilterFileTest, CanBeSavedWhileAnotherThreadAdds) {
  const TempDir dir;
  IdFilter filter(kFilterBytes);
  const std::vector<Fingerprint> added = RandomFingerprints(10'000, 10);
  for (const Fingerprint fingerprint : added) filter.Add(fingerprint);
  std::thread saver([&] {
    EXPECT_TRUE(
        SaveFilter(dir.path(), kLedger, {.through = 10, .digest = 11}, filter, kNotStopped).ok());
  });
  for (const Fingerprint fingerprint : RandomFingerprints(50'000, 11)) filter.Add(fingerprint);
  saver.join();
  IdFilter loaded(kFilterBytes);
  ASSERT_TRUE(FilterFile::Open(dir.path(), kLedger, loaded).value()->Load(1, loaded).ok());
  for (const Fingerprint fingerprint : added) ASSERT_TRUE(loaded.MayContain(fingerprint));
}

}  // namespace
}  // namespace repatriation
