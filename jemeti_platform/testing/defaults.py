"""The settings of a platform under test; the database is added to them."""

from __future__ import annotations

__all__ = ["DEFAULTS"]

DEFAULTS = {
    "jemeti.environment": "development",
    "jemeti.domain": "localhost",
    "jemeti.jwt.keys": "the-signing-key-of-the-test-kit-and-of-nothing-else",
    "jemeti.secrets.keys": "the-secrets-key-of-the-test-kit-and-of-nothing-else",
    "jemeti.ratelimit.storage": "memory://",
    "jemeti.ratelimit.general": "100000000 per minute",
    "jemeti.ratelimit.general_address": "100000000 per minute",
    # all tests come from one address
    "jemeti.ratelimit.login_address": "100000000 per minute",
    "jemeti.ratelimit.password_reset_address": "100000000 per minute",
    "jemeti.pool_size": "3",
    # nothing leaves this machine; what ``booted`` makes may reach receivers on it
    "jemeti.egress.enabled": "false",
    "jemeti.files.url": "memory://",
}
