"""Documents: what a workspace hands out as PDF, frozen when issued. A table of contents.

- ``catalogue``: the types there are; ``built_in`` and ``schemas``: five of them, and what they are given; ``templates/``,
  ``labels/``, ``samples/``, ``fonts/``: their files
- ``printed``, ``writing``, ``presenting``: from values to what a reader sees, in a language's own way
- ``shape``, ``theme``: how a workspace's documents look; ``templates``: ``/v1/document-templates``, where it says so
- ``rendering``, ``pictures``: the PDF
- ``issuing``: ``issue``, which renders once and for ever; ``issued``: ``/v1/documents``; ``models``: what is kept
"""

from __future__ import annotations

