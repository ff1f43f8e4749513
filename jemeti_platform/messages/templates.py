"""The templates of a platform, and what a workspace has made of them, remembered like its features under its stamp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from ..db.statement import Bound
from ..platform import BootError
from .template import MessageTemplate

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["ALL_CHOICES", "NOTHING_SAID", "Templates", "choice", "is_enabled"]

ALL_CHOICES = Bound(
    "SELECT name, version, enabled, way, delay_minutes, subject, text, sms_text, updated_at FROM message_templates", ()
)
NOTHING_SAID: Mapping[str, Any] = dict.fromkeys(
    ("enabled", "way", "delay_minutes", "subject", "text", "sms_text", "updated_at")
) | {"version": 0}
_REMEMBERED = "message templates"


class Templates:
    """Every template by name, with the plugin that declared it."""

    def __init__(self) -> None:
        self._all: dict[str, tuple[str, MessageTemplate]] = {}

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:  # noqa: ARG003 (as every part of a platform)
        """None yet: ``config.add_message`` adds them."""
        return cls()

    def add(self, plugin: str, template: MessageTemplate) -> None:
        """Raises BootError for a name that is taken."""
        if template.name in self._all:
            raise BootError(f"two messages are named {template.name!r}; rename the one of {plugin!r}")
        self._all[template.name] = (plugin, template)

    def __getitem__(self, name: str) -> MessageTemplate:
        return self._all[name][1]

    def owner_of(self, name: str) -> str:
        return self._all[name][0]

    @property
    def names(self) -> list[str]:
        return sorted(self._all)

    def seen_by(self, work: Work) -> dict[str, MessageTemplate]:
        """Those of the kernel and of plugins that are on for the workspace, by name."""
        plugins = work.enabled_plugins | {"kernel"}
        return {name: template for name, (plugin, template) in sorted(self._all.items()) if plugin in plugins}


def choice(work: Work, template: MessageTemplate) -> Mapping[str, Any]:
    """What the workspace has said about a template; None where it has not.

    Costs a round trip for the first one under each stamp of the workspace, and nothing afterwards.
    """
    known: dict[str, Mapping[str, Any]] | None = work.state.memory.get(_REMEMBERED)
    if known is None:
        (rows,) = work.read(ALL_CHOICES)
        known = work.state.memory[_REMEMBERED] = {row["name"]: row for row in rows}
    return known.get(template.name, NOTHING_SAID)


def is_enabled(template: MessageTemplate, said: Mapping[str, Any]) -> bool:
    """Whether a message is sent: as the workspace says, or as declared. One without an event always is."""
    return template.event is None or (template.enabled if said["enabled"] is None else bool(said["enabled"]))
