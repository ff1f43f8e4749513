"""Which plugins' migrations a database has, told from the revisions that it says it is at."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError

from ..manifest import Manifest
from .migrate import alembic_config
from .statement import Bound

__all__ = ["APPLIED", "Branches"]

APPLIED = Bound("SELECT version_num FROM alembic_version", ())


class Branches:
    """The revisions of each plugin, read once: they are files as the code is."""

    def __init__(self, manifests: Mapping[str, Manifest]) -> None:
        self._script = ScriptDirectory.from_config(alembic_config(manifests))
        self._own: dict[str, set[str]] = {name: set() for name in manifests}
        names = {_folder(manifest): name for name, manifest in manifests.items()}
        for revision in self._script.walk_revisions():
            name = names.get(Path(revision.path).parent)
            if name is not None:
                self._own[name].add(revision.revision)

    def lacking(self, applied: Iterable[str]) -> list[str]:
        """The plugins with migrations that were not run; ``applied`` are the revisions that ``APPLIED`` found.

        None is named where one of those is unknown here: a database that is newer than the code cannot be judged.
        """
        try:
            run = self._run(applied)
        except RevisionError:
            return []
        return [name for name, own in self._own.items() if not own <= run]

    def is_run(self, plugin: str, applied: Iterable[str]) -> bool:
        """Whether any migration of the plugin was run. Raises RevisionError for revisions that are unknown here."""
        return not self._run(applied).isdisjoint(self._own[plugin])

    def standing_on(self, plugin: str) -> list[str]:
        """The plugins some of whose migrations come after those of this one, and would be undone with them."""
        own = self._own[plugin]
        return [name for name, theirs in self._own.items() if name != plugin and not own.isdisjoint(self._run(theirs))]

    def _run(self, revisions: Iterable[str]) -> set[str]:
        """These and all that they come after."""
        return {
            before.revision
            for one in revisions
            for before in self._script.iterate_revisions(one, "base", implicit_base=True)
        }


def _folder(manifest: Manifest) -> Path:
    module = importlib.import_module(manifest.package)
    return Path(str(module.__file__)).parent / "migrations"
