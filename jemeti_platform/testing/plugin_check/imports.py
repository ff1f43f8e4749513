"""What the plugin imports: of the kernel what is public, of other plugins their contracts, if it requires them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...deprecation import DEPRECATED
from ...platform import installed_plugins
from ...public_api import FOR_TESTS, MODULES, public_names
from .report import Outcome
from .stage import NotPossible, Stage
from .subject import Source

__all__ = ["KERNEL", "Import", "imports", "imports_of"]

KERNEL = "jemeti_platform"
_PAGE = "docs/plugins.md lists what is public"


@dataclass(frozen=True)
class Import:
    """``from module import names`` (none for a plain ``import module``) at a place."""

    module: str
    names: tuple[str, ...]
    place: str


def imports(stage: Stage, found: Outcome) -> None:
    others = {point.module: name for name, point in installed_plugins().items() if name != stage.subject.name}
    try:
        required = set(stage.manifest.requires)
    except (NotPossible, Exception):  # noqa: BLE001 (why it does not load is told by the check that loads it)
        required = set()
    count = 0
    for source in stage.subject.sources:
        for one in imports_of(source):
            count += 1
            if one.module == KERNEL or one.module.startswith(KERNEL + "."):
                _of_kernel(one, found)
            elif (owner := _owner(one.module, others)) is not None:
                _of_plugin(one, owner, others, required, found)
    found.figures |= {"files": len(stage.subject.sources), "imports": count}


def _of_kernel(one: Import, found: Outcome) -> None:
    if one.module in FOR_TESTS or one.module.startswith(KERNEL + ".testing"):
        found.error(f"imports the test kit, {one.module}", one.place, "Import it in the folder tests only.")
        return
    for name in one.names or ("",):
        whole = f"{one.module}.{name}" if name else one.module
        if (
            whole in DEPRECATED
            or whole in MODULES
            or (one.module in MODULES and (not name or name in public_names(one.module)))
        ):
            continue
        if one.module in MODULES:
            message = f"imports {name} from {one.module}, which is not public there"
        else:
            message = f"imports {whole}, which is private to the kernel"
        found.error(message, one.place, f"Use what is public instead: {_PAGE}.")


def _of_plugin(one: Import, owner: str, others: dict[str, str], required: set[str], found: Outcome) -> None:
    package = next(package for package, name in others.items() if name == owner)
    contract = f"{package}.contract"
    names = {one.module} if one.module != package else {f"{package}.{name}" for name in one.names}
    if owner not in required:
        message = f"imports {one.module} of the plugin {owner!r}, which it does not require"
        found.error(message, one.place, f'Add "{owner}" to Manifest(requires=…), or do without it.')
    if names != {contract}:
        message = f"imports {', '.join(sorted(names))}, which is private to the plugin {owner!r}"
        found.error(message, one.place, f"Between plugins only the contract is imported: {contract}.")


def _owner(module: str, others: dict[str, str]) -> str | None:
    return next((name for package, name in others.items() if f"{module}.".startswith(f"{package}.")), None)


def imports_of(source: Source) -> Iterator[Import]:
    for node in ast.walk(source.tree):
        place = f"{source.name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, (), place)
        elif isinstance(node, ast.ImportFrom):
            yield Import(_absolute(node, source), tuple(alias.name for alias in node.names), place)
        elif isinstance(node, ast.Call) and (name := _imported_by_call(node)):
            yield Import(name, (), place)


def _absolute(node: ast.ImportFrom, source: Source) -> str:
    if not node.level:
        return node.module or ""
    base = source.package.split(".")
    base = base[: len(base) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _imported_by_call(node: ast.Call) -> str:
    """``import_module("…")`` and ``__import__("…")``."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    first = node.args[0] if node.args else None
    if called in ("import_module", "__import__") and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return ""
