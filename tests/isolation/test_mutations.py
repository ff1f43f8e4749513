"""The suite is not blind: each wall that is taken down is noticed, every table's policies one by one."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from jemeti_platform.admin.work import PlatformWork
from jemeti_platform.auth import policy
from jemeti_platform.auth.caller import Caller
from jemeti_platform.auth.tokens import Tokens
from jemeti_platform.rest.cursor import Cursors
from jemeti_platform.rest.request import PlatformRequest
from jemeti_platform.tenancy.state import WorkspaceStates
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.sweep import Prepared
from jemeti_platform.testing.sweep.asking import ATTACKERS
from jemeti_platform.testing.sweep.catalogue import broken_rules
from jemeti_platform.testing.sweep.questions import Question
from jemeti_platform.testing.sweep.twins import CANARY
from jemeti_platform.work import Work

from .mutants import FUNCTIONS, Mutant, constraint_mutants, policy_mutants, rewritten

ASKED = 30
"""Questions for one mutant, of those that might notice it."""


KINDS: dict[str, Callable[[Question], bool]] = {
    **{who: lambda question, who=who: question.who == who for who in ATTACKERS},
    "A's owner, with a cursor of B": lambda question: "cursor=" in question.path,
    "A's owner, with headers that name B": lambda question: "X-Tenant-Id" in question.headers,
    "A's owner, as an administrator": lambda question: question.who == "A's owner" and "/platform/" in question.path,
    "A's owner, reading the profile": lambda question: (
        question.who == "A's owner" and question.method == "GET" and question.path.startswith("/v1/workspace")
    ),
    "A's owner, reading": lambda question: question.who == "A's owner" and question.method == "GET",
}


@pytest.fixture
def superuser(own_database: Database) -> Iterator[psycopg.Connection[Any]]:
    with own_database.connect() as connection:
        yield connection


@pytest.fixture
def healthy(prepared: Prepared) -> Prepared:
    """The twins, seen to be apart before anything is broken; everybody is logged in, and this process remembers B."""
    prepared.asker.log_in()
    prepared.twins.api(prepared.twins.b).get("/v1/workspace")
    assert noticed(prepared) == []
    return prepared


def noticed(prepared: Prepared, *who: str, tables: Iterable[str] = ()) -> list[str]:
    """What a part of the sweep finds: the tables named, the doors, and questions of the identities named."""
    report = prepared.begin_again()
    if tables:
        prepared.look_at_tables(list(tables))
    else:
        prepared.look_at_doors()
    for kind in who:
        asked = [question for question in prepared.questions if KINDS[kind](question)]
        prepared.ask(asked[:: max(1, len(asked) // ASKED)])
    return [*report.leaks, *report.blind]


def tables_of(prepared: Prepared) -> list[str]:
    return [table.name for table in prepared.twins.tables]


def survivors(prepared: Prepared, superuser: psycopg.Connection[Any], mutants: Iterable[Mutant]) -> list[str]:
    alive, count = [], 0
    for mutant in mutants:
        count += 1
        superuser.execute(mutant.breaks)
        try:
            if not noticed(prepared, tables=[mutant.table]) and not broken_rules(prepared.twins.database):
                alive.append(mutant.name)
        finally:
            superuser.execute(mutant.mends)
    print(f"{count} mutants, {count - len(alive)} killed")  # noqa: T201 (the figures are the result)
    assert count
    return alive


def test_every_weakened_policy_is_noticed(healthy: Prepared, superuser: psycopg.Connection[Any]) -> None:
    mutants = [mutant for table in tables_of(healthy) for mutant in policy_mutants(table)]
    assert survivors(healthy, superuser, mutants) == []


def test_every_missing_key_is_noticed(healthy: Prepared, superuser: psycopg.Connection[Any]) -> None:
    mutants = [mutant for table in tables_of(healthy) for mutant in constraint_mutants(superuser, table)]
    assert survivors(healthy, superuser, mutants) == []


def test_row_security_that_spares_the_owner_breaks_a_rule(
    healthy: Prepared, own_database: Database, superuser: psycopg.Connection[Any]
) -> None:
    assert broken_rules(own_database) == []
    for table in tables_of(healthy):
        superuser.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
    found = broken_rules(own_database)
    for table in tables_of(healthy):
        superuser.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        assert any(rule.startswith(f"R3 {table}:") for rule in found), table


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_weakened_function_is_noticed(name: str, healthy: Prepared, superuser: psycopg.Connection[Any]) -> None:
    function, changes = FUNCTIONS[name]
    searched = [table.name for table in healthy.twins.tables if table.searchable]
    healthy.twins.app.registry.platform.states._states.clear()  # as in a new process, which remembers nobody
    with rewritten(superuser, function, changes, healthy.twins.b.id):
        found = noticed(
            healthy,
            "an owner of A who has logged out",
            "an owner of A who has been dismissed",
            "an owner in a suspended workspace",
            "a revoked API key of A",
            "a forged API key of A",
            "A's owner, reading",
        )
        found += noticed(healthy, tables=searched)
    assert found


def believes_every_host(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(policy, "_belongs_here", lambda claims, request: True)


def believes_every_host_of_a_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PlatformRequest, "_guard_key", lambda self, work: self.guard(work))


def takes_users_for_administrators(patch: pytest.MonkeyPatch) -> None:
    """Neither the kind of a token is looked at, nor whose session it names."""
    verify = Tokens.verify
    patch.setattr(Tokens, "verify", lambda self, token, request, kinds: verify(self, token, request, ("access",)))
    patch.setattr(PlatformWork, "_met", lambda self, rows: None)


def never_asks_whether_a_session_lives(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Work, "require_live_session", lambda self: None)


def never_asks_whether_an_administrator_lives(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PlatformWork, "_met", lambda self, rows: None)


def gives_everybody_every_permission(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Work, "require_permission", lambda self, permission: None)


def gives_everybody_every_feature(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Work, "require_feature", lambda self, feature, *, write: None)


def lets_other_pages_use_the_cookie(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Caller, "refuse_cross_site", lambda self, request: None)


def opens_every_cursor(patch: pytest.MonkeyPatch) -> None:
    def read(self: Cursors, scope: Any, cursor: str, field: str = "cursor") -> Any:
        return json.loads(base64.urlsafe_b64decode(cursor + "==")[16:])

    patch.setattr(Cursors, "open", read)


def remembers_one_workspace_for_all(patch: pytest.MonkeyPatch) -> None:
    """The same for A as for everybody: B."""
    patch.setattr(
        WorkspaceStates,
        "current",
        lambda self, entry: next((s for s in self._states.values() if s.slug.startswith(CANARY.lower())), None),
    )


def enters_what_the_client_says(patch: pytest.MonkeyPatch) -> None:
    """The workspace of a header instead of the token's."""
    begin = Work.__init__

    def believe(self: Work, platform: Any, tenant_id: UUID, *rest: Any, **more: Any) -> None:
        from pyramid.threadlocal import get_current_request

        request = get_current_request()
        said = request.headers.get("X-Tenant-Id") if request is not None else None
        begin(self, platform, UUID(said) if said else tenant_id, *rest, **more)

    patch.setattr(Work, "__init__", believe)


IN_CODE = {
    believes_every_host: ("A at B's host", "A's cookie at B's host"),
    believes_every_host_of_a_key: ("A's API key at B's host",),
    takes_users_for_administrators: ("A's owner, as an administrator",),
    never_asks_whether_a_session_lives: ("an owner of A who has logged out", "an owner of A who has been dismissed"),
    never_asks_whether_an_administrator_lives: ("a former administrator",),
    gives_everybody_every_permission: ("A's user without rights", "A's API key without rights"),
    gives_everybody_every_feature: ("an owner who has not paid",),
    lets_other_pages_use_the_cookie: ("A's cookie from a page of B",),
    opens_every_cursor: ("A's owner, with a cursor of B",),
    remembers_one_workspace_for_all: ("A's owner, reading the profile",),
    enters_what_the_client_says: ("A's owner, with headers that name B",),
}


@pytest.mark.parametrize("mutate", IN_CODE, ids=lambda mutate: mutate.__name__)
def test_every_missing_check_is_noticed(mutate: Any, healthy: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        mutate(patch)
        assert noticed(healthy, *IN_CODE[mutate])
