"""What development begins with: the plans, a workspace `demo` with life-like data, and a platform administrator."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING
from uuid import UUID

import click

from .. import demo
from ..platform import Platform
from .context import working

if TYPE_CHECKING:
    from ..admin.work import PlatformWork

__all__ = ["make_demo"]

NAME, PLAN, COUNTRY, OWNER = "Demo Workshop", "enterprise", "BD", "Nadia Rahman"


def make_demo(platform: Platform) -> None:
    """Make workspace and administrator where they are missing, in one transaction; what is there stays as it is.

    Plugins that were installed since the last start write their first rows.
    """
    from ..admin.alignment import align
    from ..db.statement import Statement

    with working(platform) as work:
        workspaces, admins = work.read(
            Statement("SELECT id FROM tenants WHERE slug = %(slug)s")(slug=demo.WORKSPACE),
            Statement("SELECT id FROM platform_admins WHERE email_key = %(email)s")(email=demo.ADMIN_EMAIL),
        )
        if not workspaces:
            click.echo("  making the workspace demo")
            _fill(work, _make_workspace(work))
        else:
            align(work)
        if not admins:
            _make_admin(work)


def _make_workspace(work: PlatformWork) -> UUID:
    from ..admin.applying import apply
    from ..auth.passwords import Passwords
    from ..db.migrate import carried
    from ..tenancy.provisioning import Owner, create

    apply(work, carried("tenants"))
    # The password is no good one, and is not checked: production refuses to start with it.
    password = work.platform.part(Passwords).hash(demo.OWNER_PASSWORD)
    owner = Owner(OWNER, demo.OWNER_EMAIL, password)
    return create(work, slug=demo.WORKSPACE, name=NAME, plan=PLAN, country=COUNTRY, owner=owner)


def _fill(work: PlatformWork, workspace: UUID) -> None:
    """Have each plugin that has a module `demo` put life-like data into the workspace."""
    with work.inside(workspace) as inside:
        for manifest in work.platform.manifests.values():
            if find_spec(f"{manifest.package}.demo"):
                import_module(f"{manifest.package}.demo").fill(inside)


def _make_admin(work: PlatformWork) -> None:
    from ..admin.login import create_admin

    create_admin(work, email=demo.ADMIN_EMAIL, name="Platform Administrator", password=demo.ADMIN_PASSWORD)
