"""A plugin's README names everything that the plugin declares and serves, and nothing that it does not."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

PLUGINS = ("billing", "crm", "dvi", "jobs")


@pytest.fixture(params=PLUGINS)
def plugin(request: pytest.FixtureRequest, platform: Any) -> Any:
    return platform.manifests[request.param]


@pytest.fixture
def readme(plugin: Any) -> str:
    module = importlib.import_module(plugin.package)
    return (Path(str(module.__file__)).parent / "README.md").read_text()


def test_features_and_permissions_stand_in_the_tables(plugin: Any, readme: str) -> None:
    for feature in plugin.features:
        requires = ", ".join(f"`{slug}`" for slug in feature.requires)
        assert f"| `{feature.slug}` | {feature.title} | {requires} |".replace("|  |", "| |") in readme
    for permission in plugin.permissions:
        row = f"| `{permission.name}` | {permission.title} | {', '.join(permission.roles)} |"
        assert row.replace("|  |", "| |") in readme
    named = set(re.findall(r"^\| `([a-z_.]+(?::[a-z_]+)?)` \|", readme, re.MULTILINE))
    declared = {f.slug for f in plugin.features} | {p.name for p in plugin.permissions}
    assert {name for name in named if name not in declared} == set()


def test_every_route_stands_in_the_table(plugin: Any, readme: str, app: Any) -> None:
    rows = re.findall(r"^\| `((?:[A-Z]+ )+)(/\S+)` \|", readme, re.MULTILINE)
    written = {(method, path) for methods, path in rows for method in methods.split()}
    served = {
        (method, path)
        for path, (owner, service) in app.registry.services.items()
        if owner == plugin.name
        for method in service.views
    }
    assert written == served


def test_every_event_stands_in_the_table(plugin: Any, readme: str) -> None:
    contract = importlib.import_module(f"{plugin.package}.contract")
    assert [name for name in contract.__all__ if f"`{name}`" not in readme] == []
