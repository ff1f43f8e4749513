"""A platform running as people start it: `jemeti up` in a process of its own, with a data folder of its own."""

from __future__ import annotations

import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import orjson
import psutil

__all__ = ["Running", "command", "data_folder", "free_port"]

_PORTS = range(20_000, 32_000)
"""Below those that Linux (from 32768) and others (from 49152) give to clients."""
_DIRECTLY = build_opener(ProxyHandler({}))
"""What is asked is this machine, whatever proxy the environment names."""
_READY_WITHIN = 180.0
"""Seconds for a start, in which a database may be made and migrated while the machine is busy."""


def command(*arguments: object) -> list[str]:
    """The command line of `jemeti` with these arguments, in this very installation."""
    return [sys.executable, "-c", "from jemeti_platform.cli import main; main()", *map(str, arguments)]


def free_port() -> int:
    """A port that nobody listens on just now.

    It is none of those that a system gives away by itself: until a server listens on it, no client that connects to
    somewhere else is given it as its own.
    """
    for port in random.sample(_PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a hundred ports, and none of them is free")


class data_folder:  # noqa: N801 (used as a context manager)
    """A folder for one embedded database, which the account that runs it can reach; deleted in the end."""

    def __enter__(self) -> Path:
        self.path = Path(tempfile.mkdtemp(prefix="jemeti-up-"))
        self.path.chmod(0o755)
        return self.path

    def __exit__(self, *exc: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class Running:
    """A platform started by ``line`` on a free port, or on ``port`` if the line says which; as a context manager it is
    stopped by SIGTERM.

    ``seconds`` is the time from the start to the first good ``/readyz``; what it writes goes to ``data / "up.log"``.
    """

    def __init__(
        self,
        data: Path,
        line: Sequence[str],
        *,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.data = data
        self.port = port or free_port()
        self.log = data / "up.log"
        started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*line] if port else [*line, "--port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if environment is None else dict(environment),
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        self.seconds = time.monotonic() - started

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, number: int = signal.SIGTERM, timeout: float = 60) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout)

    def request(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, timeout: float = 60
    ) -> tuple[int, Mapping[str, str], Any]:
        """Send a request; returns status, headers and the body read as JSON."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else orjson.dumps(body)
        request = Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310 (our own server)
        try:
            with _DIRECTLY.open(request, timeout=timeout) as answer:
                return answer.status, dict(answer.headers), orjson.loads(answer.read() or b"null")
        except HTTPError as error:
            return error.code, dict(error.headers), orjson.loads(error.read() or b"null")

    def said(self) -> str:
        """What the process has written so far."""
        return self.log.read_text(errors="replace")

    def database_processes(self) -> list[psutil.Process]:
        """The PostgreSQL processes of this data folder."""
        cluster = (self.data / "postgres" / "cluster").resolve()
        return [p for p in psutil.process_iter(["name", "cwd"]) if p.info["name"] == "postgres" and _in(p, cluster)]

    def _wait_until_ready(self) -> None:
        deadline, answer = time.monotonic() + _READY_WITHIN, None
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"it ended with status {self.process.returncode}:\n{self.said()}")
            try:
                status, _, answer = self.request("GET", "/readyz", timeout=30)
                if status == 200:
                    return
            except (URLError, OSError):
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready after {_READY_WITHIN:.0f} s, but {answer}:\n{self.said()}")


def _in(process: psutil.Process, cluster: Path) -> bool:
    return str(process.info["cwd"] or "").removesuffix(" (deleted)") == str(cluster)
