#include "common/storage/log_check.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace repatriation {
namespace {

// https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format: records
// with a header of checksum (4 bytes), length (2) and type (1); none crosses a 32 KiB
// boundary, and zeros fill up where no header fits.
constexpr uint64_t kBlockBytes = 32 << 10;
constexpr uint64_t kHeaderBytes = 7;

bool IsComplete(const std::filesystem::path& path, uint64_t size) {
  std::ifstream file(path, std::ios::binary);
  uint64_t at = 0;
  while (at < size) {
    const uint64_t left = kBlockBytes - at % kBlockBytes;
    if (left < kHeaderBytes) {
      at += left;
      continue;
    }
    uint8_t header[kHeaderBytes];
    file.seekg(static_cast<std::streamoff>(at));
    if (!file.read(reinterpret_cast<char*>(header), kHeaderBytes)) return false;
    const uint64_t length = header[4] + uint64_t{256} * header[5];
    // Space that was preallocated after the last record.
    if (length == 0 && header[6] == 0) return true;
    at += kHeaderBytes + length;
  }
  return at == size;
}

}  // namespace

bool EarlierLogsAreComplete(const std::string& directory) {
  std::vector<std::filesystem::path> logs;
  std::error_code error;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator file(directory, error); !error && file != end;
       file.increment(error)) {
    if (file->path().extension() == ".log" && file->file_size(error) > 0) {
      logs.push_back(file->path());
    }
  }
  if (error) return false;
  if (logs.empty()) return true;
  // The names are numbers of at least six digits.
  std::sort(logs.begin(), logs.end(), [](const auto& a, const auto& b) {
    const std::string x = a.stem().string();
    const std::string y = b.stem().string();
    return x.size() != y.size() ? x.size() < y.size() : x < y;
  });
  return std::all_of(logs.begin(), logs.end() - 1, [](const std::filesystem::path& log) {
    std::error_code unreadable;
    const uint64_t size = std::filesystem::file_size(log, unreadable);
    return !unreadable && IsComplete(log, size);
  });
}

}  // namespace repatriation
