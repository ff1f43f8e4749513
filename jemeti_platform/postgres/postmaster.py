"""The server process of one cluster: found, started, stopped.

The caller sees to it that nobody else starts or stops it meanwhile.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from .cluster import ENVIRONMENT
from .errors import EmbeddedError, because
from .home import Home

__all__ = ["PORT", "Postmaster"]

PORT = 5432  # a part of the socket's name; no TCP port is opened
START_SECONDS = 120  # after a crash the log is replayed first


class Postmaster:
    """The server of the cluster in `home`, running or not; it logs to the file `log`."""

    def __init__(self, programs: Path, home: Home, cluster: Path, log: Path) -> None:
        self.programs = programs
        self.home = home
        self.cluster = cluster
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._known: psutil.Process | None = None

    def process(self) -> psutil.Process | None:
        """Return the running server, or None."""
        if self._child is not None:
            self._child.poll()  # or it stays a zombie when it ends
        if self._known is None:
            lines = self._pid_file()
            try:
                self._known = psutil.Process(int(lines[0]))
            except (IndexError, ValueError, psutil.Error):
                return None
        if not self._serves(self._known):
            self._known = None
        return self._known

    def _serves(self, process: psutil.Process) -> bool:
        """Tell whether this lives and is a process of our cluster: its number alone may be another's by now."""
        try:
            return (
                _alive(process)
                and process.name() == "postgres"
                and process.cwd().removesuffix(" (deleted)") == str(self.cluster)
            )
        except psutil.Error:
            return False

    def _pid_file(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def socket_folder(self) -> Path | None:
        """Return the folder of the server's socket, if it has one yet."""
        lines = self._pid_file()
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def start(self, settings: Mapping[str, str]) -> None:
        """Start the server; return when it takes connections, or raise EmbeddedError with what it said."""
        self._clear_leftovers()
        sockets = self.home.make_socket_folder()
        fixed = {"listen_addresses": "", "unix_socket_directories": str(sockets), "unix_socket_permissions": "0700"}
        command = [str(self.programs / "postgres"), "-D", str(self.cluster), "-p", str(PORT)]
        for name, value in {**settings, **fixed}.items():
            command += ["-c", f"{name}={value}"]
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        with os.fdopen(os.open(self.log, flags, 0o600), "r+b", buffering=0) as log:
            begin = log.seek(0, os.SEEK_END)
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,  # Ctrl-C at the terminal is for us; the server stops when we are done
                **self.home.account.popen,
            )
            try:
                self.wait_until_ready()
            except EmbeddedError as error:
                self.stop()
                self.home.remove_socket_folder(sockets)
                log.seek(begin)
                said = log.read().decode(errors="replace")
                raise EmbeddedError(because(f"PostgreSQL did not start ({error})", self.cluster, said)) from error

    def wait_until_ready(self) -> None:
        """Return when the server takes connections; raise EmbeddedError if it ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            lines = self._pid_file()
            if len(lines) > 7 and lines[7].strip() == "ready" and self.process() is not None:
                return
            if self._child is not None and self._child.poll() is not None:
                raise EmbeddedError("it ended")
            time.sleep(0.01)
        raise EmbeddedError(f"not ready after {START_SECONDS} s")

    def _clear_leftovers(self) -> None:
        """After a crash, end the orphans of the dead server and remove what would be taken for a live one."""
        if not self._pid_file():
            return
        sockets = self.socket_folder()
        for how, seconds in ((signal.SIGTERM, 2), (signal.SIGQUIT, 2), (signal.SIGKILL, 5)):
            orphans = [process for process in psutil.process_iter() if self._serves(process)]
            for orphan in orphans:
                with suppress(psutil.NoSuchProcess):
                    orphan.send_signal(how)
            if self._wait_for(orphans, seconds):
                break
        if sockets is not None:
            self.home.remove_socket_folder(sockets)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """Stop the server if it runs: what is committed stays, what is not is undone.

        Raises EmbeddedError if it does not end.
        """
        process = self.process()
        if process is None and self._child is not None and self._child.poll() is None:
            process = psutil.Process(self._child.pid)  # it has not yet written down its number
        if process is None:
            return
        sockets = self.socket_folder()
        # Fast, then immediate, then by force: the later ones only make the next start replay the log.
        for how, seconds in ((signal.SIGINT, 15), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(how)
            if self._wait_for([process], seconds):
                break
        else:
            raise EmbeddedError(f"PostgreSQL (process {process.pid}) does not end.")
        self._known = None
        if sockets is not None:
            self.home.remove_socket_folder(sockets)

    def leave(self) -> None:
        """Let the server run on for others, without a warning about an abandoned child."""
        if self._child is not None and self._child.poll() is None:
            self._child.returncode = 0

    def _wait_for(self, processes: list[psutil.Process], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while any(map(_alive, processes)):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        if self._child is not None:
            self._child.poll()  # it has ended and waits to be told so: unasked, it is taken for an abandoned child
        return True


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
