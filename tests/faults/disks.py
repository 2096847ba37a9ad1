"""File systems that can lose power and fill up: ext4 in a file on a loop device. Needs root."""
import contextlib
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile

_TOOLS = {"mkfs.ext4": "e2fsprogs", "losetup": "mount", "mount": "mount", "umount": "mount"}
# Includes the sbin directories, which may be missing from PATH after su or sudo.
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])

# linux/fs/ext4: stop at once, without writing what is in memory or in the journal's buffer.
_EXT4_IOC_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = 2


def _run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env={**os.environ, "PATH": _PATH}).stdout.strip()


def unavailable_reason():
    """Why no disk can be created here; empty if one can."""
    if os.geteuid() != 0:
        return "needs root, to mount a loop device"
    missing = [package for tool, package in _TOOLS.items() if not shutil.which(tool, path=_PATH)]
    if missing:
        return f"needs {', '.join(sorted(set(missing)))}: run deploy/install_packages test"
    disk = Disk(4)
    try:
        disk.mount()
    except subprocess.CalledProcessError as error:
        return f"cannot mount a loop device here: {error.stderr.strip()}"
    finally:
        disk.remove()
    return ""


class Disk:
    """An ext4 file system in its own file."""

    def __init__(self, megabytes):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="repat-disk-"))
        self._image = self._folder / "image"
        self.path = self._folder / "mounted"
        self.path.mkdir()
        with open(self._image, "wb") as image:
            image.truncate(megabytes << 20)
        # No blocks reserved for root, so that a full disk is full for root too.
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self._image))

    def mount(self):
        # The device is detached with the mount.
        _run("mount", "-o", "loop", str(self._image), str(self.path))

    def unmount(self):
        _run("umount", str(self.path))

    def lose_power(self):
        """From now on nothing reaches the disk, and every access fails with EIO."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _EXT4_IOC_SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def restore_power(self):
        """Remounts after a power loss; no file may be open."""
        self.unmount()
        self.mount()

    def fill(self, leave_bytes):
        """Fills the disk until about `leave_bytes` are free."""
        with open(self.path / "filler", "wb") as filler:
            end = 0
            for step in (1 << 20, 1 << 16, 1 << 12):
                with contextlib.suppress(OSError):
                    while self._free_bytes() >= leave_bytes + step:
                        os.posix_fallocate(filler.fileno(), end, step)
                        end += step

    def _free_bytes(self):
        status = os.statvfs(self.path)
        return status.f_bavail * status.f_bsize

    def free_space(self):
        (self.path / "filler").unlink()

    def remove(self):
        if os.path.ismount(self.path):
            # Lazily: a failed test may have left a process on it, which ends later.
            _run("umount", "--lazy", str(self.path))
        shutil.rmtree(self._folder, ignore_errors=True)
