"""What plugins may rely on: every public name is there, exported, and on the page; a range of versions is enforced."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from jemeti_platform.public_api import FOR_TESTS, MODULES, public_names

WHOLE = (Path(__file__).parents[1] / "docs" / "plugins.md").read_text(encoding="utf-8")
PAGE = WHOLE.partition("<!-- from the code: public -->")[2].partition("<!-- to here -->")[0]
ROWS = dict(re.findall(r"^\| `(jemeti_platform[\w.]*)`(?: \(tests only\))? \| (.*) \|$", PAGE, re.MULTILINE))


@pytest.mark.parametrize("module", [*MODULES, *FOR_TESTS])
def test_every_public_name_is_exported_and_on_the_page(module: str) -> None:
    found = importlib.import_module(module)
    names = public_names(module)
    assert names
    assert set(MODULES.get(module, ())) <= set(found.__all__), "a name is promised that the module does not export"
    assert all(hasattr(found, name) for name in names)
    assert re.findall(r"`(\w+)`", ROWS[module]) == list(names)


def test_the_page_lists_no_other_module() -> None:
    assert ROWS.keys() == {*MODULES, *FOR_TESTS}
