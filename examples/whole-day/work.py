"""The work: on the clock, amended when more turns up, checked, done again where it was not good."""

from __future__ import annotations

import time
from typing import Any

from day import Day, amount, check
from offer import QUOTATIONS, decided

__all__ = ["amend", "check_quality", "repair"]

MORE = {"kind": "part", "description": "Headlight bracket, left", "quantity": "1", "unit_price": "1350.00"}
TURN = 1.1
"""Seconds that a piece of work takes in this telling; clocks count whole ones."""


def repair(day: Day) -> None:
    """Parts are taken, work is clocked: one clock of a mechanic runs at a time."""
    day.telling.chapter("The work")
    day.moves(day.mechanic, "start", "in_progress")
    for part in day.job["parts"]:
        day.mechanic.post(f"{day.at}/parts/{part['id']}/issue")
    day.telling.does("mechanic", f"{len(day.job['parts'])} parts taken")
    first, *others = (f"{day.at}/lines/{line['id']}" for line in day.job["lines"])
    day.mechanic.post(f"{first}/timer/start", {})
    day.telling.hears(day.mechanic.refused(f"{others[0]}/timer/start", {})["message"])
    _finish(day, first)
    for line in others:
        day.mechanic.post(f"{line}/timer/start", {})
        _finish(day, line)


def _finish(day: Day, line: str) -> None:
    """The clock runs for a moment and is stopped, the line is done."""
    time.sleep(TURN)
    done = day.mechanic.post(f"{line}/timer/stop", {})
    check(done["clocked_seconds"] >= 1, "The clock must have counted")
    day.mechanic.patch(line, {"status": "done"})
    day.telling.does("mechanic", f"{done['description']}: done, {done['clocked_seconds']} s on the clock")


def amend(day: Day) -> None:
    """More is broken than could be seen: what is added is approved by the customer like the rest."""
    day.telling.chapter("The amendment")
    note = {"text": "The bracket behind the headlight is broken too", "visibility": "customer"}
    day.mechanic.post(f"{day.at}/notes", note)
    day.telling.does("mechanic", note["text"])
    wish = {"lines": [{**MORE, "insurance_percent": "100"}]}
    draft = day.advisor.post(f"{QUOTATIONS}/{day.quotation['id']}/amendments", wish)
    sent = day.advisor.post(f"{QUOTATIONS}/{draft['id']}/transitions", {"action": "send"})
    day.telling.does("advisor", f"{sent['number']} sent, {amount(sent['totals']['total'])}")
    day.amendment = decided(day, sent)
    check(day.amendment["status"] == "approved", "The amendment must be approved")
    day.telling.does("customer", "agrees")
    before, day.job = day.job["totals"]["total"], day.advisor.get(day.at)
    part = next(part for part in day.job["parts"] if part["description"] == MORE["description"])
    day.mechanic.post(f"{day.at}/parts/{part['id']}/issue")
    day.telling.does(
        "mechanic", f"fitted; the job comes to {amount(day.job['totals']['total'])}, from {amount(before)}"
    )


def check_quality(day: Day) -> None:
    """Somebody looks at everything; what is not good goes back, and is looked at again."""
    day.telling.chapter("The quality check")
    day.moves(day.mechanic, "finish", "qc")
    _look(day, failing="Test drive")
    refused = day.advisor.refused(f"{day.at}/transitions", {"action": "release"})
    day.telling.hears(refused["details"]["unmet"][0]["message"])
    day.moves(day.advisor, "rework", "in_progress", "The left headlight shines into the trees")
    line = f"{day.at}/lines/{day.job['lines'][0]['id']}"
    day.mechanic.patch(line, {"status": "in_progress"})
    day.mechanic.post(f"{line}/timer/start", {})
    _finish(day, line)
    day.moves(day.mechanic, "finish", "qc")
    _look(day)
    day.moves(day.advisor, "release", "pending_delivery")


def _look(day: Day, failing: str = "") -> None:
    points: list[dict[str, Any]] = day.advisor.get(f"{day.at}/checklist")
    results = []
    for point in points:
        result = {"result": "failed", "note": "Aims too high"} if point["title"] == failing else {"result": "passed"}
        done = day.advisor.patch(f"{day.at}/checklist/{point['id']}", result)
        results.append((done["title"], done["result"]))
    day.telling.does("advisor", f"{len(points)} points looked at")
    day.telling.table(results)
