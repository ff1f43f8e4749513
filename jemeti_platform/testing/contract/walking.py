"""Cursors: a walk meets every record once, and nobody can make, move or borrow one."""

from __future__ import annotations

from collections.abc import Callable

from ..api import Api
from ..making import Maker
from ..workspaces import TestWorkspace
from .base import ContractBase

__all__ = ["Walking"]


class Walking(ContractBase):
    def test_a_walk_meets_every_record_once(self, api: Api, maker: Maker) -> None:
        for _ in range(5):
            self.create(maker)
        everything = [row["id"] for row in api.get(self.path, params={"sort": "created_at"}).data]
        for sort in ("created_at", "-created_at"):
            met: list[str] = []
            cursor: str | None = ""
            while cursor is not None:
                step = api.get(self.path, params={"cursor": cursor, "per_page": "2", "sort": sort})
                met += [row["id"] for row in step.data]
                cursor = step.meta["next_cursor"]
            assert met == (everything if sort == "created_at" else everything[::-1])

    def test_a_cursor_is_good_for_its_own_list_only(
        self, api: Api, maker: Maker, other_tenant: TestWorkspace, api_of: Callable[[TestWorkspace], Api]
    ) -> None:
        for _ in range(3):
            self.create(maker)
        asked = {"per_page": "1", "sort": "created_at"}
        cursor = api.get(self.path, params={**asked, "cursor": ""}).meta["next_cursor"]
        api.get(self.path, params={**asked, "cursor": cursor}, expect=200)
        changed = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
        for bad in (changed, "x", cursor + "AAAA", "A" * 200):
            assert (
                api.get(self.path, params={**asked, "cursor": bad}, expect=400).error["details"][0]["field"] == "cursor"
            )
        api.get(self.path, params={"per_page": "1", "sort": "-created_at", "cursor": cursor}, expect=400)
        api_of(other_tenant).get(self.path, params={**asked, "cursor": cursor}, expect=400)
