"""What operations and tags are called: by service and path, never by where the code stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..resource import Resource
    from ..service import Service, View

__all__ = [
    "API_TAG",
    "a",
    "camel",
    "operation_id",
    "place_of",
    "plain",
    "plural_of",
    "resource_of",
    "summary_of",
    "tag_of",
    "title_of",
    "words_of",
]

_VERBS = {"GET": "get", "PUT": "put", "PATCH": "update", "DELETE": "delete"}
_RESOURCE_VERBS = {"GET": "get", "POST": "create", "PUT": "put", "PATCH": "update", "DELETE": "delete"}
API_TAG = "api"
"""The tag of what belongs to no domain: health, metrics, the reference."""


def camel(text: str) -> str:
    """``crm.customers`` and ``Odometer reading`` as ``CrmCustomers`` and ``OdometerReading``."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", text) if word)


def a(noun: str) -> str:
    """The noun with its article."""
    spoken_with_y = noun.lower().startswith(("us", "uni", "eu"))
    return f"{'an' if noun[:1].lower() in 'aeiou' and not spoken_with_y else 'a'} {noun}"


def plural_of(resource: Resource) -> str:
    """The word for many of them: the last of the resource's name if it is one, else the title's own plural."""
    last = resource.name.rpartition(".")[2].replace("_", " ")
    if last[:3] == resource.title[:3]:
        return last
    word = resource.title
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def resource_of(service: Service, resources: dict[str, Resource]) -> Resource | None:
    """The resource that made the service; None for a service written by hand."""
    resource = resources.get(service.tag)
    return resource if resource is not None and service.name in (resource.name, f"{resource.name}.record") else None


def operation_id(service: Service, view: View, resource: Resource | None) -> str:
    """``listCrmCustomers``, ``createCrmCustomer``, ``crmCustomersMerge``, ``getUsers``: stable while names are."""
    if resource is not None:
        room, many = camel(resource.name.rpartition(".")[0]), camel(plural_of(resource))
        room = "" if room == many else room  # vehicles.customer lists vehicles, not VehiclesVehicles
        return f"list{room}{many}" if view.many else f"{_RESOURCE_VERBS[view.method]}{room}{camel(resource.title)}"
    name = camel(_singular(service.name.removesuffix(".record")) if service.name.endswith(".record") else service.name)
    if view.method == "POST":
        return f"create{name}" if view.status == 201 else name[:1].lower() + name[1:]
    return f"{'list' if view.many else _VERBS[view.method]}{name}"


def summary_of(view: View, resource: Resource | None) -> str:
    """One line about the operation."""
    if resource is None:
        return plain(view.summary).rstrip(".")
    verb = view.summary.partition(":")[0]
    return f"{verb} {plural_of(resource) if view.many else a(resource.title)}"


def plain(text: str) -> str:
    """A docstring's words as CommonMark: its doubled backticks are single ones there."""
    return text.replace("``", "`")


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word.removesuffix("ies") + "y"
    return word.removesuffix("s") if not word.endswith("ss") else word


def tag_of(owner: str, service: Service, resources: dict[str, Resource]) -> str:
    """The tag of a service: its own, that of the resource whose path it continues, or what its path begins with."""
    if service.tag:
        return service.tag
    beneath = [r for r in resources.values() if service.prefix == "/v1" and _continues(service.path, r.path)]
    if beneath:
        return max(beneath, key=lambda r: len(r.path)).name
    room, *words = [word for word in service.full_path.split("/") if word and "{" not in word]
    if room not in ("v1", "api", "platform"):
        room, words = "", [room, *words]
    if owner != "kernel":
        return ".".join([owner, *words[words[:1] == [owner] :][:1]])
    if not words or "." in words[0] or (not room and len(words) == 1):
        return API_TAG
    return f"platform.{words[0]}" if room == "platform" else words[0]


def _continues(path: str, start: str) -> bool:
    return path == start or path.startswith(start + "/")


_KERNEL_TAGS = {
    "auth": ("Log-in and sessions", "Tokens, sessions, passwords and invitations"),
    "workspace": ("Workspace profile", "Name, country, currency, time zone and settings"),
    "users": ("Users", "The people of the workspace, each with one role"),
    "roles": ("Roles", "Roles and what they grant; six are built in and cannot be edited"),
    "permissions": ("Permissions", "What roles may grant"),
    "features": ("Features", "What is switched on for the workspace, and which rule decided"),
    "number-series": ("Number series", "How documents are numbered, without gaps"),
    "lifecycles": ("Lifecycles", "The states of records, and what leads from one to another"),
    "sub_states": ("Sub-states", "A workspace's own words for parts of the states of its records"),
    "audit_log": ("Audit log", "Who changed what in the workspace, before and after; append-only"),
    "platform.auth": ("Administrator log-in", "Sessions of platform administrators"),
    "platform.tenants": ("Workspaces", "Making workspaces, their life cycle, subscriptions and overrides"),
    "platform.plans": ("Plans", "Sets of features and limits"),
    "platform.features": ("Kill switches", "Features switched off for everybody"),
    "platform.plugins": ("Plugins", "What is installed"),
    "platform.audit-log": ("Audit log", "What administrators did"),
    "dev": ("Development", "What there is in development only: the mails that were sent"),
    API_TAG: ("The API itself", "Health, metrics, this reference and its document"),
}


def place_of(tag: str) -> int:
    """Where a tag stands: the kernel's own in their order, then the others, at last what belongs to no domain."""
    return list(_KERNEL_TAGS).index(tag if tag in _KERNEL_TAGS else "dev")


def words_of(tag: str) -> str:
    """What the kernel says of one of its own tags; nothing of others."""
    return _KERNEL_TAGS[tag][1] if tag in _KERNEL_TAGS else ""


def title_of(tag: str, resources: dict[str, Resource]) -> str:
    """The tag in words."""
    if tag in _KERNEL_TAGS:
        return _KERNEL_TAGS[tag][0]
    word: Any = plural_of(resources[tag]) if tag in resources else tag.rpartition(".")[2].replace("-", " ")
    return str(word).replace("_", " ").capitalize()
