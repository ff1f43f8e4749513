"""The platform that most tests are about: the kernel with every plugin of this repository."""

from importlib.util import find_spec

import pytest


@pytest.fixture(scope="session")
def settings(settings: dict[str, str]) -> dict[str, str]:
    """The kernel alone until there is a plugin to load."""
    return settings if find_spec("plugins.crm") else {**settings, "jemeti.plugins": ""}
