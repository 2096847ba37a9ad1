// A run: the sorted fingerprints of all ids in a range of the ledger, in one
// immutable file.
//
// The file, in pages of 4,096 bytes, integers little-endian:
//
//   run         := header record_page{n} fence_page{m}
//   page        := body[4080] count:u32 number:u32 checksum:u64
//   header      := magic "RLI2" zero:u32 ledger_id[16] first:i64 last:i64
//                  records:u64 digest:u64                        count = 0
//   record_page := (fingerprint:u64 position:i64){count}         count <= 255
//   fence_page  := first_fingerprint:u64{count}                  count <= 510
//
// A body is padded with zeros. `checksum` is XXH3 of all bytes before it in the
// page, `number` the page's place in the file. Records ascend; every page but the
// last is full. The fences repeat the first fingerprint of each record page, so that
// a run opens without reading the records: 8 bytes per 255 records. `digest` is that
// of all records, see id_record.h. The file is named FIRST-LAST.run after its
// positions, 20 digits each; it has one record for every position in this range.
//
// Thread-safety: a Run may be used from any thread. A RunScanner and a
// RunWriter belong to one thread. All of them block on I/O.
#ifndef COMMON_ID_INDEX_ID_RUN_H_
#define COMMON_ID_INDEX_ID_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/file.h"
#include "common/id_index/id_record.h"
#include "common/ledger/ledger_id.h"

namespace repatriation {

// A page; the layout in memory is the layout in the file.
template <typename Entry>
struct IdPage {
  static constexpr size_t kEntries = 4080 / sizeof(Entry);

  Entry entries[kEntries];
  uint32_t count;
  uint32_t number;
  uint64_t checksum;
};
using RecordPage = IdPage<IdRecord>;
using FencePage = IdPage<Fingerprint>;

// Closed range of positions.
struct RunRange {
  Position first = 0;
  Position last = 0;
  Position count() const { return last - first + 1; }
};

class Run {
 public:
  // Opens a run: reads and checks header, fences and size; records are checked
  // whenever they are read. DATA_LOSS if one of these is damaged, or if it is not a
  // run of `ledger_id` over `range`; UNAVAILABLE if it cannot be read.
  static absl::StatusOr<std::unique_ptr<Run>> Open(const std::string& path,
                                                   const LedgerId& ledger_id, RunRange range);

  const std::string& path() const { return file_->path(); }
  const RunRange& range() const { return range_; }
  IdDigest digest() const { return digest_; }
  // First fingerprint of each record page, from page 1 on.
  absl::Span<const Fingerprint> fences() const { return fences_; }
  uint32_t pages() const { return static_cast<uint32_t>(fences_.size()); }

  // Appends the positions of all records with `fingerprint`; usually reads one page.
  // DATA_LOSS or UNAVAILABLE, naming the file and page.
  absl::Status Find(Fingerprint fingerprint, std::vector<Position>& positions) const;

  // Reads the record pages `first`, `first` + 1, ... into `pages`. As Find().
  absl::Status ReadPages(uint32_t first, absl::Span<RecordPage> pages) const;
  // Starts reading these pages into the page cache; does not wait.
  void ReadAhead(uint32_t first, size_t count) const;

 private:
  Run(std::unique_ptr<ReadFile> file, RunRange range) : file_(std::move(file)), range_(range) {}

  absl::Status ReadHeader(const LedgerId& ledger_id);
  absl::Status ReadFences();
  absl::Status CheckRecords(const RecordPage& page, uint32_t number) const;

  const std::unique_ptr<ReadFile> file_;
  const RunRange range_;
  IdDigest digest_ = 0;
  std::vector<Fingerprint> fences_;
};

// Reads the records of a range of pages in order, many pages at a time.
class RunScanner {
 public:
  // Pages `first` to `last`, inclusive. `run` must outlive it.
  RunScanner(const Run* run, uint32_t first, uint32_t last);

  // The records of the next page, valid until the next call; empty at the end.
  // As Run::Find().
  absl::StatusOr<absl::Span<const IdRecord>> NextPage();

 private:
  const Run* run_;
  uint32_t next_;  // the first page not in buffer_ yet
  uint32_t last_;
  size_t used_ = 0;  // pages of buffer_ that were returned
  std::vector<RecordPage> buffer_;
};

class RunWriter {
 public:
  // Starts a run in `directory`. UNAVAILABLE, as all its methods.
  static absl::StatusOr<std::unique_ptr<RunWriter>> Create(const std::string& directory,
                                                           const LedgerId& ledger_id,
                                                           RunRange range);

  // Adds the next record. REQUIRES: it is not less than the last one.
  absl::Status Add(const IdRecord& record) {
    RecordPage& page = buffer_[pages_];
    page.entries[page.count++] = record;
    digest_ += DigestOf(record);
    return page.count < RecordPage::kEntries ? absl::OkStatus() : EndPage();
  }

  // Digest of the records so far.
  IdDigest digest() const { return digest_; }

  // Makes the run durable under its final name and returns the path.
  // REQUIRES: range.count() records were added.
  absl::StatusOr<std::string> Finish();

 private:
  RunWriter(std::unique_ptr<FileWriter> file, const LedgerId& ledger_id, RunRange range);

  absl::Status EndPage();
  absl::Status Flush();
  absl::Status WriteFences();
  absl::Status WriteHeader();

  const std::unique_ptr<FileWriter> file_;
  const LedgerId ledger_id_;
  const RunRange range_;
  std::vector<RecordPage> buffer_;  // the first `pages_` are full, the next one is being filled
  size_t pages_ = 0;
  std::vector<Fingerprint> fences_;
  IdDigest digest_ = 0;
};

// File name of a run, without its directory.
std::string RunFileName(const RunRange& range);
// The range in a file name; false if it is not that of a run.
bool ParseRunFileName(const std::string& name, RunRange& range);
// The ranges of all runs in `directory`, ordered by first position, the longest
// first. UNAVAILABLE if it cannot be listed.
absl::StatusOr<std::vector<RunRange>> ListRunRanges(const std::string& directory);

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_RUN_H_
