"""Settings as they stand in the ini, and the secrets that do not: ``env:NAME`` and ``file:/path``.

    jemeti.jwt.keys = env:JEMETI_JWT_KEYS
    sqlalchemy.url = file:/run/secrets/database_url

Such a value is the whole value of its key. Both are read once, when the process starts. ``file://`` begins a URL, which
stays one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .platform import BootError

__all__ = ["DEPLOY_ONLY", "for_application", "resolve"]

DEPLOY_ONLY = frozenset({"jemeti.migrate_url"})
"""Keys that the running application never sees: it must not hold the login that may change tables."""


def for_application(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings a server process works with: secrets read, deployment's own left out. Raises BootError."""
    return resolve({key: value for key, value in settings.items() if key not in DEPLOY_ONLY})


def resolve(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings with every ``env:`` and ``file:`` value replaced by what it names.

    Raises BootError, naming the key and never the value, where there is nothing to read.
    """
    return {key: _read(key, value) if isinstance(value, str) else value for key, value in settings.items()}


def _read(key: str, value: str) -> str:
    kind, colon, name = value.strip().partition(":")
    is_url = kind == "file" and name.startswith("//")
    if is_url or not colon or kind not in ("env", "file") or not key.startswith(("jemeti.", "sqlalchemy.")):
        return value
    if kind == "env":
        found = os.environ.get(name, "").strip()
        if not found:
            raise BootError(
                f"{key} is to be read from the environment, but {name or 'a variable without a name'} is not set there"
            )
        return found
    path = Path(name)
    if not path.is_absolute():
        raise BootError(f"{key} is to be read from a file, but {name!r} is no absolute path")
    try:
        found = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise BootError(f"{key} is to be read from {path}, which cannot be read: {reason}") from None
    if not found:
        raise BootError(f"{key} is to be read from {path}, which is empty")
    return found
