"""What a client may send to log in, to be invited, and to look after users and roles."""

from __future__ import annotations

from typing import Any

from colander import Invalid, SchemaNode, drop

from ..rest.schema import Mapping, list_of
from ..types import Email, Instant, OneOf, Slug, StrictInt, Text, Uuid
from ..types.strict import Context, Refused, Strict

__all__ = [
    "AcceptSchema",
    "AdminLoginSchema",
    "ApiKeySchema",
    "ChangePasswordSchema",
    "CodeSchema",
    "ForgotSchema",
    "InviteSchema",
    "LoginSchema",
    "OwnPasswordSchema",
    "Password",
    "PasswordAndCodeSchema",
    "RefreshSchema",
    "ResetSchema",
    "RoleSchema",
    "RotateSchema",
    "SecondFactorSchema",
    "UserSchema",
]

_LONGEST_TYPED = 512


class Password(Strict):
    """A password as typed: nothing is stripped or changed, and how good it is is asked elsewhere."""

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str:
            raise Refused("Must be text")
        if not value:
            raise Refused("Must not be empty")
        if len(value) > _LONGEST_TYPED:
            raise Refused(f"At most {_LONGEST_TYPED} characters")
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "format": "password", "minLength": 1, "maxLength": _LONGEST_TYPED}


def _workspace() -> SchemaNode:
    return SchemaNode(Slug(), missing=drop, description="The workspace's slug, where the host name does not say it")


def _token(what: str) -> SchemaNode:
    return SchemaNode(Text(max=200), description=what)


class LoginSchema(Mapping):
    email = SchemaNode(Email())
    password = SchemaNode(Password())
    workspace = _workspace()


class AdminLoginSchema(Mapping):
    email = SchemaNode(Email())
    password = SchemaNode(Password())


def _code() -> SchemaNode:
    return SchemaNode(Text(max=40), description="Of the authenticator app, or a recovery code", example="123456")


class SecondFactorSchema(Mapping):
    challenge = _token("From the answer of the log-in that asked for a second factor")
    code = _code()


class CodeSchema(Mapping):
    code = _code()


class OwnPasswordSchema(Mapping):
    password = SchemaNode(Password())


class PasswordAndCodeSchema(Mapping):
    password = SchemaNode(Password())
    code = _code()


class RefreshSchema(Mapping):
    refresh_token = _token("The newest refresh token of the session; each is good once")


class ForgotSchema(Mapping):
    email = SchemaNode(Email())
    workspace = _workspace()


class ResetSchema(Mapping):
    token = _token("From the link in the mail")
    password = SchemaNode(Password(), description="The new password")


class ChangePasswordSchema(Mapping):
    old_password = SchemaNode(Password())
    new_password = SchemaNode(Password())


class AcceptSchema(Mapping):
    token = _token("From the link in the mail")
    name = SchemaNode(Text(max=120))
    password = SchemaNode(Password())


class InviteSchema(Mapping):
    email = SchemaNode(Email())
    name = SchemaNode(Text(max=120), missing=drop, description="What to call them until they say it themselves")
    role_id = SchemaNode(Uuid())


def _not_invited(node: SchemaNode, status: str) -> None:
    if status == "invited":
        raise Invalid(node, "Nobody becomes invited by a change; may be active or disabled")


class UserSchema(Mapping):
    name = SchemaNode(Text(max=120))
    role_id = SchemaNode(Uuid())
    status = SchemaNode(OneOf(("invited", "active", "disabled")), validator=_not_invited)


def _grants() -> SchemaNode:
    return list_of(
        Text(max=120),
        max=500,
        description="Grants: permissions, or wildcards such as inventory.*:read",
        example=["users:read"],
    )


class ApiKeySchema(Mapping):
    name = SchemaNode(Text(max=120), description="What uses it, for people to read")
    permissions = _grants()
    expires_at = SchemaNode(Instant(), missing=None, description="Null is never", example="2099-12-31T00:00:00Z")


class RotateSchema(Mapping):
    old_valid_hours = SchemaNode(
        StrictInt(0, 168), missing=24, description="How long the secret before is good as well; 0 ends it at once"
    )


class RoleSchema(Mapping):
    slug = SchemaNode(Slug())
    name = SchemaNode(Text(max=80))
    permissions = _grants()
