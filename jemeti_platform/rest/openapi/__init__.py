"""The OpenAPI 3.1 document, generated from the services and the schemas that validate.

- ``document``: the whole of it; ``narrow``: what of it one workspace has on
- ``operation``: one view: parameters, body, answers; ``refusals``: how it may refuse
- ``components``: shared schemas and their names; ``names``: operation ids and tags
- ``examples``: values that pass their own schemas
- ``published``: the bytes that are served, made once a process
"""

from __future__ import annotations

from .document import make_document
from .published import Published

__all__ = ["Published", "make_document"]
