"""Who uses a cluster: file locks in the data folder, which the system lifts when a process dies, however it dies.

`.postgres.users` is held shared by every process that uses the server, for as long as it does; `.postgres.lock` is
held alone by the one that starts or stops it.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = ["Claim", "alone"]


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Wait until nobody else starts or stops the server of this data folder, and keep others waiting meanwhile."""
    handle = _open(data / ".postgres.lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class Claim:
    """This process's word that it uses the server; to be taken and given back while `alone`."""

    def __init__(self, data: Path) -> None:
        self._handle = _open(data / ".postgres.users")

    def only_mine(self) -> bool:
        """Tell whether no other process uses the server."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self) -> None:
        """Say that this process uses the server."""
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def give_back(self) -> bool:
        """Say that it no longer does; tell whether it was the last one."""
        # A forked child shares the lock: lifting it here lifts it for both, closing the file would not.
        fcntl.flock(self._handle, fcntl.LOCK_UN)
        last = self.only_mine()
        fcntl.flock(self._handle, fcntl.LOCK_UN)
        os.close(self._handle)
        return last


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except PermissionError:  # made by root; a lock needs no right to write
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
