"""``jemeti.search`` finds what a person meant, by the index, in a workspace of 50,000 rows."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from jemeti_platform.db.base import uuid7

from .catalogue_database import Database, made_database  # noqa: F401 (a fixture)

ROWS = 50_000
# name, telephone: what people are really called, and what is asked for
PEOPLE = [
    ("Zoë Müller", "+4917112345678"),
    ("Straßburger GmbH & Co. KG", "+49301112223"),
    ("রহিম উদ্দিন", "+8801711223344"),
    ("مُحَمَّد أحمد", "+971501234567"),
    ("Łukasz Kowalski", "+48221234567"),
    ("100% Auto_Teile", "+4940998877"),
    ("O'Brien, Siobhán", "+35312345678"),
    ("Nguyễn Thị Ánh", "+84912345678"),
]
FOUND = [
    ("Müller", "Zoë Müller"),
    ("MULLER", "Zoë Müller"),
    ("muller zoe", "Zoë Müller"),
    ("zoe mül", "Zoë Müller"),
    ("  Zoë   Müller ", "Zoë Müller"),
    ("ller", "Zoë Müller"),
    ("Mulelr", "Zoë Müller"),
    ("zoe miller", "Zoë Müller"),
    ("0171 / 123 456 78", "Zoë Müller"),
    ("+49 (171) 12345678", "Zoë Müller"),
    ("171-1234", "Zoë Müller"),
    ("strassburger", "Straßburger GmbH & Co. KG"),
    ("Strasburger", "Straßburger GmbH & Co. KG"),
    ("রহিম", "রহিম উদ্দিন"),
    ("উদ্দীন", "রহিম উদ্দিন"),
    ("০১৭১১২২৩৩৪৪", "রহিম উদ্দিন"),
    ("محمد", "مُحَمَّد أحمد"),
    ("احمد محمد", "مُحَمَّد أحمد"),
    ("lukasz", "Łukasz Kowalski"),
    ("kowalsky", "Łukasz Kowalski"),
    ("100%", "100% Auto_Teile"),
    ("auto_teile", "100% Auto_Teile"),
    ("obrien", "O'Brien, Siobhán"),
    ("O'Brien", "O'Brien, Siobhán"),
    ("siobhan", "O'Brien, Siobhán"),
    ("nguyen thi anh", "Nguyễn Thị Ánh"),
    ("Nguyễn", "Nguyễn Thị Ánh"),
]
Search = Callable[..., list[str]]


def noise(count: int) -> Iterator[tuple[str, str]]:
    """Names of nobody, for 50,000 rows: the same in every run."""
    chance = random.Random(4)
    syllables = [consonant + vowel for consonant in "bdfghklmnprstvw" for vowel in "ae"]
    for number in range(count):
        words = ("".join(chance.choices(syllables, k=chance.randint(2, 4))).title() for _ in range(2))
        yield " ".join(words), f"+3312{number:07}"


@pytest.fixture(scope="module", autouse=True)
def _people(database: Database) -> Iterator[None]:
    admin_name = database.admin_url.username or ""
    with database.connect(admin_name) as admin:
        with admin.cursor().copy("COPY customers (tenant_id, id, name, phone) FROM STDIN") as copy:
            for tenant in (database.a, database.b):
                for name, phone in (*PEOPLE, *noise(ROWS - len(PEOPLE))):
                    copy.write_row((tenant, uuid7(), name, phone))
        admin.execute("ANALYZE customers")
    yield
    with database.connect(admin_name) as admin:
        admin.execute("TRUNCATE customers, vehicles, readings")


@pytest.fixture
def search(database: Database) -> Iterator[Search]:
    """Search as a request does; returns names, best first."""
    with database.connect("jemeti_app") as connection:

        def names(query: str, most: int = 10) -> list[str]:
            with connection.transaction():
                connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(database.a),))
                rows = connection.execute(
                    "SELECT c.name FROM jemeti.search('customers', %s, %s) AS s JOIN customers AS c ON c.id = s.id"
                    " ORDER BY s.rank DESC",
                    (query, most),
                )
                return [name for (name,) in rows]

        yield names


@pytest.mark.parametrize(("query", "name"), FOUND)
def test_a_person_is_found(search: Search, query: str, name: str) -> None:
    assert search(query)[0] == name


@pytest.mark.parametrize(
    "query", ["", "   ", "...", "xqzw", "zoe xqzw", "%", "_", "\\", "'; DROP TABLE customers", "\u0640"]
)
def test_nothing_is_found_where_there_is_nothing(search: Search, query: str) -> None:
    assert search(query) == []


def test_what_is_found_as_written_is_not_mixed_with_the_similar(search: Search) -> None:
    assert search("Kowalski") == ["Łukasz Kowalski"]


def test_no_more_rows_than_asked_for(search: Search) -> None:
    assert len(search("ba", 7)) == 7
    assert search("ba", 0) == []
    assert len(search("ba", 100_000)) == 1000


def test_a_very_long_query_is_answered(search: Search) -> None:
    assert search("müller " * 100_000) == ["Zoë Müller"]


@pytest.mark.parametrize("query", ["muller", "zoe muller", "mulelr", "0171 123 456 78", "strassburgr gmbh", "zo"])
def test_search_reads_the_index_not_the_workspace(database: Database, query: str) -> None:
    with database.connect(database.admin_url.username or "") as admin:
        plans = explained(admin)
        admin.execute("SELECT set_config('app.tenant_id', %s, false)", (str(database.a),))
        admin.execute("SELECT count(*) FROM jemeti.search('customers', %s, 10)", (query,))
    found = [plan for plan in plans if "FROM public.customers" in plan]
    assert found
    for plan in found:
        scans = [line.strip(" ->") for line in plan.splitlines() if "Scan on" in line or "Scan using" in line]
        indexes = {line.split()[4] for line in scans if line.startswith("Bitmap Index Scan")}
        assert indexes == {"ix_customers_search_text"}, plan
        assert not any(line.startswith(("Seq Scan", "Index Scan", "Parallel")) for line in scans), plan


def explained(admin: psycopg.Connection[Any]) -> list[str]:
    """Plans of the statements to come, also of those inside functions, as they are run."""
    plans: list[str] = []
    admin.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
    for statement in (
        "LOAD 'auto_explain'",
        "SET auto_explain.log_min_duration = 0",
        "SET auto_explain.log_nested_statements = on",
        "SET client_min_messages = log",
    ):
        admin.execute(statement)
    return plans
