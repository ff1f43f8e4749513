"""Column types for exact decimals, and the CHECKs without which NaN would slip past every `>= 0`.

In PostgreSQL NaN is a numeric, equal to itself and larger than every number. The infinities do not fit a numeric with
a precision.
"""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric

__all__ = ["CostColumn", "MoneyColumn", "PercentColumn", "QuantityColumn", "money_check", "money_rule"]


class MoneyColumn(Numeric[Decimal]):
    """numeric(14,2): an amount in the workspace's currency."""

    def __init__(self) -> None:
        super().__init__(14, 2)


class QuantityColumn(Numeric[Decimal]):
    """numeric(14,3): how much or how many."""

    def __init__(self) -> None:
        super().__init__(14, 3)


class PercentColumn(Numeric[Decimal]):
    """numeric(6,3): 0 to 100."""

    def __init__(self) -> None:
        super().__init__(6, 3)


class CostColumn(Numeric[Decimal]):
    """numeric(20,6): an average cost, shown to six decimals."""

    def __init__(self) -> None:
        super().__init__(20, 6)


def money_rule(column: str, *, minimum: int | None = None, maximum: int | None = None) -> str:
    """Return the SQL condition that `column` is a number, and within the bounds given (null passes)."""
    rule = f"{column} <> 'NaN'::numeric"
    if minimum is not None:
        rule += f" AND {column} >= {minimum}"
    if maximum is not None:
        rule += f" AND {column} <= {maximum}"
    return rule


def money_check(column: str, *, minimum: int | None = None, maximum: int | None = None) -> CheckConstraint:
    """Return the CHECK of `money_rule`, named after the column; breaking it is SQLSTATE 23514."""
    return CheckConstraint(money_rule(column, minimum=minimum, maximum=maximum), name=f"{column}_number")
