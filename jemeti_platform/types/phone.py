"""Telephone numbers, stored as E.164."""

from functools import lru_cache
from typing import Any

import phonenumbers
from babel import Locale
from phonenumbers import ValidationResult

from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["Phone"]

_ENGLISH = Locale("en")
_WRONG = {
    ValidationResult.INVALID_COUNTRY_CODE: "No country has this calling code",
    ValidationResult.TOO_SHORT: "Too short for a telephone number of {place}",
    ValidationResult.TOO_LONG: "Too long for a telephone number of {place}",
    ValidationResult.INVALID_LENGTH: "No telephone number of {place} has this many digits",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "Add the area code",
}


class Phone(Strict):
    """A telephone number as people write it; returned as E.164 (`+8801712345678`).

    A number without `+` is read as one of the workspace's country, `context["country"]` (ISO 3166), or of `region`
    where the type names one. The length is checked against the numbering plan, the prefix is not: plans grow faster
    than libraries.
    """

    def __init__(self, region: str | None = None) -> None:
        self.region = region

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str:
            raise Refused("Must be a telephone number as text")
        if len(value) > 40:
            raise Refused("Too long for a telephone number")
        number = _e164(value.strip(), self.region or context.get("country"))
        if isinstance(number, Refused):
            raise Refused(str(number))
        return number

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "format": "phone", "maxLength": 40, "examples": ["+8801712345678"]}


@lru_cache(maxsize=4096)
def _e164(text: str, region: str | None) -> str | Refused:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and not text.startswith("+"):
            return Refused("Write the number with its country code, such as +8801712345678")
        return Refused("Must be a telephone number, such as +8801712345678")
    if number.extension:
        return Refused("Leave out the extension")
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict != ValidationResult.IS_POSSIBLE:
        code = phonenumbers.region_code_for_country_code(number.country_code or 0)
        place = _ENGLISH.territories.get(code, f"+{number.country_code}")
        return Refused(_WRONG.get(verdict, "Must be a telephone number").format(place=place))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
