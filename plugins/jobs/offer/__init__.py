"""A quotation as its customer sees it: what is shown (``reading``), on paper, as a page for a phone, in which words.

- ``reading``: everything that is shown, in one round trip; ``sharing``: under which public address
- ``printed``: what the documents are given; ``printout``: quotation and amendment as PDFs
- ``certificate``: what was approved, as a PDF with the very text whose SHA-256 was kept
- ``page``, ``words``: the page behind the public address; ``services``: all of it over HTTP
"""
