"""Records with a lifecycle: who may move them, tried for every action in every state by every system role."""

from __future__ import annotations

from typing import Any

from ...manifest import SYSTEM_ROLES
from ...platform import Platform
from ...state_machine import Lifecycle, Transition
from ..api import Api, Reply
from ..making import Maker
from .moving import Moving, paths

__all__ = ["Authority"]


class Authority(Moving):
    def test_every_action_in_every_state_by_every_role(self, api: Api, maker: Maker, lifecycle: Lifecycle) -> None:
        """What is declared succeeds for exactly those who may; all else is 403, or 409 in words, and changes nothing.

        Each who may tries it as a dry run, which does everything but commit, and the last of them in earnest.
        """
        roles = {role: (api.as_role(role), _granted(maker.workspace.platform, role)) for role in SYSTEM_ROLES}
        tried = 0
        for state, path in paths(lifecycle).items():
            idle = self._in_state(maker, lifecycle, path)
            for action, declared in lifecycle.actions.items():
                transition = lifecycle.find(state, action)
                record = idle if transition is None else self._in_state(maker, lifecycle, path)
                if transition is not None:
                    self.prepare(maker, record, action)
                    record = self._shown(maker, record)
                allowed = None
                for somebody, granted in roles.values():
                    reply = self._tried(maker, somebody, record, declared)
                    if not {self.resource.read, declared.permission} <= granted:
                        _is_forbidden(reply, self.resource.read, declared.permission)
                    elif transition is None:
                        _is_impossible(reply)
                    else:
                        assert (reply.status, reply.data[lifecycle.column]) == (200, transition.to), reply
                        allowed = somebody
                    tried += 1
                assert self._shown(maker, record) == record, "what was refused or tried changes nothing"
                if allowed is not None:
                    moved = self._move(maker, record, declared, allowed)
                    assert moved.data[lifecycle.column] == self._shown(maker, record)[lifecycle.column] != state
        assert tried == len(lifecycle.states) * len(lifecycle.actions) * len(SYSTEM_ROLES)

    def _tried(self, maker: Maker, somebody: Api, record: dict[str, Any], transition: Transition) -> Reply:
        return self._move(maker, record, transition, somebody, params={"dry_run": "true"})

    def _shown(self, maker: Maker, record: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = maker.api.get(f"{self.path}/{record['id']}", expect=200).data
        return shown


def _granted(platform: Platform, role: str) -> frozenset[str]:
    """What manifests give a system role from the start."""
    declared = platform.permissions.values()
    return frozenset(one.name for one in declared if role in ("owner", "admin", *one.roles))


def _is_forbidden(reply: Reply, *permissions: str) -> None:
    assert reply.status == 403, reply
    assert reply.error["details"]["permission"] in permissions
    assert reply.error["details"]["permission"] in reply.error["message"]


def _is_impossible(reply: Reply) -> None:
    assert reply.status == 409, reply
    (reason,) = reply.error["details"]["unmet"]
    assert reason["guard"] == "state"
    assert reason["message"]
