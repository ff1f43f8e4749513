"""`jemeti up`, as people start it, stop it, kill it, and take its database away."""

import os
import signal
import socket
import subprocess
import time
from functools import partial
from pathlib import Path

import psycopg
import pytest

from jemeti_platform import demo, embedded
from jemeti_platform.cli.database import libpq
from jemeti_platform.cli.drain import GRACE_SECONDS
from jemeti_platform.testing.running import Running, command, data_folder, free_port
from jemeti_platform.testing.waiting import LONG, wait_until

TOP = Path(__file__).parents[2]
LOG_IN = {"workspace": demo.WORKSPACE, "email": demo.OWNER_EMAIL, "password": demo.OWNER_PASSWORD}
ROLE = {"slug": "cashier", "name": "Cashier", "permissions": ["users:read"]}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder in which the platform has run once."""
    with data_folder() as folder:
        run = Running(folder, up(folder))
        status, headers, answer = run.request("GET", "/readyz")
        assert (status, answer["data"]["status"]) == (200, "ready"), run.said()
        assert "Server" not in headers
        # whoever waits for nobody needs none of the grace that requests under way are given
        assert run.stop(timeout=GRACE_SECONDS) == 0, run.said()
        assert run.database_processes() == []
        assert "Traceback" not in run.said()
        yield folder


def up(folder):
    return command("up", "--data", folder, "--ini", TOP / "development.ini")


FIRST_TIME = ("alembic_version", "tenants", "users", "roles", "platform_admins")
"""Tables that the first start fills: by migrations, by the demo workspace, by its administrator."""


def test_the_second_start_repeats_nothing_of_the_first(data):
    with embedded.start(data) as server:
        before = written(server)
        with Running(data, up(data)):
            assert written(server) == before


def written(server):
    """Which cluster it is, and which transaction wrote each row that the first start writes."""
    with psycopg.connect(libpq(server.url(server.superuser)), autocommit=True) as admin:
        cluster = admin.execute("SELECT system_identifier FROM pg_control_system()").fetchall()
        rows = {
            table: admin.execute(f"SELECT xmin::text, ctid::text FROM {table} ORDER BY ctid").fetchall()
            for table in FIRST_TIME
        }
    assert all(rows.values()), rows
    return cluster, rows


def test_killed_outright_it_comes_back_with_all_that_was_stored(data):
    run = Running(data, up(data))
    token = log_in(run)
    run.stop(signal.SIGKILL)
    assert run.database_processes() != []
    with Running(data, up(data)) as run:
        assert run.request("GET", "/v1/features", token=token)[0] == 200


def test_while_the_database_is_away_requests_are_503_and_it_recovers_by_itself(data):
    with Running(data, up(data)) as run:
        token = log_in(run)
        stop_database(run)
        for method, path, body in (
            ("GET", "/readyz", None),
            ("GET", "/v1/features", None),
            ("POST", "/api/auth/login", LOG_IN),
            ("POST", "/v1/roles", ROLE),
        ):
            status, headers, answer = run.request(method, path, body, token=token)
            assert (method, path, status) == (method, path, 503), answer
            assert int(headers["Retry-After"]) >= 1
            assert answer["error"]["code"] == "service_unavailable"
        assert run.request("GET", "/healthz")[0] == 200
        wait_until(lambda: run.request("GET", "/readyz")[0] == 200)
        assert run.request("GET", "/v1/features", token=token)[0] == 200


def test_while_the_database_may_only_be_read_writes_are_503_and_reads_go_on(data):

    with Running(data, up(data)) as run, embedded.start(data) as server:
        token = log_in(run)
        with psycopg.connect(libpq(server.url(server.superuser)), autocommit=True) as admin:
            admin.execute("ALTER DATABASE jemeti SET default_transaction_read_only = on")
            admin.execute(HANG_UP)
            assert run.request("GET", "/v1/roles", token=token)[0] == 200
            status, headers, answer = run.request("POST", "/v1/roles", ROLE, token=token)
            assert (status, answer["error"]["code"]) == (503, "service_unavailable")
            assert int(headers["Retry-After"]) >= 1
            admin.execute("ALTER DATABASE jemeti RESET default_transaction_read_only")
            admin.execute(HANG_UP)
        # a server process ends a moment after it was told to
        post = partial(run.request, "POST", "/v1/roles", ROLE, token=token)
        assert wait_until(lambda: (status := post()[0]) != 503 and status) == 201


def test_its_worker_brings_mails_to_the_outbox_page_in_spite_of_a_kill(data):
    forgot = {"workspace": demo.WORKSPACE, "email": demo.OWNER_EMAIL}
    run = Running(data, up(data))
    status, _, answer = run.request("POST", "/api/auth/password/forgot", forgot)
    assert status == 202, answer
    run.stop(signal.SIGKILL)
    with Running(data, up(data)) as run:
        assert run.request("POST", "/api/auth/password/forgot", forgot)[0] == 202
        mails = wait_until(lambda: run.request("GET", "/dev/outbox")[2]["data"])
        assert mails[0]["to"] == demo.OWNER_EMAIL
        assert f"http://{demo.WORKSPACE}.localhost:{run.port}/reset-password#token=" in mails[0]["text"]


HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'jemeti%'"


def log_in(run):
    status, _, answer = run.request("POST", "/api/auth/login", LOG_IN)
    assert status == 200, answer
    return answer["data"]["access_token"]


def stop_database(run):
    number = int((run.data / "postgres/cluster/postmaster.pid").read_text().split()[0])
    os.kill(number, signal.SIGINT)
    wait_until(lambda: run.database_processes() == [])


def test_what_has_begun_is_answered_before_it_ends(data):
    with Running(data, up(data)) as run:
        body = b'{"email": "owner@demo.example", "password": "a wrong one for sure"}'
        with socket.create_connection(("127.0.0.1", run.port)) as client:
            head = f"POST /api/auth/login HTTP/1.1\r\nHost: demo.localhost\r\nContent-Length: {len(body)}\r\n"
            client.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body[:20])
            run.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            client.sendall(body[20:])
            answer = client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 40"), answer
        assert b"Connection: close" in answer
        assert run.process.wait(LONG) == 0


@pytest.mark.parametrize("said_by", ["port", "data", "ini", "production", "settings"])
def test_what_is_wrong_is_one_sentence_and_status_1(tmp_path, said_by):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ini = (TOP / "development.ini").read_text().replace("%(here)s", str(tmp_path))
        (tmp_path / "broken.ini").write_text("[app:main]\nuse = egg:jemeti\nx = %(y)s\n")
        (tmp_path / "odd.ini").write_text(ini.replace("jemeti.log = console", "jemeti.log = loud"))
        (tmp_path / "blocked").write_text("a file, not a folder")
        arguments, sentence = {
            "port": (("--port", taken.getsockname()[1]), "in use"),
            "data": (("--data", tmp_path / "blocked" / "var"), "cannot be used"),
            "ini": (("--ini", tmp_path / "broken.ini"), "cannot be read"),
            "production": (("--ini", TOP / "production.ini"), "not for development"),
            "settings": (("--ini", tmp_path / "odd.ini"), "jemeti.log is 'loud'"),
        }[said_by]
        line = command("up", "--port", free_port(), *arguments)
        run = subprocess.run(line, cwd=TOP, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 1, run
    assert "Traceback" not in run.stderr
    (line,) = [line for line in run.stderr.splitlines() if line]
    assert line.startswith("Error: ")
    assert sentence in line
