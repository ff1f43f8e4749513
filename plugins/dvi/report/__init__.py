"""The report of an inspection: what it shows (``reading``), in which words, as a page and on paper, with drawings.

Domain code imports ``printout``; ``page`` speaks HTTP.
"""
