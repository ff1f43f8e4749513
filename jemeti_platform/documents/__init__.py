"""Documents: what a workspace hands out as PDF, frozen when issued. A table of contents.

- ``catalogue``: the types there are; ``built_in`` and ``schemas``: five of them, and what they are given;
  ``templates/``, ``labels/``, ``samples/``, ``fonts/``: their files
- ``printed``, ``writing``, ``presenting``, ``addresses``: from values to what a reader sees, in a language's own way
- ``shape``, ``theme``: how a workspace's documents look; ``settings``, ``stored``: ``/v1/document-templates``, where it
  says so
- ``rendering``, ``pictures``, ``logos``: the PDF; ``pdf``: the PDF as an answer
- ``issuing``: ``issue``, which renders once and for ever, and ``render``, which keeps nothing; ``issued``:
  ``/v1/documents``; ``models``: what is kept; ``sweep``: bytes of what was not issued after all
"""

from __future__ import annotations

from typing import Any

from .addresses import postal_address
from .catalogue import catalogue_of
from .issued import issued_pdf, issued_pdf_of
from .issuing import Issued, issue, render
from .pdf import PDF, pdf_response
from .sweep import sweep

__all__ = [
    "PDF",
    "Issued",
    "includeme",
    "issue",
    "issued_pdf",
    "issued_pdf_of",
    "pdf_response",
    "postal_address",
    "render",
]


def includeme(config: Any) -> None:
    catalogue_of(config.registry.platform)  # a template that is missing or forbidden stops the boot
    config.include(".settings")
    config.include(".issued")
    config.add_periodic("kernel.sweep_documents", "50 2 * * *", sweep)
