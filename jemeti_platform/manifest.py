"""What a plugin states about itself: frozen facts, checked the moment they are made.

A manifest is data. It says which features a plugin sells, which permissions guard them, which
paths it may serve. Wiring belongs in ``includeme``, behaviour in the hooks of ``hookspecs``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from .types.number_pattern import reading_of
from .types.strict import Refused

if TYPE_CHECKING:
    from .state_machine import Lifecycle

__all__ = [
    "PAPER_SIZES",
    "SYSTEM_ROLES",
    "Document",
    "Feature",
    "Limit",
    "Manifest",
    "ManifestError",
    "Permission",
    "Section",
    "Sequence",
    "covering_grants",
    "covering_key_grants",
    "is_grant",
]

SYSTEM_ROLES = ("owner", "admin", "manager", "staff", "mechanic", "viewer")
"""The roles every workspace has and nobody can edit, strongest first."""

FEATURE_VALUES = ("off", "read_only", "on")
"""Weakest first: the value of a feature is the minimum along its ancestors and requirements."""

PAPER_SIZES = ("a4", "a5", "letter", "roll_80")
"""The sheets a document may be printed on; ``roll_80`` is the endless paper, 80 mm wide, of till printers."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SLUG = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_ACTION = re.compile(r"[a-z][a-z0-9_]*")
_GRANT = re.compile(r"(\*|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?):(\*|[a-z][a-z0-9_]*)")


class ManifestError(ValueError):
    """A manifest contradicts itself or the naming rules; the sentence says where and what to do."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something a subscription can switch on. ``crm.customers`` is a child of ``crm``.

    An umbrella (a slug without a dot) defaults to ``on``: what is sold are its children, which
    default to ``off``. It may be that of another plugin, which the manifest must require. ``requires`` names features
    without which this one makes no sense.
    """

    slug: str
    title: str
    requires: tuple[str, ...] = ()
    default: str | None = None
    description: str = ""

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug):
            raise ManifestError(
                f"feature {self.slug!r}: a slug is lower-case words joined by dots, like 'crm.customers'"
            )
        if self.default is None:
            object.__setattr__(self, "default", "off" if "." in self.slug else "on")
        if self.default not in FEATURE_VALUES:
            raise ManifestError(
                f"feature {self.slug!r}: default {self.default!r} is none of {', '.join(FEATURE_VALUES)}"
            )

    @property
    def parent(self) -> str | None:
        return self.slug.rpartition(".")[0] or None


@dataclass(frozen=True, slots=True)
class Permission:
    """A right, written ``<feature slug>:<action>``, and the system roles that hold it from the start.

    ``owner`` and ``admin`` hold every permission; naming them is allowed but adds nothing. What is ``sensitive``
    an API key holds only if it is granted under its own subject (``users:write``, ``users:*``), never by a wildcard
    over subjects.
    """

    name: str
    title: str
    roles: tuple[str, ...] = ()
    sensitive: bool = False

    def __post_init__(self) -> None:
        subject, colon, action = self.name.partition(":")
        if not (colon and _SLUG.fullmatch(subject) and _ACTION.fullmatch(action)):
            raise ManifestError(f"permission {self.name!r}: write '<feature slug>:<action>', like 'crm.customers:read'")
        if unknown := set(self.roles) - set(SYSTEM_ROLES):
            raise ManifestError(
                f"permission {self.name!r}: no system role is called {', '.join(sorted(unknown))}; "
                f"there are {', '.join(SYSTEM_ROLES)}"
            )

    @property
    def subject(self) -> str:
        return self.name.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Limit:
    """A number a plan may set, like ``users.max``. ``default`` None means unlimited."""

    slug: str
    title: str
    default: int | None = None

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug) or "." not in self.slug:
            raise ManifestError(f"limit {self.slug!r}: write '<subject>.<word>', like 'users.max'")
        if self.default is not None and self.default < 0:
            raise ManifestError(f"limit {self.slug!r}: the default is negative")


@dataclass(frozen=True, slots=True)
class Sequence:
    """A series of document numbers without gaps: ``Sequence("jobs.job", "JOB-{year}-{number:05}", "Jobs")``.

    ``name`` is plugin and document. Each workspace counts for itself, from 1 again in each of its local years.
    ``pattern`` is how numbers are written until a workspace says otherwise: text with ``{number}`` (``{number:05}``
    for at least five digits) and ``{year}`` or ``{year:2}``, also ``{month}``.
    """

    name: str
    pattern: str
    title: str

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.name) or "." not in self.name:
            raise ManifestError(f"sequence {self.name!r}: write '<plugin>.<document>', like 'jobs.job'")
        try:
            reading_of(self.pattern)
        except Refused as refused:
            raise ManifestError(f"sequence {self.name!r}: pattern {self.pattern!r}: {refused}") from None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document that workspaces may move, and leave out unless it is ``required``."""

    name: str
    title: str
    required: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ManifestError(f"section {self.name!r}: a name is one lower-case word")


@dataclass(frozen=True, slots=True)
class Document:
    """A type of document that is rendered as a PDF, such as ``credit_note``, and how workspaces may shape it.

    ``template`` (Typst) and ``sample`` (JSON) are files of the plugin's package, ``labels`` a folder with one JSON file
    for each language; beside ``invoice.sample.json`` may stand ``invoice.sample.bn.json``. ``schema`` is the Colander
    class of what the template is given: it is checked when a document is issued, and its types say how each value is
    written. ``sections`` are in the order in which they stand by default; ``sizes`` are of ``PAPER_SIZES``, the default
    first. Where a ``permission`` is named, nobody reads an issued document of this type without it.
    """

    type: str
    title: str
    template: str
    sample: str
    schema: Any
    labels: str = ""
    sections: tuple[Section, ...] = ()
    sizes: tuple[str, ...] = ("a4", "a5", "letter")
    permission: str = ""

    def __post_init__(self) -> None:
        where = f"document {self.type!r}"
        if not _NAME.fullmatch(self.type):
            raise ManifestError(f"{where}: a type is one lower-case word, like 'credit_note'")
        if unknown := set(self.sizes) - set(PAPER_SIZES):
            raise ManifestError(
                f"{where}: no paper is called {', '.join(sorted(unknown))}; there are {', '.join(PAPER_SIZES)}"
            )
        if not self.sizes:
            raise ManifestError(f"{where}: name at least one paper size, such as 'a4'")
        _refuse_doubles(where, "section", (section.name for section in self.sections))


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts of one plugin. Raises ManifestError when they contradict each other.

    ``paths`` are the path prefixes (below ``/v1`` or absolute, like ``/portal``) that the plugin's
    services may use; ``documents`` are types of PDF; ``requires`` are plugins that must be installed and
    are loaded first; ``platform`` is a PEP 440 range of kernel versions; ``settings`` a Colander schema class for
    the ini section ``[plugin:<name>]``.
    """

    name: str
    title: str
    version: str
    platform: str = ">=1,<2"
    requires: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    permissions: tuple[Permission, ...] = ()
    limits: tuple[Limit, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    documents: tuple[Document, ...] = ()
    lifecycles: tuple[Lifecycle, ...] = ()
    paths: tuple[str, ...] = ()
    settings: type[Any] | None = None
    package: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        where = f"plugin {self.name!r}"
        if not _NAME.fullmatch(self.name):
            raise ManifestError(f"{where}: a name is one lower-case word of at most 40 letters, digits and underscores")
        try:
            Version(self.version)
        except InvalidVersion:
            raise ManifestError(f"{where}: version {self.version!r} is no PEP 440 version, like '1.0.0'") from None
        try:
            SpecifierSet(self.platform)
        except InvalidSpecifier:
            raise ManifestError(f"{where}: platform {self.platform!r} is no PEP 440 range, like '>=1,<2'") from None
        for path in self.paths:
            if not path.startswith("/") or path.endswith("/"):
                raise ManifestError(f"{where}: path {path!r} must start with '/' and must not end with one")
        _refuse_doubles(where, "feature", (feature.slug for feature in self.features))
        _refuse_doubles(where, "permission", (permission.name for permission in self.permissions))
        _refuse_doubles(where, "limit", (limit.slug for limit in self.limits))
        _refuse_doubles(where, "sequence", (sequence.name for sequence in self.sequences))
        self._check_features(where)
        self._check_documents(where)

    def _check_documents(self, where: str) -> None:
        _refuse_doubles(where, "document", (document.type for document in self.documents))
        _refuse_doubles(where, "lifecycle", (lifecycle.name for lifecycle in self.lifecycles))
        for kind, declared in (("sequence", self.sequences), ("lifecycle", self.lifecycles)):
            for one in declared:
                if not one.name.startswith(self.name + "."):
                    raise ManifestError(f"{where}: {kind} {one.name!r} must begin with '{self.name}.'")
        own = {permission.name for permission in self.permissions}
        for lifecycle in self.lifecycles:
            for transition in lifecycle.transitions:
                if transition.permission not in own:
                    raise ManifestError(
                        f"{where}: lifecycle {lifecycle.name!r}: {transition.action!r} needs the permission "
                        f"{transition.permission!r}, which the manifest does not declare"
                    )

    def _check_features(self, where: str) -> None:
        own = {feature.slug for feature in self.features}
        for feature in self.features:
            if feature.parent is not None and feature.parent not in own and not self.requires:
                raise ManifestError(
                    f"{where}: feature {feature.slug!r} has no parent; declare Feature({feature.parent!r}, …) before it"
                )
        for permission in self.permissions:
            if own and permission.subject not in own:
                raise ManifestError(
                    f"{where}: permission {permission.name!r} names the feature {permission.subject!r}, "
                    f"which the manifest does not declare"
                )

    def serves(self, path: str) -> bool:
        """Whether the plugin may serve this path (without the ``/v1`` prefix)."""
        return any(path == prefix or path.startswith(prefix + "/") for prefix in self.paths)


def is_grant(text: str) -> bool:
    """Whether ``text`` is a permission or a wildcard of one: ``*:*``, ``*:read``, ``inventory.*:read``."""
    return _GRANT.fullmatch(text) is not None


def covering_grants(permission: str) -> frozenset[str]:
    """Every grant that would give ``permission``.

    For ``crm:read`` these are ``crm:read``, ``crm:*``, ``crm.*:read``, ``crm.*:*``, ``*:read`` and ``*:*``.
    """
    subject, _, action = permission.partition(":")
    words = subject.split(".")
    subjects = ["*", subject] + [".".join(words[:n]) + ".*" for n in range(1, len(words) + 1)]
    return frozenset(f"{s}:{a}" for s in subjects for a in (action, "*"))


def covering_key_grants(permission: Permission) -> frozenset[str]:
    """Every grant that would give a permission to an API key."""
    if permission.sensitive:
        return frozenset((permission.name, f"{permission.subject}:*"))
    return covering_grants(permission.name)


def _refuse_doubles(where: str, kind: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ManifestError(f"{where}: {kind} {name!r} is declared twice")
        seen.add(name)
