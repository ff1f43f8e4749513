"""The example of the tutorial is a plugin like a third party's: its own tests pass where it is installed alone."""

from pathlib import Path

import pytest

from tests.third_party.outside import checked, install, swept_and_passed

EXAMPLE = Path(__file__).parents[2] / "examples" / "tyre-hotel"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(EXAMPLE, tmp_path_factory.mktemp("tyre-hotel"))


def test_its_tests_pass_with_nothing_but_the_installed_platform(outside: Path) -> None:
    swept, passed = swept_and_passed(outside, "tyre_hotel")
    assert passed >= 110
    print(swept)  # noqa: T201 (the figures are the result)


def test_it_keeps_every_promise_that_an_administrator_asks_for(tmp_path: Path) -> None:
    report = checked(EXAMPLE, tmp_path / "report.json")
    assert report["green"], report
    # what it costs is measured here beside other tests, and proves nothing
    assert {one["status"] for one in report["checks"] if one["id"] != "cost"} == {"passed"}, report
