// A run: the fingerprints of all ids of a stretch of the ledger, sorted, in
// one immutable file.
//
// The file, in pages of 4,096 bytes, integers little-endian:
//
//   page      := body[4080] count:u32 number:u32 checksum:u64
//   page 0    := magic "RLI1" zero:u32 ledger_id[16] first:i64 last:i64 records:u64
//   page 1..n := (fingerprint:u64 position:i64)*   at most 255, ascending
//
// `checksum` is XXH3 of all before it in the page, `number` the page's place in
// the file. The file is named FIRST-LAST.run after its positions, 20 digits
// each; it holds every position between them, once.
//
// Thread-safety: a Run may be used from any thread; Find() and ForEach() block
// on I/O. A RunWriter belongs to one thread.
#ifndef COMMON_ID_INDEX_ID_RUN_H_
#define COMMON_ID_INDEX_ID_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/id_index/id_table.h"
#include "common/ledger/ledger_id.h"

namespace repatriation {

// Positions of a run, both included.
struct RunRange {
  Position first = 0;
  Position last = 0;
  Position count() const { return last - first + 1; }
};

class Run {
 public:
  // Opens a run and reads it through: every checksum is checked, and `visit`
  // sees every fingerprint. DATA_LOSS if the file is not a whole run of
  // `ledger_id` over the positions in its name; UNAVAILABLE if it cannot be read.
  static absl::StatusOr<std::unique_ptr<Run>> Open(const std::string& path,
                                                   const LedgerId& ledger_id, RunRange range,
                                                   absl::FunctionRef<void(Fingerprint)> visit);
  ~Run();

  const std::string& path() const { return path_; }
  const RunRange& range() const { return range_; }

  // Appends the positions of all records with `fingerprint`: one page read,
  // as a rule. DATA_LOSS or UNAVAILABLE, naming the file and page.
  absl::Status Find(Fingerprint fingerprint, std::vector<Position>& positions) const;

  // Reads the records of page `number`, 1 to pages().
  absl::Status ReadPage(uint32_t number, std::vector<IdRecord>& records) const;
  uint32_t pages() const { return static_cast<uint32_t>(fences_.size()); }

 private:
  Run(std::string path, RunRange range, int descriptor)
      : path_(std::move(path)), range_(range), descriptor_(descriptor) {}

  absl::Status ReadHeader(const LedgerId& ledger_id) const;
  absl::Status ReadRaw(uint32_t number, char* page) const;

  const std::string path_;
  const RunRange range_;
  const int descriptor_;
  std::vector<Fingerprint> fences_;  // first fingerprint of each page
};

class RunWriter {
 public:
  // Writes to a temporary file in `directory` first.
  static absl::StatusOr<std::unique_ptr<RunWriter>> Create(const std::string& directory,
                                                           const LedgerId& ledger_id,
                                                           RunRange range);
  ~RunWriter();

  // Adds the next record. REQUIRES: not before the one added last.
  absl::Status Add(const IdRecord& record);

  // Makes the run durable under its name and returns the path.
  // REQUIRES: range.count() records were added.
  absl::StatusOr<std::string> Finish();

 private:
  RunWriter(std::string directory, RunRange range, int descriptor)
      : directory_(std::move(directory)), range_(range), descriptor_(descriptor) {}

  std::string TemporaryPath() const;
  // Ends the page with number and checksum and writes it.
  absl::Status WritePage(uint32_t count);

  const std::string directory_;
  const RunRange range_;
  int descriptor_;
  std::string page_;          // the body so far
  uint32_t page_number_ = 0;  // of the page being filled
  Position records_ = 0;
};

// Name of the file of a run, without its directory.
std::string RunFileName(const RunRange& range);
// The range in a name, or false if it is not a run's.
bool ParseRunFileName(const std::string& name, RunRange& range);

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_RUN_H_
