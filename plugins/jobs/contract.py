"""What other plugins may know of jobs, and what they may provide. The only module of this plugin that others import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from jemeti_platform.work import Work

__all__ = [
    "DiscountPercents",
    "InspectedJobs",
    "JobApproved",
    "JobCancelled",
    "JobClosed",
    "JobCompleted",
    "JobOpened",
    "JobTaken",
    "MembershipDiscounts",
    "PartLine",
    "Parts",
    "PlacedLine",
    "ProposedLine",
    "QuotationApproved",
    "QuotationDrafts",
    "QuotationExpired",
    "QuotationExpiring",
    "QuotationPartiallyApproved",
    "QuotationRejected",
    "QuotationSent",
    "TimerStarted",
    "TimerStopped",
    "VerbalApprovalRecorded",
    "WorkFinished",
    "WorkStarted",
]


@dataclass(frozen=True, slots=True)
class JobOpened:
    """A job was opened for a customer; the vehicle may not be known yet."""

    job_id: UUID
    customer_id: UUID
    vehicle_id: UUID | None


@dataclass(frozen=True, slots=True)
class JobTaken:
    """The vehicle was taken in, with ``odometer_in`` kilometres on it."""

    job_id: UUID
    vehicle_id: UUID
    odometer_in: int


@dataclass(frozen=True, slots=True)
class JobApproved:
    """Work on a job was approved, so that it may begin."""

    job_id: UUID


@dataclass(frozen=True, slots=True)
class VerbalApprovalRecorded:
    """Staff wrote down that the customer approved work by word: ``name`` said so through ``channel``."""

    job_id: UUID
    approval_id: UUID
    name: str
    channel: str


@dataclass(frozen=True, slots=True)
class WorkStarted:
    """Work on a job began, or went on after a hold or after a check that was not passed."""

    job_id: UUID


@dataclass(frozen=True, slots=True)
class WorkFinished:
    """All service lines of a job are done; the check follows."""

    job_id: UUID


@dataclass(frozen=True, slots=True)
class JobCompleted:
    """The vehicle was handed over."""

    job_id: UUID
    customer_id: UUID
    vehicle_id: UUID
    odometer_out: int | None


@dataclass(frozen=True, slots=True)
class JobClosed:
    """Nothing of a job changes any more."""

    job_id: UUID


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """A job will not be done; its history says why."""

    job_id: UUID


@dataclass(frozen=True, slots=True)
class TimerStarted:
    """A mechanic began to work on a line."""

    timer_id: UUID
    job_id: UUID
    line_id: UUID
    mechanic_id: UUID


@dataclass(frozen=True, slots=True)
class TimerStopped:
    """A mechanic's clock on a line was stopped after ``seconds``."""

    timer_id: UUID
    job_id: UUID
    line_id: UUID
    mechanic_id: UUID
    seconds: int


@dataclass(frozen=True, slots=True)
class QuotationSent:
    """A quotation or amendment went out to the customer, and does not change from now on."""

    quotation_id: UUID
    job_id: UUID
    customer_id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class QuotationApproved:
    """Every line of a quotation or amendment was approved; the lines are part of the job."""

    quotation_id: UUID
    job_id: UUID


@dataclass(frozen=True, slots=True)
class QuotationPartiallyApproved:
    """Some lines of a quotation or amendment were approved, and are part of the job."""

    quotation_id: UUID
    job_id: UUID


@dataclass(frozen=True, slots=True)
class QuotationRejected:
    """Every line of a quotation or amendment was declined."""

    quotation_id: UUID
    job_id: UUID


@dataclass(frozen=True, slots=True)
class QuotationExpiring:
    """A sent quotation or amendment that nobody has decided on is valid until ``valid_until``, which comes near."""

    quotation_id: UUID
    job_id: UUID
    customer_id: UUID
    valid_until: date


@dataclass(frozen=True, slots=True)
class QuotationExpired:
    """The time of a sent quotation or amendment is over, and nobody has decided on it."""

    quotation_id: UUID
    job_id: UUID
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class PartLine:
    """A product as a line of a job shows it; ``unit_price`` is what it sells for."""

    product_id: UUID
    description: str
    unit_price: Decimal
    part_number: str | None = None
    tax_rate_id: UUID | None = None


class Parts(Protocol):
    """The port of whoever keeps stock: ``work.port(Parts)``. Without a provider a product id is refused (409).

    ``issue`` and ``give_back`` run in the job's transaction, with the rows of the job's parts locked. They raise
    Conflict, with the reason ``stock``, for what is not there.
    """

    def find(self, work: Work, product_ids: Sequence[UUID]) -> Mapping[UUID, PartLine]:
        """The products of these ids that may be sold."""

    def issue(self, work: Work, part_id: UUID, product_id: UUID, quantity: Decimal) -> Decimal:
        """Take a quantity out of stock for a part of a job; returns what one of it costs, the weighted average."""

    def give_back(self, work: Work, part_id: UUID, product_id: UUID, quantity: Decimal, unit_cost: Decimal) -> None:
        """Put a quantity back at the cost at which it was taken out."""


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """Work that somebody recommends: ``kind`` is ``labour``, ``part``, ``sublet`` or ``fee``.

    Without a quantity it is what the service usually takes, or 1. ``note`` is for the customer. ``item_id`` is what of
    the source it is about, such as the item of an inspection: of one item there is one line, however often it is
    recommended.
    """

    kind: str
    description: str
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    service_id: UUID | None = None
    product_id: UUID | None = None
    note: str | None = None
    item_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """Where recommended work stands: not ``is_new`` where it was in a quotation of the job already."""

    quotation_id: UUID
    line_id: UUID
    item_id: UUID | None
    is_new: bool


class QuotationDrafts(Protocol):
    """The port of quotations, for whoever recommends work, such as an inspection: ``work.port(QuotationDrafts)``."""

    def add(
        self,
        work: Work,
        job_id: UUID,
        lines: Sequence[ProposedLine],
        *,
        source: str,
        source_id: UUID,
        quotation_id: UUID | None = None,
    ) -> list[PlacedLine]:
        """Put lines into a draft of the job: the one named, or the latest, which is made if there is none.

        Returns where each of them stands, in their order. ``source`` (``dvi.inspection``) and ``source_id`` say where
        they come from. What a quotation of the job that is alive offers already, or has sold, is not added once more;
        what was declined there is offered again. Raises NotFound for another job's quotation, Invalid for an unknown
        service or product, and Conflict for a job that is closed and for a quotation that is no draft.
        """


class InspectedJobs(Protocol):
    """The port of jobs, for whoever inspects their vehicles: ``work.port(InspectedJobs)``."""

    def begin(self, job_id: UUID, *, note: str) -> None:
        """Its vehicle is being inspected: a job that was taken in moves on to ``dvi``, any other stays where it is.

        ``note`` stands in the job's history. Raises NotFound, and Conflict where the job is closed.
        """


@dataclass(frozen=True, slots=True)
class DiscountPercents:
    """What a membership takes off: per cent of labour, and of parts; ``source`` names it in words."""

    labour: Decimal
    parts: Decimal
    source: str


class MembershipDiscounts(Protocol):
    """The port of memberships: ``work.port(MembershipDiscounts)``, asked whenever work is priced.

    What it takes off stands on the lines as their discount, and stays what it was when they were written.
    """

    def of(self, work: Work, customer_id: UUID, vehicle_id: UUID | None) -> DiscountPercents | None:
        """What the customer's membership takes off today; None without one."""
