"""The whole day of one job, from the customer at the gate to the car at the gate, by the API alone.

    python examples/whole-day/whole_day.py

works on what `bin/up` serves. For another workspace say where it is and who you are; the password is asked for, or
taken from JEMETI_PASSWORD:

    python examples/whole-day/whole_day.py --address https://api.example.com --workspace rahim-motors --email you@…

The papers of the day are kept in `--papers`. Ends with status 1 and a sentence where anything is not as it should be.
Needs httpx and Pillow.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from pathlib import Path

import evening
import morning
import offer
import people
import work
from api import Platform, Unexpected
from day import Day
from telling import Telling

ADDRESS, WORKSPACE, EMAIL = "http://127.0.0.1:6543", "demo", "owner@demo.example"
DEMO_PASSWORD = "workshop-demo-1234"  # noqa: S105 (of the workspace that development makes; production refuses it)
PARTS = (
    morning.receive, morning.open_job, morning.inspect, offer.quote, offer.decide, work.repair, work.amend,
    work.check_quality, evening.invoice, evening.pay, evening.deliver,
)  # fmt: skip
"""The day in order; each part takes up where the one before has ended."""


def main() -> int:
    """Run the day; returns the exit status."""
    wish = _arguments()
    platform, telling = Platform(wish.address.rstrip("/"), wish.workspace), Telling(wish.papers)
    try:
        owner = platform.log_in(wish.email, _password(wish.email))
        day = Day(platform, telling, owner, *people.of(platform, owner, telling))
        for part in PARTS:
            part(day)
    except Unexpected as fault:
        print(f"\n{fault}", file=sys.stderr)
        return 1
    finally:
        if wish.transcript:
            wish.transcript.write_text(json.dumps(platform.exchanges, indent=1), encoding="utf-8")
    telling.end(f"{len(platform.exchanges)} requests, {len(telling.papers)} papers in {telling.folder}")
    return 0


def _arguments() -> argparse.Namespace:
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--address", default=ADDRESS, help=f"where the platform is ({ADDRESS})")
    said.add_argument("--workspace", default=WORKSPACE, help=f"its name in addresses ({WORKSPACE})")
    said.add_argument("--email", default=EMAIL, help=f"an owner's log-in ({EMAIL})")
    said.add_argument("--papers", type=Path, default=Path("whole-day"), help="folder for the PDFs (whole-day)")
    said.add_argument("--transcript", type=Path, help="a file for every request with its answer, as JSON")
    return said.parse_args()


def _password(email: str) -> str:
    return os.environ.get("JEMETI_PASSWORD") or (DEMO_PASSWORD if email == EMAIL else getpass.getpass(f"{email}: "))


if __name__ == "__main__":
    sys.exit(main())
