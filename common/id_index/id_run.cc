#include "common/id_index/id_run.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/ledger/byte_codec.h"

namespace repatriation {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kBodyBytes = 4080;
constexpr size_t kChecksummedBytes = 4088;
constexpr size_t kRecordBytes = 16;
constexpr uint32_t kRecordsAPage = kBodyBytes / kRecordBytes;
constexpr absl::string_view kMagic = "RLI1";
constexpr absl::string_view kTemporarySuffix = ".tmp";

absl::Status IoError(absl::string_view what, absl::string_view path) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

absl::Status Damaged(absl::string_view path, uint32_t page, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(path, " is damaged at page ", page, ": ", what));
}

// Syncs the directory, so that a name in it survives a power loss.
absl::Status SyncDirectory(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return IoError("open", directory);
  const bool synced = ::fsync(descriptor) == 0;
  const absl::Status status = synced ? absl::OkStatus() : IoError("sync", directory);
  ::close(descriptor);
  return status;
}

}  // namespace

std::string RunFileName(const RunRange& range) {
  return absl::StrFormat("%020d-%020d.run", range.first, range.last);
}

bool ParseRunFileName(const std::string& name, RunRange& range) {
  long long first = 0;
  long long last = 0;
  if (std::sscanf(name.c_str(), "%20lld-%20lld.run", &first, &last) != 2) return false;
  range = {first, last};
  return first >= 1 && last >= first && RunFileName(range) == name;
}

absl::StatusOr<std::unique_ptr<Run>> Run::Open(const std::string& path, const LedgerId& ledger_id,
                                               RunRange range,
                                               absl::FunctionRef<void(Fingerprint)> visit) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return IoError("open", path);
  std::unique_ptr<Run> run(new Run(path, range, descriptor));
  const absl::Status header = run->ReadHeader(ledger_id);
  if (!header.ok()) return header;
  // Read once, in order; later reads are single pages.
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  const auto pages = static_cast<uint32_t>((range.count() + kRecordsAPage - 1) / kRecordsAPage);
  std::vector<IdRecord> records;
  Position total = 0;
  for (uint32_t number = 1; number <= pages; ++number) {
    const absl::Status read = run->ReadPage(number, records);
    if (!read.ok()) return read;
    if (records.empty()) return Damaged(path, number, "it is empty");
    run->fences_.push_back(records.front().fingerprint);
    for (const IdRecord& record : records) visit(record.fingerprint);
    total += static_cast<Position>(records.size());
  }
  if (total != range.count()) return Damaged(path, pages, "records are missing");
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM);
  return run;
}

Run::~Run() { ::close(descriptor_); }

absl::Status Run::ReadHeader(const LedgerId& ledger_id) const {
  char page[kPageBytes];
  const absl::Status read = ReadRaw(0, page);
  if (!read.ok()) return read;
  ByteReader in(absl::string_view(page, kPageBytes));
  if (in.Bytes(kMagic.size()) != kMagic) return Damaged(path_, 0, "it does not begin with RLI1");
  in.Fixed<uint32_t>();
  const LedgerId stored = LedgerId::FromBytes(in.Bytes(LedgerId::kBytes));
  if (stored != ledger_id) {
    return absl::DataLossError(absl::StrCat(path_, " belongs to ledger ", stored.ToString(),
                                            ", not to ", ledger_id.ToString()));
  }
  const auto first = in.Fixed<int64_t>();
  const auto last = in.Fixed<int64_t>();
  if (first != range_.first || last != range_.last) {
    return Damaged(path_, 0, "its positions are not those of its name");
  }
  return absl::OkStatus();
}

absl::Status Run::ReadRaw(uint32_t number, char* page) const {
  size_t done = 0;
  while (done < kPageBytes) {
    const ssize_t bytes = ::pread(descriptor_, page + done, kPageBytes - done,
                                  static_cast<off_t>(number) * kPageBytes + done);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return IoError("read", path_);
    if (bytes == 0) return Damaged(path_, number, "the file is cut short");
    done += static_cast<size_t>(bytes);
  }
  ByteReader trailer(absl::string_view(page + kBodyBytes, kPageBytes - kBodyBytes));
  const uint32_t count = trailer.Fixed<uint32_t>();
  const uint32_t stored_number = trailer.Fixed<uint32_t>();
  const uint64_t checksum = trailer.Fixed<uint64_t>();
  if (checksum != XXH3_64bits(page, kChecksummedBytes)) {
    return Damaged(path_, number, "its checksum does not match");
  }
  if (stored_number != number || count > kRecordsAPage) {
    return Damaged(path_, number, "it is another page");
  }
  return absl::OkStatus();
}

absl::Status Run::ReadPage(uint32_t number, std::vector<IdRecord>& records) const {
  records.clear();
  char page[kPageBytes];
  const absl::Status read = ReadRaw(number, page);
  if (!read.ok()) return read;
  ByteReader trailer(absl::string_view(page + kBodyBytes, 4));
  const uint32_t count = trailer.Fixed<uint32_t>();
  records.resize(count);
  // The stored form is that of the machine: little-endian, without padding.
  static_assert(std::endian::native == std::endian::little);
  static_assert(sizeof(IdRecord) == kRecordBytes);
  std::memcpy(records.data(), page, count * kRecordBytes);
  return absl::OkStatus();
}

absl::Status Run::Find(Fingerprint fingerprint, std::vector<Position>& positions) const {
  // Equal fingerprints may begin on the page before the first that begins with one.
  const auto fence = std::lower_bound(fences_.begin(), fences_.end(), fingerprint);
  auto number = static_cast<uint32_t>(fence - fences_.begin());
  std::vector<IdRecord> records;
  for (number = std::max(number, 1u); number <= pages(); ++number) {
    const absl::Status read = ReadPage(number, records);
    if (!read.ok()) return read;
    auto found = std::lower_bound(records.begin(), records.end(), IdRecord{fingerprint, 0});
    for (; found != records.end() && found->fingerprint == fingerprint; ++found) {
      positions.push_back(found->position);
    }
    if (found != records.end()) break;
    if (number == pages() || fences_[number] > fingerprint) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RunWriter>> RunWriter::Create(const std::string& directory,
                                                             const LedgerId& ledger_id,
                                                             RunRange range) {
  std::unique_ptr<RunWriter> writer(new RunWriter(directory, range, -1));
  const std::string path = writer->TemporaryPath();
  writer->descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (writer->descriptor_ < 0) return IoError("create", path);
  std::string& header = writer->page_;
  header.append(kMagic.data(), kMagic.size());
  PutFixed(header, uint32_t{0});
  header.append(ledger_id.bytes().data(), LedgerId::kBytes);
  PutFixed(header, range.first);
  PutFixed(header, range.last);
  PutFixed(header, static_cast<uint64_t>(range.count()));
  const absl::Status written = writer->WritePage(0);
  if (!written.ok()) return written;
  return writer;
}

RunWriter::~RunWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(TemporaryPath().c_str());
}

std::string RunWriter::TemporaryPath() const {
  return absl::StrCat(directory_, "/", RunFileName(range_), kTemporarySuffix);
}

absl::Status RunWriter::Add(const IdRecord& record) {
  page_.append(reinterpret_cast<const char*>(&record), kRecordBytes);
  ++records_;
  if (page_.size() < kBodyBytes) return absl::OkStatus();
  return WritePage(kRecordsAPage);
}

absl::Status RunWriter::WritePage(uint32_t count) {
  page_.resize(kBodyBytes, '\0');
  PutFixed(page_, count);
  PutFixed(page_, page_number_);
  PutFixed(page_, static_cast<uint64_t>(XXH3_64bits(page_.data(), page_.size())));
  size_t done = 0;
  while (done < page_.size()) {
    const ssize_t bytes = ::write(descriptor_, page_.data() + done, page_.size() - done);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return IoError("write", TemporaryPath());
    done += static_cast<size_t>(bytes);
  }
  page_.clear();
  ++page_number_;
  return absl::OkStatus();
}

absl::StatusOr<std::string> RunWriter::Finish() {
  assert(records_ == range_.count());
  if (!page_.empty()) {
    const absl::Status written = WritePage(static_cast<uint32_t>(page_.size() / kRecordBytes));
    if (!written.ok()) return written;
  }
  if (::fsync(descriptor_) != 0) return IoError("sync", TemporaryPath());
  const std::string path = absl::StrCat(directory_, "/", RunFileName(range_));
  if (::rename(TemporaryPath().c_str(), path.c_str()) != 0) {
    return IoError("rename", TemporaryPath());
  }
  ::close(descriptor_);
  descriptor_ = -1;
  const absl::Status synced = SyncDirectory(directory_);
  if (!synced.ok()) return synced;
  return path;
}

}  // namespace repatriation
