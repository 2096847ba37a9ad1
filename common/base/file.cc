#include "common/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"

namespace repatriation {
namespace {

constexpr uint64_t kWritebackBytes = uint64_t{1} << 20;
constexpr uint64_t kPieceBytes = uint64_t{1} << 20;

absl::Status WriteAll(int descriptor, const std::string& path, uint64_t offset, const void* data,
                      size_t bytes) {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t done = ::pwrite(descriptor, from, bytes, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return FileError("write", path);
    from += done;
    offset += static_cast<uint64_t>(done);
    bytes -= static_cast<size_t>(done);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FileError(absl::string_view what, absl::string_view path) {
  return FileError(what, path, std::error_code(errno, std::generic_category()));
}

absl::Status FileError(absl::string_view what, absl::string_view path,
                       const std::error_code& error) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", error.message()));
}

absl::Status MakeDirectory(const std::string& directory) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error) return FileError("create", directory, error);
  return made ? SyncDirectory(absl::StrCat(directory, "/..")) : absl::OkStatus();
}

absl::Status RemoveTree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  return error ? FileError("remove", path, error) : absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return FileError("open", directory);
  const bool synced = ::fsync(descriptor) == 0;
  const absl::Status status = synced ? absl::OkStatus() : FileError("sync", directory);
  ::close(descriptor);
  return status;
}

absl::Status ForEachPiece(const std::string& path,
                          absl::FunctionRef<absl::Status(absl::string_view)> take) {
  const auto file = ReadFile::Open(path);
  if (!file.ok()) return file.status();
  std::string piece;
  for (uint64_t offset = 0; offset < (*file)->size(); offset += piece.size()) {
    piece.resize(std::min(kPieceBytes, (*file)->size() - offset));
    (*file)->ReadAhead(offset + piece.size(), kPieceBytes);
    absl::Status status = (*file)->ReadAt(offset, piece.data(), piece.size());
    if (status.ok()) status = take(piece);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::string bytes;
  const absl::Status read = ForEachPiece(path, [&](absl::string_view piece) {
    absl::StrAppend(&bytes, piece);
    return absl::OkStatus();
  });
  if (!read.ok()) return read;
  return bytes;
}

absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes) {
  const auto writer = FileWriter::Create(path);
  if (!writer.ok()) return writer.status();
  const absl::Status written = (*writer)->Append(bytes.data(), bytes.size());
  return written.ok() ? (*writer)->Finish() : written;
}

absl::StatusOr<std::unique_ptr<DirectoryLock>> DirectoryLock::Acquire(
    const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return FileError("open", directory);
  std::unique_ptr<DirectoryLock> lock(new DirectoryLock(descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return FileError("lock", directory);
  return absl::FailedPreconditionError(absl::StrCat(directory, " is already locked"));
}

DirectoryLock::~DirectoryLock() { ::close(descriptor_); }

absl::StatusOr<std::unique_ptr<ReadFile>> ReadFile::Open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return FileError("open", path);
  struct stat about;
  if (::fstat(descriptor, &about) != 0) {
    const absl::Status status = FileError("stat", path);
    ::close(descriptor);
    return status;
  }
  // Look-ups read single pages; sequential readers call ReadAhead().
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM);
  return std::unique_ptr<ReadFile>(
      new ReadFile(path, descriptor, static_cast<uint64_t>(about.st_size)));
}

ReadFile::~ReadFile() { ::close(descriptor_); }

absl::Status ReadFile::ReadAt(uint64_t offset, void* out, size_t bytes) const {
  char* to = static_cast<char*>(out);
  while (bytes > 0) {
    const ssize_t done = ::pread(descriptor_, to, bytes, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return FileError("read", path_);
    if (done == 0) {
      return absl::DataLossError(absl::StrCat(path_, " is damaged: it ends at byte ", offset));
    }
    to += done;
    offset += static_cast<uint64_t>(done);
    bytes -= static_cast<size_t>(done);
  }
  return absl::OkStatus();
}

void ReadFile::ReadAhead(uint64_t offset, size_t bytes) const {
  ::posix_fadvise(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(bytes),
                  POSIX_FADV_WILLNEED);
}

absl::StatusOr<std::unique_ptr<FileWriter>> FileWriter::Create(const std::string& path) {
  std::unique_ptr<FileWriter> writer(new FileWriter(path, -1));
  const std::string temporary = writer->TemporaryPath();
  writer->descriptor_ = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (writer->descriptor_ < 0) return FileError("create", temporary);
  return writer;
}

FileWriter::~FileWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(TemporaryPath().c_str());
}

std::string FileWriter::TemporaryPath() const { return absl::StrCat(path_, kTemporarySuffix); }

absl::Status FileWriter::Append(const void* data, size_t bytes) {
  const absl::Status written = WriteAll(descriptor_, TemporaryPath(), size_, data, bytes);
  if (!written.ok()) return written;
  size_ += bytes;
  return size_ - writing_back_ < kWritebackBytes ? absl::OkStatus() : StartWriteback();
}

absl::Status FileWriter::StartWriteback() {
  constexpr unsigned kWait =
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  const auto sync = [this](uint64_t from, uint64_t to, unsigned how) {
    if (from == to) return absl::OkStatus();
    const int result = ::sync_file_range(descriptor_, static_cast<off64_t>(from),
                                         static_cast<off64_t>(to - from), how);
    // The kernel reports a write error once: if it were ignored here, the final sync
    // would succeed.
    if (result == 0 || errno == ENOSYS || errno == EINVAL) return absl::OkStatus();
    return FileError("write", TemporaryPath());
  };
  absl::Status status = sync(written_back_, writing_back_, kWait);
  status.Update(sync(writing_back_, size_, SYNC_FILE_RANGE_WRITE));
  written_back_ = writing_back_;
  writing_back_ = size_;
  return status;
}

absl::Status FileWriter::Overwrite(uint64_t offset, const void* data, size_t bytes) {
  return WriteAll(descriptor_, TemporaryPath(), offset, data, bytes);
}

absl::Status FileWriter::Finish() {
  HitFailpoint("file.before_sync");
  if (::fsync(descriptor_) != 0) return FileError("sync", TemporaryPath());
  HitFailpoint("file.before_rename");
  if (::rename(TemporaryPath().c_str(), path_.c_str()) != 0) {
    return FileError("rename", TemporaryPath());
  }
  HitFailpoint("file.after_rename");
  ::close(descriptor_);
  descriptor_ = -1;
  return SyncDirectory(std::filesystem::path(path_).parent_path().string());
}

}  // namespace repatriation
