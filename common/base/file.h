// Files that are read at offsets, and files written so that each appears
// under its name whole and durable, or not at all.
//
// Thread-safety: a ReadFile may be used from any thread; a FileWriter belongs
// to one thread at a time. All calls block on I/O.
#ifndef COMMON_BASE_FILE_H_
#define COMMON_BASE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace repatriation {

// What a file is called until it is whole: its name and this.
inline constexpr absl::string_view kTemporarySuffix = ".tmp";

// UNAVAILABLE "cannot WHAT PATH: ..." with the reason of `errno`, or of `error`.
absl::Status FileError(absl::string_view what, absl::string_view path);
absl::Status FileError(absl::string_view what, absl::string_view path,
                       const std::error_code& error);

// Makes `directory`, with its parents, unless it is there. UNAVAILABLE.
absl::Status MakeDirectory(const std::string& directory);

// Removes `path`, with all that is in it, if it is there. UNAVAILABLE.
absl::Status RemoveTree(const std::string& path);

// Makes names that came or went in `directory` survive a power loss.
// UNAVAILABLE.
absl::Status SyncDirectory(const std::string& directory);

// Hands the file's bytes to `take`, piece by piece in order; the first error,
// its own or that of `take`, ends it. UNAVAILABLE, or DATA_LOSS if the file
// became shorter meanwhile.
absl::Status ForEachPiece(const std::string& path,
                          absl::FunctionRef<absl::Status(absl::string_view)> take);

// All bytes of a file. As ForEachPiece().
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// Makes a file of `bytes`, as a FileWriter does. UNAVAILABLE.
absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes);

// Holds a directory against other processes, and against other holders in this
// one, until it goes away or the process ends.
class DirectoryLock {
 public:
  // FAILED_PRECONDITION if somebody else holds it, UNAVAILABLE if it cannot be
  // opened. Does not wait.
  static absl::StatusOr<std::unique_ptr<DirectoryLock>> Take(const std::string& directory);
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

class ReadFile {
 public:
  // UNAVAILABLE if it cannot be opened.
  static absl::StatusOr<std::unique_ptr<ReadFile>> Open(const std::string& path);
  ReadFile(const ReadFile&) = delete;
  ReadFile& operator=(const ReadFile&) = delete;
  ~ReadFile();

  const std::string& path() const { return path_; }
  // At the time of Open().
  uint64_t size() const { return size_; }

  // Reads `bytes` bytes. DATA_LOSS if the file ends before, else UNAVAILABLE.
  absl::Status ReadAt(uint64_t offset, void* out, size_t bytes) const;
  // Has the system read these bytes meanwhile.
  void ReadAhead(uint64_t offset, size_t bytes) const;

 private:
  ReadFile(std::string path, int descriptor, uint64_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

  const std::string path_;
  const int descriptor_;
  const uint64_t size_;
};

class FileWriter {
 public:
  // Writes what will be `path`. UNAVAILABLE if that cannot be created.
  static absl::StatusOr<std::unique_ptr<FileWriter>> Create(const std::string& path);
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  // Removes the file if it was not finished.
  ~FileWriter();

  const std::string& path() const { return path_; }

  // Appends; one system call each, so hand over much at once. Starts writing
  // to the disk early, and waits for what was appended longest ago: a final
  // sync of a gigabyte would hold up every other sync of the disk.
  // UNAVAILABLE; the file is of no use then.
  absl::Status Append(const void* data, size_t bytes);
  // Overwrites what was appended. UNAVAILABLE.
  absl::Status Overwrite(uint64_t offset, const void* data, size_t bytes);
  // Makes the file durable and gives it its name. UNAVAILABLE; the name may be
  // there all the same, with the whole file.
  absl::Status Finish();

 private:
  FileWriter(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string TemporaryPath() const;
  absl::Status StartWriteback();

  const std::string path_;
  int descriptor_;  // -1 once finished
  uint64_t size_ = 0;
  // Up to here the disk has it; up to there it is being written.
  uint64_t written_back_ = 0;
  uint64_t writing_back_ = 0;
};

}  // namespace repatriation

#endif  // COMMON_BASE_FILE_H_
