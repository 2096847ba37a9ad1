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
// type of checksum (1 byte) and the place of the index of meta blocks: its
// offset and its size as varints. That index has the place of the properties
// after their name, which is never shortened.
constexpr size_t kFooterBytes = 53;
constexpr absl::string_view kPropertiesName = "rocksdb.properties";
// No index of a few meta blocks comes near it; a damaged size may.
constexpr uint64_t kMetaIndexBytesMax = 1 << 20;
// The type of compression after a block: none, which the properties always have.
constexpr char kUncompressed = 0;

struct Place {
  uint64_t offset;
  uint64_t bytes;
};

absl::optional<uint64_t> TakeVarint(absl::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return absl::nullopt;
}

// A place at the beginning of `bytes`, if there is one inside of the file.
absl::optional<Place> TakePlace(absl::string_view bytes, uint64_t file_size) {
  const auto offset = TakeVarint(bytes);
  const auto size = TakeVarint(bytes);
  if (!size.has_value() || *size == 0) return absl::nullopt;
  if (*offset > file_size || *size >= file_size - *offset) return absl::nullopt;
  return Place{*offset, *size};
}

std::string ReadAt(std::ifstream& file, uint64_t offset, size_t bytes) {
  std::string read(bytes, '\0');
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(read.data(), static_cast<std::streamsize>(bytes));
  return file ? read : "";
}

// The last bit of a block says that it ends in a hash index, which that of the
// properties never has. Were it set, RocksDB would insist that there is one.
bool ClaimsHashIndex(const std::filesystem::path& path, uint64_t size) {
  if (size < kFooterBytes) return false;
  std::ifstream file(path, std::ios::binary);
  const std::string footer = ReadAt(file, size - kFooterBytes, kFooterBytes);
  if (footer.empty()) return false;
  const auto index = TakePlace(absl::string_view(footer).substr(1), size);
  if (!index.has_value() || index->bytes > kMetaIndexBytesMax) return false;
  const std::string names = ReadAt(file, index->offset, index->bytes);
  const size_t name = names.find(kPropertiesName.data(), 0, kPropertiesName.size());
  if (name == std::string::npos) return false;
  const auto properties =
      TakePlace(absl::string_view(names).substr(name + kPropertiesName.size()), size);
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
          absl::StrCat(file->path().string(), " is damaged in its properties"));
    }
  }
  // What cannot be listed, RocksDB cannot open either.
  return absl::OkStatus();
}

}  // namespace repatriation
