"""`jemeti tenants`: workspaces made, looked at, suspended, closed and exported from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .context import open_platform, working
from .ini import DEVELOPMENT, ini_option
from .inspection import print_table
from .tenants_apply import apply

__all__ = ["tenants"]

_REASON = click.option("--reason", required=True, help="Why, for the audit log.")


@click.group()
def tenants() -> None:
    """Look after the workspaces."""


@tenants.command()
@click.argument("slug")
@click.option("--name", required=True, help="The business's name.")
@click.option("--plan", required=True, help="The slug of a plan; `jemeti plans list` shows them.")
@click.option("--country", required=True, metavar="CODE", help="ISO 3166, such as BD: gives currency and time zone.")
@click.option("--owner-name", required=True, help="The first user.")
@click.option("--owner-email", required=True, help="Where they log in, and are invited.")
@click.option("--ask-password", is_flag=True, help="Ask for the owner's password instead of inviting them.")
@ini_option(DEVELOPMENT)
def create(ini: str, ask_password: bool, owner_name: str, owner_email: str, **wanted: str) -> None:
    """Make a workspace with its roles, its owner and the first rows of its plugins."""
    from ..admin.making import make

    password = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask_password else None
    owner = {"name": owner_name, "email": owner_email, "password": password}
    with open_platform(ini) as platform, working(platform) as work:
        row = make(work, {**wanted, "owner": owner})
    told = "has the password you gave" if password else "is invited"
    click.echo(f"The workspace {row['slug']} is there, on {row['plan']}; {owner_email} {told}.")


@tenants.command("list")
@click.option("--status", type=click.Choice(["active", "suspended", "closed"]), help="Only these.")
@click.option("--plan", help="Only those on this plan.")
@ini_option(DEVELOPMENT)
def list_(ini: str, status: str | None, plan: str | None) -> None:
    """List the workspaces."""
    from ..admin.workspaces import every

    with open_platform(ini) as platform, working(platform, dry_run=True) as work:
        rows = every(work, status=status, plan=plan)
    columns = ["slug", "name", "status", "plan", "plugins", "created"]
    print_table(
        columns,
        [
            [
                r["slug"],
                r["name"],
                r["status"],
                r["plan"],
                " ".join(sorted(r["plugins"])),
                f"{r['created_at']:%Y-%m-%d}",
            ]
            for r in rows
        ],
    )


@tenants.command()
@click.argument("workspace")
@ini_option(DEVELOPMENT)
def show(ini: str, workspace: str) -> None:
    """Show one workspace, by slug or id."""
    from ..admin.states import read_state

    with open_platform(ini) as platform, working(platform, dry_run=True) as work:
        row, state, _ = read_state(work, workspace)
        limits = ", ".join(f"{slug} {'unlimited' if n is None else n}" for slug, n in state.limits.items())
        facts: list[tuple[str, Any]] = [
            *((name, row[name]) for name in ("id", "slug", "name", "status", "plan")),
            ("add-ons", ", ".join(f"{slug} {value}" for slug, value in row["add_ons"].items()) or "–"),
            ("limits", limits),
            ("overrides", ", ".join(f"{slug} {o.value}" for slug, o in state.facts.overrides.items()) or "–"),
            ("plugins", ", ".join(sorted(row["plugins"])) or "–"),
            *((name, state.profile[name]) for name in ("country", "currency", "timezone")),
            ("created", f"{row['created_at']:%Y-%m-%d %H:%M} UTC"),
        ]
    print_table(["", ""], [[name, str(value)] for name, value in facts])


@tenants.command()
@click.argument("workspace")
@_REASON
@ini_option(DEVELOPMENT)
def suspend(ini: str, workspace: str, reason: str) -> None:
    """Shut a workspace: its tokens are refused from the next request on, and nobody can log in."""
    from ..admin import workspaces

    with open_platform(ini) as platform, working(platform) as work:
        workspaces.suspend(work, workspace, reason)
    click.echo(f"{workspace} is suspended.")


@tenants.command()
@click.argument("workspace")
@click.option("--reason", help="Why, for the audit log.")
@ini_option(DEVELOPMENT)
def resume(ini: str, workspace: str, reason: str | None) -> None:
    """Open a suspended workspace again; tokens that have not expired are good again."""
    from ..admin import workspaces

    with open_platform(ini) as platform, working(platform) as work:
        workspaces.resume(work, workspace, reason)
    click.echo(f"{workspace} works again.")


@tenants.command()
@click.argument("workspace")
@_REASON
@click.option("--yes", is_flag=True, help="Do not ask.")
@ini_option(DEVELOPMENT)
def close(ini: str, workspace: str, reason: str, yes: bool) -> None:
    """Close a workspace for good. Its data stays until it is erased."""
    from ..admin import workspaces

    if not yes:
        click.confirm(f"Close {workspace} for good? It cannot be opened again.", abort=True)
    with open_platform(ini) as platform, working(platform) as work:
        workspaces.close(work, workspace, reason)
    click.echo(f"{workspace} is closed.")


@tenants.command()
@click.argument("workspace")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@ini_option(DEVELOPMENT)
def export(ini: str, workspace: str, file: Path) -> None:
    """Write everything a workspace keeps into FILE, a ZIP of JSON Lines without secrets."""
    from ..admin.export import export_workspace

    if file.exists():
        raise click.ClickException(f"{file} is there already; choose another name")
    part = file.with_name(f"{file.name}.part")
    with open_platform(ini) as platform, working(platform) as work:
        _, pieces = export_workspace(work, workspace)
        try:
            with part.open("wb") as target:
                target.writelines(pieces)
            part.rename(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    click.echo(f"{file}: {file.stat().st_size:,} bytes")


tenants.add_command(apply)
