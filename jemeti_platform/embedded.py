"""PostgreSQL from a wheel, for development and tests: no server to install, and the real one nevertheless.

    with embedded.start(Path("var")) as server:
        engine = create_engine(server.url(server.superuser, "postgres"))

The cluster stands in `<data>/postgres`, the log beside it in `<data>/postgres.log`. Whoever can come to the socket is
trusted as any user; its folder is closed to all but root and the account that runs the server. Several processes may
start the same data folder: they share one server, and the last that stops, stops it.
"""

import atexit
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from .postgres.claims import Claim, alone
from .postgres.cluster import SUPERUSER, ensure_cluster
from .postgres.errors import REMEDY, EmbeddedError, ServerTooOld
from .postgres.home import find_home
from .postgres.postmaster import PORT, Postmaster
from .postgres.programs import find_programs

__all__ = ["OLDEST_MAJOR", "EmbeddedError", "EmbeddedServer", "ServerTooOld", "check_version", "start"]

OLDEST_MAJOR = 15

SETTINGS = {
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    # A refused statement is told to the one who sent it; here it would only be a row's values in a file.
    "log_min_messages": "log",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
}
# For tests: a crash of the machine loses the cluster, a crash of the server does not.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class EmbeddedServer:
    """A running server, claimed by this process until `stop`; made by `start`."""

    superuser = SUPERUSER

    def __init__(
        self, data: Path, postmaster: Postmaster, settings: Mapping[str, str], claim: Claim, socket_folder: Path
    ) -> None:
        self.data = data
        self._settings = settings
        self.socket_folder = socket_folder
        self._postmaster = postmaster
        self._claim: Claim | None = claim
        self._claimant = os.getpid()
        atexit.register(self.stop)

    def url(self, user: str, database: str = "jemeti") -> str:
        """Return the SQLAlchemy URL of this database for this user; no password is asked for."""
        host = quote(str(self.socket_folder))
        return f"postgresql+psycopg://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={PORT}"

    def is_running(self) -> bool:
        """Tell whether the server lives; what ended it may have been a kill, or the want of memory."""
        return self._postmaster.process() is not None

    def revive(self) -> None:
        """Start the server again if it has ended meanwhile; raise EmbeddedError if it does not start."""
        with alone(self.data):
            if self._claim is not None and not self.is_running():
                self._postmaster.start(self._settings)

    def stop(self) -> bool:
        """Give the server back; the last process that does so stops it and hears True. More calls do nothing.

        Raises EmbeddedError if the server does not end.
        """
        # A forked child inherits this object and the exit handler, but not the say.
        if self._claim is None or os.getpid() != self._claimant:
            return False
        claim, self._claim = self._claim, None
        atexit.unregister(self.stop)
        with alone(self.data):
            last = claim.give_back()
            if last:
                self._postmaster.stop()
            else:
                self._postmaster.leave()
        return last

    def remove(self) -> None:
        """Stop the server and delete its cluster; for tests. Raises EmbeddedError if others still use it."""
        if not self.stop():
            raise EmbeddedError(f"The database in {self.data} is used by another process and was not deleted.")
        self._postmaster.home.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(data: Path, *, durable: bool = True, settings: Mapping[str, object] | None = None) -> EmbeddedServer:
    """Return the server of the data folder `data`, made and started if need be.

    `durable=False` is for tests: faster, and lost with the machine's power. `settings` are server settings by name;
    they and `durable` hold from the server's start, not for one that other processes use already. Raises EmbeddedError
    where it cannot be had, with the reason.
    """
    if sys.platform == "win32":
        raise EmbeddedError(f"The embedded PostgreSQL needs Linux or macOS. {REMEDY}")
    try:
        data.mkdir(parents=True, exist_ok=True)
        data = data.resolve(strict=True)
        with alone(data):
            return _start(data, settings or {}, durable=durable)
    except OSError as error:
        raise EmbeddedError(f"The folder {data} cannot be used for a database: {error.strerror or error}.") from error


def _start(data: Path, settings: Mapping[str, object], *, durable: bool) -> EmbeddedServer:
    home = find_home(data)
    programs = find_programs(home.account)
    cluster = ensure_cluster(programs, home, durable=durable)
    postmaster = Postmaster(programs, home, cluster, data / "postgres.log")
    claim = Claim(data)
    try:
        unused = claim.only_mine()
        if unused:
            # Left by a killed process: with the settings of then, perhaps with programs deleted since.
            postmaster.stop()
        process = postmaster.process()
        chosen = {**SETTINGS, **({} if durable else FORGETFUL), **settings}
        texts = {name: str(value) for name, value in chosen.items()}
        if process is None:
            postmaster.start(texts)
        else:
            postmaster.wait_until_ready()
            if durable and "fsync=off" in process.cmdline():
                raise EmbeddedError(
                    f"The database in {data} runs for tests just now, and would not keep what it is given."
                )
        socket_folder = postmaster.socket_folder()
        if socket_folder is None:
            raise EmbeddedError(f"The database in {data} ended as soon as it was started.")
    except BaseException:
        claim.give_back()
        raise
    claim.take()
    return EmbeddedServer(data, postmaster, texts, claim, socket_folder)


def check_version(connection_version: int) -> None:
    """Raise ServerTooOld below PostgreSQL 15.

    `connection_version` is the number that libpq tells, as 180006 for 18.6 and 90603 for 9.6.3.
    """
    major, rest = divmod(connection_version, 10_000)
    if major < OLDEST_MAJOR:
        name = f"{major}.{rest}" if major >= 10 else f"{major}.{rest // 100}.{rest % 100}"
        raise ServerTooOld(
            f"This is PostgreSQL {name}; the platform needs PostgreSQL {OLDEST_MAJOR} or newer. Upgrade the server, "
            "name another one in sqlalchemy.url, or leave sqlalchemy.url empty to use the embedded one."
        )
