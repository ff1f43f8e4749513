"""Workspaces for tests: made in one transaction, with people in every role, logged in without a log-in.

Users, sessions and administrators are written by SQL and their tokens issued by the application's own
security policy, so that a test of customers does not depend on how people log in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from transaction import TransactionManager

from ..admin.work import PlatformWork
from ..auth.key_tokens import KeyToken
from ..boot import transaction
from ..db.base import uuid7
from ..db.pipeline import read_once
from ..db.statement import Statement
from ..platform import Platform
from ..tenancy import provisioning
from ..work import Actor, Work
from .clocks import noon
from .values import PASSWORD

__all__ = [
    "PASSWORD",
    "Login",
    "TestKey",
    "TestWorkspace",
    "admin_login",
    "make_plans",
    "make_workspace",
    "platform_work",
]

_HASH = "$argon2id$v=19$m=8,t=1,p=1$QF7dLGOrXGUw/yrqWL+Vpg$+m7s0XTXBvYeCwC4fjd74tTNQ6s3oxDGlAjNtkfiOx0"
"""Of ``PASSWORD``, as cheap as argon2 can be."""

SYSTEM = Actor("system", "tests")
PLANS = {"starter": "Starter", "pro": "Professional", "enterprise": "Enterprise"}

_PLAN = Statement(
    "INSERT INTO plans (slug, title, position, features) VALUES (%(slug)s, %(title)s, %(position)s, %(features)s) "
    "ON CONFLICT (slug) DO NOTHING"
)
_ROLE = Statement(
    "INSERT INTO roles (id, slug, name, permissions) VALUES (%(id)s, %(slug)s, %(slug)s, %(permissions)s)"
)
_USER = Statement(
    "INSERT INTO users (id, email, email_key, name, role_id, status, password_hash) "
    "SELECT %(id)s, %(email)s, %(email)s, %(name)s, r.id, 'active', %(hash)s FROM roles r WHERE r.slug = %(role)s"
)
_SESSION = Statement(
    "INSERT INTO sessions (id, user_id, expires_at) VALUES (%(id)s, %(user)s, now() + interval '1 hour')"
)
_KEY = Statement(
    "INSERT INTO api_keys (id, name, prefix, permissions, created_by, key_hash, former_key_hash, former_until, "
    "former_by) VALUES (%(id)s, %(name)s, %(prefix)s, %(permissions)s, %(by)s, %(hash)s, 'rotated', now(), %(by)s)"
)
_KEY_USE = Statement("INSERT INTO api_key_uses (id) VALUES (%(id)s)")
_REVOKE = Statement("UPDATE api_keys SET revoked_at = now() WHERE id = %(id)s")
_END = Statement("UPDATE sessions SET ended_at = now() WHERE id = %(id)s")
_DISMISS = Statement("UPDATE users SET status = 'disabled' WHERE id = %(id)s")
_STATUS = Statement("UPDATE tenants SET status = %(status)s WHERE id = %(id)s")
_OVERRIDE = Statement(
    "INSERT INTO feature_overrides (id, feature, value, reason, author) "
    "VALUES (%(id)s, %(feature)s, %(value)s, 'a test', 'tests') "
    "ON CONFLICT (tenant_id, feature) DO UPDATE SET value = excluded.value"
)
_NO_OVERRIDE = Statement("DELETE FROM feature_overrides WHERE feature = %(feature)s")
_ADMIN = Statement(
    "INSERT INTO platform_admins (id, email, email_key, name, password_hash) "
    "VALUES (%(id)s, %(email)s, %(email)s, 'Test administrator', %(hash)s)"
)
_ADMIN_SESSION = Statement(
    "INSERT INTO platform_sessions (id, admin_id, expires_at, ended_at) "
    "VALUES (%(id)s, %(admin)s, now() + interval '1 hour', CASE WHEN %(ended)s THEN now() END)"
)


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who is logged in; ``headers`` prove it."""

    user_id: UUID
    session_id: UUID
    email: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True)
class TestKey:
    """An API key; ``headers`` prove it."""

    __test__ = False

    id: UUID
    text: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.text}"}

    @property
    def fingerprint(self) -> str:
        """What the database keeps of it."""
        token = KeyToken.read(self.text)
        assert token is not None
        return token.fingerprint


@dataclass(slots=True)
class TestWorkspace:
    """A workspace of one test, and the people in it."""

    __test__ = False  # pytest would take the name for a class of tests

    platform: Platform
    tokens: Any
    id: UUID
    slug: str
    country: str
    mark: str = ""
    _logins: dict[str, Login] = field(default_factory=dict)
    _roles: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Work in the workspace as the system, in a transaction that is committed at the end."""
        with transaction() as manager:
            work = self.working(manager)
            work.open()  # so that features are what they are now, not what this process remembers
            yield work

    def working(self, manager: TransactionManager) -> Work:
        """Work in the workspace as the system, in somebody's transaction."""
        return Work(self.platform, self.id, SYSTEM, manager)

    def login(self, role: str = "owner") -> Login:
        """A user of a role, made and logged in when first asked for."""
        if role not in self._logins:
            self._logins[role] = self.new_login(role)
        return self._logins[role]

    def login_with(self, *permissions: str) -> Login:
        """A user of a role of their own with just these permissions; none at all are possible."""
        return self.login(self.role_with(*permissions))

    def role_with(self, *permissions: str) -> str:
        """The slug of a role with just these permissions, made when first asked for."""
        key = " ".join(sorted(permissions))
        if key not in self._roles:
            self._roles[key] = f"role-{uuid4().hex[:12]}"
            with self.work() as work:
                work.write(_ROLE(id=uuid7(), slug=self._roles[key], permissions=_json(list(permissions))))
        return self._roles[key]

    def new_login(self, role: str) -> Login:
        """One more user of a role, logged in."""
        user, session, email = uuid7(), uuid7(), f"{role}-{uuid4().hex[:8]}@{self.slug}.example"
        with self.work() as work:
            work.write(
                _USER(id=user, email=email, name=f"{self.mark} {role}".strip(), hash=_HASH, role=role),
                _SESSION(id=session, user=user),
            )
        token = self.tokens.issue("access", user, session, 3600, tenant_id=self.id, workspace=self.slug)
        return Login(user, session, email, token)

    def new_key(self, *grants: str, role: str = "owner") -> TestKey:
        """One more API key with these grants, whose maker is a user of a role."""
        token = KeyToken.make(self.id, uuid7())
        maker = self.login(role).user_id
        values = {"id": token.key_id, "name": f"{self.mark} key".strip(), "prefix": token.prefix, "by": maker}
        with self.work() as work:
            work.write(
                _KEY(permissions=_json(list(grants)), hash=token.fingerprint, **values), _KEY_USE(id=token.key_id)
            )
        return TestKey(token.key_id, token.text)

    def revoke(self, key: TestKey) -> None:
        """End an API key."""
        with self.work() as work:
            work.write(_REVOKE(id=key.id))

    def end_session(self, login: Login) -> None:
        """Log somebody out."""
        with self.work() as work:
            work.write(_END(id=login.session_id))

    def dismiss(self, login: Login) -> None:
        """Disable a user."""
        with self.work() as work:
            work.write(_DISMISS(id=login.user_id))

    def set_feature(self, feature: str, value: str | None) -> None:
        """Override a feature for this workspace: ``on``, ``read_only`` or ``off``; None lifts the override."""
        with platform_work(self.platform) as work, work.inside(self.id) as inside:
            if value is None:
                inside.write(_NO_OVERRIDE(feature=feature))
            else:
                inside.write(_OVERRIDE(id=uuid7(), feature=feature, value=value))
            inside.refresh()
            provisioning.switch_plugins(inside)

    def set_status(self, status: str) -> None:
        """Make the workspace ``active``, ``suspended`` or ``closed``."""
        with platform_work(self.platform) as work:
            work.write(_STATUS(id=self.id, status=status))


@contextmanager
def platform_work(platform: Platform) -> Iterator[PlatformWork]:
    """The system at work on the platform itself, in a transaction that is committed at the end."""
    with transaction() as manager:
        yield PlatformWork(platform, SYSTEM, manager)


def make_plans(platform: Platform) -> None:
    """See to it that there are plans to test with: each has every feature, of third parties' plugins too."""
    features = _json(dict.fromkeys(platform.features, "on"))
    with platform_work(platform) as work:
        work.write(
            *(
                _PLAN(slug=slug, title=title, position=n, features=features)
                for n, (slug, title) in enumerate(PLANS.items())
            )
        )


def make_workspace(
    platform: Platform,
    tokens: Any,
    *,
    plan: str = "enterprise",
    country: str = "DE",
    timezone: str | None = None,
    mark: str = "",
) -> TestWorkspace:
    """A new workspace with a name nobody has; its people come when they are asked for. ``mark`` is in every name.

    Its clock stands at noon, whenever the tests run, so that its day is over in none of them and no clock is changed
    meanwhile; for the hours of a real place name its ``timezone``.
    """
    slug = f"{mark.lower() or 't'}-{uuid4().hex[:12]}"
    with platform_work(platform) as work:
        identity = provisioning.create(
            work,
            slug=slug,
            name=f"{mark} Workspace {slug}".strip(),
            plan=plan,
            country=country,
            profile={"timezone": timezone or noon()},
        )
    return TestWorkspace(platform, tokens, identity, slug, country, mark)


def admin_login(platform: Platform, tokens: Any, *, ended: bool = False) -> Login:
    """A new administrator of the platform, logged in, or with a session that has ``ended``."""
    admin, session, email = uuid7(), uuid7(), f"admin-{uuid4().hex[:8]}@platform.example"
    read_once(
        platform.engines["platform"],
        [_ADMIN(id=admin, email=email, hash=_HASH), _ADMIN_SESSION(id=session, admin=admin, ended=ended)],
    )
    return Login(admin, session, email, tokens.issue("platform", admin, session, 3600))


def _json(value: Any) -> Any:
    from psycopg.types.json import Jsonb

    return Jsonb(value)
