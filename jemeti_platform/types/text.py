"""Text: what people type, kept in one normal form and free of what no screen or database should meet."""

import re
from typing import Any
from unicodedata import category, combining, normalize

from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["Text"]

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]").search
_UNFIT_MULTILINE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]").search
_LINE_END = re.compile("\r\n?|\u2028|\u2029").sub
_INVISIBLE = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
# Unicode's Stream-Safe Text Format (UAX 15, section 13): normalising takes quadratic time in the length of such a run.
_MOST_MARKS = 30


class Text(Strict):
    """Unicode text of `min` to `max` characters, stripped and in NFC; `multiline` keeps line breaks (as LF) and tabs.

    NUL, other control characters and lone surrogates are refused, and so is the empty string unless `min` is 0.
    `pattern` is a regular expression that the whole text must match, `hint` says so in words.
    """

    def __init__(
        self,
        max: int = 200,
        min: int = 1,
        *,
        multiline: bool = False,
        pattern: str | None = None,
        hint: str = "",
    ) -> None:
        self.max = max
        self.min = min
        self.multiline = multiline
        self.pattern = pattern
        self.hint = hint or f"Must match {pattern}"
        self._match = re.compile(pattern).fullmatch if pattern else None

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str:
            raise Refused("Must be text")
        text = value.strip()
        if not (text.isascii() and text.isprintable()):
            text = self._clean(text)
        if not self.min <= len(text) <= self.max:
            raise Refused(self._length(len(text)))
        if self._match is not None and not self._match(text):
            raise Refused(self.hint)
        return text

    def _clean(self, text: str) -> str:
        if self.multiline:
            text = _LINE_END("\n", text)
        if bad := (_UNFIT_MULTILINE if self.multiline else _UNFIT)(text):
            raise Refused(f"Must not contain {_name(bad[0])}")
        if text.isascii():
            return text
        if len(text) > 4 * self.max:
            raise Refused(self._length(len(text)))
        _refuse_piled_marks(text)
        if self.min and not any(category(char) not in _INVISIBLE for char in text):
            raise Refused("Must not be empty")  # nothing but invisible characters
        return normalize("NFC", text)

    def _length(self, length: int) -> str:
        if not length:
            return "Must not be empty"
        if length < self.min:
            return f"At least {self.min} characters, this has {length}"
        return f"At most {self.max} characters, this has {length}"

    def describe(self) -> dict[str, Any]:
        unfit = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
        if self.multiline:
            unfit = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
        filled = r"(?!\s*$)" if self.min else ""
        schema: dict[str, Any] = {"type": "string", "maxLength": self.max}
        if self.min:
            schema["minLength"] = self.min
        schema["pattern"] = f"^(?:{self.pattern})$" if self.pattern else f"^{filled}[^{unfit}]*$"
        return schema


def _name(char: str) -> str:
    if char in "\n\r\u2028\u2029":
        return "a line break"
    return f"the {'lone surrogate' if char >= chr(0xD800) else 'control character'} U+{ord(char):04X}"


def _refuse_piled_marks(text: str) -> None:
    if len(text) <= 256:
        return
    run = 0
    for char in text:
        run = run + 1 if combining(char) else 0
        if run > _MOST_MARKS:
            raise Refused(f"Must not pile more than {_MOST_MARKS} marks on one character")
