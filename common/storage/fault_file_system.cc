#include "common/storage/fault_file_system.h"

#include <rocksdb/file_system.h>

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "common/base/failpoint.h"

namespace repatriation {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// The failpoints of one kind of file.
struct FilePoints {
  Failpoint append;
  Failpoint appended;
  Failpoint sync;
  Failpoint synced;
};
constexpr FilePoints kWal{"store.wal.append", "store.wal.appended", "store.wal.sync",
                          "store.wal.synced"};
constexpr FilePoints kTable{"store.table.append", "store.table.appended", "store.table.sync",
                            "store.table.synced"};
constexpr FilePoints kManifest{"store.manifest.append", "store.manifest.appended",
                               "store.manifest.sync", "store.manifest.synced"};

absl::string_view BaseName(const std::string& path) {
  const absl::string_view name = path;
  return name.substr(name.find_last_of('/') + 1);
}

// Null for files without failpoints.
const FilePoints* PointsOf(const std::string& path) {
  const absl::string_view name = BaseName(path);
  if (absl::EndsWith(name, ".log")) return &kWal;
  if (absl::EndsWith(name, ".sst")) return &kTable;
  return absl::StartsWith(name, "MANIFEST-") ? &kManifest : nullptr;
}

// How many bytes of a torn append are written: pseudo-random, but reproducible.
size_t TornSize(const Slice& data) {
  if (data.empty()) return 0;
  const size_t mixed = data.size() * 0x9e3779b97f4a7c15u;
  return (mixed ^ (mixed >> 32)) % data.size();
}

class FaultFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultFile(std::unique_ptr<rocksdb::FSWritableFile> file, const FilePoints& points)
      : FSWritableFileOwnerWrapper(std::move(file)), points_(points) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    IOStatus status;
    switch (HitFailpoint(points_.append)) {
      case FailAction::kTorn:
        WriteHeld(options, debug).PermitUncheckedError();
        target()->Append(Slice(data.data(), TornSize(data)), options, debug).PermitUncheckedError();
        KillAtFailpoint(points_.append);
      case FailAction::kError:
        return IOStatus::NoSpace("failpoint");
      case FailAction::kHold:
        held_.append(data.data(), data.size());
        break;
      default:
        status = target()->Append(data, options, debug);
    }
    HitFailpoint(points_.appended);
    return status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }

  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return SyncWith(options, debug, [&] { return target()->Sync(options, debug); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return SyncWith(options, debug, [&] { return target()->Fsync(options, debug); });
  }
  // RangeSync() gives no durability guarantee, so held bytes stay held.
  IOStatus RangeSync(uint64_t offset, uint64_t bytes, const IOOptions& options,
                     IODebugContext* debug) override {
    return held_.empty() ? target()->RangeSync(offset, bytes, options, debug) : IOStatus::OK();
  }

  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    const IOStatus written = WriteHeld(options, debug);
    return written.ok() ? target()->Truncate(size, options, debug) : written;
  }
  // Readers of a closed file must find all of it, so held bytes are written.
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus written = WriteHeld(options, debug);
    const IOStatus closed = target()->Close(options, debug);
    return written.ok() ? closed : written;
  }
  uint64_t GetFileSize(const IOOptions& options, IODebugContext* debug) override {
    return target()->GetFileSize(options, debug) + held_.size();
  }

 private:
  template <typename DoSync>
  IOStatus SyncWith(const IOOptions& options, IODebugContext* debug, DoSync sync) {
    switch (HitFailpoint(points_.sync)) {
      case FailAction::kError:
        return IOStatus::IOError("failpoint");
      case FailAction::kSkip:
        return IOStatus::OK();
      default:
        break;
    }
    IOStatus status = WriteHeld(options, debug);
    if (status.ok()) status = sync();
    HitFailpoint(points_.synced);
    return status;
  }

  IOStatus WriteHeld(const IOOptions& options, IODebugContext* debug) {
    if (held_.empty()) return IOStatus::OK();
    const std::string held = std::exchange(held_, "");
    return target()->Append(held, options, debug);
  }

  const FilePoints& points_;
  std::string held_;  // appended, but not written to the file
};

class FaultFileSystem : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  static const char* kClassName() { return "FaultFileSystem"; }
  const char* Name() const override { return kClassName(); }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    const IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok()) Wrap(path, *file);
    return status;
  }
  IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    const IOStatus status = target()->ReopenWritableFile(path, options, file, debug);
    if (status.ok()) Wrap(path, *file);
    return status;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    if (BaseName(to) != "CURRENT") return target()->RenameFile(from, to, options, debug);
    HitFailpoint("store.current.rename");
    const IOStatus status = target()->RenameFile(from, to, options, debug);
    HitFailpoint("store.current.renamed");
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* debug) override {
    HitFailpoint("store.file.delete");
    const IOStatus status = target()->DeleteFile(path, options, debug);
    HitFailpoint("store.file.deleted");
    return status;
  }

 private:
  static void Wrap(const std::string& path, std::unique_ptr<rocksdb::FSWritableFile>& file) {
    if (const FilePoints* points = PointsOf(path)) {
      file = std::make_unique<FaultFile>(std::move(file), *points);
    }
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> MakeFaultEnv() {
  if (!AnyFailpointArmed()) return nullptr;
  return rocksdb::NewCompositeEnv(
      std::make_shared<FaultFileSystem>(rocksdb::FileSystem::Default()));
}

}  // namespace repatriation
