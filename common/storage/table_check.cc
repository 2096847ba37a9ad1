#include "common/storage/table_check.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace repatriation {
namespace {

// The footer of a block-based table, from format version 1 on, begins with the
// checksum type (1 byte) and the handle of the metaindex block: its offset and its
// size as varints. The metaindex has the handle of the properties block after its
// name, which is never prefix-compressed.
constexpr size_t kFooterBytes = 53;
constexpr absl::string_view kPropertiesName = "rocksdb.properties";
// Much larger than any metaindex; a damaged size may exceed it.
constexpr uint64_t kMetaIndexBytesMax = 1 << 20;
// The compression type after a block: the properties are never compressed.
constexpr char kUncompressed = 0;

struct BlockHandle {
  uint64_t offset;
  uint64_t bytes;
};

// Removes a varint from the front of `bytes`.
absl::optional<uint64_t> ConsumeVarint(absl::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return absl::nullopt;
}

// The block handle at the front of `bytes`; nullopt if it is not within the file.
absl::optional<BlockHandle> ParseBlockHandle(absl::string_view bytes, uint64_t file_size) {
  const auto offset = ConsumeVarint(bytes);
  const auto size = ConsumeVarint(bytes);
  if (!size.has_value() || *size == 0) return absl::nullopt;
  if (*offset > file_size || *size >= file_size - *offset) return absl::nullopt;
  return BlockHandle{*offset, *size};
}

std::string ReadAt(std::ifstream& file, uint64_t offset, size_t bytes) {
  std::string read(bytes, '\0');
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(read.data(), static_cast<std::streamsize>(bytes));
  return file ? read : "";
}

// The last bit of a block says that it ends with a hash index, which a properties
// block never does. If damage sets it, RocksDB asserts that there is one.
bool ClaimsHashIndex(const std::filesystem::path& path, uint64_t size) {
  if (size < kFooterBytes) return false;
  std::ifstream file(path, std::ios::binary);
  const std::string footer = ReadAt(file, size - kFooterBytes, kFooterBytes);
  if (footer.empty()) return false;
  const auto index = ParseBlockHandle(absl::string_view(footer).substr(1), size);
  if (!index.has_value() || index->bytes > kMetaIndexBytesMax) return false;
  const std::string names = ReadAt(file, index->offset, index->bytes);
  const size_t name = names.find(kPropertiesName.data(), 0, kPropertiesName.size());
  if (name == std::string::npos) return false;
  const auto properties =
      ParseBlockHandle(absl::string_view(names).substr(name + kPropertiesName.size()), size);
  if (!properties.has_value()) return false;
  const std::string end = ReadAt(file, properties->offset + properties->bytes - 1, 2);
  return !end.empty() && end[1] == kUncompressed && (static_cast<uint8_t>(end[0]) & 0x80) != 0;
}

}  // namespace

absl::Status CheckTables(const std::string& directory) {
  std::error_code error;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator file(directory, error); !error && file != end;
       file.increment(error)) {
    if (file->path().extension() != ".sst") continue;
    const uint64_t size = file->file_size(error);
    if (!error && ClaimsHashIndex(file->path(), size)) {
      return absl::DataLossError(
          absl::StrCat(file->path().string(), " has a damaged properties block"));
    }
  }
  // If the directory cannot be listed, RocksDB will report it.
  return absl::OkStatus();
}

}  // namespace repatriation
