"""One record: made, read, shown as declared, cached by its tag."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ..api import Api
from ..making import Maker
from ..round_trips import count_round_trips
from .base import ContractBase, schema_of

__all__ = ["Records"]


class Records(ContractBase):
    def test_what_is_created_is_found_at_its_location(self, api: Api, maker: Maker) -> None:
        self.needs("POST")
        made = api.post(self.path, self.body(maker), expect=201)
        assert made.location == f"{self.path}/{made.data['id']}"
        found = api.get(made.location, expect=200)
        assert found.data == made.data
        assert found.headers["ETag"] == made.headers["ETag"]

    def test_exactly_the_declared_fields_are_shown(self, api: Api, maker: Maker) -> None:
        made = self.create(maker)
        assert list(made) == list(self.resource.names)
        hidden = {"tenant_id", "search_text", *self.resource.hidden}
        assert not hidden & set(made)
        shown = api.get(self.path).data
        assert all(list(row) == list(self.resource.representation.names) for row in shown)

    def test_required_fields_are_all_named_at_once(self, api: Api) -> None:
        self.needs("POST")
        required = {node.name for node in schema_of(self.views["POST"]).children if node.required}
        if not required:
            pytest.skip("no field is required")
        refused = api.post(self.path, {}, expect=400)
        assert required <= {fault["field"].partition(".")[0] for fault in refused.error["details"]}

    def test_an_unknown_field_is_refused_by_name(self, api: Api, maker: Maker) -> None:
        self.needs("POST")
        refused = api.post(self.path, {**self.body(maker), "no_such_field": 1}, expect=400)
        assert refused.error["code"] == "bad_request"
        assert [fault["field"] for fault in refused.error["details"]] == ["no_such_field"]

    def test_only_the_fields_asked_for_are_shown(self, api: Api, maker: Maker) -> None:
        made = self.create(maker)
        where = f"{self.path}/{made['id']}"
        assert api.get(where, params={"fields": "id"}).data == {"id": made["id"]}
        assert all(list(row) == ["id"] for row in api.get(self.path, params={"fields": "id"}).data)
        assert self._fault(api.get(where, params={"fields": "no_such_field"}, expect=400)) == "fields"
        assert self._fault(api.get(where, params={"no_such_parameter": "1"}, expect=400)) == "no_such_parameter"

    def test_references_are_resolved_where_asked(self, api: Api, maker: Maker) -> None:
        if not self.resource.expand:
            pytest.skip("nothing to expand")
        made = self.create(maker)
        for name, expansion in self.resource.expand.items():
            for shown in (
                api.get(f"{self.path}/{made['id']}", params={"expand": name}).data,
                next(row for row in api.get(self.path, params={"expand": name}).data if row["id"] == made["id"]),
            ):
                assert name not in made
                if made[expansion.column] is None:
                    assert shown[name] is None
                else:
                    assert shown[name]["id"] == made[expansion.column]
                    assert set(shown[name]) == {"id", *expansion.fields}
        assert self._fault(api.get(self.path, params={"expand": "nobody"}, expect=400)) == "expand"

    def test_a_client_that_has_it_already_is_sent_nothing(self, api: Api, maker: Maker) -> None:
        made = self.create(maker)
        where = f"{self.path}/{made['id']}"
        tag = api.get(where).headers["ETag"]
        again = api.get(where, headers={"If-None-Match": tag}, expect=304)
        assert again.body == b""
        assert again.headers["ETag"] == tag
        assert api.get(where, headers={"If-None-Match": '"another"'}, expect=200).data == made

    def test_what_is_not_there_is_not_found(self, api: Api) -> None:
        for identity in (uuid4(), "not-a-uuid", "0" * 36, "1"):
            refused = api.get(f"{self.path}/{identity}", expect=404)
            assert refused.error["code"] == "not_found"

    def test_round_trips(self, api: Api, maker: Maker) -> None:
        """Any GET is one round trip to the database, a create at most three (``docs/architecture.md``)."""
        made = self.create(maker)
        for path in (self.path, f"{self.path}/{made['id']}"):
            api.get(path)  # what is sent for the first time is prepared first
            with count_round_trips(maker.workspace.platform) as trips:
                api.get(path)
            assert trips.count == 1, trips.trace
        if "POST" in self.views:
            api.post(self.path, self.body(maker))
            body = self.body(maker)
            with count_round_trips(maker.workspace.platform) as trips:
                api.post(self.path, body)
            assert trips.count <= self.round_trips_to_create, (
                f"POST {self.path} is {trips.count} round trips of {trips.statements} statements, and may be "
                f"{self.round_trips_to_create}: send what needs no answer by work.queue, the rest by one work.write; "
                f"or say round_trips_to_create = {trips.count} in the test\n{trips.trace}"
            )

    def _fault(self, reply: object) -> str:
        field: str = reply.error["details"][0]["field"]  # type: ignore[attr-defined]
        return field
