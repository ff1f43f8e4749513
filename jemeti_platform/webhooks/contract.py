"""Events about webhooks themselves."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

__all__ = ["EndpointDisabled", "EndpointTested"]


@dataclass(frozen=True, slots=True)
class EndpointTested:
    """Somebody wanted to see whether an endpoint works; delivered to that endpoint alone, whatever it subscribes to."""

    endpoint_id: UUID


@dataclass(frozen=True, slots=True)
class EndpointDisabled:
    """An endpoint gets no events any more: it has failed for days, is gone, or somebody has switched it off."""

    endpoint_id: UUID
    url: str
    reason: str
