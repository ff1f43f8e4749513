"""The first rows of a workspace: payment accounts and tax rates as they are usual in its country."""

from __future__ import annotations

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work

from .presets import accounts_of, taxes_of
from .rates import version_row

__all__ = ["sow"]

_HAS = Statement(
    "SELECT EXISTS (SELECT FROM billing_payment_accounts) AS accounts, EXISTS (SELECT FROM billing_tax_rates) AS taxes"
)
_ACCOUNT = Statement(
    "INSERT INTO billing_payment_accounts (id, name, kind, position, is_default)"
    " VALUES (%(id)s, %(name)s, %(kind)s, %(position)s, %(is_default)s)"
)
_RATE = Statement(
    "INSERT INTO billing_tax_rates (id, code, name, is_default) VALUES (%(id)s, %(code)s, %(name)s, %(is_default)s)"
)


def sow(work: Work) -> None:
    """Give a workspace that has none its payment accounts, and its tax rates.

    Nothing of either is ever deleted, so that whoever has some has been here, and what was renamed, archived or added
    since stays as it is.
    """
    ((has,),) = work.write(_HAS())
    country = work.workspace["country"]
    if not has["accounts"]:
        seen: set[str] = set()
        for position, (name, kind) in enumerate(accounts_of(country), start=1):
            work.queue(_ACCOUNT(id=uuid7(), name=name, kind=kind, position=position * 10, is_default=kind not in seen))
            seen.add(kind)
    if not has["taxes"]:
        for place, preset in enumerate(taxes_of(country)):
            identity, is_default = uuid7(), place == 0 and preset.kind == "standard"
            work.queue(
                _RATE(id=identity, code=preset.code, name=preset.name, is_default=is_default),
                version_row(identity, work.today(), preset.kind, preset.components),
            )
