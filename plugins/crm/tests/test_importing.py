"""Customer files: what is in them comes in once, what cannot is told with its line and reason, nothing is half done."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transaction import TransactionManager

from bench.customers_file import CREATED, MERGED, NOTHING, REFUSED, make
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import BadRequest, PaymentRequired
from jemeti_platform.imports import Report, open_table, run_import, written_to
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.crm.importing import CUSTOMERS_IMPORTER
from plugins.crm.importing.names import same_person

Import = Callable[..., Report]
HEAD = "Name,Phone,E-mail,Plate,VIN,Make,Odometer,Last visit"


@pytest.fixture
def workshop(new_tenant: Callable[..., TestWorkspace]) -> TestWorkspace:
    return new_tenant(country="BD")


@pytest.fixture
def take_in(workshop: TestWorkspace, tmp_path: Path) -> Import:
    """Import lines of CSV (or a file) into ``workshop``."""

    def run(*lines: str, file: Path | None = None, report: Report | None = None) -> Report:
        if file is None:
            file = tmp_path / "customers.csv"
            file.write_text("\n".join(lines), encoding="utf-8")
        result = report or Report()
        with workshop.work() as work:
            run_import(work, CUSTOMERS_IMPORTER, open_table(file), result)
        return result

    return run


@pytest.fixture
def there(workshop: TestWorkspace) -> Callable[[str], list[dict[str, Any]]]:
    """Rows of a table of ``workshop``."""

    def rows(query: str) -> list[dict[str, Any]]:
        with workshop.work() as work:
            (found,) = work.read(Statement(query)())
        return found

    return rows


def everything(there: Callable[[str], list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    tables = ("crm_customers", "crm_vehicles", "crm_ownerships", "crm_odometer_readings")
    return {table: there(f"SELECT * FROM {table} ORDER BY id") for table in tables}


def told(report: Report) -> list[tuple[int, str, tuple[int, ...]]]:
    return [(problem.line, problem.field, problem.seen) for problem in report.first]


def test_a_customer_with_two_cars_is_one_customer(take_in: Import, there: Any) -> None:
    report = take_in(
        HEAD,
        'Rahim Uddin,01712-345678,,DHAKA METRO GA-12-3456,,Toyota,"84,210 km",12.03.2024',
        "rahim uddin,+880 1712 345678,r@mail.example,DHAKA METRO GA-12-3457,,Honda,,",
    )
    assert report.results == {"created": 1, "completed": 1}
    (customer,) = there("SELECT name, phone, email FROM crm_customers")
    assert customer == {"name": "Rahim Uddin", "phone": "+8801712345678", "email": "r@mail.example"}
    first, second = there("SELECT plate, make, odometer FROM crm_vehicles ORDER BY plate")
    assert (first["make"], first["odometer"], second["make"]) == ("Toyota", 84_210, "Honda")
    (reading,) = there("SELECT reading_km, read_at::date::text AS day, source FROM crm_odometer_readings")
    assert reading == {"reading_km": 84_210, "day": "2024-03-12", "source": "import"}
    assert len(there("SELECT 1 FROM crm_ownerships WHERE until IS NULL")) == 2


def test_the_second_time_nothing_is_added_or_changed(take_in: Import, there: Any) -> None:
    lines = (
        HEAD,
        "Rahim,01712345678,,GA-12-3456,,,1000,",
        "Karim,,k@mail.example,GA-12-3457,,,,",
        "Nasrin,,,GA-12-3458,,,,",
    )
    assert take_in(*lines).results == {"created": 3}
    before = everything(there)
    assert take_in(*lines).results == {"unchanged": 3}
    assert everything(there) == before


@pytest.mark.parametrize(
    "row",
    [
        "Rahim,01712-345678,,,,,,", "Rahim,,RAHIM@mail.example,,,,,", "Rahim,,,ga 12 3456,,,,",
        "Rahim,,,,wvw zzz1jzxw000001,,,",
    ],
)  # fmt: skip
def test_who_is_there_is_told_by_phone_email_plate_or_vin(take_in: Import, there: Any, row: str) -> None:
    take_in(HEAD, "Rahim,+8801712345678,rahim@mail.example,GA-12-3456,WVWZZZ1JZXW000001,Toyota,,")
    assert take_in(HEAD, row).results == {"unchanged": 1}
    assert len(there("SELECT 1 FROM crm_customers")) == 1


def test_what_is_empty_is_filled_and_what_is_there_stays(take_in: Import, there: Any) -> None:
    take_in(HEAD, "Rahim Uddin,01712345678,,GA-12-3456,,Toyota,,")
    report = take_in(HEAD, "Md. Rahim Uddin,01712345678,rahim@mail.example,GA-12-3456,WVWZZZ1JZXW000001,Honda,5000,")
    assert report.results == {"completed": 1}
    (customer,) = there("SELECT name, email, version FROM crm_customers")
    assert customer == {"name": "Rahim Uddin", "email": "rahim@mail.example", "version": 2}
    (vehicle,) = there("SELECT make, vin, odometer FROM crm_vehicles")
    assert vehicle == {"make": "Toyota", "vin": "WVWZZZ1JZXW000001", "odometer": 5000}


@pytest.mark.parametrize(
    ("second", "field"),
    [
        ("Karim,01811111111,rahim@mail.example,,,,,", "customer.email"),
        ("Karim,01712345678,karim@mail.example,,,,,", "customer.phone"),
        ("Karim,01811111111,,GA 12 3456,,,,", "vehicle.plate"),
        ("Karim,01811111111,,,WVWZZZ1JZXW000001,,,", "vehicle.vin"),
    ],
)
def test_what_is_somebody_elses_is_refused_with_both_lines(
    take_in: Import, there: Any, second: str, field: str
) -> None:
    first = "Rahim,01712345678,rahim@mail.example,GA-12-3456,WVWZZZ1JZXW000001,,,"
    report = take_in(HEAD, first, second)
    assert report.results == {"created": 1, "refused": 1}
    assert told(report) == [(3, field, (2,))]
    assert [row["name"] for row in there("SELECT name FROM crm_customers")] == ["Rahim"]
    again = take_in(HEAD, first, second)
    assert again.results == {"unchanged": 1, "refused": 1}
    assert told(again) == [(3, field, (2,))]


def test_a_row_that_is_two_customers_is_refused(take_in: Import) -> None:
    take_in(HEAD, "Rahim,01712345678,,,,,,", "Rahim,,rahim@mail.example,,,,,")
    report = take_in(HEAD, "Rahim,01712345678,rahim@mail.example,,,,,")
    assert told(report) == [(2, "customer.email", ())]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",01712345678,,GA-1,,,,", "customer.name"),
        ("Rahim,,,,,,,", "customer.name"),
        ("Rahim,12,,GA-1,,,,", "customer.phone"),
        ("Rahim,01712345678 / 01812345678,,GA-1,,,,", "customer.phone"),
        ("Rahim,,nobody,GA-1,,,,", "customer.email"),
        ("Rahim,01712345678,,GA-1,WVWZZZ1JZXW0000O1,,,", "vehicle.vin"),
        ("Rahim,01712345678,,GA-1,1HGCM82633A004353,,,", "vehicle.vin"),
        ("Rahim,01712345678,,GA-1,,,a lot,", "vehicle.odometer"),
        ("Rahim,01712345678,,GA-1,,,1,31.02.2024", "read_on"),
        ("Rahim,01712345678,,GA-1,,,1,01.01.2199", "read_on"),
        ("Rahim,01712345678,,,,Toyota,,", "vehicle.plate"),
        ("Rahim,01712345678,,GA-1,,,,,more", ""),
    ],
)
def test_a_broken_row_is_refused_as_a_whole_and_the_others_come_in(
    take_in: Import, there: Any, row: str, field: str
) -> None:
    report = take_in(HEAD, row, "Karim,01812345678,,GA-2,,,,")
    assert report.results == {"created": 1, "refused": 1}
    assert told(report) == [(2, field, ())]
    assert [row["name"] for row in there("SELECT name FROM crm_customers")] == ["Karim"]
    assert [row["plate"] for row in there("SELECT plate FROM crm_vehicles")] == ["GA-2"]


def test_all_faults_of_a_row_are_told_at_once(take_in: Import) -> None:
    report = take_in(HEAD, ",12,nobody,GA-1,short,,much,soon")
    assert {field for _, field, _ in told(report)} == {
        "customer.name", "customer.phone", "customer.email", "vehicle.vin", "vehicle.odometer", "read_on",
    }  # fmt: skip
    assert report.results == {"refused": 1}


def test_a_number_is_read_in_the_country_of_its_row(take_in: Import, there: Any) -> None:
    take_in("Name,Mobile,Country", "A,01712345678,", "B,0171 2345678,Deutschland", "C,٠٥٠١٢٣٤٥٦٧,UAE")
    found = there("SELECT phone, address ->> 'country' AS country FROM crm_customers ORDER BY name")
    assert [tuple(row.values()) for row in found] == [
        ("+8801712345678", None), ("+491712345678", "DE"), ("+971501234567", "AE"),
    ]  # fmt: skip


def test_headings_in_bengali_arabic_and_german(take_in: Import, there: Any) -> None:
    take_in("নাম,মোবাইল নম্বর,গাড়ির নম্বর", "মোঃ আব্দুল করিম,০১৭১২৩৪৫৬৭৮,ঢাকা মেট্রো গ-২১-৪৪১০")
    take_in("الاسم;رقم الجوال;رقم اللوحة", "محمد;01812345678;A 12345")
    take_in("Vorname\tNachname\tHandy\tKfz-Kennzeichen", "Jürgen\tMüller\t01912345678\tGÖ-AB 123")
    people = there(
        "SELECT c.name, v.plate FROM crm_customers c JOIN crm_vehicles v ON v.customer_id = c.id ORDER BY phone"
    )
    assert [tuple(row.values()) for row in people] == [
        ("মোঃ আব্দুল করিম", "ঢাকা মেট্রো গ-২১-৪৪১০"), ("محمد", "A 12345"), ("Jürgen Müller", "GÖ-AB 123"),
    ]  # fmt: skip


def test_an_archived_vehicle_does_not_come_back(take_in: Import, there: Any, workshop: TestWorkspace) -> None:
    line = "Rahim,01712345678,,GA-12-3456,,,,"
    take_in(HEAD, line)
    with workshop.work() as work:
        work.write(Statement("UPDATE crm_vehicles SET status = 'archived'")())
    assert take_in(HEAD, line).results == {"unchanged": 1}
    assert len(there("SELECT 1 FROM crm_vehicles")) == 1


def test_a_plate_that_was_archived_may_be_somebody_elses(take_in: Import, there: Any, workshop: TestWorkspace) -> None:
    take_in(HEAD, "Rahim,01712345678,,GA-12-3456,,,,")
    with workshop.work() as work:
        work.write(Statement("UPDATE crm_vehicles SET status = 'archived'")())
    assert take_in(HEAD, "Karim,01812345678,,GA-12-3456,,,,").results == {"created": 1}


def test_off_for_the_workspace_is_refused_and_nothing_written(
    take_in: Import, there: Any, workshop: TestWorkspace
) -> None:
    workshop.set_feature("vehicles.customer", "read_only")
    with pytest.raises(PaymentRequired):
        take_in(HEAD, "Rahim,01712345678,,,,,,")
    assert there("SELECT 1 FROM crm_customers") == []


def test_a_file_without_a_name_column_is_refused(take_in: Import) -> None:
    with pytest.raises(BadRequest, match="a column called Name, Customer"):
        take_in("Phone,Plate", "01712345678,GA-1")


def test_a_dry_run_counts_and_keeps_nothing(workshop: TestWorkspace, there: Any, tmp_path: Path) -> None:
    file, report = tmp_path / "c.csv", Report()
    file.write_text(f"{HEAD}\nRahim,01712345678,,GA-12-3456,,,,")
    manager = TransactionManager(explicit=True)
    manager.begin()
    run_import(workshop.working(manager), CUSTOMERS_IMPORTER, open_table(file), report)
    manager.abort()
    assert report.results == {"created": 1}
    assert there("SELECT 1 FROM crm_customers") == []


class TestTheRealInput:
    """Some hundred rows of the file that the bench measures with twenty thousand."""

    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_every_good_row_is_in_and_every_fault_is_told(
        self, take_in: Import, there: Any, tmp_path: Path, ending: str
    ) -> None:
        file, refused = tmp_path / f"customers.{ending}", tmp_path / "refused.csv"
        lines = make(file, rows=1200, seed=3)
        meant = Counter(line.meant for line in lines)
        with written_to(refused) as report:
            take_in(file=file, report=report)
        assert report.empty == meant[NOTHING]
        listed = {int(row["line"]) for row in csv.DictReader(io.StringIO(refused.read_text(encoding="utf-8-sig")))}
        assert listed == {line.number for line in lines if line.meant == REFUSED}
        assert report.results["created"] == meant[CREATED] == len(there("SELECT 1 FROM crm_customers"))
        assert report.results["completed"] + report.results["unchanged"] == meant[MERGED]
        before = everything(there)
        again = take_in(file=file)
        assert again.results == {"unchanged": meant[CREATED] + meant[MERGED], "refused": meant[REFUSED]}
        assert everything(there) == before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Md. Rahim Uddin", "RAHIM UDDIN"), ("Uddin, Rahim", "Rahim Uddin"), ("José Fernández", "Jose Fernandez"),
        ("Müller GmbH", "Müller"), ("মোঃ আব্দুল করিম", "আব্দুল করিম"), ("Shirin Akhter", "Shirin Akter"), ("Weiß", "WEISS"),
    ],
)  # fmt: skip
def test_names_that_may_be_one_persons(one: str, other: str) -> None:
    assert same_person(one, other)
    assert same_person(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Rahim Uddin", "Karim Uddin"), ("Nasrin Akter", "Fatema Akter"), ("করিম", "রহিম"),
     ("محمد الفارسي", "خالد الفارسي")],
)  # fmt: skip
def test_names_of_two_people(one: str, other: str) -> None:
    assert not same_person(one, other)
