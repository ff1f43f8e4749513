"""Records with a lifecycle: every action is tried in every state, and every refusal gives its reasons."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from ...db.statement import Statement
from ...lifecycle.body import body_for
from ...state_machine import Lifecycle, Transition
from ..api import Api, Reply
from ..making import Maker
from .base import ContractBase

__all__ = ["Moving", "paths"]

_CHECK = Statement(
    "SELECT pg_get_constraintdef(oid) AS rule FROM pg_constraint WHERE conrelid = %(table)s::text::regclass"
    " AND conname = %(name)s"
)


class Moving(ContractBase):
    moves: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """By action the inputs that cannot be made up from its schema."""

    def prepare(self, maker: Maker, record: dict[str, Any], action: str) -> None:
        """Do to a record what the guards of ``action`` want; a subclass knows."""

    @pytest.fixture
    def lifecycle(self, maker: Maker) -> Lifecycle:
        if self.resource.lifecycle is None:
            pytest.skip(f"{self.resource.name} has no lifecycle")
        return maker.workspace.platform.lifecycles[self.resource.lifecycle]

    def test_every_action_in_every_state(self, api: Api, maker: Maker, lifecycle: Lifecycle) -> None:
        tried = 0
        for state, path in paths(lifecycle).items():
            idle = self._in_state(maker, lifecycle, path)
            assert idle[lifecycle.column] == state
            for action in lifecycle.actions:
                transition = lifecycle.find(state, action)
                if transition is None:
                    self._leads_nowhere(maker, idle, lifecycle.actions[action])
                else:
                    self._leads_on(maker, self._in_state(maker, lifecycle, path), transition, lifecycle.column)
                tried += 1
        assert tried == len(lifecycle.states) * len(lifecycle.actions)

    def test_the_state_cannot_be_written(self, api: Api, maker: Maker, lifecycle: Lifecycle) -> None:
        made = self.create(maker)
        other = next(state.name for state in lifecycle.states if state.name != made[lifecycle.column])
        fault = [{"field": lifecycle.column, "message": "Unknown field"}]
        if "PATCH" in self.views:
            changes = {lifecycle.column: other}
            assert api.patch(f"{self.path}/{made['id']}", changes, expect=400).error["details"] == fault
        if "POST" in self.views:
            body = {**self.body(maker), lifecycle.column: other}
            assert api.post(self.path, body, expect=400).error["details"] == fault

    def test_each_action_needs_its_permission(self, api: Api, maker: Maker, lifecycle: Lifecycle) -> None:
        made = self.create(maker)
        reader = api.as_one_who_may(self.resource.read)
        told = reader.get(f"{self.path}/{made['id']}/transitions").data
        assert all(not way["allowed"] and way["unmet"][0]["guard"] == "permission" for way in told["transitions"])
        for action, transition in lifecycle.actions.items():
            refused = reader.post(f"{self.path}/{made['id']}/transitions", {"action": action}, expect=403)
            assert refused.error["details"]["permission"] == transition.permission
        assert api.get(f"{self.path}/{made['id']}").data == made

    def test_the_database_knows_the_declared_states(self, maker: Maker, lifecycle: Lifecycle) -> None:
        table = self.resource.table.name
        with maker.workspace.work() as work:
            ((row,),) = work.read(_CHECK(table=table, name=f"ck_{table}_{lifecycle.column}_known"))
        assert set(re.findall(r"'(\w+)'", row["rule"])) == {state.name for state in lifecycle.states}

    def _in_state(self, maker: Maker, lifecycle: Lifecycle, path: list[Transition]) -> dict[str, Any]:
        record = self.create(maker)
        assert record[lifecycle.column] == lifecycle.initial
        for transition in path:
            record = self._moved(maker, record, transition, expect=200).data
        return record

    def _leads_nowhere(self, maker: Maker, record: dict[str, Any], transition: Transition) -> None:
        reply = self._move(maker, record, transition)
        self._refused(maker, record, reply)
        assert [reason["guard"] for reason in reply.error["details"]["unmet"]] == ["state"]

    def _leads_on(self, maker: Maker, record: dict[str, Any], transition: Transition, column: str) -> None:
        where = f"{self.path}/{record['id']}"
        way = next(w for w in self._told(maker, record)["transitions"] if w["action"] == transition.action)
        if not way["allowed"]:
            reply = self._move(maker, record, transition)
            self._refused(maker, record, reply)
            assert all(reason["message"] for reason in way["unmet"])
            told = reply.error["details"]["unmet"]
            assert all(reason in told for reason in way["unmet"]), "every reason is told at once"
        before = maker.api.get(f"{where}/history").meta["total"]
        moved = self._moved(maker, record, transition, expect=200)
        assert moved.data[column] == transition.to
        assert maker.api.get(where).data == moved.data
        history = maker.api.get(f"{where}/history")
        assert history.meta["total"] == before + 1
        entry = history.data[0]
        assert (entry["action"], entry["from_state"], entry["to_state"]) == (
            transition.action,
            record[column],
            transition.to,
        )

    def _refused(self, maker: Maker, record: dict[str, Any], reply: Reply) -> None:
        where = f"{self.path}/{record['id']}"
        assert reply.status == 409, reply
        details = reply.error["details"]
        assert details["reason"] == "state"
        assert details["unmet"], "a refusal gives its reasons"
        assert details["transitions"] == self._told(maker, record)["transitions"]
        assert maker.api.get(where).data == record

    def _told(self, maker: Maker, record: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = maker.api.get(f"{self.path}/{record['id']}/transitions", expect=200).data
        return told

    def _moved(self, maker: Maker, record: dict[str, Any], transition: Transition, expect: int) -> Reply:
        self.prepare(maker, record, transition.action)
        reply = self._move(maker, record, transition)
        assert reply.status == expect, (
            f"{transition.action} was refused with {reply!r}; say in `moves` what it takes, or in `prepare` what its"
            " guards want"
        )
        return reply

    def _move(
        self, maker: Maker, record: dict[str, Any], transition: Transition, somebody: Api | None = None, **more: Any
    ) -> Reply:
        schema, check = body_for(transition)
        what = f"{self.resource.name}: {transition.action}"
        body = maker.samples.body(schema, check, maker.reference, what)
        body |= {"action": transition.action, **self.moves.get(transition.action, {})}
        where = f"{self.path}/{record['id']}/transitions"
        return (somebody or maker.api).post(where, body, anything=True, **more)


def paths(lifecycle: Lifecycle) -> dict[str, list[Transition]]:
    """Every state with a shortest way to it from the initial one."""
    found: dict[str, list[Transition]] = {lifecycle.initial: []}
    waiting = deque([lifecycle.initial])
    while waiting:
        state = waiting.popleft()
        for transition in lifecycle.transitions_from(state):
            if transition.to not in found:
                found[transition.to] = [*found[state], transition]
                waiting.append(transition.to)
    return found
