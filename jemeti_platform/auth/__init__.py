"""Who is asking: passwords, tokens, sessions, users and roles.

- ``tokens``, ``policy``, ``caller``, ``cookie``: from a request to an identity
- ``passwords``: argon2 with bounded parallelism
- ``models``: users, roles, sessions, single-use tokens
"""

from __future__ import annotations

from typing import Any

from ..rest.cursor import Cursors
from .policy import SecurityPolicy
from .tokens import Tokens


def includeme(config: Any) -> None:
    from ..boot import DEMO_JWT_KEY
    from ..platform import BootError

    settings = config.get_settings()
    keys = settings.get("jemeti.jwt.keys", "").split()
    if DEMO_JWT_KEY in keys and not config.registry.is_development:
        raise BootError("jemeti.jwt.keys holds the key of development.ini; production needs random keys of its own")
    policy = SecurityPolicy(Tokens(config, keys), settings.get("jemeti.auth.cookie", "os_token"))
    config.registry.security_policy = policy
    config.set_security_policy(policy)
    config.registry.cursors = Cursors(keys[0])
