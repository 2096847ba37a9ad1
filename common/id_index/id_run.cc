#include "common/id_index/id_run.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/ledger/byte_codec.h"

namespace repatriation {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr absl::string_view kRunMagic = "RLI2";
// Pages read or written at once.
constexpr size_t kPagesAtOnce = 256;

using HeaderPage = IdPage<char>;

static_assert(std::endian::native == std::endian::little);
static_assert(sizeof(RecordPage) == kPageBytes && sizeof(FencePage) == kPageBytes &&
              sizeof(HeaderPage) == kPageBytes);

absl::Status Damaged(absl::string_view path, uint32_t page, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(path, " is damaged at page ", page, ": ", what));
}

template <typename Entry>
uint64_t ChecksumOf(const IdPage<Entry>& page) {
  return XXH3_64bits(&page, offsetof(IdPage<Entry>, checksum));
}

// Completes page `number`: pads it with zeros and sets its checksum.
template <typename Entry>
void Seal(IdPage<Entry>& page, uint32_t number) {
  if (page.count < IdPage<Entry>::kEntries) {
    std::memset(static_cast<void*>(page.entries + page.count), 0,
                (IdPage<Entry>::kEntries - page.count) * sizeof(Entry));
  }
  page.number = number;
  page.checksum = ChecksumOf(page);
}

template <typename Entry>
absl::Status Check(const IdPage<Entry>& page, absl::string_view path, uint32_t number,
                   uint64_t count) {
  if (page.checksum != ChecksumOf(page)) {
    return Damaged(path, number, "its checksum does not match");
  }
  if (page.number != number || page.count != count) {
    return Damaged(path, number, "its page number or count does not match");
  }
  return absl::OkStatus();
}

// The number of pages for `entries`, and the number of entries on page `index`,
// counted from 0.
uint64_t PagesFor(uint64_t entries, uint64_t per_page) {
  return (entries + per_page - 1) / per_page;
}
uint64_t EntriesOn(uint64_t index, uint64_t entries, uint64_t per_page) {
  return std::min(per_page, entries - index * per_page);
}

uint64_t RecordPagesOf(const RunRange& range) {
  return PagesFor(static_cast<uint64_t>(range.count()), RecordPage::kEntries);
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

absl::StatusOr<std::vector<RunRange>> ListRunRanges(const std::string& directory) {
  std::vector<RunRange> ranges;
  std::error_code error;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator file(directory, error); !error && file != end;
       file.increment(error)) {
    RunRange range;
    if (ParseRunFileName(file->path().filename().string(), range)) ranges.push_back(range);
  }
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot list ", directory, ": ", error.message()));
  }
  std::sort(ranges.begin(), ranges.end(), [](const RunRange& a, const RunRange& b) {
    return a.first != b.first ? a.first < b.first : a.last > b.last;
  });
  return ranges;
}

absl::StatusOr<std::unique_ptr<Run>> Run::Open(const std::string& path, const LedgerId& ledger_id,
                                               RunRange range) {
  auto file = ReadFile::Open(path);
  if (!file.ok()) return file.status();
  std::unique_ptr<Run> run(new Run(*std::move(file), range));
  absl::Status status = run->ReadHeader(ledger_id);
  if (status.ok()) status = run->ReadFences();
  if (!status.ok()) return status;
  return run;
}

absl::Status Run::ReadHeader(const LedgerId& ledger_id) {
  HeaderPage page;
  const absl::Status read = file_->ReadAt(0, &page, sizeof(page));
  if (!read.ok()) return read;
  const absl::Status checked = Check(page, path(), 0, 0);
  if (!checked.ok()) return checked;
  ByteReader in(absl::string_view(page.entries, sizeof(page.entries)));
  if (in.Bytes(kRunMagic.size()) != kRunMagic) {
    return Damaged(path(), 0, "it does not begin with RLI2");
  }
  in.Fixed<uint32_t>();
  const LedgerId stored = LedgerId::FromBytes(in.Bytes(LedgerId::kBytes));
  if (stored != ledger_id) {
    return absl::DataLossError(absl::StrCat(path(), " belongs to ledger ", stored.ToString(),
                                            ", not to ", ledger_id.ToString()));
  }
  const auto first = in.Fixed<int64_t>();
  const auto last = in.Fixed<int64_t>();
  const auto records = in.Fixed<uint64_t>();
  if (first != range_.first || last != range_.last ||
      records != static_cast<uint64_t>(range_.count())) {
    return Damaged(path(), 0, "its positions do not match its name");
  }
  digest_ = in.Fixed<uint64_t>();
  return absl::OkStatus();
}

absl::Status Run::ReadFences() {
  const uint64_t record_pages = RecordPagesOf(range_);
  std::vector<FencePage> pages(PagesFor(record_pages, FencePage::kEntries));
  const uint64_t size = (1 + record_pages + pages.size()) * kPageBytes;
  if (file_->size() != size) {
    return absl::DataLossError(
        absl::StrCat(path(), " is damaged: it has ", file_->size(), " bytes instead of ", size));
  }
  const absl::Status read =
      file_->ReadAt((1 + record_pages) * kPageBytes, pages.data(), pages.size() * kPageBytes);
  if (!read.ok()) return read;
  fences_.reserve(record_pages);
  for (size_t i = 0; i < pages.size(); ++i) {
    const auto number = static_cast<uint32_t>(1 + record_pages + i);
    const absl::Status checked =
        Check(pages[i], path(), number, EntriesOn(i, record_pages, FencePage::kEntries));
    if (!checked.ok()) return checked;
    fences_.insert(fences_.end(), pages[i].entries, pages[i].entries + pages[i].count);
  }
  return absl::OkStatus();
}

absl::Status Run::CheckRecords(const RecordPage& page, uint32_t number) const {
  const auto records = static_cast<uint64_t>(range_.count());
  const absl::Status checked =
      Check(page, path(), number, EntriesOn(number - 1, records, RecordPage::kEntries));
  if (!checked.ok()) return checked;
  if (page.entries[0].fingerprint != fences_[number - 1]) {
    return Damaged(path(), number, "its first fingerprint does not match its fence");
  }
  return absl::OkStatus();
}

absl::Status Run::ReadPages(uint32_t first, absl::Span<RecordPage> pages) const {
  const absl::Status read =
      file_->ReadAt(uint64_t{first} * kPageBytes, pages.data(), pages.size() * kPageBytes);
  if (!read.ok()) return read;
  for (size_t i = 0; i < pages.size(); ++i) {
    const absl::Status checked = CheckRecords(pages[i], first + static_cast<uint32_t>(i));
    if (!checked.ok()) return checked;
  }
  return absl::OkStatus();
}

void Run::ReadAhead(uint32_t first, size_t count) const {
  file_->ReadAhead(uint64_t{first} * kPageBytes, count * kPageBytes);
}

absl::Status Run::Find(Fingerprint fingerprint, std::vector<Position>& positions) const {
  // Equal fingerprints may start on the page before the first that begins with them.
  const auto fence = std::lower_bound(fences_.begin(), fences_.end(), fingerprint);
  auto number = static_cast<uint32_t>(fence - fences_.begin());
  RecordPage page;
  for (number = std::max(number, 1u); number <= pages(); ++number) {
    const absl::Status read = ReadPages(number, absl::MakeSpan(&page, 1));
    if (!read.ok()) return read;
    const IdRecord* const end = page.entries + page.count;
    const IdRecord* found = page.entries;
    found = std::lower_bound(found, end, IdRecord{fingerprint, 0});
    for (; found != end && found->fingerprint == fingerprint; ++found) {
      positions.push_back(found->position);
    }
    if (found != end) break;
    if (number == pages() || fences_[number] > fingerprint) break;
  }
  return absl::OkStatus();
}

RunScanner::RunScanner(const Run* run, uint32_t first, uint32_t last)
    : run_(run), next_(first), last_(last) {
  run_->ReadAhead(first, kPagesAtOnce);
}

absl::StatusOr<absl::Span<const IdRecord>> RunScanner::NextPage() {
  if (used_ == buffer_.size()) {
    if (next_ > last_) return absl::Span<const IdRecord>();
    buffer_.resize(std::min<size_t>(kPagesAtOnce, last_ - next_ + 1));
    const uint32_t first = std::exchange(next_, next_ + static_cast<uint32_t>(buffer_.size()));
    if (next_ <= last_) run_->ReadAhead(next_, kPagesAtOnce);
    const absl::Status read = run_->ReadPages(first, absl::MakeSpan(buffer_));
    if (!read.ok()) return read;
    used_ = 0;
  }
  const RecordPage& page = buffer_[used_++];
  return absl::MakeConstSpan(page.entries, page.count);
}

absl::StatusOr<std::unique_ptr<RunWriter>> RunWriter::Create(const std::string& directory,
                                                             const LedgerId& ledger_id,
                                                             RunRange range) {
  auto file = FileWriter::Create(absl::StrCat(directory, "/", RunFileName(range)));
  if (!file.ok()) return file.status();
  // Space for the header, which is written last.
  const HeaderPage header = {};
  const absl::Status written = (*file)->Append(&header, sizeof(header));
  if (!written.ok()) return written;
  return std::unique_ptr<RunWriter>(new RunWriter(*std::move(file), ledger_id, range));
}

RunWriter::RunWriter(std::unique_ptr<FileWriter> file, const LedgerId& ledger_id, RunRange range)
    : file_(std::move(file)),
      ledger_id_(ledger_id),
      range_(range),
      buffer_(std::min<uint64_t>(kPagesAtOnce, RecordPagesOf(range))) {
  fences_.reserve(RecordPagesOf(range));
}

absl::Status RunWriter::EndPage() {
  RecordPage& page = buffer_[pages_++];
  fences_.push_back(page.entries[0].fingerprint);
  Seal(page, static_cast<uint32_t>(fences_.size()));
  return pages_ < buffer_.size() ? absl::OkStatus() : Flush();
}

absl::Status RunWriter::Flush() {
  const absl::Status written = file_->Append(buffer_.data(), pages_ * kPageBytes);
  for (RecordPage& page : buffer_) page.count = 0;
  pages_ = 0;
  return written;
}

absl::Status RunWriter::WriteFences() {
  std::vector<FencePage> pages(PagesFor(fences_.size(), FencePage::kEntries));
  for (size_t i = 0; i < pages.size(); ++i) {
    const size_t first = i * FencePage::kEntries;
    pages[i].count = static_cast<uint32_t>(EntriesOn(i, fences_.size(), FencePage::kEntries));
    std::copy_n(fences_.begin() + static_cast<ptrdiff_t>(first), pages[i].count, pages[i].entries);
    Seal(pages[i], static_cast<uint32_t>(1 + fences_.size() + i));
  }
  return file_->Append(pages.data(), pages.size() * kPageBytes);
}

absl::Status RunWriter::WriteHeader() {
  std::string header(kRunMagic.data(), kRunMagic.size());
  PutFixed(header, uint32_t{0});
  header.append(ledger_id_.bytes().data(), LedgerId::kBytes);
  PutFixed(header, range_.first);
  PutFixed(header, range_.last);
  PutFixed(header, static_cast<uint64_t>(range_.count()));
  PutFixed(header, digest_);
  HeaderPage page = {};
  std::memcpy(page.entries, header.data(), header.size());
  page.checksum = ChecksumOf(page);
  return file_->Overwrite(0, &page, sizeof(page));
}

absl::StatusOr<std::string> RunWriter::Finish() {
  absl::Status status;
  if (pages_ < buffer_.size() && buffer_[pages_].count > 0) status = EndPage();
  assert(fences_.size() == RecordPagesOf(range_));
  if (status.ok()) status = Flush();
  if (status.ok()) status = WriteFences();
  if (status.ok()) status = WriteHeader();
  if (status.ok()) status = file_->Finish();
  if (!status.ok()) return status;
  return file_->path();
}

}  // namespace repatriation
