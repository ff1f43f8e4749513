"""A file that comes in by multipart/form-data, as browsers and every HTTP client send it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser, parse_options_header

from ..errors import Invalid, PayloadTooLarge, Problem
from ..json import to_json

__all__ = ["FORM", "Upload", "read_form"]

FORM = 64 * 1024
"""Bytes that a form may have around its file."""
_FIELDS, _FIELD = 20, 10_000
_FILE = "file"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: ``name`` is what its sender calls it, and may be anything."""

    name: str
    data: bytes

    def digest(self, fields: Any) -> bytes:
        """What tells this form from another, however it was sent."""
        whole = hashlib.blake2b(to_json([self.name, fields]), digest_size=32)
        whole.update(hashlib.blake2b(self.data, digest_size=32).digest())
        return whole.digest()


def read_form(request: Any, most: int) -> tuple[Upload, dict[str, str]]:
    """The file of a form and its other fields.

    Raises Invalid for a form without a file, with two, with fields given twice or torn; PayloadTooLarge for a file of
    more than ``most`` bytes.
    """
    _, options = parse_options_header(request.environ.get("CONTENT_TYPE", ""))
    boundary = options.get("boundary", "")
    if not boundary:
        raise Invalid([{"field": "", "message": "The Content-Type names no boundary between the form's parts"}])
    request.make_body_seekable()
    form = _Form(most)
    try:
        with PushMultipartParser(boundary, max_segment_count=_FIELDS + 1) as parser:
            for event in parser.parse_blocking(request.body_file_raw.read):
                form.take(event)
    except ParserLimitReached:
        raise Invalid(
            [{"field": "", "message": f"The form has more than {_FIELDS} fields, or too long headers"}]
        ) from None
    except (MultipartError, UnicodeDecodeError):
        raise Invalid(
            [{"field": "", "message": "The form is not whole: it is torn, or no multipart/form-data"}]
        ) from None
    return form.result()


class _Form:
    """The parts of a form as they come in."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._part: MultipartSegment | None = None
        self._data = BytesIO()
        self._file: Upload | None = None
        self._fields: dict[str, str] = {}
        self._problems: list[Problem] = []

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._part, self._data = event, BytesIO()
        elif event is None:
            self._end()
        else:
            assert self._part is not None
            is_file = self._part.filename is not None
            if self._part.bytes_received > (self._most if is_file else _FIELD):
                if is_file:
                    raise PayloadTooLarge(f"A file may have at most {self._most} bytes.")
                raise Invalid([{"field": (self._part.name or "")[:200], "message": f"At most {_FIELD} bytes"}])
            self._data.write(event)

    def _end(self) -> None:
        part = self._part
        if part is None:  # the end of all
            return
        self._part = None
        name, data = (part.name or "")[:200], self._data.getvalue()  # which is no copy
        if name in self._fields or (name == _FILE and self._file is not None):
            self._problems.append({"field": name, "message": "Given more than once"})
        elif part.filename is not None and name != _FILE:
            self._problems.append({"field": name, "message": f"The file belongs into the field {_FILE!r}"})
        elif part.filename is not None:
            self._file = Upload(part.filename, data)
        else:
            self._keep(name, data)

    def _keep(self, name: str, data: bytes) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._problems.append({"field": name, "message": "Must be UTF-8"})
            return
        if "\x00" in text:
            self._problems.append({"field": name, "message": "Must not contain NUL"})
        self._fields[name] = text

    def result(self) -> tuple[Upload, dict[str, str]]:
        if _FILE in self._fields:
            self._problems.append({"field": _FILE, "message": "Must be a file, with a file name"})
        elif self._file is None:
            self._problems.append({"field": _FILE, "message": "Required"})
        if self._problems:
            raise Invalid(self._problems)
        assert self._file is not None
        return self._file, self._fields
