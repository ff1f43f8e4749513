"""Who is asking, and who may: a table of contents.

- ``tokens``, ``policy``, ``caller``, ``cookie``: from a request to an identity
- ``passwords``, ``hash_gate``, ``password_strength``: argon2 with bounded parallelism
- ``login``, ``recovery``, ``invitations``: what ``/api/auth`` serves; ``sessions``, ``one_time``, ``opaque``: what
  it is made of; ``door``, ``attempts``, ``kept_refusal``, ``people``, ``signed_in``: its pieces;
  ``mails``, ``links``, ``link_pages``: what people get to see
- ``users``, ``roles``, ``grants``, ``permissions``, ``resources``: ``/v1/users``, ``/v1/roles``, ``/v1/permissions``
- ``two_factor``: ``/api/auth/two-factor``; ``second_factor``, ``totp``, ``recovery_codes``, ``proving``,
  ``shown_factor``: what it is made of
- ``api_keys``, ``key_tokens``, ``key_resource``: ``/v1/api-keys``
- ``models``: users, roles, sessions, single-use tokens, second factors, API keys
"""

from __future__ import annotations

import logging
from typing import Any

from ..rest.cursor import Cursors
from ..sealing import Sealing
from .links import Links
from .passwords import Passwords
from .policy import SecurityPolicy
from .tokens import Tokens


def includeme(config: Any) -> None:
    from ..boot import DEMO_JWT_KEY
    from ..platform import BootError
    from . import mails

    settings, registry = config.get_settings(), config.registry
    keys = settings.get("jemeti.jwt.keys", "").split()
    if DEMO_JWT_KEY in keys and not registry.is_development:
        raise BootError("jemeti.jwt.keys holds the key of development.ini; production needs random keys of its own")
    policy = SecurityPolicy(Tokens(config, keys), settings.get("jemeti.auth.cookie", "os_token"))
    registry.security_policy = policy
    config.set_security_policy(policy)
    registry.cursors = Cursors(*keys)
    # it warns of every token it refuses: of each one signed with the older key, and as often as a stranger likes
    logging.getLogger("pyramid_jwt").setLevel(logging.ERROR)
    config.include(f"{__name__}.passwords")
    registry.platform.parts[Passwords] = registry.passwords
    registry.platform.part(Links)
    config.add_message(*mails.MESSAGES)
    registry.platform.part(Sealing)
    for part in (
        "login",
        "two_factor",
        "recovery",
        "invitations",
        "link_pages",
        "resources",
        "key_resource",
        "permissions",
    ):
        config.include(f"{__name__}.{part}")
