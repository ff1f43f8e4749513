"""Numbers of documents: no gap and no double, whoever writes at once and whoever is killed meanwhile."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from jemeti_platform.boot import transaction
from jemeti_platform.db.statement import Statement
from jemeti_platform.manifest import Manifest, ManifestError, Sequence
from jemeti_platform.numbering import find_gaps
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.waiting import wait_until, wait_until_blocked
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.types import NumberPattern, Refused

from .garage_platform import Garage, client_of_garage, workspace_with_garage  # noqa: F401 (fixtures)

SERIES = "garage.repair"
PATH = f"/v1/number-series/{SERIES}"
_ALIVE = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'number_writer' LIMIT 1"
)
TAKEN = Statement(
    "SELECT number, written, record_id FROM numbers_taken WHERE series = %(series)s ORDER BY year, number"
)


class Undone(Exception):
    """What a writer changes its mind by."""


def taken(workspace: TestWorkspace, series: str = SERIES) -> list[dict[str, Any]]:
    with workspace.work() as work:
        (rows,) = work.read(TAKEN(series=series))
    return rows


def take(workspace: TestWorkspace, series: str = SERIES, **more: Any) -> str:
    with workspace.work() as work:
        return work.next_number(series, **more)


def year_of(client: Api) -> int:
    year: int = client.get(PATH).data["year"]
    return year


# -- at once ------------------------------------------------------------------------------------------


def twenty_writers(write: Callable[[random.Random], str | None]) -> list[str]:
    """20 writers, 20 tries each, of which 30 % are undone; the numbers that stand."""

    def one(seed: int) -> list[str]:
        dice = random.Random(seed)
        return [number for _ in range(20) if (number := write(dice)) is not None]

    with ThreadPoolExecutor(20) as pool:
        return [number for numbers in pool.map(one, range(20)) for number in numbers]


def test_twenty_writers_who_change_their_minds_leave_no_gap_and_no_double(here: TestWorkspace, client: Api) -> None:
    def write(dice: random.Random) -> str | None:
        try:
            with here.work() as work:
                number = work.next_number(SERIES)
                if dice.random() < 0.3:
                    raise Undone
        except Undone:
            return None
        return number

    kept = twenty_writers(write)
    year = year_of(client)
    assert sorted(kept) == [f"REP-{year}-{n:05}" for n in range(1, len(kept) + 1)]
    assert [row["written"] for row in taken(here)] == sorted(kept)
    assert 200 < len(kept) < 350
    with here.work() as work:
        assert find_gaps(work) == []
    print(f"400 tries, {len(kept)} kept: 0 gaps, 0 doubles")  # noqa: T201 (the figures are the result)


def test_the_control_a_sequence_of_the_database_leaves_gaps(garage: Garage) -> None:
    with garage.database.connect() as admin:
        admin.execute("CREATE SEQUENCE IF NOT EXISTS naive_numbers")

        def write(dice: random.Random) -> str | None:
            with garage.database.connect() as connection, connection.transaction() as undoable:
                row = connection.execute("SELECT nextval('naive_numbers')").fetchone()
                assert row is not None
                if dice.random() < 0.3:
                    raise psycopg.Rollback(undoable)
                return str(row[0])
            return None

        kept = {int(number) for number in twenty_writers(write)}
        admin.execute("DROP SEQUENCE naive_numbers")
    assert max(kept) - len(kept) > 50


def test_the_control_reading_before_writing_doubles(garage: Garage) -> None:
    with garage.database.connect() as admin:
        admin.execute("CREATE TABLE IF NOT EXISTS naive_numbers (number integer)")

        def write(dice: random.Random) -> str | None:
            with garage.database.connect() as connection, connection.transaction() as undoable:
                row = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM naive_numbers").fetchone()
                assert row is not None
                connection.execute("INSERT INTO naive_numbers VALUES (%s)", row)
                if dice.random() < 0.3:
                    raise psycopg.Rollback(undoable)
                return str(row[0])
            return None

        kept = twenty_writers(write)
        admin.execute("DROP TABLE naive_numbers")
    assert len(set(kept)) < len(kept)


def test_writers_that_are_killed_leave_no_gap_and_no_double(garage: Garage, here: TestWorkspace) -> None:
    script = Path(__file__).with_name("number_writer.py")
    url = garage.database.app_url.replace("postgresql+psycopg", "postgresql")
    dice, killed = random.Random(20), 0
    writers: list[subprocess.Popen[bytes]] = []
    try:
        while killed < 20:
            while len(writers) < 4:
                writers.append(subprocess.Popen([sys.executable, script, url, str(here.id), str(len(writers))]))
            written = len(taken(here))
            wait_until(lambda written=written: len(taken(here)) > written)
            time.sleep(dice.uniform(0, 0.2))
            victim = writers.pop(dice.randrange(len(writers)))
            if victim.poll() is None:
                victim.send_signal(signal.SIGKILL)
            killed += victim.wait() == -signal.SIGKILL
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    with garage.database.connect() as superuser:
        wait_until(lambda: superuser.execute(_ALIVE).fetchone() is None)
    rows = taken(here)
    with here.work() as work:
        assert find_gaps(work) == []
        (repairs,) = work.read(Statement("SELECT number FROM garage_repairs ORDER BY number")())
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["number"] for row in repairs] == [row["written"] for row in rows]
    assert len(rows) >= 20
    print(f"{killed} writers killed, {len(rows)} numbers: 0 gaps, 0 doubles")  # noqa: T201 (the figures are the result)


# -- one at a time ------------------------------------------------------------------------------------


def test_a_plain_create_takes_its_number_without_another_round_trip(
    garage: Garage, here: TestWorkspace, client: Api
) -> None:
    client.post("/v1/garage/repairs", {"concern": "Brakes"}, expect=201)
    with count_round_trips(garage.platform) as trips:
        made = client.post("/v1/garage/repairs", {"concern": "Gears"}, expect=201).data
    assert trips.count == 3
    assert made["number"] == f"REP-{year_of(client)}-00002"
    assert str(taken(here)[1]["record_id"]) == made["id"]
    refused = client.post("/v1/garage/repairs", {"concern": "Gears", "number": "REP-1"}, expect=400)
    assert refused.error["details"] == [{"field": "number", "message": "Unknown field"}]


def test_a_dry_run_shows_the_number_and_takes_none(here: TestWorkspace, client: Api) -> None:
    for _ in range(2):
        tried = client.post("/v1/garage/repairs?dry_run=true", {"concern": "Brakes"}, expect=201).data
        assert tried["number"] == client.get(PATH).data["next_number"]
    assert taken(here) == []
    assert client.post("/v1/garage/repairs", {"concern": "Brakes"}).data["number"] == tried["number"]


def test_each_workspace_counts_for_itself(garage: Garage, here: TestWorkspace) -> None:
    assert take(here) == take(garage.workspace())


def test_the_year_is_the_workspaces_own(garage: Garage) -> None:
    """At 20:00 UTC on New Year's Eve it is next year in Dhaka."""
    eve = datetime(2026, 12, 31, 20, 0, tzinfo=UTC)
    dhaka, berlin = garage.workspace("Asia/Dhaka"), garage.workspace("Europe/Berlin")
    assert take(berlin, at=eve) == "REP-2026-00001"
    assert take(dhaka, at=eve) == "REP-2027-00001"
    assert take(dhaka, at=datetime(2026, 12, 31, 17, 59, tzinfo=UTC)) == "REP-2026-00001"
    assert take(dhaka, at=datetime(2026, 12, 31, 18, 0, tzinfo=UTC)) == "REP-2027-00002"
    assert take(dhaka, "garage.receipt", at=eve) == "2701/1"
    assert take(berlin, "garage.receipt", at=eve) == "2612/1"
    for workspace in (dhaka, berlin):
        with workspace.work() as work:
            assert find_gaps(work) == []


def test_what_one_request_does_is_of_the_day_on_which_it_began(garage: Garage) -> None:
    """A second before midnight in Berlin, however long it then waits for a lock."""
    with garage.workspace("Europe/Berlin").work() as work:
        work.began = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
        assert (work.today(), work.next_number(SERIES)) == (date(2026, 12, 31), "REP-2026-00001")
        work.began += timedelta(seconds=1)
        assert (work.today(), work.next_number(SERIES)) == (date(2027, 1, 1), "REP-2027-00001")


def test_the_first_numbers_of_a_year_taken_at_once_are_one_to_eight(here: TestWorkspace) -> None:
    with ThreadPoolExecutor(8) as pool:
        for year in range(2030, 2040):
            at = datetime(year, 6, 1, tzinfo=UTC)
            numbers = list(pool.map(lambda _, at=at: take(here, at=at), range(8)))
            assert sorted(numbers) == [f"REP-{year}-{n:05}" for n in range(1, 9)]


def test_nobody_takes_a_number_without_a_workspace(garage: Garage) -> None:
    with garage.database.connect("jemeti_app") as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("SELECT jemeti.next_number('garage.repair', '{year}-{number}')")


@pytest.mark.parametrize("role", ["jemeti_app", "jemeti_platform"])
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO numbers_taken (series, year, number, written) VALUES ('garage.repair', 2026, 9, 'REP-9')",
        "UPDATE numbers_taken SET number = 9",
        "DELETE FROM numbers_taken",
        "UPDATE number_counters SET last = 9",
        "DELETE FROM number_counters",
    ],
)
def test_counters_and_ledger_are_written_by_the_function_alone(
    garage: Garage, here: TestWorkspace, role: str, statement: str
) -> None:
    take(here)
    with garage.database.connect(role) as connection, connection.transaction(force_rollback=True):
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(here.id)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


# -- over HTTP ----------------------------------------------------------------------------------------


def test_the_series_of_what_is_on_are_listed(here: TestWorkspace, client: Api) -> None:
    year = year_of(client)
    repair, receipt = client.get("/v1/number-series").data
    assert repair == {
        "name": SERIES,
        "title": "Repairs",
        "pattern": "REP-{year}-{number:05}",
        "default_pattern": "REP-{year}-{number:05}",
        "year": year,
        "next": 1,
        "next_number": f"REP-{year}-00001",
        "is_begun": False,
    }
    assert receipt["name"] == "garage.receipt"
    here.set_feature("garage.repairs", "off")
    here.set_feature("garage", "off")
    assert client.get("/v1/number-series").data == []
    client.get(PATH, expect=404)
    client.patch(PATH, {"next": 5}, expect=404)


def test_another_pattern_holds_from_the_next_number_on(here: TestWorkspace, client: Api) -> None:
    year, first = year_of(client), take(here)
    changed = client.patch(PATH, {"pattern": "R/{year:2}/{number}"}).data
    assert changed["next_number"] == f"R/{year % 100:02}/2"
    assert take(here) == changed["next_number"]
    assert [row["written"] for row in taken(here)] == [first, changed["next_number"]]
    assert client.patch(PATH, {"pattern": None}).data["next_number"] == f"REP-{year}-00003"
    assert take(here) == f"REP-{year}-00003"
    assert client.get(f"{PATH}/gaps").data == []


def test_a_year_may_begin_where_another_system_ended(here: TestWorkspace, client: Api) -> None:
    year = year_of(client)
    assert client.patch(PATH, {"next": 4711}).data["next_number"] == f"REP-{year}-04711"
    assert client.patch(PATH, {"next": 100}).data["next"] == 100
    assert client.patch(PATH, {"next": 4711}).data["is_begun"] is False
    assert take(here) == f"REP-{year}-04711"
    refused = client.patch(PATH, {"next": 4712}, expect=409)
    assert refused.error["details"]["reason"] == "state"
    assert take(here) == f"REP-{year}-04712"
    gaps = client.get(f"{PATH}/gaps", params={"year": str(year)})
    assert gaps.data == []
    assert gaps.meta["years"] == [{"year": year, "first": 4711, "last": 4712, "taken": 2}]


def test_a_pattern_that_would_write_a_number_again_is_refused(here: TestWorkspace, client: Api) -> None:
    client.patch(PATH, {"pattern": "R{year}1{number}"})
    first = take(here)  # R20261 and 1, which is also R2026 and 11
    refused = client.patch(PATH, {"pattern": "R{year}{number}"}, expect=409)
    assert refused.error["details"] == {"reason": "duplicate", "fields": ["pattern"]}
    assert first in refused.error["message"]
    assert client.get(PATH).data["pattern"] == "R{year}1{number}"


def test_the_database_itself_refuses_to_write_a_number_again(here: TestWorkspace) -> None:
    with here.work() as work:
        work.write(
            Statement("INSERT INTO number_series (series, pattern) VALUES ('garage.repair', 'R{year}1{number}')")()
        )
    take(here)
    with here.work() as work:
        work.write(Statement("UPDATE number_series SET pattern = 'R{year}{number}'")())
    for _ in range(9):
        take(here)
    with pytest.raises(psycopg.errors.UniqueViolation):
        take(here)


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("JOB-{number}", "year"),
        ("JOB-{year}", "number"),
        ("{year}-{number}-{number}", "once"),
        ("{year}-{number:5}", "no"),
        ("{year}-{number:00}", "no"),
        ("{year}-{day}-{number}", "no"),
        ("{year}-{number}{", "may not"),
        ("=cmd {year}{number}", '"="'),
        (" {year}{number}", "spaces"),
        ("", "characters"),
        ("x" * 40 + "{year}{number}", "characters"),
        (5, "text"),
    ],
)
def test_a_pattern_that_cannot_number_is_refused_in_words(client: Api, pattern: Any, word: str) -> None:
    (fault,) = client.patch(PATH, {"pattern": pattern}, expect=400).error["details"]
    assert fault["field"] == "pattern"
    assert word in fault["message"]


def test_every_fault_is_named(client: Api) -> None:
    refused = client.patch(PATH, {"pattern": "x", "next": 0, "title": "Mine"}, expect=400)
    assert {fault["field"] for fault in refused.error["details"]} == {"pattern", "next", "title"}
    client.get("/v1/number-series/garage.unknown", expect=404)
    client.get("/v1/number-series/garage.unknown/gaps", expect=404)


def test_who_is_too_late_is_told(client: Api) -> None:
    stale = client.get(PATH).headers["ETag"]
    client.get(PATH, headers={"If-None-Match": stale}, expect=304)
    client.patch(PATH, {"pattern": "A{year}-{number}"}, headers={"If-Match": stale})
    refused = client.patch(PATH, {"pattern": "B{year}-{number}"}, headers={"If-Match": stale}, expect=412)
    assert refused.error["details"]["current"]["pattern"] == "A{year}-{number}"


def test_who_may_see_and_who_may_change(client: Api) -> None:
    reader = client.as_one_who_may("numbering:read")
    assert reader.get(PATH).data["name"] == SERIES
    assert reader.patch(PATH, {"next": 5}, expect=403).error["details"]["permission"] == "numbering:write"
    assert client.as_one_who_may().get(PATH, expect=403).error["details"]["permission"] == "numbering:read"


def test_a_gap_is_found_where_somebody_with_more_rights_has_made_one(
    garage: Garage, here: TestWorkspace, client: Api
) -> None:
    for _ in range(6):
        take(here)
    with garage.database.connect() as superuser:
        superuser.execute("DELETE FROM numbers_taken WHERE tenant_id = %s AND number IN (2, 3, 6)", [str(here.id)])
    year = year_of(client)
    reply = client.get(f"{PATH}/gaps")
    assert reply.data == [{"year": year, "first": 2, "last": 3}, {"year": year, "first": 6, "last": 6}]
    assert reply.meta["years"] == [{"year": year, "first": 1, "last": 6, "taken": 3}]
    assert client.get(f"{PATH}/gaps", params={"year": "1999"}).data == []
    with here.work() as work:
        assert [tuple(gap) for gap in find_gaps(work)] == [(SERIES, year, 2, 3), (SERIES, year, 6, 6)]


def test_changing_a_pattern_waits_for_who_is_taking_a_number(garage: Garage, here: TestWorkspace, client: Api) -> None:
    """What was taken by the old pattern is seen by the look for doubles, even while it was not committed."""
    client.patch(PATH, {"pattern": "R{year}1{number}"})
    with ThreadPoolExecutor(1) as pool, transaction() as manager:
        work = here.working(manager)
        work.open()
        work.next_number(SERIES)
        waiting = pool.submit(client.patch, PATH, {"pattern": "R{year}{number}"}, expect=409)
        wait_until_blocked(garage.database, unless=waiting.done)
        assert not waiting.done()
        manager.commit()
        assert waiting.result().error["details"]["reason"] == "duplicate"
        manager.begin()


# -- declarations -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Sequence("job", "{year}-{number}", "Jobs"), "plugin"),
        (lambda: Sequence("jobs.job", "JOB-{number}", "Jobs"), "year"),
        (lambda: Manifest("shop", "Shop", "1", sequences=(Sequence("jobs.job", "{year}-{number}", "Jobs"),)), "shop."),
        (lambda: Manifest("jobs", "Jobs", "1", sequences=(Sequence("jobs.job", "{year}{number}", "J"),) * 2), "twice"),
    ],
)
def test_a_sequence_that_makes_no_sense_stops_the_boot(make: Callable[[], Any], word: str) -> None:
    with pytest.raises(ManifestError, match=word):
        make()


def test_a_series_that_nobody_declares_is_a_fault_of_the_program(here: TestWorkspace) -> None:
    with here.work() as work, pytest.raises(KeyError):
        work.next_number("garage.unknown", record=uuid4())


def test_letters_of_any_script_may_stand_in_a_pattern(here: TestWorkspace, client: Api) -> None:
    assert NumberPattern().read("জব-{year}-{number:03}", {}) == "জব-{year}-{number:03}"
    with pytest.raises(Refused):
        NumberPattern().read("{year}\u202e{number}", {})
    year = year_of(client)
    client.patch(PATH, {"pattern": "জব-{year}-{number:03}"})
    assert take(here) == f"জব-{year}-001"
