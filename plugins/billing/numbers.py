"""The number of a payment account: an IBAN, a wallet's telephone number, whatever a bank or terminal is known by."""

from __future__ import annotations

import re

import phonenumbers
from stdnum import iban, luhn

from jemeti_platform.errors import Invalid
from jemeti_platform.types import Phone, Refused

__all__ = ["normal_number"]

_LIKE_AN_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{7,}")
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
_LIKE_A_CARD = re.compile(r"[0-9]{13,19}")


def normal_number(kind: str, number: str, country: str) -> str:
    """The number as it is kept: an IBAN without blanks, a wallet's telephone number as E.164, anything else as written.

    Raises Invalid for an IBAN whose length or check digits do not fit its country, and for the number of a payment
    card, which nobody may keep without being certified for it (PCI DSS).
    """
    compact = re.sub(r"[\s-]", "", number).upper()
    if kind == "bank" and _LIKE_AN_IBAN.fullmatch(compact):
        if not iban.is_valid(compact):
            raise _refused("This looks like an IBAN, but its length or check digits do not fit")
        return compact
    if kind == "card" and _LIKE_A_CARD.fullmatch(compact) and luhn.is_valid(compact):
        raise _refused("This is the number of a payment card, which is not kept; give the terminal's or the contract's")
    return _telephone(number, country) or number if kind == "mobile_wallet" else number


def _telephone(number: str, country: str) -> str | None:
    """The number as E.164 if it is a mobile telephone's, and not a merchant's or till's, or an e-mail address."""
    try:
        found = Phone().read(number, {"country": country})
    except Refused:
        return None
    return found if phonenumbers.number_type(phonenumbers.parse(found)) in _MOBILE else None


def _refused(message: str) -> Invalid:
    return Invalid([{"field": "number", "message": message}])
