"""Describes the machine, and measures the memory of processes and the size of folders."""
import os
import pathlib
import platform
import re
import statistics
import subprocess
import time

PACKAGES = ["postgresql-15", "librocksdb7.8", "libgrpc++1.51", "libprotobuf32", "g++"]
SYNC_SECONDS = 1
SYNC_BYTES = 4096


def percentile(values, fraction):
    return sorted(values)[int(fraction * (len(values) - 1))]


def fdatasync_ms(folder):
    """(p50, p99) in milliseconds of appending 4 KiB to a file and syncing it."""
    path = pathlib.Path(folder) / "fdatasync"
    block = os.urandom(SYNC_BYTES)
    times_ms = []
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        end = time.monotonic() + SYNC_SECONDS
        while time.monotonic() < end or len(times_ms) < 100:
            start = time.perf_counter()
            os.write(file, block)
            os.fdatasync(file)
            times_ms.append(1e3 * (time.perf_counter() - start))
    finally:
        os.close(file)
        path.unlink()
    return statistics.median(times_ms), percentile(times_ms, 0.99)


def memory_total():
    meminfo = pathlib.Path("/proc/meminfo").read_text()
    return 1024 * int(re.search(r"MemTotal:\s+(\d+)", meminfo)[1])


def describe(folder, root):
    """(what, value) for everything that affects the results."""
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    p50, p99 = fdatasync_ms(folder)
    # Both sides use all cores, so other load invalidates the results.
    yield "load average before", f"{os.getloadavg()[0]:.1f}"
    yield "CPU", cpu[1] if cpu else platform.machine()
    yield "cores", str(len(os.sched_getaffinity(0)))
    yield "memory", f"{memory_total() / 2**30:.1f} GiB"
    yield "kernel", platform.release()
    yield "file system", _output("stat", "--file-system", "--format=%T", folder)
    yield "append of 4 KiB and fdatasync", f"p50 {p50:.3f} ms, p99 {p99:.3f} ms"
    for package in PACKAGES:
        yield package, _output("dpkg-query", "--show", "--showformat=${Version}", package)
    commit = _output("git", "-C", root, "rev-parse", "--short", "HEAD")
    changed = _output("git", "-C", root, "status", "--porcelain", "--untracked-files=no")
    yield "commit", commit + (" with changes" if changed != "unknown" and changed else "")


def _output(*command):
    try:
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, timeout=30, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def disk_bytes(*folders):
    """The total size of the files in the folders, without preallocated space."""
    return sum(path.lstat().st_size
               for folder in folders for path in pathlib.Path(folder).rglob("*")
               if path.is_file())


def resident_bytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.search(r"^VmRSS:\s+(\d+)", status, re.M)[1])


def private_bytes(pid):
    """Unshared memory of a process and its children."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    total = 0
    for each in [pid, *map(int, children.split())]:
        try:
            rollup = pathlib.Path(f"/proc/{each}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # the child has exited
        total += 1024 * int(re.search(r"^Pss_Anon:\s+(\d+)", rollup, re.M)[1])
    return total
