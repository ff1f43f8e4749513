"""The whole document: what is installed, as OpenAPI 3.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import answers, names, refusals
from .components import Components
from .operation import Operation, open_path, path_parameters
from .shared import headers, parameters, security_schemes

if TYPE_CHECKING:
    from ...manifest import Manifest
    from ...platform import Platform

__all__ = ["make_document", "operations"]

_ABOUT = """\
One API for every workspace. The workspace comes from the token, and from the host name where it names one; no request \
reads or writes another workspace's data.

An answer is `{"data": …}`, a list also has `meta`, a failure is `{"error": {code, message, details, request_id}}`. \
Money and quantities are strings holding exact decimals, times RFC 3339 in UTC, ids UUIDs. Unknown fields and unknown \
parameters are refused: a typo is never silently dropped.

A feature that the subscription does not include answers 402, a permission that the caller's role does not grant 403. \
`dry_run=true` on a write does everything, shows the result, and saves nothing."""


def operations(registry: Any) -> list[Operation]:
    """Every view of every registered service, in the order of registration."""
    return [
        Operation(
            owner,
            service,
            view,
            names.resource_of(service, registry.resources),
            names.tag_of(owner, service, registry.resources),
        )
        for owner, service in registry.services.values()
        for view in service.views.values()
    ]


def make_document(registry: Any) -> dict[str, Any]:
    """The document of everything that ``registry`` serves."""
    platform: Platform = registry.platform
    components = Components()
    components.schemas.update(refusals.SCHEMAS | answers.SCHEMAS)
    paths: dict[str, dict[str, Any]] = {}
    found = operations(registry)
    for operation in found:
        path = operation.service.full_path
        item = paths.setdefault(open_path(path), {})
        if "{" in open_path(path) and "parameters" not in item:
            words = operation.service.words
            item["parameters"] = path_parameters(path, words(platform) if words is not None else ())
        item[operation.view.method.lower()] = operation.described(components)
    groups = _groups(found, platform)
    return {
        "openapi": "3.1.0",
        "info": {"title": "JemetiOS API", "version": platform.kernel.version, "description": _ABOUT},
        "servers": [{"url": "/", "description": "This server; the host may name the workspace"}],
        "tags": _tags(found, registry),
        "x-tagGroups": groups,
        "x-features": {
            f.slug: {"title": f.title, "requires": list(f.requires), "default": f.default}
            for f in platform.features.values()
        },
        "x-permissions": {p.name: p.title for p in platform.permissions.values()},
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.schemas.items())),
            "responses": refusals.responses(),
            "parameters": parameters(),
            "headers": headers(),
            "securitySchemes": security_schemes(registry),
        },
    }


def _tags(found: list[Operation], registry: Any) -> list[dict[str, Any]]:
    tags: dict[str, dict[str, Any]] = {}
    for operation in found:
        tag = operation.tag
        if tag in tags:
            continue
        resource = registry.resources.get(tag)
        feature = registry.platform.features.get(operation.view.feature)
        own = resource.description if resource is not None else operation.service.description
        words = [names.words_of(tag) or own]
        if feature is not None:
            words.append(f"Feature `{feature.slug}`")
        said = ". ".join(word.strip().rstrip(".") for word in words if word)
        tags[tag] = {"name": tag, "x-displayName": names.title_of(tag, registry.resources), "description": f"{said}."}
    return list(tags.values())


def _groups(found: list[Operation], platform: Platform) -> list[dict[str, Any]]:
    """Tags by plugin; the kernel's in two groups, for workspaces and for administrators."""
    groups: dict[str, dict[str, Any]] = {}
    for operation in found:
        key = (
            "platform"
            if operation.view.realm == "platform" or operation.tag.startswith("platform.")
            else operation.owner
        )
        if key not in groups:
            groups[key] = {"key": key, "name": _title(key, platform), "tags": []}
        if operation.tag not in groups[key]["tags"]:
            groups[key]["tags"].append(operation.tag)
    for group in groups.values():
        group["tags"].sort(key=names.place_of)
    return sorted(groups.values(), key=lambda group: group["key"] == "platform")


def _title(key: str, platform: Platform) -> str:
    if key == "platform":
        return "Platform administration"
    manifest: Manifest = platform.kernel if key == "kernel" else platform.manifests[key]
    return manifest.title
