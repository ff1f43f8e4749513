"""One operation: what a view declares, and what the kernel adds to every view of its kind."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..compile import compile_body
from ..json_schema import json_schema, query_parameters
from ..service import ALWAYS, AUTHENTICATED, PUBLIC
from . import names, refusals
from .answers import answers_of
from .components import Components
from .examples import body_example, patch_example

if TYPE_CHECKING:
    from ..resource import Resource
    from ..service import Service, View

__all__ = ["Operation", "open_path", "path_parameters"]

_PLACE = re.compile(r"\{([^}:]+)(?::[^}]*)?\}|\*(\w+)$")
_WORDS = {"slug": "The slug", "feature": "The feature's slug, such as crm.customers"}


@dataclass(frozen=True, slots=True)
class Operation:
    """A view in its service, with the plugin that registered it and the resource that made it, if one did."""

    owner: str
    service: Service
    view: View
    resource: Resource | None
    tag: str

    @property
    def id(self) -> str:
        return names.operation_id(self.service, self.view, self.resource)

    @property
    def is_tagged(self) -> bool:
        """Whether it answers with an ETag: a resource's record, what If-Match may ask, what may be 304."""
        if self.resource is not None:
            return not self.view.many
        return 304 in self.view.errors or any(412 in view.errors for view in self.service.views.values())

    def described(self, components: Components) -> dict[str, Any]:
        """The operation object of OpenAPI."""
        view = self.view
        found: dict[str, Any] = {
            "operationId": self.id,
            "tags": [self.tag],
            "summary": names.summary_of(view, self.resource),
        }
        if words := self._description():
            found["description"] = words
        found |= {
            "x-plugin": self.owner,
            "x-feature": "always" if view.feature is ALWAYS else view.feature,
            "x-permission": _SAID.get(view.permission, view.permission),
            "security": self._security(),
            "parameters": self._parameters(),
        }
        answers = answers_of(self, components)  # first, so that a record has its plain name and the input gives way
        if view.upload:
            found["requestBody"] = self._form()
        elif view.body is not None:
            found["requestBody"] = self._request_body(components)
        refused = {str(status): refusals.reference(status) for status in refusals.statuses_of(self.service, view)}
        found["responses"] = answers | refused
        return found

    def _description(self) -> str:
        if self.resource is not None:
            return ""  # its tag says what it is
        return names.plain(_rest(inspect.getdoc(self.view.function) or ""))

    def _security(self) -> list[dict[str, list[str]]]:
        if self.view.permission is PUBLIC:
            return []
        if self.view.realm == "platform":
            return [{"platformBearer": []}]
        return [{"bearer": []}, {"cookie": []}]

    def _parameters(self) -> list[dict[str, Any]]:
        view = self.view
        shared = ["RequestId"]
        if view.is_write:
            shared += ["DryRun", "IdempotencyKey"] if refusals.takes_key(view) else ["DryRun"]
        elif self.is_tagged:
            shared.append("IfNoneMatch")
        if 412 in view.errors:
            shared.append("IfMatch")
        own = query_parameters(view.query) if view.query is not None else []
        return [*own, *({"$ref": f"#/components/parameters/{name}"} for name in shared)]

    def _form(self) -> dict[str, Any]:
        """A file and the fields beside it, as browsers send them."""
        given = json_schema(self.view.body) if self.view.body is not None else {}
        file = {"type": "string", "contentMediaType": "application/octet-stream", "description": "The file itself"}
        schema = {
            "type": "object",
            "properties": {"file": file, **given.get("properties", {})},
            "required": ["file", *given.get("required", [])],
            "additionalProperties": False,
        }
        return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}

    def _request_body(self, components: Components) -> dict[str, Any]:
        view = self.view
        assert view.body is not None
        assert view.check_body is not None
        name = names.camel(self.resource.title) if self.resource is not None else ""
        if name and not view.patch:
            name += "Create"
        schema = components.body(view.body, self.owner, names.camel(self.id), patch=view.patch, name=name)
        whole = json_schema(view.body)
        record = self.resource.title if self.resource is not None else names.title_of(self.tag, {}).lower().rstrip("s")
        if view.patch:
            example = body_example(whole, compile_body(view.body), record)
            example = patch_example(example, whole.get("required", []), view.check_body)
        else:
            example = body_example(whole, view.check_body, record)
        kinds = ("application/merge-patch+json", "application/json") if view.patch else ("application/json",)
        return {"required": True, "content": {kind: {"schema": schema, "example": example} for kind in kinds}}


_SAID = {PUBLIC: "public", AUTHENTICATED: "authenticated"}


def open_path(path: str) -> str:
    """A Pyramid pattern as an OpenAPI path: ``{id:\\d+}`` is ``{id}``, ``*rest`` is ``{rest}``."""
    return _PLACE.sub(lambda match: "{" + (match[1] or match[2]) + "}", path)


def path_parameters(path: str, words: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The parameters that stand in a path; an id is a UUID, everything else a text without slashes.

    ``words`` are the names that are declared, if it takes such.
    """
    known = {"examples": list(words)[:3]} if words else {}
    found = []
    for match in _PLACE.finditer(path):
        name = match[1] or match[2]
        is_id = name == "id" or name.endswith("_id")
        schema = {"type": "string", "format": "uuid"} if is_id else {"type": "string", "minLength": 1, **known}
        said = "The record's id" if name == "id" else _WORDS.get(name, name.replace("_", " ").capitalize())
        found.append({"name": name, "in": "path", "required": True, "description": said, "schema": schema})
    return found


def _rest(text: str) -> str:
    return text.partition("\n")[2].strip()
