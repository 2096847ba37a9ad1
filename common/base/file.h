// Random-access file reading, and atomic file writing: a file appears under its
// name complete and durable, or not at all.
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

// Appended to the name of a file until it is complete.
inline constexpr absl::string_view kTemporarySuffix = ".tmp";

// UNAVAILABLE "cannot WHAT PATH: ..." with the reason of `errno`, or of `error`.
absl::Status FileError(absl::string_view what, absl::string_view path);
absl::Status FileError(absl::string_view what, absl::string_view path,
                       const std::error_code& error);

// Creates `directory` and its parents, if missing. UNAVAILABLE.
absl::Status MakeDirectory(const std::string& directory);

// Removes `path` recursively, if it exists. UNAVAILABLE.
absl::Status RemoveTree(const std::string& path);

// Makes names that were added to or removed from `directory` durable.
// UNAVAILABLE.
absl::Status SyncDirectory(const std::string& directory);

// Passes the file's bytes to `take`, piece by piece in order; stops at the first
// error, its own or that of `take`. UNAVAILABLE, or DATA_LOSS if the file was
// truncated meanwhile.
absl::Status ForEachPiece(const std::string& path,
                          absl::FunctionRef<absl::Status(absl::string_view)> take);

// All bytes of a file. As ForEachPiece().
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// Writes a file atomically, through a FileWriter. UNAVAILABLE.
absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes);

// Exclusive advisory lock (flock) on a directory, against other processes and
// other holders in this one. Released on destruction or when the process ends.
class DirectoryLock {
 public:
  // FAILED_PRECONDITION if it is already locked, UNAVAILABLE if it cannot be
  // opened. Does not wait.
  static absl::StatusOr<std::unique_ptr<DirectoryLock>> Acquire(const std::string& directory);
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
  // Starts reading these bytes into the page cache; does not wait.
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
  // Starts a file that Finish() will name `path`. UNAVAILABLE if it cannot be
  // created.
  static absl::StatusOr<std::unique_ptr<FileWriter>> Create(const std::string& path);
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  // Removes the file if it was not finished.
  ~FileWriter();

  const std::string& path() const { return path_; }

  // Appends with one system call, so append much at once. Starts writeback early
  // and waits for the oldest bytes: a final sync of a gigabyte would stall every
  // other sync on the disk. UNAVAILABLE; the file is unusable then.
  absl::Status Append(const void* data, size_t bytes);
  // Overwrites appended bytes. UNAVAILABLE.
  absl::Status Overwrite(uint64_t offset, const void* data, size_t bytes);
  // Makes the file durable and renames it to its final name. UNAVAILABLE; the
  // complete file may exist under its name even then.
  absl::Status Finish();

 private:
  FileWriter(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string TemporaryPath() const;
  absl::Status StartWriteback();

  const std::string path_;
  int descriptor_;  // -1 once finished
  uint64_t size_ = 0;
  // Bytes below written_back_ are on disk; those below writing_back_ are in writeback.
  uint64_t written_back_ = 0;
  uint64_t writing_back_ = 0;
};

}  // namespace repatriation

#endif  // COMMON_BASE_FILE_H_
