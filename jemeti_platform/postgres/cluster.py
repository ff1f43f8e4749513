"""The files of a cluster, made by initdb."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .errors import REMEDY, EmbeddedError, because
from .home import Home

__all__ = ["ENVIRONMENT", "SUPERUSER", "ensure_cluster"]

SUPERUSER = "postgres"
# English messages, UTC, and none of the caller's PG… variables.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def ensure_cluster(programs: Path, home: Home, *, durable: bool) -> Path:
    """Return the cluster's folder, made if there is none.

    Raises EmbeddedError if it is of another major version, or cannot be made.
    """
    cluster = home.folder / "cluster"
    version = cluster / "PG_VERSION"
    if not version.exists():
        _initialise(programs, home, cluster, durable=durable)
        return cluster
    have = version.read_text().strip()
    ours = _major(programs)
    if have != ours:
        raise EmbeddedError(
            f"The database in {cluster} was made by PostgreSQL {have}; the embedded one is PostgreSQL {ours}. "
            f"Dump it with the other version (pg_dumpall) and load it into a new --data folder. {REMEDY}"
        )
    return cluster


def _major(programs: Path) -> str:
    output = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return output.split()[2].partition(".")[0]


def _initialise(programs: Path, home: Home, cluster: Path, *, durable: bool) -> None:
    making = home.folder / "making"
    shutil.rmtree(making, ignore_errors=True)  # left by one that was killed
    command: list[str | Path] = [programs / "initdb", "-D", making, "-U", SUPERUSER, "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    # Not plain C: with that, pg_trgm sees no letters outside ASCII.
    command += [f"--lc-ctype={'en_US.UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}"]
    command += ["--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions"]
    if not durable:
        command += ["--no-sync"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", env=ENVIRONMENT, **home.account.popen
    )
    if done.returncode != 0:
        shutil.rmtree(making, ignore_errors=True)
        raise EmbeddedError(because("PostgreSQL could not make a database", cluster, done.stdout + done.stderr))
    making.rename(cluster)
    folder = os.open(home.folder, os.O_RDONLY)
    os.fsync(folder)  # or a power cut might take the new name back, and what is in it
    os.close(folder)
