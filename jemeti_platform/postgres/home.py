"""The folder of one cluster: `postgres` in the data folder, owned by the account that runs it, closed to all others.

No permission of a folder that exists already is ever changed. Where root's unprivileged account cannot come to the
data folder, because a folder above is closed, the cluster stands below `ROOT_HOME` and `postgres` is a symlink to it.
"""

import hashlib
import logging
import os
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .account import Account
from .errors import EmbeddedError

__all__ = ["ROOT_HOME", "Home", "find_home", "root_home"]

log = logging.getLogger(__name__)

ROOT_HOME = Path("/var/lib/jemeti")
# A socket's whole path may have 107 bytes on Linux and 103 on macOS, and a comma in it would end it for libpq.
SOCKET_FOLDER = re.compile(r"[\w./+-]{1,85}", re.ASCII)
SHORT_PREFIX = "jemeti-"


@dataclass(frozen=True)
class Home:
    """Where a cluster lives, and whose it is; `door` is how the data folder names it."""

    door: Path
    folder: Path
    account: Account

    def make_socket_folder(self) -> Path:
        """Make the folder of the socket, closed to all but the account: who may come in is trusted as any user."""
        folder = self.folder / "run"
        if SOCKET_FOLDER.fullmatch(str(folder)):
            folder.mkdir(mode=0o700, exist_ok=True)
            _remove_sockets(folder)
        else:
            usual = tempfile.gettempdir()
            fits = SOCKET_FOLDER.fullmatch(f"{usual}/{SHORT_PREFIX}12345678")
            folder = Path(tempfile.mkdtemp(prefix=SHORT_PREFIX, dir=usual if fits else "/tmp"))  # noqa: S108 - mkdtemp
        self.account.own(folder)
        return folder

    def remove_socket_folder(self, folder: Path) -> None:
        """Remove what `make_socket_folder` made outside the home."""
        if folder.name.startswith(SHORT_PREFIX) and not folder.is_relative_to(self.folder):
            with suppress(OSError):
                _remove_sockets(folder)
                folder.rmdir()

    def remove(self) -> None:
        """Delete the cluster and everything about it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.door.is_symlink():
            self.door.unlink()


def find_home(data: Path) -> Home:
    """Return the home of the cluster of the data folder `data`, made if there is none.

    Raises EmbeddedError where it belongs to somebody else, or cannot be reached or written.
    """
    door = data / "postgres"
    try:
        if not door.exists():
            return _make(data, door)
        folder = door.resolve()
        status = folder.stat()
    except OSError as error:
        raise EmbeddedError(f"The folder {door} cannot be used: {error.strerror}.") from error
    account = Account.of(status.st_uid, status.st_gid)
    if os.geteuid() not in {0, account.uid}:
        raise EmbeddedError(
            f"The database in {door} belongs to {account.name}, and you are {Account.mine().name}. "
            f"Start as {account.name} or as root, or choose another folder with --data."
        )
    if account.uid == 0:
        raise EmbeddedError(
            f"{folder} belongs to root, as whom PostgreSQL does not run. Choose another folder with --data."
        )
    if not account.may("-w", folder):
        raise EmbeddedError(
            f"{account.name}, who owns the database in {folder}, can no longer come there. "
            "Let him pass the folders above it (chmod o+x), or choose another folder with --data."
        )
    return Home(door, folder, account)


def _make(data: Path, door: Path) -> Home:
    account = Account.for_server()
    door.unlink(missing_ok=True)  # it can only be a symlink to nowhere
    door.mkdir(mode=0o700)
    try:
        account.own(door)
        reachable = account.may("-w", door)
    except PermissionError:  # a file system that knows no owners, as some container mounts
        reachable = False
    if reachable:
        return Home(door, door.resolve(), account)
    door.rmdir()
    if os.geteuid() != 0:
        raise EmbeddedError(f"The folder {data} cannot be written.")
    # Never an existing folder: it may be the cluster of a data folder that was only moved away.
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    folder = Path(tempfile.mkdtemp(prefix=f"{digest}-", dir=root_home()))
    account.own(folder)
    door.symlink_to(folder)
    log.warning("%s is closed to %s, who runs PostgreSQL: the database stands in %s", data, account.name, folder)
    return Home(door, folder, account)


def _remove_sockets(folder: Path) -> None:
    for left in folder.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)


def root_home() -> Path:
    """Return `ROOT_HOME`, made if missing: all may pass, only root sees what is in it."""
    if not ROOT_HOME.exists():
        ROOT_HOME.mkdir(parents=True, exist_ok=True)
        ROOT_HOME.chmod(0o711)
    return ROOT_HOME
