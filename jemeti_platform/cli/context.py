"""What a command of the platform's own works with: the application that the ini describes, and a work in it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .. import logging
from ..platform import Platform
from .database import open_database
from .ini import read_ini

if TYPE_CHECKING:
    from uuid import UUID

    from ..admin.work import PlatformWork
    from ..work import Work

__all__ = ["inside", "open_platform", "operator", "platform_on", "working"]


@contextmanager
def open_platform(ini: str) -> Iterator[Platform]:
    """The platform with its plugins' listeners and ports wired, its database started if it is the embedded one.

    Raises BootError for what is wrong with the settings.
    """
    conf = read_ini(ini)
    logging.set_up(conf.app)
    with open_database(conf.app) as settings, platform_on(settings) as platform:
        yield platform


@contextmanager
def platform_on(settings: Mapping[str, str]) -> Iterator[Platform]:
    """The same on a database that is open. Raises BootError."""
    from .. import main

    platform: Platform = main({}, **settings).registry.platform
    try:
        yield platform
    finally:
        for engine in platform.engines.values():
            engine.dispose()


@contextmanager
def working(platform: Platform, *, dry_run: bool = False) -> Iterator[PlatformWork]:
    """The operator at work on the platform, in one transaction: committed at the end, or undone by a dry run."""
    from transaction import TransactionManager

    from ..admin.work import PlatformWork
    from ..work import Actor

    manager = TransactionManager(explicit=True)
    manager.begin()
    try:
        work = PlatformWork(platform, Actor("system", operator()), manager)
        yield work
        work.check_constraints()
    except BaseException:
        manager.abort()
        raise
    if dry_run:
        manager.abort()
    else:
        manager.commit()


@contextmanager
def inside(platform: Platform, workspace: str, *, keep: bool) -> Iterator[Work]:
    """The operator at work in the workspace, in one transaction, as the role that row security holds."""
    from transaction import TransactionManager

    from ..work import Actor, Work

    identity = _workspace_id(platform, workspace)
    manager = TransactionManager(explicit=True)
    manager.begin()
    try:
        work = Work(platform, identity, Actor("system", operator()), manager)
        work.open()
        yield work
    except BaseException:
        manager.abort()
        raise
    if keep:
        manager.commit()
    else:
        manager.abort()


def _workspace_id(platform: Platform, reference: str) -> UUID:
    from ..admin.workspaces import find

    with working(platform, dry_run=True) as work:
        identity: UUID = find(work, reference)["id"]
        return identity


def operator() -> str:
    """The person at the keyboard, as the audit log names them."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container without a user database
        name = f"uid {os.getuid()}"
    return f"{name} (command line)"
