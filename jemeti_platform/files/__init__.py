"""Files: what people upload, and where the platform keeps bytes. A table of contents.

- ``storage``: objects under keys, in a folder or an object store; ``tickets``: addresses that need no identity
- ``images``: pictures made anew, by the program ``redraw`` in a process of its own
- ``disposition``: names of files in headers
"""

from __future__ import annotations
