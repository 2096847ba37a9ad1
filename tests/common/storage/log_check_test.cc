#include "common/storage/log_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "common/storage/store.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

class LogCheckTest : public ::testing::Test {
 protected:
  // A store's log as written by RocksDB, with records of many sizes: some span several
  // blocks, some leave no space for a header.
  LogCheckTest() {
    StoreOptions options;
    options.path = dir_.Path("store");
    options.tables = {{"table"}};
    const auto store = Store::Open(options).value();
    for (size_t bytes = 1; bytes < 100'000; bytes += bytes / 2 + 1) {
      StoreBatch batch;
      batch.Put(0, "key", std::string(bytes, 'v'));
      EXPECT_THAT(store->Write(batch, Durability::kBuffered), IsOk());
    }
    log_ = FileContent(LogFileOf(options.path));
    std::filesystem::create_directory(logs_);
  }

  void Write(const std::string& name, const std::string& bytes) const {
    WriteFile(logs_ + "/" + name, bytes);
  }

  const TempDir dir_;
  const std::string logs_ = dir_.Path("logs");
  std::string log_;
};

TEST_F(LogCheckTest, AcceptsCompleteLogs) {
  EXPECT_TRUE(EarlierLogsAreComplete(logs_)) << "no log at all";
  for (const char* name : {"000004.log", "000012.log", "000013.log"}) {
    Write(name, log_);
    EXPECT_TRUE(EarlierLogsAreComplete(logs_)) << name;
  }
  Write("000004.log", log_ + std::string(100'000, '\0'));
  EXPECT_TRUE(EarlierLogsAreComplete(logs_)) << "with preallocated space";
}

TEST_F(LogCheckTest, OnlyTheNewestNonEmptyLogMayBeTorn) {
  const std::string torn = log_.substr(0, log_.size() - 1);
  Write("999999.log", log_);
  Write("1000000.log", torn);
  EXPECT_TRUE(EarlierLogsAreComplete(logs_));
  Write("1000002.log", "");
  EXPECT_TRUE(EarlierLogsAreComplete(logs_)) << "empty logs are ignored";
  Write("1000003.log", log_);
  EXPECT_FALSE(EarlierLogsAreComplete(logs_));
}

TEST_F(LogCheckTest, DetectsEveryTruncationInsideARecord) {
  Write("000005.log", log_);
  // The first records: each has a header of 7 bytes, which contains its length.
  size_t end = 0;
  while (end < 2000) {
    const size_t begin = end;
    end += 7 + static_cast<uint8_t>(log_[end + 4]) + 256 * static_cast<uint8_t>(log_[end + 5]);
    for (size_t cut = begin + 1; cut < end; cut += std::max<size_t>(1, (end - begin) / 9)) {
      Write("000004.log", log_.substr(0, cut));
      EXPECT_FALSE(EarlierLogsAreComplete(logs_)) << cut << " bytes, a record ends at " << end;
    }
    Write("000004.log", log_.substr(0, end));
    EXPECT_TRUE(EarlierLogsAreComplete(logs_)) << end;
  }
}

TEST_F(LogCheckTest, DetectsALengthBeyondTheEnd) {
  Write("000005.log", log_);
  Write("000004.log", log_.substr(0, 5) + '\x80' + log_.substr(6, 40));
  EXPECT_FALSE(EarlierLogsAreComplete(logs_));
}

}  // namespace
}  // namespace repatriation
