"""The next migration of a plugin: its number, its place among the others, and its file."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from alembic.script import ScriptDirectory

from ...db.migrate import alembic_config
from ...manifest import Manifest
from ...platform import BootError
from .steps import Step
from .writing import Imports

__all__ = ["Revision", "next_revision"]


@dataclass(frozen=True)
class Revision:
    """A migration that is not written yet. ``after`` are revisions of other plugins and the kernel, for a first one."""

    path: Path
    name: str
    message: str
    before: str | None
    labels: tuple[str, ...] | None
    after: tuple[str, ...] | None

    def write(self, steps: Sequence[Step]) -> Path:
        """Write the file; returns its path."""
        imports = Imports()
        up = [line for step in steps for line in step.up(imports)]
        down = [line for step in reversed(steps) for line in step.down(imports)]
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(self._text(up, down, imports), encoding="utf-8")
        return self.path

    def _text(self, up: list[str], down: list[str], imports: Imports) -> str:
        code = "\n".join([*up, *down])
        theirs = ["import sqlalchemy as sa"] if "sa." in code else []
        theirs += ["from alembic import op"] if "op." in code else []
        lines = imports.lines()
        groups = (
            [*theirs, *(line for line in lines if not line.startswith("from jemeti_platform"))],
            [line for line in lines if line.startswith("from jemeti_platform")],
        )
        above = "".join("\n".join(group) + "\n\n" for group in groups if group)
        return f'''"""{self.message}.

Revision ID: {self.name}
"""

{above}revision = "{self.name}"
down_revision = {_quoted(self.before)}
branch_labels = {_quoted(self.labels)}
depends_on = {_quoted(self.after)}


def upgrade() -> None:
{indent(chr(10).join(up) or "pass", "    ")}


def downgrade() -> None:
{indent(chr(10).join(down) or "pass", "    ")}
'''


def next_revision(manifests: Mapping[str, Manifest], plugin: str, message: str) -> Revision:
    """The revision that follows the plugin's newest. Raises BootError where it has two newest ones."""
    message = " ".join(message.split()).rstrip(".").replace('"', "'").replace("\\", "/")
    slug = "_".join(re.findall(r"[a-z0-9]+", message.lower()))[:50].strip("_")
    if not slug:
        raise BootError("Say in a few words what the migration does: -m 'the weight of a rack'")
    module = importlib.import_module(manifests[plugin].package)
    folder = Path(str(module.__file__)).parent / "migrations"
    numbers = [
        int(found[1]) for path in folder.glob("*.py") if (found := re.search(r"(?:^|_)(\d{4})(?:_|$)", path.stem))
    ]
    number = max(numbers, default=0) + 1
    script = ScriptDirectory.from_config(alembic_config(manifests))
    heads = {head: set(script.get_revision(head).branch_labels) for head in script.get_heads()}
    own = [head for head, labels in heads.items() if plugin in labels]
    if len(own) > 1:
        raise BootError(f"{plugin} has {len(own)} newest migrations: {', '.join(own)}; let one follow the other first")
    known = {"kernel", *manifests[plugin].requires}
    after = tuple(sorted(head for head, labels in heads.items() if labels & known))
    return Revision(
        folder / f"{number:04}_{slug}.py",
        f"{plugin}_{number:04}",
        message[:1].upper() + message[1:],
        own[0] if own else None,
        None if own else (plugin,),
        None if own else after,
    )


def _quoted(value: str | tuple[str, ...] | None) -> str:
    """As Python, in double quotes."""
    return repr(value).replace("'", '"')
