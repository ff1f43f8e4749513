"""What a plugin and its resource may be called, and the words that its files are filled with."""

from __future__ import annotations

import keyword
import re
from importlib.metadata import entry_points
from importlib.util import find_spec

import click
from alembic.script import ScriptDirectory

from ...db.migrate import alembic_config
from ...kernel import KERNEL
from ...platform import ENTRY_POINT_GROUP

__all__ = ["words_for"]

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 20
"""Names of tables, indexes and constraints are made of both words, and PostgreSQL's end at 63 bytes."""

_MODULES = {
    "contract",
    "lifecycle",
    "listeners",
    "models",
    "overview",
    "resources",
    "schemas",
    "seeds",
    "services",
    "sheets",
}
_TAKEN = {
    *("copies", "copy", "currency", "date", "document", "documents", "id", "identity", "inputs", "link", "migration"),
    *("migrations", "notes", "number", "reference", "row", "rows", "sheet", "status", "test", "tests", "title"),
    *("version", "work", "workspace"),
}
"""Words that mean something else in the files of the template."""


def words_for(name: str, title: str | None, noun: str, plural: str | None) -> dict[str, str]:
    """The words of a plugin. Raises click's BadParameter for a name that cannot be had, saying why."""
    plural = plural or _plural(noun)
    _check_name(name)
    for word in (noun, plural):
        _check_noun(word)
    if noun == plural:
        raise click.BadParameter(f"{noun!r} is one as well as several; give two words", param_hint="--plural")
    said, several = noun.replace("_", " "), plural.replace("_", " ")
    article = "an" if noun[0] in "aeiou" else "a"
    return {
        "name": name,
        "title": _plain(title) if title else name.replace("_", " ").capitalize(),
        "distribution": f"jemeti-{name.replace('_', '-')}",
        "package": f"jemeti_{name}",
        "noun": noun,
        "plural": plural,
        "Noun": "".join(part.capitalize() for part in noun.split("_")),
        "NOUN": noun.upper(),
        "PLURAL": plural.upper(),
        "word": said,
        "words": several,
        "Word": said.capitalize(),
        "Plural": several.capitalize(),
        "a_word": f"{article} {said}",
        "A_word": f"{article.capitalize()} {said}",
        "feature": f"{name}.{plural}",
        "path": f"/{name.replace('_', '-')}/{plural.replace('_', '-')}",
        "table": f"{name}_{plural}",
        "prefix": noun.replace("_", "")[:3].upper(),
        "kernel": _newest_of_the_kernel(),
    }


def _check_name(name: str) -> None:
    _check_form(name, "NAME")
    installed = {point.name for point in entry_points(group=ENTRY_POINT_GROUP)}
    kernel = {permission.subject.partition(".")[0] for permission in KERNEL.permissions} | {KERNEL.name, "platform"}
    if name in installed:
        raise click.BadParameter(f"a plugin {name!r} is installed already", param_hint="NAME")
    if name in kernel:
        raise click.BadParameter(f"{name!r} belongs to the platform itself", param_hint="NAME")
    if find_spec(f"jemeti_{name}") is not None:
        raise click.BadParameter(f"there is a Python package jemeti_{name} already", param_hint="NAME")


def _check_noun(word: str) -> None:
    _check_form(word, "--resource")
    if word in _MODULES | _TAKEN or keyword.iskeyword(word) or word.endswith("_sheet"):
        raise click.BadParameter(f"{word!r} means something else in a plugin's files", param_hint="--resource")


def _check_form(word: str, where: str) -> None:
    if not _NAME.fullmatch(word) or len(word) > _LONGEST:
        raise click.BadParameter(
            f"{word!r} is no lower-case word of at most {_LONGEST} letters, digits and underscores", param_hint=where
        )


def _plain(title: str) -> str:
    if not title.isprintable() or not title.strip() or set(title) & set("\"'\\{}%"):
        raise click.BadParameter(
            f"{title!r}: a title is one line without quotes, backslashes, braces and per cent", param_hint="--title"
        )
    return title.strip()


def _plural(noun: str) -> str:
    """By the rules of English; what follows none has to be said."""
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if re.search(r"(s|x|z|ch|sh)$", noun) else f"{noun}s"


def _newest_of_the_kernel() -> str:
    """The kernel's newest revision: a plugin's first migration comes after it."""
    (head,) = ScriptDirectory.from_config(alembic_config({})).get_heads()
    return head
