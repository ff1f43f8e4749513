"""A workspace made from what an administrator sends or types, checked by the same schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..auth.passwords import Passwords
from ..rest.compile import compile_body
from ..tenancy.provisioning import Owner, create
from .schemas import WorkspaceSchema
from .work import PlatformWork
from .workspaces import Row, find

__all__ = ["make", "make_checked"]

_check = compile_body(WorkspaceSchema())


def make(work: PlatformWork, given: Mapping[str, Any]) -> Row:
    """Check what was given and make the workspace. Raises Invalid naming the fields, Conflict for a taken slug."""
    return make_checked(work, _check({**given}))


def make_checked(work: PlatformWork, values: Mapping[str, Any]) -> Row:
    """Make the workspace that these values of ``WorkspaceSchema`` describe, its owner invited without a password."""
    owner = values["owner"]
    hashed = None
    if owner["password"] is not None:
        passwords = work.platform.part(Passwords)
        words = (owner["name"], owner["email"], values["slug"], values["name"])
        passwords.check_strength(owner["password"], words=words, field="owner.password")
        hashed = passwords.hash(owner["password"])
    plain = {name: values[name] for name in ("slug", "name", "plan", "country")}
    create(work, **plain, owner=Owner(owner["name"], owner["email"], hashed))
    return find(work, values["slug"])
