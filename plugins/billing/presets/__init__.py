"""What a workspace begins with, by its country; the tables are the ini files beside this one."""

from __future__ import annotations

from configparser import ConfigParser
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from ..contract import TaxComponent

__all__ = ["AccountPreset", "TaxPreset", "accounts_of", "countries", "taxes_of"]

_ALL = "*"


class AccountPreset(NamedTuple):
    name: str
    kind: str


class TaxPreset(NamedTuple):
    code: str
    name: str
    kind: str
    components: tuple[TaxComponent, ...]


def accounts_of(country: str) -> list[AccountPreset]:
    """The payment accounts of a country, in order."""
    table = _table("accounts.ini")
    return [AccountPreset(*item) for place in (_ALL, country) if place in table for item in table[place].items()]


def taxes_of(country: str) -> list[TaxPreset]:
    """The tax rates of a country, its default first where the table knows the country."""
    table = _table("taxes.ini")
    found = [item for place in (country, _ALL) if place in table for item in table[place].items()]
    return [_tax(code, said) for code, said in found if code != "source"]


def countries() -> list[str]:
    """The countries whose tax rates the table knows."""
    return [name for name in _table("taxes.ini").sections() if name != _ALL]


def _tax(code: str, said: str) -> TaxPreset:
    name, kind, rates = (part.strip() for part in said.split(" | "))
    return TaxPreset(code, name, kind, tuple(_components(name, rates)))


def _components(name: str, rates: str) -> list[TaxComponent]:
    found = []
    for place, part in enumerate(rates.split(" + ")):
        word, _, rate = part.strip().rpartition(" ")
        found.append(TaxComponent(word or name, Decimal(rate.lstrip("+")), rate.startswith("+") and place > 0))
    return found


@lru_cache(maxsize=2)
def _table(name: str) -> ConfigParser:
    table = ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    table.optionxform = str  # type: ignore[assignment,method-assign]  # how configparser is told to keep capitals
    table.read_string(files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return table
