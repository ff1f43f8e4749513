"""Plugins of one module, written by a test and installed like any other."""

import textwrap
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from jemeti_platform import main
from jemeti_platform.testing.plugin import DEFAULTS

__all__ = ["ADD", "GET", "plugins_on_disk"]

NOWHERE = "postgresql://jemeti_app@nowhere.invalid/jemeti"
_numbers = count()

PLUGIN = """
from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Limit, Manifest, Permission
from jemeti_platform.rest.service import ALWAYS, AUTHENTICATED, PUBLIC, Service

@hookimpl
def jemeti_manifest():
    return Manifest(**{{
        "name": "{name}", "title": "A plugin", "version": "1.0", "paths": ("/{name}",),
        "features": (Feature("{name}", "All"), Feature("{name}.one", "One")),
        "permissions": (Permission("{name}.one:read", "Read"),),
        {manifest}
    }})

one = Service("{name}.one", "/{name}/one", "{name}.one", "One")

{code}

def includeme(config):
    {includeme}
"""
GET = "one.add('GET', lambda request: {}, permission='{name}.one:read')\n"
ADD = "config.add_service(one)"


@pytest.fixture(name="boot")
def plugins_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Boots the platform with plugins written to disk and installed like any: ``boot(first={...}, second={...})``.

    ``manifest`` are items of the manifest, ``code`` is the module's, ``includeme`` the body of that function; ``whole``
    is the module as a whole.
    """
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = f"boot{next(_numbers)}"

    def go(settings: dict[str, str] | None = None, load: str = "", **plugins: dict[str, str]) -> Any:
        for name, parts in plugins.items():
            module = f"{folder}_{name}"
            if "whole" in parts:
                source = parts["whole"]
            else:
                pieces = {"manifest": "", "code": GET, "includeme": ADD, **parts}
                filled = {key: textwrap.dedent(value).replace("{name}", name) for key, value in pieces.items()}
                filled["includeme"] = textwrap.indent(filled["includeme"], "    ").strip()
                source = PLUGIN.format(name=name, **filled)
            (tmp_path / f"{module}.py").write_text(source)
            info = tmp_path / f"{module}-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
            point = parts.get("entry point", "").replace("{module}", module) or module
            (info / "entry_points.txt").write_text(f"[jemeti.plugins]\n{name} = {point}\n")
        urls = {"sqlalchemy.url": NOWHERE, "jemeti.platform_url": NOWHERE}
        wanted = {"jemeti.plugins": load or " ".join(plugins)}
        return main({}, **{**DEFAULTS, **urls, **wanted, **(settings or {})})

    return go
