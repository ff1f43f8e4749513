"""Rate limits, as a table of contents.

- `policies`: what is limited, to how much by default, and how the ini says otherwise
- `limiter`: asking (`hit`, `check`), giving back, clearing; the verdict
- `keys`, `address`: what hits are counted under
- `counters`, `memory`, `redis`, `failover`: where they are counted
- `headers`: verdicts as header fields and as a refusal
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.events import ApplicationCreated

from .address import client_address, counted_address, trusted_proxies
from .failover import FALLBACKS
from .headers import fields, refusal
from .keys import account_key
from .limiter import Ask, Limiter, Verdict
from .policies import Policies, Policy, parse_limit

if TYPE_CHECKING:
    from pyramid.config import Configurator

__all__ = [
    "Ask",
    "Limiter",
    "Policies",
    "Policy",
    "Verdict",
    "account_key",
    "add_ratelimit_policy",
    "client_address",
    "counted_address",
    "fields",
    "includeme",
    "parse_limit",
    "refusal",
    "trusted_proxies",
]


def includeme(config: Configurator) -> None:
    """Put `limiter` and `trusted_proxies` on the registry, and give plugins `config.add_ratelimit_policy`.

    Raises BootError, naming the key, for settings that cannot be read.
    """
    registry = config.registry
    registry.limiter = Limiter.from_settings(registry.settings)
    registry.trusted_proxies = trusted_proxies(registry.settings)
    config.add_directive("add_ratelimit_policy", add_ratelimit_policy, action_wrap=False)
    config.add_subscriber(_finish, ApplicationCreated)


def add_ratelimit_policy(config: Configurator, name: str, default: str, title: str) -> None:
    """Declare what a plugin counts: `config.add_ratelimit_policy("otp_request", "5 per day", "codes per contact")`."""
    config.registry.limiter.policies.declare(Policy(name, default, title))


def _finish(event: ApplicationCreated) -> None:
    registry = event.app.registry
    registry.limiter.policies.refuse_unknown()  # by now every plugin has declared its own
    if metrics := getattr(registry, "metrics", None):
        metrics.register(FALLBACKS)
