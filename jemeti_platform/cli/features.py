"""`jemeti features`: what a workspace may use, why, and deciding otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.tree import Tree

from .context import open_platform, working
from .ini import DEVELOPMENT, ini_option
from .inspection import print_table

if TYPE_CHECKING:
    from ..features.explanation import Explanation, Step

__all__ = ["features"]


@click.group()
def features() -> None:
    """Look at features of a workspace, and override them."""


@features.command("list")
@click.argument("workspace")
@ini_option(DEVELOPMENT)
def list_(ini: str, workspace: str) -> None:
    """List every installed feature with its value in a workspace."""
    from ..admin.states import read_state
    from ..features.overview import decided, in_tree_order

    with open_platform(ini) as platform, working(platform, dry_run=True) as work:
        _, state, _ = read_state(work, workspace)
        rows = [decided(platform, state, slug) for slug in in_tree_order(platform)]
    print_table(
        ["feature", "value", "decided by", "reason", "plans with it"],
        [
            [
                "  " * row["feature"].count(".") + row["feature"],
                row["value"],
                row["decided_by"] + (f" of {row['decided_at']}" if row["decided_at"] != row["feature"] else ""),
                row["reason"] or "–",
                " ".join(row["available_in"]) or "–",
            ]
            for row in rows
        ],
    )


@features.command()
@click.argument("workspace")
@click.argument("feature")
@ini_option(DEVELOPMENT)
def explain(ini: str, workspace: str, feature: str) -> None:
    """Explain a decision: every feature that was looked at, and what each rule said."""
    from ..admin.overrides import known_feature
    from ..admin.states import read_state
    from ..features.explanation import explain as explain_feature

    with open_platform(ini) as platform, working(platform, dry_run=True) as work:
        _, state, _ = read_state(work, workspace)
        known_feature(work, feature)
        found = explain_feature(state.features, state.facts, feature, datetime.now(UTC), state.opinion)
    console = Console()
    (console if console.is_terminal else Console(width=160)).print(_tree(found))


@features.command("set")
@click.argument("workspace")
@click.argument("feature")
@click.argument("value", type=click.Choice(["on", "read_only", "off"]))
@click.option("--reason", required=True, help="Why, for the audit log and for those who ask.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="When it ends by itself, in UTC.")
@ini_option(DEVELOPMENT)
def set_(ini: str, workspace: str, feature: str, value: str, reason: str, until: datetime | None) -> None:
    """Override a feature for one workspace, in force for its next request. With --until it is a trial."""
    from ..admin.overrides import set_override

    expires_at = until.replace(tzinfo=UTC) if until else None
    with open_platform(ini) as platform, working(platform) as work:
        outcome = set_override(work, workspace, feature, value, reason=reason, expires_at=expires_at)
    _tell(workspace, outcome.decided[feature]["value"], feature, outcome.on, outcome.off)


@features.command()
@click.argument("workspace")
@click.argument("feature")
@click.option("--reason", help="Why, for the audit log.")
@ini_option(DEVELOPMENT)
def lift(ini: str, workspace: str, feature: str, reason: str | None) -> None:
    """Take an override back, so that add-ons, plan and default decide again."""
    from ..admin.overrides import lift as lift_override

    with open_platform(ini) as platform, working(platform) as work:
        outcome = lift_override(work, workspace, feature, reason=reason)
    _tell(workspace, outcome.decided[feature]["value"], feature, outcome.on, outcome.off)


def _tell(workspace: str, value: str, feature: str, on: list[str], off: list[str]) -> None:
    click.echo(f"{feature} is {value} in {workspace}.")
    for word, names in (("Switched on", on), ("Switched off", off)):
        if names:
            click.echo(f"{word}: {', '.join(names)}.")


_COLOURS = {"on": "green", "read_only": "yellow", "off": "red"}
_NAMES = {
    "kill_switch": "kill switch",
    "override": "override",
    "add_on": "add-on",
    "plan": "plan",
    "default": "default",
}


def _tree(found: Explanation) -> Tree:
    """The decision at the root; below it each feature that counts, below that each rule, the one that hit marked."""
    root = Tree(found.sentence)
    branches: dict[str, Tree] = {}
    for step in found.steps:
        parent = branches[step.link.of] if step.link.of else root
        branches[step.link.feature] = branch = parent.add(_headline(step))
        for finding in step.findings:
            hit = finding.rule == step.decision.decided_by
            value = finding.value or "–"
            note = f"  ({finding.note})" if finding.note else ""
            line = f"{'→' if hit else ' '} {_NAMES[finding.rule]:<11} {value}{note}"
            branch.add(f"[bold]{line}[/bold]" if hit else f"[dim]{line}[/dim]")
    return root


def _headline(step: Step) -> str:
    why = {"self": "", "parent": " (its umbrella)", "required": " (required)"}[step.link.relation]
    value = step.decision.value
    return f"{step.link.feature}{why}: [{_COLOURS[value]}]{value}[/]"
