"""What happened, kept: every event a plugin emits is stored with the change it tells of, numbered, and never changed.

- ``declared``: event classes, their type names, their JSON
- ``functions``, ``models``: the table, and the one function that writes into it
"""
