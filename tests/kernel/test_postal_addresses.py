"""Addresses on paper: in lines, with the country only where it is another one, in the workspace's language."""

import pytest

from jemeti_platform.documents import postal_address

LAKE = {"street": "12 Lake Road", "postcode": "1212", "city": "Dhaka", "region": None, "country": "BD"}


@pytest.mark.parametrize(
    ("home", "language", "lines"),
    [
        ("BD", "en", ["12 Lake Road", "1212 Dhaka"]),
        ("IN", "en", ["12 Lake Road", "1212 Dhaka", "Bangladesh"]),
        ("DE", "de", ["12 Lake Road", "1212 Dhaka", "Bangladesch"]),
    ],
)
def test_the_country_is_named_where_it_is_another(api_of, new_tenant, home, language, lines):
    workspace = new_tenant(country=home)
    api_of(workspace).patch("/v1/workspace", {"locale": language})
    with workspace.work() as work:
        assert postal_address(work, LAKE) == "\n".join(lines)


def test_of_nothing_there_are_no_lines(work):
    assert postal_address(work, None) is None
    assert postal_address(work, {"street": "", "city": None}) is None
