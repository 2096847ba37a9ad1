"""File systems of a test's own, that can lose their power and run full: ext4 in a file, on a loop
device. Both need root.
"""
import contextlib
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile

_TOOLS = {"mkfs.ext4": "e2fsprogs", "losetup": "mount", "mount": "mount", "umount": "mount"}
# As root's PATH is, which a user who became root need not have.
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])

# linux/fs/ext4: stop at once, without writing what is in memory or in the journal's buffer.
_EXT4_IOC_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = 2


def _run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env={**os.environ, "PATH": _PATH}).stdout.strip()


def why_impossible():
    """Why no disk can be made here; empty if one can."""
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
    """An ext4 file system in a file of its own."""

    def __init__(self, megabytes):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="repat-disk-"))
        self._image = self._folder / "image"
        self.path = self._folder / "mounted"
        self.path.mkdir()
        with open(self._image, "wb") as image:
            image.truncate(megabytes << 20)
        # No blocks kept for root, so that full is full.
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self._image))

    def mount(self):
        # The device goes with the mount.
        _run("mount", "-o", "loop", str(self._image), str(self.path))

    def unmount(self):
        _run("umount", str(self.path))

    def lose_power(self):
        """From now on nothing reaches the disk, and everybody who tries gets EIO."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _EXT4_IOC_SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def come_back(self):
        """After a loss of power, once nobody has a file open any more."""
        self.unmount()
        self.mount()

    def fill(self, leave_bytes):
        """Takes all room but so many bytes, and what the file system needs to say where it is."""
        with open(self.path / "filler", "wb") as filler:
            end = 0
            for step in (1 << 20, 1 << 16, 1 << 12):
                with contextlib.suppress(OSError):
                    while self._free_bytes() >= leave_bytes + step:
                        os.posix_fallocate(filler.fileno(), end, step)
                        end += step

    def _free_bytes(self):
        room = os.statvfs(self.path)
        return room.f_bavail * room.f_bsize

    def make_room(self):
        (self.path / "filler").unlink()

    def remove(self):
        if os.path.ismount(self.path):
            # Lazily: a test that failed may have left a process on it, which ends later.
            _run("umount", "--lazy", str(self.path))
        shutil.rmtree(self._folder, ignore_errors=True)
