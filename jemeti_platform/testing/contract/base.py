"""What the parts of the contract share: the resource, and records of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from ...rest.resource import Resource
from ..api import Api
from ..making import Maker

__all__ = ["ContractBase"]


class ContractBase:
    resource: ClassVar[Resource]
    make: ClassVar[Mapping[str, Any]] = {}
    change: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture
    def maker(self, api: Api) -> Maker:
        """Makes records in ``tenant``; a subclass may prepare here what its resource needs."""
        return Maker(api)

    @property
    def path(self) -> str:
        return f"/v1{self.resource.path}"

    def body(self, maker: Maker) -> dict[str, Any]:
        """A body that POST accepts."""
        view = self.resource.services()[0].views["POST"]
        made = maker.body(view, f"resource {self.resource.name}", self.resource.table)
        return made | self._given(next(maker.samples.numbers))

    def create(self, maker: Maker, **given: Any) -> dict[str, Any]:
        """A new record as POST answers it."""
        if not self.resource.creatable:
            return maker.create(self.resource, **self._given(next(maker.samples.numbers)) | given)
        made: dict[str, Any] = maker.api.post(self.path, self.body(maker) | given, expect=201).data
        return made

    def changes(self, maker: Maker) -> dict[str, Any]:
        """A merge patch of one field that is accepted."""
        if self.change:
            return dict(self.change)
        view = self.resource.services()[1].views["PATCH"]
        made = maker.body(view, f"resource {self.resource.name}", self.resource.table)
        name = min(
            made, key=lambda name: (not isinstance(made[name], str), name.endswith("_id"), list(made).index(name))
        )
        return {name: made[name]}

    def needs(self, what: str) -> None:
        """Skip the test unless the resource is ``creatable``, ``updatable`` or ``deletable``."""
        if not getattr(self.resource, what):
            pytest.skip(f"{self.resource.name} is not {what}")

    def _given(self, number: int) -> dict[str, Any]:
        return {k: v.replace("{n}", str(number)) if isinstance(v, str) else v for k, v in self.make.items()}
