"""Log lines: one form for all, nothing secret in them, and cheap enough for every request."""

import io
import json
import logging
import warnings

import psycopg
import pytest
import structlog

from jemeti_platform.logging import describe, set_up
from jemeti_platform.platform import BootError

from .calls import count_calls

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"


@pytest.fixture
def lines(request):
    """A function that sets logging up and returns what is written from then on."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.BytesIO()

    def start(**settings):
        set_up({"jemeti.log": "json", **settings}, stream)
        return lambda: stream.getvalue().decode().splitlines()

    yield start
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_is_a_json_object(lines):
    written = lines()
    structlog.get_logger("jemeti.test").info("request", method="GET", path="/x", status=200, ms=1.5)
    (line,) = map(json.loads, written())
    assert line.pop("at").endswith("+00:00")
    expected = {"level": "info", "logger": "jemeti.test", "event": "request"}
    assert line == {**expected, "method": "GET", "path": "/x", "status": 200, "ms": 1.5}


def test_the_standard_library_and_warnings_come_out_in_the_same_form(lines):
    written = lines()
    logging.getLogger("waitress").warning("%d threads", 3)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("old", UserWarning, stacklevel=1)
    first, second = map(json.loads, written())
    assert (first["logger"], first["level"], first["event"]) == ("waitress", "warning", "3 threads")
    assert second["logger"] == "py.warnings"


def test_development_is_read_by_people(lines):
    written = lines(**{"jemeti.log": "console"})
    structlog.get_logger("jemeti.request").info("request", method="GET", path="/v1/x", status=200, ms=1.5)
    (line,) = written()
    assert "200 GET    /v1/x  1.5 ms" in line


def test_below_the_level_nothing_is_written(lines):
    written = lines(**{"jemeti.log_level": "warning"})
    structlog.get_logger("jemeti.test").info("request")
    logging.getLogger("x").info("y")
    assert written() == []


@pytest.mark.parametrize("form", ["json", "console"])
def test_secrets_and_tokens_are_never_written(lines, form):
    written = lines(**{"jemeti.log": form})
    log = structlog.get_logger("jemeti.test")
    log.info("tried", password="hunter2-hunter2", authorization="Basic aHVudGVyMg==", refresh_token="hunter3")
    log.info("seen", path=f"/reset/{TOKEN}", url="redis://user:hunter4@host/0")
    logging.getLogger("x").error("cannot reach postgresql://jemeti_app:hunter5@db/jemeti with %s", TOKEN)
    text = "\n".join(written())
    assert len(written()) == 3
    assert "hunter" not in text
    assert "aHVud" not in text
    assert TOKEN.rpartition(".")[2] not in text


def test_an_error_is_told_with_its_place_and_cause_but_without_local_variables(lines):
    written = lines()
    try:
        fail("CANARY".lower())
    except RuntimeError as error:
        structlog.get_logger("jemeti.test").error("unforeseen", exc_info=error)
    (line,) = map(json.loads, written())
    assert "in fail" in line["exception"]
    assert "KeyError: 'missing'" in line["exception"]
    assert "RuntimeError: it broke" in line["exception"]
    assert "canary" not in line["exception"]


def fail(argument):
    try:
        {}["missing"]
    except KeyError as error:
        raise RuntimeError("it broke") from error


def test_of_a_database_error_only_code_and_constraint_are_told(database):
    with database.connect() as connection:
        connection.execute("CREATE TEMP TABLE secret_things (name text CONSTRAINT names_are_unique UNIQUE)")
        connection.execute("INSERT INTO secret_things VALUES ('CANARY')")
        with pytest.raises(psycopg.errors.UniqueViolation) as caught:
            connection.execute("INSERT INTO secret_things VALUES ('CANARY')")
    text = describe(caught.value).rpartition("\n")[2]
    assert text == "psycopg.errors.UniqueViolation: 23505 secret_things names_are_unique"


def test_of_a_statement_that_is_wrong_it_is_told_what_is_wrong(database):
    with database.connect() as connection, pytest.raises(psycopg.errors.UndefinedColumn) as caught:
        connection.execute("SELECT colour FROM (SELECT 1 AS one) AS rows WHERE one::text = %s", ["CANARY"])
    text = describe(caught.value).rpartition("\n")[2]
    assert text == 'psycopg.errors.UndefinedColumn: 42703 column "colour" does not exist'


@pytest.mark.parametrize("settings", [{"jemeti.log": "xml"}, {"jemeti.log": "json", "jemeti.log_level": "loud"}])
def test_what_cannot_be_read_is_refused_by_its_key(settings):
    with pytest.raises(BootError, match=r"jemeti\.log"):
        set_up(settings)


def test_a_line_is_less_work_than_one_of_the_standard_library(lines):
    lines()
    log, plain = structlog.get_logger("jemeti.request"), logging.getLogger("jemeti.request")
    fields = {"method": "GET", "path": "/v1/crm/customers", "status": 200, "ms": 3.2, "request_id": "0198a2f3-1111"}

    def write():
        log.info("request", **fields)

    write()  # the first one binds what all others find bound
    assert count_calls(write) < count_calls(lambda: plain.info("request", extra=fields))
    assert count_calls(write) <= 40  # 26 when this was written
