#include "common/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"

namespace repatriation {
namespace {

constexpr uint64_t kWritebackBytes = uint64_t{1} << 20;
constexpr uint64_t kPieceBytes = uint64_t{1} << 20;

absl::Status IoError(absl::string_view what, absl::string_view path) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

absl::Status IoError(absl::string_view what, absl::string_view path, const std::error_code& error) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", error.message()));
}

absl::Status WriteAll(int descriptor, const std::string& path, uint64_t offset, const void* data,
                      size_t bytes) {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t done = ::pwrite(descriptor, from, bytes, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return IoError("write", path);
    from += done;
    offset += static_cast<uint64_t>(done);
    bytes -= static_cast<size_t>(done);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeDirectory(const std::string& directory) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error) return IoError("create", directory, error);
  return made ? SyncDirectory(absl::StrCat(directory, "/..")) : absl::OkStatus();
}

absl::Status RemoveTree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  return error ? IoError("remove", path, error) : absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return IoError("open", directory);
  const bool synced = ::fsync(descriptor) == 0;
  const absl::Status status = synced ? absl::OkStatus() : IoError("sync", directory);
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

absl::StatusOr<std::unique_ptr<DirectoryLock>> DirectoryLock::Take(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return IoError("open", directory);
  std::unique_ptr<DirectoryLock> lock(new DirectoryLock(descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return IoError("lock", directory);
  return absl::FailedPreconditionError(absl::StrCat(directory, " is in use by somebody else"));
}

DirectoryLock::~DirectoryLock() { ::close(descriptor_); }

absl::StatusOr<std::unique_ptr<ReadFile>> ReadFile::Open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return IoError("open", path);
  struct stat about;
  if (::fstat(descriptor, &about) != 0) {
    const absl::Status status = IoError("look at", path);
    ::close(descriptor);
    return status;
  }
  // Look-ups read single pages; who reads in order says so with ReadAhead().
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
    if (done < 0) return IoError("read", path_);
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
  if (writer->descriptor_ < 0) return IoError("create", temporary);
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
    // An error is told once: were this one ignored, the final sync would succeed.
    if (result == 0 || errno == ENOSYS || errno == EINVAL) return absl::OkStatus();
    return IoError("write", TemporaryPath());
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
  HitFailpoint("ids.file.before_sync");
  if (::fsync(descriptor_) != 0) return IoError("sync", TemporaryPath());
  HitFailpoint("ids.file.before_rename");
  if (::rename(TemporaryPath().c_str(), path_.c_str()) != 0) {
    return IoError("rename", TemporaryPath());
  }
  HitFailpoint("ids.file.after_rename");
  ::close(descriptor_);
  descriptor_ = -1;
  return SyncDirectory(std::filesystem::path(path_).parent_path().string());
}

}  // namespace repatriation
