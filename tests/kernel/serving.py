"""An application served in a process of its own, to be killed: `python serving.py PORT SETTINGS`, settings as JSON.

Its answers to writes come late, a moment after COMMIT, so that whoever is killed has often done what was asked.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

LATE = 0.1
"""Seconds between COMMIT and answer."""


def answer_late(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    """A tween around the transaction: what it holds back has been committed."""

    def respond(request: Any) -> Any:
        response = handler(request)
        if request.method == "POST":
            time.sleep(LATE)
        return response

    return respond


def includeme(config: Any) -> None:
    config.add_tween("serving.answer_late", over="pyramid_tm.tm_tween_factory")


if __name__ == "__main__":
    import waitress

    from jemeti_platform import main
    from jemeti_platform.testing.logs import only_warnings

    application = main({}, **json.loads(sys.argv[2]), **{"jemeti.includes": "serving"})
    only_warnings()
    waitress.serve(application, host="127.0.0.1", port=int(sys.argv[1]), threads=8, _quiet=True)
