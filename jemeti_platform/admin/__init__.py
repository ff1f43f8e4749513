"""The platform's own surface, for those who run it.

- ``work``: an administrator at work; ``workspaces``, ``states``: which workspace, and what it may use
- ``plans``, ``subscriptions``, ``overrides``, ``kill_switches``: who decides about features
- ``alignment``: plugins, brought in line with what was decided
- ``export``, ``erasure``: taking everything away, and deleting it
- ``plan_files``, ``applying``: plans and workspaces as files
- ``making``, ``schemas``, ``answers``, ``lists``: what comes in and goes out
- ``login``, ``two_factor``: their accounts, sessions and second factors
- ``services``: all of it over HTTP
"""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    config.include(".login")
    config.include(".two_factor")
    config.include(".services")
