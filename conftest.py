"""For all tests of the repository: those of properties try the same examples every time, however long they take.

A change is accepted or refused for what it changes, not for what was drawn this time nor for a machine that is busy.
`bin/test --hypothesis-profile=search` draws anew.
"""

from hypothesis import settings

settings.register_profile("search", deadline=None, print_blob=True)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")
