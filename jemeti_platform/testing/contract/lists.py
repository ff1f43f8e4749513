"""Lists: pages, order, filters, search, downloads."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest

from ...types import Tags, Text
from ..api import Api
from ..making import Maker
from .base import ContractBase, schema_of

__all__ = ["Lists"]


class Lists(ContractBase):
    def test_pages(self, api: Api, maker: Maker) -> None:
        before = api.get(self.path).meta["total"]
        made = [self.create(maker)["id"] for _ in range(3)]
        first = api.get(self.path, params={"per_page": "2", "sort": "-created_at"})
        assert first.meta == {"page": 1, "per_page": 2, "total": before + 3, "total_pages": -(-(before + 3) // 2)}
        second = api.get(self.path, params={"per_page": "2", "page": "2", "sort": "-created_at"})
        assert [row["id"] for row in (*first.data, *second.data)][:3] == made[::-1]
        past = api.get(self.path, params={"page": "999"})
        assert past.data == []
        assert past.meta["total"] == before + 3

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("per_page", "101"), ("per_page", "0"), ("per_page", "x"), ("page", "0"), ("page", "-1"),
            ("page", "9" * 20), ("sort", "no_such_field"), ("sort", "tenant_id"), ("count", "some"),
            ("no_such_parameter", "1"), ("tenant_id", "x"),
        ],
    )  # fmt: skip
    def test_a_parameter_that_cannot_be_is_refused_by_name(self, api: Api, name: str, value: str) -> None:
        refused = api.get(self.path, params={name: value}, expect=400)
        assert [fault["field"] for fault in refused.error["details"]] == [name]

    def test_a_parameter_given_twice_is_refused(self, api: Api) -> None:
        api.get(f"{self.path}?page=1&page=2", expect=400)

    def test_without_a_total(self, api: Api, maker: Maker) -> None:
        self.create(maker)
        assert "total" not in api.get(self.path, params={"count": "none"}).meta
        assert api.get(self.path, params={"count": "estimated"}).meta["total"] >= 1

    def test_order(self, api: Api, maker: Maker) -> None:
        for _ in range(3):
            self.create(maker)
        for name in self.resource.listing.sortable:
            up = api.get(self.path, params={"sort": name}).data
            down = api.get(self.path, params={"sort": f"-{name}"}).data
            assert {row["id"] for row in up} == {row["id"] for row in down}
            known = [row[name] for row in up if row.get(name) is not None]
            assert [row[name] for row in down if row.get(name) is not None] == known[::-1], f"sort={name}"

    def test_filters_keep_what_fits_and_drop_what_does_not(self, api: Api, maker: Maker) -> None:
        made = self.create(maker)
        for name in self.resource.listing.comparisons:
            field, _, operator = name.partition(".")
            value = made.get(field)
            if value is None or value == []:
                continue
            found = [row["id"] for row in api.get(self.path, params={name: _as_text(value), "per_page": "100"}).data]
            assert (made["id"] in found) == (operator not in ("gt", "lt")), f"{name}={value}"

    def test_a_filter_of_the_wrong_kind_is_refused_by_name(self, api: Api) -> None:
        for name, comparison in self.resource.listing.comparisons.items():
            inner = getattr(comparison.type, "inner", comparison.type)
            if isinstance(inner, Text | Tags):
                continue
            refused = api.get(self.path, params={name: "@!?"}, expect=400)
            assert refused.error["details"][0]["field"] == name

    def test_search_finds_a_record_by_its_words(self, api: Api, maker: Maker) -> None:
        if not self.resource.search:
            pytest.skip("cannot be searched")
        made, other = self.create(maker), self.create(maker)
        words = self._searchable(made)
        found = [row["id"] for row in api.get(self.path, params={"q": words}).data]
        assert found[0] == made["id"], f"q={words}"
        assert other["id"] not in found or self._searchable(other) == words

    def test_all_rows_as_csv(self, api: Api, maker: Maker) -> None:
        made = [self.create(maker)["id"] for _ in range(3)]
        reply = api.get(self.path, headers={"Accept": "text/csv"}, params={"sort": "-created_at", "per_page": "1"})
        assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
        titles, *rows = csv.reader(io.StringIO(reply.body.decode("utf-8-sig")))
        assert titles == list(self.resource.representation.names)
        assert [row[titles.index("id")] for row in rows][:3] == made[::-1]
        assert len(rows) == api.get(self.path).meta["total"]

    def test_all_rows_as_xlsx(self, api: Api, maker: Maker) -> None:
        made = self.create(maker)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        reply = api.get(self.path, headers={"Accept": kind})
        assert reply.headers["Content-Type"] == kind
        with zipfile.ZipFile(io.BytesIO(reply.body)) as book:
            assert made["id"] in book.read("xl/worksheets/sheet1.xml").decode() + _strings(book)

    def test_what_is_preferred_is_answered(self, api: Api) -> None:
        for accept, kind in (
            ("text/csv;q=0.5, application/json", "application/json"),
            ("application/json;q=0.9, text/csv", "text/csv; charset=utf-8"),
            ("text/csv, */*;q=0.1", "text/csv; charset=utf-8"),
        ):
            assert api.get(self.path, headers={"Accept": accept}).headers["Content-Type"] == kind

    def test_no_cell_is_a_formula(self, api: Api, maker: Maker) -> None:
        self.needs("POST")
        free = [n.name for n in schema_of(self.views["POST"]).children if isinstance(n.typ, Text) and not n.typ.pattern]
        free = [name for name in free if name in self.resource.representation.names and name not in self.make]
        for name in free[:1]:
            self.create(maker, **{name: "=1+1"})
            assert "'=1+1" in api.get(self.path, headers={"Accept": "text/csv"}).text

    def test_other_media_types_are_not_acceptable(self, api: Api) -> None:
        assert api.get(self.path, headers={"Accept": "image/png"}, expect=406).error["code"] == "not_acceptable"

    def _searchable(self, made: dict[str, Any]) -> str:
        """The words of a record's first searched field that holds some."""
        text = next(c for c in self.resource.table.c if c.name == "search_text").computed.sqltext.text
        return next(str(v) for name, v in made.items() if v and isinstance(v, str) and f"COALESCE({name}," in text)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)


def _strings(book: zipfile.ZipFile) -> str:
    return book.read("xl/sharedStrings.xml").decode() if "xl/sharedStrings.xml" in book.namelist() else ""
