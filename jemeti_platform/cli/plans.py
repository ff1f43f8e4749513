"""`jemeti plans`: what workspaces can subscribe to."""

from __future__ import annotations

import click

from .context import open_platform, working
from .ini import DEVELOPMENT, ini_option
from .inspection import print_table

__all__ = ["plans"]


@click.group()
def plans() -> None:
    """Look at the plans; `jemeti tenants apply` changes them."""


@plans.command("list")
@ini_option(DEVELOPMENT)
def list_(ini: str) -> None:
    """List the plans in the order people see them."""
    from ..admin.plans import read_all

    with open_platform(ini) as platform, working(platform, dry_run=True) as work:
        rows = read_all(work)
    print_table(
        ["plan", "title", "workspaces", "features"],
        [[r["slug"], r["title"], str(r["workspaces"]), " ".join(sorted(r["features"]))] for r in rows],
    )


@plans.command()
@click.argument("plan")
@ini_option(DEVELOPMENT)
def show(ini: str, plan: str) -> None:
    """Show one plan: its features as they work out here, and its limits."""
    from ..admin.plans import find, shown
    from ..features.decision import decide_by_plan
    from ..features.overview import in_tree_order

    with open_platform(ini) as platform, working(platform, dry_run=True) as work:
        row = shown(platform, find(work, plan))
        made = [decide_by_plan(platform.features, row["features"], slug) for slug in in_tree_order(platform)]
    click.echo(f"{row['title']}: {row['description']}\n{row['workspaces']} workspaces\n")
    print_table(["feature", "value", "decided by"], [[d.feature, d.value, d.decided_by] for d in made])
    limits = ", ".join(f"{slug} {'unlimited' if n is None else n}" for slug, n in sorted(row["limits"].items()))
    click.echo(f"\nLimits: {limits or 'none'}")
    if row["not_installed"]:
        click.echo(f"Not installed here: {', '.join(row['not_installed'])}")
