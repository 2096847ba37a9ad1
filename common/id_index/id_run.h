// A run: the fingerprints of all ids of a stretch of the ledger, sorted, in
// one immutable file.
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
// A body is filled up with zeros. `checksum` is XXH3 of all before it in the
// page, `number` the page's place in the file. Records ascend; every page but
// the last is full. The fences repeat the first fingerprint of each record
// page, so that a run opens without reading those: 8 bytes for 255 records.
// `digest` is that of all records, see id_record.h. The file is named
// FIRST-LAST.run after its positions, 20 digits each; it holds every position
// between them, once.
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

// A page as it lies in the file, which is how it lies in memory.
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

// Positions of a run, both included.
struct RunRange {
  Position first = 0;
  Position last = 0;
  Position count() const { return last - first + 1; }
};

class Run {
 public:
  // Opens a run: reads and checks header, fences and size, no records; those
  // are checked whenever they are read. DATA_LOSS if it is damaged there or no
  // run of `ledger_id` over the positions in its name; UNAVAILABLE if it
  // cannot be read.
  static absl::StatusOr<std::unique_ptr<Run>> Open(const std::string& path,
                                                   const LedgerId& ledger_id, RunRange range);

  const std::string& path() const { return file_->path(); }
  const RunRange& range() const { return range_; }
  IdDigest digest() const { return digest_; }
  // First fingerprint of each page; that of page 1 first.
  absl::Span<const Fingerprint> fences() const { return fences_; }
  uint32_t pages() const { return static_cast<uint32_t>(fences_.size()); }

  // Appends the positions of all records with `fingerprint`: one page read,
  // as a rule. DATA_LOSS or UNAVAILABLE, naming the file and page.
  absl::Status Find(Fingerprint fingerprint, std::vector<Position>& positions) const;

  // Reads the record pages `first`, `first` + 1, ... into `pages`. As Find().
  absl::Status ReadPages(uint32_t first, absl::Span<RecordPage> pages) const;
  // Has the system read these pages meanwhile.
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

// Reads the records of a stretch of pages in order, many pages at a time.
class RunScanner {
 public:
  // Pages `first` to `last`, both included. `run` must outlive it.
  RunScanner(const Run* run, uint32_t first, uint32_t last);

  // The records of the next page, valid until the next call; none at the end.
  // As Run::Find().
  absl::StatusOr<absl::Span<const IdRecord>> NextPage();

 private:
  const Run* run_;
  uint32_t next_;  // the first page not in buffer_ yet
  uint32_t last_;
  size_t used_ = 0;  // pages of buffer_ that were handed out
  std::vector<RecordPage> buffer_;
};

class RunWriter {
 public:
  // Writes a run into `directory`. UNAVAILABLE, as all its methods.
  static absl::StatusOr<std::unique_ptr<RunWriter>> Create(const std::string& directory,
                                                           const LedgerId& ledger_id,
                                                           RunRange range);

  // Adds the next record. REQUIRES: not before the one added last.
  absl::Status Add(const IdRecord& record) {
    RecordPage& page = buffer_[pages_];
    page.entries[page.count++] = record;
    digest_ += DigestOf(record);
    return page.count < RecordPage::kEntries ? absl::OkStatus() : EndPage();
  }

  // Of the records so far.
  IdDigest digest() const { return digest_; }

  // Makes the run durable under its name and returns the path.
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

// Name of the file of a run, without its directory.
std::string RunFileName(const RunRange& range);
// The range in a name, or false if it is not a run's.
bool ParseRunFileName(const std::string& name, RunRange& range);
// Those of all runs in `directory`, by first position, the longest first.
// UNAVAILABLE if it cannot be listed.
absl::StatusOr<std::vector<RunRange>> ListRunRanges(const std::string& directory);

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_RUN_H_
