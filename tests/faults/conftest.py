"""Fixtures of these tests, based on the harness of the acceptance tests."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "acceptance"))

from fixtures import *  # noqa: E402,F401,F403

import disks  # noqa: E402


@pytest.fixture
def make_disk():
    """Creates file systems of a size in MB; skips the test if that is not possible."""
    made = []

    def make(megabytes):
        why = disks.unavailable_reason()
        if why:
            pytest.skip(why)
        disk = disks.Disk(megabytes)
        made.append(disk)
        disk.mount()
        return disk

    yield make
    for disk in made:
        disk.remove()
