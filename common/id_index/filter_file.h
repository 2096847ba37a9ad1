// The filter of an id index on disk, beside its runs, so that a start need not
// read all of them.
//
// The file "filter", integers little-endian:
//
//   file   := header chunk{n}
//   header := magic "RLF1" zero:u32 ledger_id[16] blocks:u64 through:i64
//             digest:u64 checksum:u64
//   chunk  := block[32]{up to 32,768} checksum:u64
//
// Every chunk but the last is full. The header's `checksum` is XXH3 of all bytes
// before it; a chunk's is XXH3 of its blocks with the seed (header's checksum +
// number of the chunk, from 0), so that chunks cannot be mixed up. The filter
// contains at least the ids of the positions 1 to `through`; `digest` is that of
// their records (id_record.h). It proves that they are the ids in the runs: a
// ledger that was rolled back may have other ids at the same positions.
//
// Thread-safety: a FilterFile belongs to one thread. All calls block on I/O.
#ifndef COMMON_ID_INDEX_FILTER_FILE_H_
#define COMMON_ID_INDEX_FILTER_FILE_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/file.h"
#include "common/id_index/id_filter.h"
#include "common/id_index/id_record.h"
#include "common/ledger/ledger_id.h"

namespace repatriation {

// The ids that a filter on disk contains for certain.
struct FilterMark {
  Position through = 0;
  IdDigest digest = 0;
};

std::string FilterPath(const std::string& directory);

// Atomically replaces the stored filter, durably. Other threads may add to `filter`
// meanwhile. CANCELLED soon after `stop` became true; UNAVAILABLE.
// REQUIRES: what `mark` states was added to `filter` before (happens-before).
absl::Status SaveFilter(const std::string& directory, const LedgerId& ledger_id,
                        const FilterMark& mark, const IdFilter& filter,
                        const std::atomic<bool>& stop);

// Memory of the filter that is stored in `directory`, to allocate one of the same
// size for it. NOT_FOUND if there is no file, DATA_LOSS if its size does not match
// its header, UNAVAILABLE if it cannot be read.
absl::StatusOr<size_t> StoredFilterBytes(const std::string& directory);

class FilterFile {
 public:
  // Reads only the header. NOT_FOUND if there is no file, DATA_LOSS if it is
  // damaged, FAILED_PRECONDITION if it belongs to another ledger or has another
  // size than `filter`, UNAVAILABLE if it cannot be read.
  static absl::StatusOr<std::unique_ptr<FilterFile>> Open(const std::string& directory,
                                                          const LedgerId& ledger_id,
                                                          const IdFilter& filter);

  const FilterMark& mark() const { return mark_; }

  // Fills `filter`, which has the size given to Open(), with `threads` threads.
  // DATA_LOSS or UNAVAILABLE; `filter` may be partly filled then.
  absl::Status Load(int threads, IdFilter& filter) const;

 private:
  explicit FilterFile(std::unique_ptr<ReadFile> file) : file_(std::move(file)) {}

  absl::Status ReadHeader(const LedgerId& ledger_id, size_t blocks);
  absl::Status LoadChunks(uint64_t first, uint64_t step, IdFilter& filter) const;

  const std::unique_ptr<ReadFile> file_;
  FilterMark mark_;
  uint64_t checksum_ = 0;  // of the header
};

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_FILTER_FILE_H_
