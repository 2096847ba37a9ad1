#include "common/id_index/filter_file.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/ledger/byte_codec.h"

namespace repatriation {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr absl::string_view kFilterMagic = "RLF1";
constexpr size_t kHeaderBytes = 56;
constexpr size_t kBlocksOffset = 24;
constexpr size_t kChecksumBytes = 8;
// A megabyte, so that it stays in the CPU cache between checking and copying.
constexpr size_t kChunkBlocks = 32'768;
constexpr size_t kChunkBytes = kChunkBlocks * IdFilter::kBlockBytes + kChecksumBytes;

// Buffer for the blocks of one chunk and their checksum.
class Chunk {
 public:
  Chunk() : words_(kChunkBytes / sizeof(uint32_t)) {}

  // Sets it up for chunk `number` of a filter of `blocks` blocks.
  void Begin(uint64_t number, uint64_t blocks) {
    first_block_ = number * kChunkBlocks;
    blocks_ = std::min<uint64_t>(kChunkBlocks, blocks - first_block_);
  }
  size_t first_block() const { return first_block_; }
  absl::Span<uint32_t> blocks() {
    return absl::MakeSpan(words_.data(), blocks_ * IdFilter::kBlockWords);
  }
  void* data() { return words_.data(); }
  size_t bytes() const { return blocks_ * IdFilter::kBlockBytes + kChecksumBytes; }

  uint64_t Checksum(uint64_t seed) const {
    return XXH3_64bits_withSeed(words_.data(), blocks_ * IdFilter::kBlockBytes, seed);
  }
  uint64_t stored_checksum() const {
    uint64_t stored;
    std::memcpy(&stored, words_.data() + blocks_ * IdFilter::kBlockWords, sizeof(stored));
    return stored;
  }
  void StoreChecksum(uint64_t checksum) {
    std::memcpy(words_.data() + blocks_ * IdFilter::kBlockWords, &checksum, sizeof(checksum));
  }

 private:
  std::vector<uint32_t> words_;
  size_t first_block_ = 0;
  size_t blocks_ = 0;
};

uint64_t ChunksOf(uint64_t blocks) { return (blocks + kChunkBlocks - 1) / kChunkBlocks; }

uint64_t FileBytes(uint64_t blocks) {
  return kHeaderBytes + blocks * IdFilter::kBlockBytes + ChunksOf(blocks) * kChecksumBytes;
}

// The header without its checksum.
std::string EncodeHeader(const LedgerId& ledger_id, uint64_t blocks, const FilterMark& mark) {
  std::string header(kFilterMagic.data(), kFilterMagic.size());
  PutFixed(header, uint32_t{0});
  header.append(ledger_id.bytes().data(), LedgerId::kBytes);
  PutFixed(header, blocks);
  PutFixed(header, mark.through);
  PutFixed(header, mark.digest);
  return header;
}

uint64_t ChecksumOf(absl::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace

std::string FilterPath(const std::string& directory) { return absl::StrCat(directory, "/filter"); }

absl::Status SaveFilter(const std::string& directory, const LedgerId& ledger_id,
                        const FilterMark& mark, const IdFilter& filter,
                        const std::atomic<bool>& stop) {
  const auto file = FileWriter::Create(FilterPath(directory));
  if (!file.ok()) return file.status();
  std::string header = EncodeHeader(ledger_id, filter.blocks(), mark);
  const uint64_t seed = ChecksumOf(header);
  PutFixed(header, seed);
  absl::Status status = (*file)->Append(header.data(), header.size());
  Chunk chunk;
  const uint64_t chunks = ChunksOf(filter.blocks());
  for (uint64_t number = 0; status.ok() && number < chunks; ++number) {
    if (stop) return absl::CancelledError("the id index is closing");
    chunk.Begin(number, filter.blocks());
    filter.Save(chunk.first_block(), chunk.blocks());
    chunk.StoreChecksum(chunk.Checksum(seed + number));
    status = (*file)->Append(chunk.data(), chunk.bytes());
    HitFailpoint("ids.filter.chunk_written");
  }
  if (!status.ok()) return status;
  HitFailpoint("ids.filter.before_finish");
  return (*file)->Finish();
}

absl::StatusOr<size_t> StoredFilterBytes(const std::string& directory) {
  const std::string path = FilterPath(directory);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return absl::NotFoundError(path);
  const auto file = ReadFile::Open(path);
  if (!file.ok()) return file.status();
  uint64_t blocks = 0;
  const absl::Status read = (*file)->ReadAt(kBlocksOffset, &blocks, sizeof(blocks));
  if (!read.ok()) return read;
  // Bounded by the file's size first, so that FileBytes() cannot overflow.
  if (blocks < 1 || blocks > (*file)->size() / IdFilter::kBlockBytes ||
      (*file)->size() != FileBytes(blocks)) {
    return absl::DataLossError(
        absl::StrCat(path, " is damaged: its size does not match its header"));
  }
  return blocks * IdFilter::kBlockBytes;
}

absl::StatusOr<std::unique_ptr<FilterFile>> FilterFile::Open(const std::string& directory,
                                                             const LedgerId& ledger_id,
                                                             const IdFilter& filter) {
  const std::string path = FilterPath(directory);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return absl::NotFoundError(path);
  auto file = ReadFile::Open(path);
  if (!file.ok()) return file.status();
  std::unique_ptr<FilterFile> opened(new FilterFile(*std::move(file)));
  const absl::Status read = opened->ReadHeader(ledger_id, filter.blocks());
  if (!read.ok()) return read;
  return opened;
}

absl::Status FilterFile::ReadHeader(const LedgerId& ledger_id, size_t blocks) {
  std::string header(kHeaderBytes, '\0');
  const absl::Status read = file_->ReadAt(0, header.data(), header.size());
  if (!read.ok()) return read;
  ByteReader in(header);
  const absl::string_view magic = in.Bytes(kFilterMagic.size());
  in.Fixed<uint32_t>();
  const LedgerId stored = LedgerId::FromBytes(in.Bytes(LedgerId::kBytes));
  const auto stored_blocks = in.Fixed<uint64_t>();
  mark_.through = in.Fixed<int64_t>();
  mark_.digest = in.Fixed<uint64_t>();
  checksum_ = in.Fixed<uint64_t>();
  const absl::string_view checked(header.data(), kHeaderBytes - kChecksumBytes);
  if (magic != kFilterMagic || checksum_ != ChecksumOf(checked) || mark_.through < 1) {
    return absl::DataLossError(absl::StrCat(file_->path(), " has a damaged header"));
  }
  if (stored != ledger_id) {
    return absl::FailedPreconditionError(
        absl::StrCat(file_->path(), " belongs to ledger ", stored.ToString()));
  }
  if (stored_blocks != blocks) {
    return absl::FailedPreconditionError(
        absl::StrCat(file_->path(), " has a filter of ", stored_blocks * IdFilter::kBlockBytes,
                     " bytes instead of ", blocks * IdFilter::kBlockBytes));
  }
  if (file_->size() != FileBytes(blocks)) {
    return absl::DataLossError(absl::StrCat(file_->path(), " is damaged: it has ", file_->size(),
                                            " bytes instead of ", FileBytes(blocks)));
  }
  return absl::OkStatus();
}

absl::Status FilterFile::Load(int threads, IdFilter& filter) const {
  std::vector<absl::Status> results(static_cast<size_t>(threads));
  std::vector<std::thread> helpers;
  const auto step = static_cast<uint64_t>(threads);
  for (uint64_t first = 1; first < step; ++first) {
    helpers.emplace_back([&, first] { results[first] = LoadChunks(first, step, filter); });
  }
  results[0] = LoadChunks(0, step, filter);
  for (std::thread& helper : helpers) helper.join();
  absl::Status status;
  for (const absl::Status& result : results) status.Update(result);
  return status;
}

// Loads every `step`-th chunk, starting with `first`.
absl::Status FilterFile::LoadChunks(uint64_t first, uint64_t step, IdFilter& filter) const {
  Chunk chunk;
  const uint64_t chunks = ChunksOf(filter.blocks());
  for (uint64_t number = first; number < chunks; number += step) {
    chunk.Begin(number, filter.blocks());
    file_->ReadAhead(kHeaderBytes + (number + step) * kChunkBytes, kChunkBytes);
    const absl::Status read =
        file_->ReadAt(kHeaderBytes + number * kChunkBytes, chunk.data(), chunk.bytes());
    if (!read.ok()) return read;
    if (chunk.stored_checksum() != chunk.Checksum(checksum_ + number)) {
      return absl::DataLossError(absl::StrCat(file_->path(), " is damaged in chunk ", number));
    }
    filter.Restore(chunk.first_block(), chunk.blocks());
  }
  return absl::OkStatus();
}

}  // namespace repatriation
