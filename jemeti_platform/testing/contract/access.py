"""Who may: nobody unknown, nobody without the right, nobody of another workspace, and only what is paid for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from ...rest.service import ALWAYS
from ..api import Api, Reply
from ..making import Maker
from ..workspaces import TestWorkspace
from .base import ContractBase

__all__ = ["Access"]


class Access(ContractBase):
    def test_strangers_are_401(self, api: Api, maker: Maker) -> None:
        for reply in self._every(api.anonymous, self.create(maker)["id"], 401):
            assert reply.error["code"] == "unauthorized"
            assert reply.headers["WWW-Authenticate"] == "Bearer"

    def test_a_feature_that_is_off_is_402_with_the_explanation(
        self, api: Api, maker: Maker, tenant: TestWorkspace
    ) -> None:
        made = self.create(maker)
        if self.resource.feature == ALWAYS:
            for slug in tenant.platform.features:
                tenant.set_feature(slug, "off")
            assert api.get(f"{self.path}/{made['id']}", expect=200).data == made
            return
        tenant.set_feature(self.resource.feature, "off")
        for reply in self._every(api, made["id"], 402):
            assert reply.error["code"] == "payment_required"
            assert reply.error["details"]["feature"] == self.resource.feature
        tenant.set_feature(self.resource.feature, None)
        api.get(f"{self.path}/{made['id']}", expect=200)

    def test_read_only_is_what_it_says(self, api: Api, maker: Maker, tenant: TestWorkspace) -> None:
        if self.resource.feature == ALWAYS:
            pytest.skip("no feature gates it")
        made = self.create(maker)
        tenant.set_feature(self.resource.feature, "read_only")
        api.get(self.path, expect=200)
        assert api.get(f"{self.path}/{made['id']}", expect=200).data == made
        for reply in self._writes(api, made["id"], 402):
            assert reply.error["details"]["value"] == "read_only"

    def test_without_the_permission_it_is_403(self, api: Api, maker: Maker) -> None:
        made = self.create(maker)
        for reply in self._every(api.as_one_who_may(), made["id"], 403):
            assert reply.error["code"] == "forbidden"
        reader = api.as_one_who_may(self.resource.read)
        reader.get(self.path, expect=200)
        for reply in self._writes(reader, made["id"], 403):
            assert reply.error["details"]["permission"] == self.resource.write

    def test_another_workspaces_record_is_as_if_it_were_not(
        self, api: Api, maker: Maker, other_tenant: TestWorkspace, api_of: Callable[[TestWorkspace], Api]
    ) -> None:
        made, stranger, unknown = self.create(maker), api_of(other_tenant), str(uuid4())
        foreign = list(self._record(stranger, made["id"], 404))
        missing = list(self._record(stranger, unknown, 404))
        for theirs, nobodys in zip(foreign, missing, strict=True):
            assert _told(theirs, made["id"]) == _told(nobodys, unknown)
        assert made["id"] not in [row["id"] for row in stranger.get(self.path).data]
        assert api.get(f"{self.path}/{made['id']}").data == made

    def _every(self, api: Api, identity: str, expect: int) -> Iterator[Reply]:
        yield api.get(self.path, expect=expect)
        yield api.get(f"{self.path}/{identity}", expect=expect)
        yield from self._writes(api, identity, expect)

    def _writes(self, api: Api, identity: str, expect: int) -> Iterator[Reply]:
        if "POST" in self.views:
            yield api.post(self.path, {}, expect=expect)
        yield from self._changes(api, identity, expect)

    def _record(self, api: Api, identity: str, expect: int) -> Iterator[Reply]:
        yield api.get(f"{self.path}/{identity}", expect=expect)
        yield from self._changes(api, identity, expect)

    def _changes(self, api: Api, identity: str, expect: int) -> Iterator[Reply]:
        where = f"{self.path}/{identity}"
        if "PATCH" in self.views:
            yield api.patch(where, {}, expect=expect)
        if "DELETE" in self.views:
            yield api.delete(where, expect=expect)


def _told(reply: Reply, identity: str) -> tuple[int, str, dict[str, Any]]:
    """What an answer tells, but for the id that was asked for and the request's own."""
    text = reply.text.replace(reply.error["request_id"], "REQUEST").replace(identity, "ID")
    told = {k: v for k, v in reply.headers.items() if k not in ("X-Request-Id", "RateLimit")}
    return reply.status, text, told
