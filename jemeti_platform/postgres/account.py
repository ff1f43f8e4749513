"""The OS user that PostgreSQL runs as.

An ordinary user runs it as himself. PostgreSQL refuses uid 0, so root runs it as an unprivileged account.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import REMEDY, EmbeddedError

if sys.platform != "win32":
    import pwd

__all__ = ["Account"]

# The first that exists: one made for us, PostgreSQL's own, and the one that every system has.
UNPRIVILEGED = ("jemeti", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An OS user who runs PostgreSQL and owns its cluster."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of(cls, uid: int, gid: int) -> "Account":
        """Return the account of `uid`, which need not have a name (in many containers it has none)."""
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            return cls(f"uid {uid}", uid, gid)
        return cls(entry.pw_name, uid, entry.pw_gid)

    @classmethod
    def mine(cls) -> "Account":
        """Return the account that this process runs as."""
        return cls.of(os.geteuid(), os.getegid())

    @classmethod
    def for_server(cls) -> "Account":
        """Return who shall run a new cluster: ourselves, or for root an account that can do less.

        Raises EmbeddedError if we are root and there is no such account.
        """
        if os.geteuid() != 0:
            return cls.mine()
        for name in UNPRIVILEGED:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            if entry.pw_uid != 0:
                return cls(name, entry.pw_uid, entry.pw_gid)
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and there is no account {', '.join(UNPRIVILEGED)} to run it. "
            f"Start as an ordinary user. {REMEDY}"
        )

    @property
    def popen(self) -> dict[str, Any]:
        """The arguments that make `subprocess` start a program as this account."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path` itself, never what it may point to, to this account."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def may(self, test: str, *paths: Path) -> bool:
        """Tell whether all `paths` pass `test` (an operator of test(1)), asked by this account itself.

        Raises EmbeddedError if we may not become that account.
        """
        script = 'op=$1; shift; for path; do test "$op" "$path" || exit 1; done'
        command = ["/bin/sh", "-c", script, "sh", test, *map(str, paths)]
        try:
            return subprocess.run(command, cwd="/", check=False, **self.popen).returncode == 0
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedError(
                f"PostgreSQL does not run as root, and becoming {self.name} was refused ({error}). "
                f"Start as an ordinary user. {REMEDY}"
            ) from error
