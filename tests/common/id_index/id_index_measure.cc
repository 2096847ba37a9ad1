// Measures the index at a given size: ns per added id (of the whole process, so
// including the background threads), the slowest 1,000 consecutive ids, the time to
// reopen it after a clean close and after a kill, memory and disk space.
//
//   id_index_measure DIRECTORY IDS [FILTER_BYTES]
//
// DIRECTORY must not exist; it is not removed. A benchmark, not a test.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/id_index/id_index.h"

namespace repatriation {
namespace {

const LedgerId kLedger = LedgerId::FromBytes("0123456789abcdef");

double Now() { return absl::ToDoubleSeconds(SystemClock().Now() - absl::UnixEpoch()); }

double CpuSeconds() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Memory of this process in MiB: "VmRSS:" is the current, "VmHWM:" the peak value.
long MemoryMib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field, 0) == 0) return std::atol(line.c_str() + field.size()) / 1024;
  }
  return -1;
}

// SplitMix64: the n-th value of a sequence without repetitions.
Fingerprint NthFingerprint(uint64_t n) {
  uint64_t z = (n + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::unique_ptr<IdIndex> OpenTimed(const IdIndexOptions& options, Position tail, const char* when) {
  const double begin = Now();
  const double cpu = CpuSeconds();
  auto index = IdIndex::Open(options, kLedger, tail);
  if (!index.ok()) {
    std::fprintf(stderr, "%s\n", index.status().ToString().c_str());
    std::exit(1);
  }
  std::printf("open %s: %.3f s, %.3f s of CPU, to position %lld, RSS %ld MiB\n", when,
              Now() - begin, CpuSeconds() - cpu, static_cast<long long>((*index)->last_position()),
              MemoryMib("VmRSS:"));
  std::fflush(stdout);
  return *std::move(index);
}

// Adds ids as the ingest service does: in groups, looking up each id first.
void Fill(IdIndex& index, uint64_t ids) {
  constexpr uint64_t kGroup = 1000;
  const double begin = Now();
  const double cpu = CpuSeconds();
  double slowest = 0;
  std::vector<Position> found;
  for (uint64_t next = static_cast<uint64_t>(index.last_position()); next < ids; next += kGroup) {
    const double group_begin = Now();
    for (uint64_t n = next; n < next + kGroup; ++n) index.Prefetch(NthFingerprint(n));
    for (uint64_t n = next; n < next + kGroup; ++n) {
      if (!index.Find(NthFingerprint(n), found).ok()) std::exit(1);
    }
    for (uint64_t n = next; n < next + kGroup; ++n) {
      if (!index.Add(NthFingerprint(n)).ok()) std::exit(1);
    }
    slowest = std::max(slowest, Now() - group_begin);
  }
  const double ns = 1e9 / static_cast<double>(ids);
  std::printf("find and add: %.1f ns/id, %.1f ns of CPU, slowest 1,000: %.1f ms, HWM %ld MiB\n",
              (Now() - begin) * ns, (CpuSeconds() - cpu) * ns, slowest * 1e3, MemoryMib("VmHWM:"));
  std::fflush(stdout);
}

// Runs `work` in a child process, so that memory and CPU time start from zero.
template <typename Work>
void InChild(const Work& work) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    std::fflush(stdout);
    ::_exit(0);  // like a kill: nothing is closed
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) std::exit(1);
}

void DropCaches() {
  if (std::system("sync; echo 1 > /proc/sys/vm/drop_caches") != 0) std::puts("(caches are warm)");
}

int Main(int argc, char** argv) {
  if (argc < 3 || std::filesystem::exists(argv[1])) {
    std::fprintf(stderr, "usage: id_index_measure NEW_DIRECTORY IDS [FILTER_BYTES]\n");
    return 2;
  }
  IdIndexOptions options;
  options.path = argv[1];
  if (argc > 3) options.filter_bytes = std::strtoull(argv[3], nullptr, 10);
  const uint64_t ids = std::strtoull(argv[2], nullptr, 10);
  const auto tail = static_cast<Position>(ids);
  InChild([&] { Fill(*OpenTimed(options, 0, "empty").release(), ids); });
  DropCaches();
  InChild([&] { OpenTimed(options, tail, "after a kill, cold").release(); });
  InChild([&] { OpenTimed(options, tail, "after a kill, warm").release(); });
  InChild([&] {
    auto index = OpenTimed(options, tail, "once more");
    const double begin = Now();
    index.reset();
    std::printf("close: %.3f s\n", Now() - begin);
  });
  DropCaches();
  InChild([&] { OpenTimed(options, tail, "after a close, cold").release(); });
  InChild([&] { OpenTimed(options, tail, "after a close, warm").release(); });
  uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(options.path)) {
    bytes += file.file_size();
  }
  std::printf("disk: %.1f bytes/id\n", static_cast<double>(bytes) / static_cast<double>(ids));
  return 0;
}

}  // namespace
}  // namespace repatriation

int main(int argc, char** argv) { return repatriation::Main(argc, argv); }
