"""The document as it is served: made when first asked for, kept as bytes for the life of the process."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...json import to_json
from .document import make_document
from .narrow import narrowed

if TYPE_CHECKING:
    from ...work import Work

__all__ = ["Edition", "Published"]

_EDITIONS = 64
"""Workspaces with the same features share an edition; there are about as many as plans."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A document with its bytes and the ETag (without quotes) made of them."""

    document: dict[str, Any]
    body: bytes
    etag: str

    @classmethod
    def of(cls, document: dict[str, Any]) -> Edition:
        body = to_json(document)
        return cls(document, body, hashlib.blake2b(body, digest_size=8).hexdigest())


class Published:
    """The editions of one application's document."""

    def __init__(self, registry: Any) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._whole: Edition | None = None
        self._editions: OrderedDict[frozenset[tuple[str, str]], Edition] = OrderedDict()

    @property
    def whole(self) -> Edition:
        """Everything that is installed."""
        with self._lock:
            if self._whole is None:
                self._whole = Edition.of(make_document(self._registry))
            return self._whole

    def of_workspace(self, work: Work) -> Edition:
        """What the workspace of ``work`` has on; of a read-only feature the reads, and never what administrators do."""
        whole = self.whole
        values = frozenset((slug, work.state.decision(slug).value) for slug in work.platform.features)
        with self._lock:
            known = self._editions.get(values)
            if known is None:
                known = self._editions[values] = Edition.of(_edition(whole.document, dict(values)))
            self._editions.move_to_end(values)
            while len(self._editions) > _EDITIONS:
                self._editions.popitem(last=False)
            return known


def _edition(document: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    administrators = {tag for group in document["x-tagGroups"] if group["key"] == "platform" for tag in group["tags"]}

    def wanted(method: str, operation: dict[str, Any]) -> bool:
        if administrators.intersection(operation["tags"]):
            return False
        value = values.get(operation["x-feature"], "on")
        return value == "on" or (value == "read_only" and method == "get")

    return narrowed(document, wanted)
