"""What the plugin costs those who do not use it: time to boot, and time of a request that has nothing to do with it.

Measured in one run, with and without the plugin in turn, by the fastest fifth: what else the machine does makes a
request slower, never faster. It informs; only what is gross is a finding.
"""

from __future__ import annotations

import time
from typing import Any

from ..api import Api
from ..workspaces import make_workspace
from .report import Outcome
from .stage import Stage

__all__ = ["boots", "cost"]

_BOOTS, _REQUESTS = 3, 100
_GROSS_BOOT, _GROSS_RATIO = 2.0, 1.5
_PATH = "/v1/workspace"


def boots(stage: Stage, found: Outcome) -> None:
    """With what it requires, and nothing else, the platform starts and is ready."""
    app = stage.app
    status, text = _ready(app)
    if status != 200:
        found.error(f"/readyz answers {status} where only it and what it requires is installed: {text[:200]}")
    found.figures |= {"routes": len(stage.routes), "plugins": len(stage.platform.manifests)}


def cost(stage: Stage, found: Outcome) -> None:
    added = _boot(stage, plugin=True) - _boot(stage, plugin=False)
    with_it, without = _clients(stage)
    times: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(_REQUESTS):
        for name, api in (("with", with_it), ("without", without)):
            begun = time.perf_counter()
            api.get(_PATH)
            times[name].append(time.perf_counter() - begun)
    took, without_it = (sorted(found)[_REQUESTS // 5] for found in times.values())
    ratio = took / without_it
    found.figures |= {
        "boot_added_ms": round(added * 1000),
        "request_ms": round(took * 1000, 2),
        "request_without_ms": round(without_it * 1000, 2),
        "ratio": round(ratio, 2),
    }
    if added > _GROSS_BOOT:
        found.warn(f"adds {added:.1f} seconds to every start", "", "Do less while it is imported and included.")
    if ratio > _GROSS_RATIO:
        found.warn(f"an unrelated request takes {ratio:.1f} times as long", "", "Look for tweens and subscribers.")


def _boot(stage: Stage, *, plugin: bool) -> float:
    def once() -> float:
        begun = time.perf_counter()
        with stage.booted_once(plugin=plugin):
            return time.perf_counter() - begun

    once()  # what is imported for the first time is not counted
    return min(once() for _ in range(_BOOTS))


def _clients(stage: Stage) -> tuple[Api, Api]:
    found = []
    for app in (stage.app, stage.app_without):
        workspace = make_workspace(app.registry.platform, app.registry.security_policy.tokens)
        api = Api(app, f"{workspace.slug}.{app.registry.domain}", workspace, workspace.login())
        for _ in range(5):
            api.get(_PATH)
        found.append(api)
    return found[0], found[1]


def _ready(app: Any) -> tuple[int, str]:
    reply = Api(app, app.registry.domain).get("/readyz", anything=True)
    return reply.status, reply.text
