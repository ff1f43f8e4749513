"""From settings to a platform with its engines: what the application and the command line share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from transaction import TransactionManager

from .db.engine import make_engine
from .kernel import KERNEL
from .platform import BootError, FailedPlugin, Platform
from .tenancy.state import WorkspaceStates

__all__ = ["DEMO_JWT_KEY", "includeme", "make_platform", "pyramid_settings", "transaction"]

DEMO_JWT_KEY = "development-only-signing-key-never-for-production"
"""The signing key of development.ini; a production platform refuses to start with it."""

_DATABASES = {"app": ("sqlalchemy.url", "jemeti_app"), "platform": ("jemeti.platform_url", "jemeti_platform")}


def make_platform(settings: Mapping[str, str], failed: Mapping[str, FailedPlugin] | None = None) -> Platform:
    """Find the plugins and make the two engines. Raises BootError where a setting is missing or wrong.

    Plugins that are known to have ``failed`` are not tried again.
    """
    environment = settings.get("jemeti.environment", "production")
    if environment not in ("development", "production"):
        raise BootError(f"jemeti.environment is {environment!r}; it may be development or production")
    platform = Platform(settings=settings, kernel=KERNEL, failed_plugins=dict(failed or {}))
    platform.states = WorkspaceStates(platform)
    for name, (key, role) in _DATABASES.items():
        url = settings.get(key, "").strip()
        if not url:
            raise BootError(
                f"{key} is not set; `jemeti up` fills it in for the embedded database, else give the URL of {role}"
            )
        platform.engines[name] = make_engine(
            url,
            pool_size=_number(settings, "jemeti.pool_size", 5),
            role=role,  # type: ignore[arg-type]  # a Literal that the table above spells out
            prepare=settings.get("jemeti.prepare_statements", "true") == "true",
        )
    return platform


def pyramid_settings(settings: Mapping[str, str]) -> dict[str, Any]:
    """The settings with what the libraries below us need to be told."""
    return {
        **settings,
        "handle_exceptions": "false",  # Cornice's; ours give every failure one shape
        "tm.manager_hook": "pyramid_tm.explicit_manager",
        "tm.commit_veto": "pyramid_tm.default_commit_veto",
        "tm.activate_hook": "jemeti_platform.rest.gate.is_write",
        "tm.annotate_user": "false",
        "retry.attempts": "3",
    }


@contextmanager
def transaction() -> Iterator[TransactionManager]:
    """A transaction of one's own, for the command line and workers: committed at the end, aborted by an exception."""
    manager = TransactionManager(explicit=True)
    manager.begin()
    try:
        yield manager
    except BaseException:
        manager.abort()
        raise
    manager.commit()


def includeme(config: Any) -> None:
    settings = config.get_settings()
    registry = config.registry
    registry.is_development = settings.get("jemeti.environment") == "development"
    registry.max_body = _number(settings, "jemeti.max_body_bytes", 1024 * 1024)
    registry.max_file = _number(settings, "jemeti.files.max_bytes", 10 * 1024 * 1024)
    registry.retry_after = _number(settings, "jemeti.retry_after_seconds", 1)


def _number(settings: Mapping[str, Any], key: str, default: int) -> int:
    text = str(settings.get(key, default)).strip()
    if not text.isdecimal() or int(text) < 1:
        raise BootError(f"{key} is {text!r}; it must be a whole number above zero")
    return int(text)
