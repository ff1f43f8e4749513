"""The lives of jobs and quotations as they are promised, written out: what leads where, and which role may do it.

That every other combination is refused, the contract of resources tries (``test_contract``).
"""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.platform import Platform
from jemeti_platform.state_machine import Lifecycle
from plugins.jobs.lifecycle import JOB
from plugins.jobs.quotation_lifecycle import QUOTATION

JOBS = """
    intake   draft                                                             → intake
    inspect  intake                                                            → dvi
    quote    intake dvi                                                        → quoted
    approve  quoted                                                            → approved
    start    approved                                                          → in_progress
    hold     in_progress                                                       → on_hold
    resume   on_hold                                                           → in_progress
    finish   in_progress                                                       → qc
    rework   qc pending_delivery                                               → in_progress
    release  qc                                                                → pending_delivery
    deliver  pending_delivery                                                  → completed
    close    completed                                                         → closed
    cancel   draft intake dvi quoted approved in_progress on_hold qc           → cancelled
"""
QUOTATIONS = """
    send            draft                                       → sent
    approve         sent partially_approved                     → approved
    approve_partly  sent                                        → partially_approved
    reject          sent                                        → rejected
    expire          sent                                        → expired
    supersede       sent partially_approved rejected expired    → superseded
"""
OWNERS = {"owner", "admin"}
MANAGERS = OWNERS | {"manager"}
OFFICE = MANAGERS | {"staff"}
WORKSHOP = OFFICE | {"mechanic"}
WHO = {
    JOB.name: {
        **dict.fromkeys(("intake", "inspect", "start", "hold", "resume", "finish"), WORKSHOP),
        **dict.fromkeys(("quote", "approve", "rework", "release", "deliver", "close"), OFFICE),
        "cancel": MANAGERS,
    },
    QUOTATION.name: dict.fromkeys(QUOTATION.actions, OFFICE),
}


@pytest.mark.parametrize(
    ("lifecycle", "promised"), [(JOB, JOBS), (QUOTATION, QUOTATIONS)], ids=[JOB.name, QUOTATION.name]
)
def test_what_leads_where_is_what_is_promised(lifecycle: Lifecycle, promised: str) -> None:
    ways: dict[tuple[str, str], str] = {}
    for line in promised.strip().splitlines():
        before, _, to = line.partition("→")
        action, *states = before.split()
        ways |= dict.fromkeys(((state, action) for state in states), to.strip())
    declared: dict[Any, str] = {
        (state, transition.action): transition.to for transition in lifecycle.transitions for state in transition.from_
    }
    assert declared == ways


@pytest.mark.parametrize("lifecycle", [JOB, QUOTATION], ids=lambda one: one.name)
def test_who_may_is_what_is_promised(platform: Platform, lifecycle: Lifecycle) -> None:
    roles = {name: OWNERS | set(one.roles) for name, one in platform.permissions.items()}
    assert {action: roles[t.permission] for action, t in lifecycle.actions.items()} == WHO[lifecycle.name]
