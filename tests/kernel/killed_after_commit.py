"""A process that writes messages, commits, and is killed at once: nothing of it can still send them."""

from __future__ import annotations

import json
import os
import signal
import sys
from uuid import UUID

from jemeti_platform import main
from jemeti_platform.boot import transaction
from jemeti_platform.work import Actor, Work

from .messaging import write

if __name__ == "__main__":
    platform = main({}, **json.loads(sys.argv[1])).registry.platform
    with transaction() as manager:
        work = Work(platform, UUID(sys.argv[2]), Actor("system", "test"), manager)
        for n in range(5):
            write(work, f"{n}@killed.example", "Hello")
    os.kill(os.getpid(), signal.SIGKILL)
