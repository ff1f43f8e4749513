"""REST as ``http.md`` says, as a table of contents.

- ``service``, ``resource``: what a plugin declares
- ``gate``: the order in which a request is refused; ``request``: what a request knows
- ``schema``, ``compile``, ``body``, ``json_schema``: what a client may send
- ``listing``, ``filters``, ``cursor``, ``spreadsheet``: lists
- ``answer``, ``failures``: what a client gets
- ``observe``: request id, log line, metrics; ``face``: health, readiness, the OpenAPI document
- ``openapi``: the document; ``docs_page``: it as pages; ``conformance``: answers held against it
"""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    for part in ("observe", "gate", "failures", "request"):
        config.include(f"{__name__}.{part}")
