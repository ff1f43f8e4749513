"""The plugin under test: its entry point, its package's files, and what it and its requirements are called."""

from __future__ import annotations

import ast
import importlib.util
import inspect
from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import EntryPoint
from pathlib import Path

from ...platform import BootError, installed_plugins

__all__ = ["Source", "Subject"]


class Source:
    """One Python file of the plugin: ``name`` as reports call it, and its syntax tree."""

    def __init__(self, path: Path, name: str, module: str) -> None:
        self.path, self.name, self.module = path, name, module
        self.text = path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    @property
    def texts(self) -> Iterator[str]:
        """Every text that is written in it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value

    @property
    def package(self) -> str:
        """What a relative import with one dot is relative to."""
        return self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]


class Subject:
    """An installed plugin by name. Raises BootError where none is installed."""

    def __init__(self, name: str) -> None:
        found = installed_plugins()
        if name not in found:
            raise BootError(
                f"no plugin {name!r} is installed; installed are: {', '.join(sorted(found)) or 'none'}. "
                "To check a folder or a wheel, give its path (./NAME)"
            )
        self.name = name
        self.point: EntryPoint = found[name]
        self.package = self.point.module
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:
            raise BootError(f"plugin {name!r}: its entry point names {self.package}, which is not there")
        origin = Path(spec.origin)
        self.is_package = origin.name == "__init__.py"
        self.folder = origin.parent
        self._root = self.folder.parent if self.is_package else self.folder
        for _ in range(self.package.count(".")):
            self._root = self._root.parent
        self._origin = origin

    @cached_property
    def sources(self) -> list[Source]:
        """The plugin's Python files, without its tests."""
        paths = sorted(self.folder.rglob("*.py")) if self.is_package else [self._origin]
        return [
            Source(path, self.short(path), self._module(path))
            for path in paths
            if "tests" not in path.relative_to(self.folder).parts
        ]

    def owns(self, path: str | Path) -> bool:
        """Whether a file is one of the plugin's own, its tests not counted."""
        found = Path(path).resolve()
        return any(found == source.path.resolve() for source in self.sources)

    def short(self, path: str | Path) -> str:
        """A file as reports call it: from the top package on."""
        found = Path(path).resolve()
        root = self._root.resolve()
        return found.relative_to(root).as_posix() if found.is_relative_to(root) else found.name

    def place(self, where: str) -> str:
        """``/long/path/file.py:12`` as reports write it."""
        path, colon, line = where.rpartition(":")
        return f"{self.short(path)}:{line}" if colon and line.isdecimal() else where

    def place_of(self, thing: object) -> str:
        """Where a function or class of the plugin is written; empty where nobody knows."""
        try:
            path = inspect.getsourcefile(inspect.unwrap(thing))  # type: ignore[arg-type]  # anything may be asked
            _, line = inspect.getsourcelines(inspect.unwrap(thing))  # type: ignore[arg-type]
        except (TypeError, OSError):
            return ""
        return f"{self.short(path)}:{line}" if path else ""

    def place_of_text(self, text: str, *, first: str = "migrations") -> str:
        """Where a string stands in the sources, preferably in the folder ``first``; empty where it does not."""
        found = list(self._lines_with(text))
        found.sort(key=lambda place: f"/{first}/" not in place)
        return found[0] if found else self.short(self._origin)

    def _lines_with(self, text: str) -> Iterator[str]:
        for source in self.sources:
            for number, line in enumerate(source.text.splitlines(), 1):
                if f'"{text}"' in line or f"'{text}'" in line or f" {text} " in line:
                    yield f"{source.name}:{number}"

    def _module(self, path: Path) -> str:
        parts = path.relative_to(self._root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
