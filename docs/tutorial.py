"""Rewrites what `tutorial.md` shows of the example: `python docs/tutorial.py`. A test fails when it is stale."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PAGE = Path(__file__).with_name("tutorial.md")
EXAMPLE = PAGE.parent.parent / "examples" / "tyre-hotel"

_BLOCK = re.compile(r"(<!-- from the example: (\S+)((?: \w+)*) -->).*?(<!-- to here -->)", re.DOTALL)
_LANGUAGES = {".py": ("python", "#"), ".typ": ("typst", "//")}
"""How a file is called in a fence, and what begins a comment in it."""


def fresh(text: str) -> str:
    """The page with every sample as the example has it now."""

    def sample(match: re.Match[str]) -> str:
        begin, file, names, end = match.groups()
        shown = excerpt(file, names.split())
        language, sign = _LANGUAGES[Path(file).suffix]
        return f"{begin}\n\n```{language}\n{sign} {file}\n{shown}\n```\n\n{end}"

    return _BLOCK.sub(sample, text)


def excerpt(file: str, names: list[str]) -> str:
    """These definitions of a file of the example, in this order; the whole file without any.

    Raises KeyError for a name that the file does not define.
    """
    text = (EXAMPLE / file).read_text(encoding="utf-8")
    if not names:
        return text.strip()
    lines, found = text.splitlines(), {}
    for node in ast.parse(text).body:
        begin = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        found |= dict.fromkeys(_defines(node), "\n".join(lines[begin - 1 : node.end_lineno]))
    return "\n\n\n".join(found[name] for name in names)


def _defines(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    return [one.id for one in node.targets if isinstance(one, ast.Name)] if isinstance(node, ast.Assign) else []


if __name__ == "__main__":
    PAGE.write_text(fresh(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
