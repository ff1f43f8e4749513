"""What the parts of the contract share: the resource, and records of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from ...rest.resource import Resource
from ...rest.service import View
from ..api import Api
from ..making import Maker

__all__ = ["ContractBase", "schema_of"]


class ContractBase:
    resource: ClassVar[Resource]
    make: ClassVar[Mapping[str, Any]] = {}
    change: ClassVar[Mapping[str, Any]] = {}
    round_trips_to_create: ClassVar[int] = 3

    @pytest.fixture
    def maker(self, api: Api) -> Maker:
        """Makes records in ``tenant``; a subclass may prepare here what its resource needs."""
        return Maker(api)

    @property
    def path(self) -> str:
        return f"/v1{self.resource.path}"

    def body(self, maker: Maker) -> dict[str, Any]:
        """A body that POST accepts."""
        made = maker.body(self.views["POST"], f"resource {self.resource.name}", self.resource.table)
        return made | self._given(next(maker.samples.numbers))

    def create(self, maker: Maker, **given: Any) -> dict[str, Any]:
        """A new record as POST answers it."""
        if "POST" not in self.views:
            return maker.create(self.resource, **self._given(next(maker.samples.numbers)) | given)
        made: dict[str, Any] = maker.api.post(self.path, self.body(maker) | given, expect=201).data
        return made

    def changes(self, maker: Maker) -> dict[str, Any]:
        """A merge patch of one field that is accepted."""
        if self.change:
            return dict(self.change)
        made = maker.body(self.views["PATCH"], f"resource {self.resource.name}", self.resource.table)
        name = min(
            made, key=lambda name: (not isinstance(made[name], str), name.endswith("_id"), list(made).index(name))
        )
        return {name: made[name]}

    @property
    def views(self) -> dict[str, View]:
        """The views that change records, by method: POST of the collection, PATCH and DELETE of one."""
        many, one = self.resource.services()
        return {m: v for m, v in (*many.views.items(), *one.views.items()) if m != "GET"}

    def needs(self, method: str) -> None:
        """Skip the test unless records can be made (POST), changed (PATCH) or deleted (DELETE)."""
        if method not in self.views:
            pytest.skip(f"{self.resource.name} has no {method}")

    def _given(self, number: int) -> dict[str, Any]:
        return {k: v.replace("{n}", str(number)) if isinstance(v, str) else v for k, v in self.make.items()}


def schema_of(view: View) -> Any:
    """The schema of a view's body, as an instance."""
    return view.body() if isinstance(view.body, type) else view.body
