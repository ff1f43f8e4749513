"""A file of rows that an importer takes in, made from what it declares: one row is good, one is not."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from ..types import Email, NullOr
from .samples import Samples

if TYPE_CHECKING:
    from ..imports import Importer

__all__ = ["file_for"]

_NOTHING_FITS = "x" * 5000


def file_for(importer: Importer, samples: Samples) -> bytes:
    """A CSV file with the columns that the importer needs, and those of addresses, by which people are told apart."""
    nodes = {column.field: _node(importer, column.field) for column in importer.columns}
    needed = {group[0] for group in importer.needed}
    chosen = [c for c in importer.columns if c.field in needed or isinstance(_type(nodes[c.field]), Email)]
    number = next(samples.numbers)
    good = [samples.values.of_type(_type(nodes[c.field]), c.field.rpartition(".")[2], number) for c in chosen]
    bad = [_NOTHING_FITS if c.field in needed else "" for c in chosen]
    text = io.StringIO()
    csv.writer(text).writerows([[c.names[0] for c in chosen], good, bad])
    return text.getvalue().encode()


def _node(importer: Importer, field: str) -> Any:
    """The schema's node at a path; None for a column that ``arrange`` makes something else of."""
    node: Any = importer.schema()
    for name in field.split("."):
        node = next((child for child in node.children if child.name == name), None)
        if node is None:
            return None
    return node


def _type(node: Any) -> Any:
    kind = getattr(node, "typ", None)
    return kind.inner if isinstance(kind, NullOr) else kind
