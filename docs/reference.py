"""Rewrites what the pages take from the code: `python docs/reference.py`. A test fails when one is stale."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from _pytest.fixtures import FixtureFunctionDefinition

from jemeti_platform import directives, hookspecs, public_api, types
from jemeti_platform import files as kept_files
from jemeti_platform.assembling import assemble
from jemeti_platform.cli.events import said
from jemeti_platform.db import rls, shape, triggers
from jemeti_platform.deprecation import DEPRECATED
from jemeti_platform.documents import issue, issued_pdf, issued_pdf_of, render
from jemeti_platform.documents.printed import Code, Link, Printed, PrintedAmount
from jemeti_platform.egress import Reply
from jemeti_platform.egress import send as send_out
from jemeti_platform.features import limits
from jemeti_platform.imports import Column, Importer, Outcome, Record, cells
from jemeti_platform.lifecycle import (
    Guard,
    Lifecycle,
    State,
    SubState,
    Transition,
    diagram,
    move,
    state_check,
    table_of_transitions,
)
from jemeti_platform.manifest import Document, Feature, Limit, Manifest, Permission, Section, Sequence
from jemeti_platform.messages import MessageTemplate, Placeholder, Recipient, Texts, send
from jemeti_platform.overview import Figure, Figures, Source
from jemeti_platform.platform import Platform
from jemeti_platform.ratelimit import add_ratelimit_policy
from jemeti_platform.rest import preconditions
from jemeti_platform.rest.resource import Resource
from jemeti_platform.rest.service import Service, View
from jemeti_platform.testing import plugin as testing_plugin
from jemeti_platform.testing.contract import ResourceContract
from jemeti_platform.testing.defaults import DEFAULTS
from jemeti_platform.work import Work

PAGE = Path(__file__).parent / "plugins.md"
DRAWINGS = PAGE.with_name("lifecycles.md")
EVENTS = PAGE.with_name("events.md")
CONTRACTS = PAGE.with_name("contracts.md")
_SAMPLE = PAGE.parent.parent / "tests" / "garage"
_BLOCK = re.compile(r"(<!-- from the code: (\w+) -->).*?(<!-- to here -->)", re.DOTALL)
_LITERAL = re.compile(r"``([^`]+)``")


def fresh(text: str) -> str:
    """The page with every generated part as the code has it now."""

    def part(match: re.Match[str]) -> str:
        lines = "\n".join(PARTS[match[2]]()).strip()
        return f"{match[1]}\n\n{lines}\n\n{match[3]}"

    return _BLOCK.sub(part, text)


def hooks() -> Iterator[str]:
    for name, hook in vars(hookspecs).items():
        if name.startswith("jemeti_"):
            first = getattr(hook, "jemeti_spec", {}).get("firstresult")
            yield from _entry(f"{name}{_signature(hook)}", hook, " The first answer counts." if first else "")


def wiring() -> Iterator[str]:
    for directive in all_directives():
        signature = _signature(directive, without="config")
        yield from _entry(f"config.{directive.__name__}{signature}", directive)


def all_directives() -> list[Callable[..., Any]]:
    own = [getattr(directives, name) for name in directives.__all__ if name.startswith("add_")]
    return [*sorted(own, key=lambda one: one.__code__.co_firstlineno), limits.add_limit_usage, add_ratelimit_policy]


def facts() -> Iterator[str]:
    for kind in (Manifest, Feature, Permission, Limit, Sequence):
        yield from _entry(f"{kind.__name__}({', '.join(_fields(kind))})", kind)


def overview() -> Iterator[str]:
    for kind in (Source, Figures, Figure):
        yield from _entry(f"{kind.__name__}({', '.join(_fields(kind))})", kind)


def documents() -> Iterator[str]:
    for kind in (Document, Section):
        yield from _entry(f"{kind.__name__}({', '.join(_fields(kind))})", kind)
    for function in (issue, render, issued_pdf, issued_pdf_of):
        yield from _entry(f"{function.__name__}{_signature(function)}", function)
    yield "Beside the types of requests, a document's schema may use"
    yield ""
    yield "| | |"
    yield "|---|---|"
    for kind in (Printed, PrintedAmount, Code, Link):
        signature = _signature(kind.__init__, without="self") if "__init__" in vars(kind) else "()"
        yield f"| `{kind.__name__}{signature}` | {_first(kind)} |"


def lifecycles() -> Iterator[str]:
    for kind in (Lifecycle, State, Transition, Guard):
        yield from _entry(f"{kind.__name__}({', '.join(_fields(kind))})", kind)
    for function in (state_check, move):
        yield from _entry(f"{function.__name__}{_signature(function)}", function)
    yield from _entry(f"SubState{_signature(SubState.__init__, without='self')}", SubState)


def drawing() -> Iterator[str]:
    """The lifecycle of the tests' own bicycle garage."""
    sys.path.insert(0, str(_SAMPLE))
    try:
        sample: Lifecycle = importlib.import_module("garage.lifecycle").REPAIR
    finally:
        sys.path.remove(str(_SAMPLE))
    yield from _drawn(sample)


def drawings() -> str | None:
    """The page of every lifecycle that our plugins declare; None while there is none."""
    found = [
        (manifest, lifecycle)
        for point in entry_points(group="jemeti.plugins")
        if point.value.startswith("plugins.")
        for manifest in [point.load().jemeti_manifest()]
        for lifecycle in manifest.lifecycles
    ]
    if not found:
        return None
    lines = ["# Lifecycles", "", _ABOUT_DRAWINGS]
    for manifest, lifecycle in sorted(found, key=lambda one: one[1].name):
        lines += ["", f"## {lifecycle.title}: `{lifecycle.name}` ({manifest.title})", "", *_drawn(lifecycle)]
    return "\n".join(lines) + "\n"


def events() -> str:
    """The page of every event that the kernel and our plugins emit."""
    platform = _ours()
    lines = ["# Events", "", _ABOUT_EVENTS]
    for manifest in platform.all_manifests:
        found = [kind for kind in platform.events.values() if kind.plugin == manifest.name]
        if found:
            lines += ["", f"## {manifest.title} (`{manifest.name}`)", "", "| | |", "|---|---|"]
        for kind in sorted(found, key=lambda one: one.name):
            fields = ", ".join(f"{name}: {said(hint)}" for name, hint in kind.fields.items()).replace("|", "\\|")
            lines.append(f"| `{kind.name}` | {_markdown(kind.description)}<br>`{fields}` |")
    return "\n".join(lines) + "\n"


@cache
def _ours() -> Platform:
    """The platform with our plugins and nobody else's."""
    ours = " ".join(point.name for point in entry_points(group="jemeti.plugins") if point.value.startswith("plugins."))
    nowhere = {"sqlalchemy.url": "postgresql:///not-used", "jemeti.platform_url": "postgresql:///not-used"}
    platform: Platform = assemble({**DEFAULTS, **nowhere, "jemeti.plugins": ours}).registry.platform
    return platform


def contracts() -> str:
    """The page of what our plugins offer to others: their ports, and what goes in and comes out."""
    lines = ["# Contracts", "", _ABOUT_CONTRACTS]
    for manifest in _ours().manifests.values():
        module = importlib.import_module(f"{manifest.package}.contract")
        found = [getattr(module, name) for name in module.__all__]
        things = [one for one in found if callable(one) and one not in _ours().events]
        ports = [one for one in things if getattr(one, "_is_protocol", False)]
        values = [one for one in things if one not in ports]
        if things:
            lines += ["", f"## {manifest.title} (`{manifest.package}.contract`)"]
        for port in ports:
            lines += ["", f"### `{port.__name__}`", "", _markdown(inspect.getdoc(port) or ""), ""]
            for name, method in vars(port).items():
                if inspect.isfunction(method) and not name.startswith("_"):
                    lines.append(f"- `{name}{_annotated(method)}`<br>{_in_a_line(method)}")
        if values:
            lines += ["", "| what goes in and comes out | |", "|---|---|"]
            lines += [f"| `{_shape(one)}` | {_first(one)} |" for one in values]
    return "\n".join(lines) + "\n"


def _annotated(method: Any) -> str:
    found = inspect.signature(method)
    return str(found.replace(parameters=list(found.parameters.values())[1:])).replace("'", "")


def _in_a_line(thing: Any) -> str:
    return " ".join(_markdown(inspect.getdoc(thing) or "").split())


def _shape(thing: Any) -> str:
    if dataclasses.is_dataclass(thing):
        return f"{thing.__name__}({', '.join(_fields(thing))})"  # type: ignore[union-attr]  # a class
    return thing.__name__ if inspect.isclass(thing) else f"{thing.__name__}{_signature(thing)}"


_ABOUT_CONTRACTS = """\
What our plugins offer to others, beside their [events](events.md): the ports that `work.port` finds, and what goes in
and comes out of them. Written from the code by `python docs/reference.py`. How to ask for one, and how to offer one:
[plugins.md](plugins.md#other-plugins-contracts-and-ports). `Work` is that of whoever asks."""

_ABOUT_EVENTS = """\
What happens in a workspace and is told of: to listeners of plugins in the same transaction, to webhooks and to the feed
`/v1/events` afterwards. Written from the declarations by `python docs/reference.py`; `jemeti events` says the same of
what is installed, with file and line of each and of its listeners. How to declare one and how to listen:
[plugins.md](plugins.md#what-happened-and-what-is-done-later).

An event is stored for ever: fields are only added, each with a default, and none changes its meaning. Decimals are
texts in JSON, moments RFC 3339, days `YYYY-MM-DD`. An event of a lifecycle that has no class of its own has the
record's id, the action, both states and the note."""

_ABOUT_DRAWINGS = """\
What states the records of our plugins have, and what leads from one to another: drawn from the declarations that the
kernel runs, by `python docs/reference.py`, and served at `/v1/lifecycles`. How to declare one:
[plugins.md](plugins.md)."""


def _drawn(lifecycle: Lifecycle) -> Iterator[str]:
    yield from ("```mermaid", diagram(lifecycle), "```", "", table_of_transitions(lifecycle))


def messages() -> Iterator[str]:
    for kind in (MessageTemplate, Texts, Placeholder, Recipient):
        yield from _entry(f"{kind.__name__}({', '.join(_fields(kind))})", kind)
    yield from _entry(f"messages.send{_signature(send)}", send)


def importers() -> Iterator[str]:
    for kind in (Importer, Column):
        yield from _entry(f"{kind.__name__}({', '.join(_fields(kind))})", kind)
    for kind in (Record, Outcome):
        fields = _fields(kind) if dataclasses.is_dataclass(kind) else kind._fields
        yield from _entry(f"{kind.__name__}({', '.join(fields)})", kind)
    yield "What a cell is read by:"
    yield ""
    yield "| | |"
    yield "|---|---|"
    for name, reader in vars(cells).items():
        if name in cells.__all__ and inspect.isfunction(reader) and _reads_cells(reader):
            shown = name if "cell" in inspect.signature(reader).parameters else f"{name}{_signature(reader)}"
            yield f"| `cells.{shown}` | {_first(reader)} |"


def _reads_cells(function: Any) -> bool:
    signature = inspect.signature(function)
    return "context" in signature.parameters or str(signature.return_annotation) == "Reader"


def fixtures() -> Iterator[str]:
    """What a test may ask for, in the order in which the test kit defines it."""
    yield "| | |"
    yield "|---|---|"
    for name, fixture in vars(testing_plugin).items():
        if isinstance(fixture, FixtureFunctionDefinition):
            yield f"| `{name}` | {_first(fixture._get_wrapped_function())} |"


def contract() -> Iterator[str]:
    """Every test that a resource inherits, as the sentence that it is."""
    for room in ResourceContract.__bases__:
        tests = [name for name in vars(room) if name.startswith("test_")]
        yield f"- {_first(importlib.import_module(room.__module__))}"
        yield from (f"  - {name.removeprefix('test_').replace('_', ' ')}" for name in tests)


def services() -> Iterator[str]:
    fields = [one for one in _fields(Service) if not one.startswith("views")]
    yield from _entry(f"Service({', '.join(fields)})", Service)
    skipped = ("method", "function", "check_body", "check_query", "declared_at")
    fields = [one for one in _fields(View) if one.split("=")[0] not in skipped]
    yield from _entry(f"@service.get({', '.join(fields)})", View)


def resources() -> Iterator[str]:
    yield from _entry(f"Resource({', '.join(_fields(Resource))})", Resource)


def tables() -> Iterator[str]:
    yield from _entry(f"create_tenant_table{_signature(rls.create_tenant_table)}", rls.create_tenant_table)
    for name in ("Unique", "NoOverlap", "Reference", "Indexed", "Search"):
        kind = getattr(shape, name)
        yield from _entry(f"{name}{_signature(kind.__init__, without='self')}", kind)
    for name in ("extend_tenant_table", "keep_secret", "drop_tenant_table", "backfill", "every_tenant"):
        function = getattr(rls, name)
        yield from _entry(f"{name}{_signature(function)}", function)


def promises() -> Iterator[str]:
    for name in public_api.public_names(triggers.__name__):
        function = getattr(triggers, name)
        yield from _entry(f"{name}{_signature(function)}", function)


def asking() -> Iterator[str]:
    yield from _entry(f"send{_signature(send_out)}", send_out)
    yield from _entry(f"Reply({', '.join(_fields(Reply))})", Reply)


def files() -> Iterator[str]:
    for name in ("add", "attach", "require", "stored", "read_stored"):
        function = getattr(kept_files, name)
        yield from _entry(f"{name}{_signature(function)}", function)


def limiting() -> Iterator[str]:
    for name in public_api.public_names(limits.__name__):
        function = getattr(limits, name)
        yield from _entry(f"limits.{name}{_signature(function)}", function)


def conditions() -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for name in public_api.public_names(preconditions.__name__):
        function = getattr(preconditions, name)
        yield f"| `{name}{_signature(function)}` | {_first(function)} |"


def work() -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for name, member in vars(Work).items():
        if name.startswith("_"):
            continue
        called = member.fget if isinstance(member, property) else member
        if hasattr(called, "__deprecated__"):
            continue
        shown = f"work.{name}" if isinstance(member, property) else f"work.{name}{_signature(called, without='self')}"
        if words := _first(called):
            yield f"| `{shown}` | {words} |".replace("|None", "\\|None")


def values() -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for name in types.__all__:
        kind = getattr(types, name)
        if inspect.isclass(kind) and issubclass(kind, types.Strict) and kind is not types.Strict:
            signature = _signature(kind.__init__, without="self") if "__init__" in vars(kind) else "()"
            yield f"| `{name}{signature}` | {_first(kind)} |"


def public() -> Iterator[str]:
    yield "| module | names |"
    yield "|---|---|"
    for module in (*public_api.MODULES, *public_api.FOR_TESTS):
        for_tests = " (tests only)" if module in public_api.FOR_TESTS else ""
        yield f"| `{module}`{for_tests} | {', '.join(f'`{name}`' for name in public_api.public_names(module))} |"


def gone() -> Iterator[str]:
    """What is deprecated: a plugin that uses it works until the major version that is named."""
    for module in public_api.MODULES:
        importlib.import_module(module)
    yield "| deprecated | use instead | since | gone in |"
    yield "|---|---|---|---|"
    ours = {name: warning for name, warning in DEPRECATED.items() if name.startswith("jemeti_platform.")}
    for name, warning in sorted(ours.items()):
        yield f"| `{name}` | {warning.instead} | {warning.since} | {warning.gone_in} |"


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "hooks": hooks,
    "wiring": wiring,
    "facts": facts,
    "overview": overview,
    "documents": documents,
    "messages": messages,
    "importers": importers,
    "fixtures": fixtures,
    "contract": contract,
    "services": services,
    "resources": resources,
    "lifecycles": lifecycles,
    "drawing": drawing,
    "tables": tables,
    "promises": promises,
    "asking": asking,
    "files": files,
    "limiting": limiting,
    "conditions": conditions,
    "work": work,
    "values": values,
    "public": public,
    "gone": gone,
}


def _entry(heading: str, thing: Any, more: str = "") -> Iterator[str]:
    yield f"#### `{heading}`"
    yield ""
    yield (_markdown(inspect.getdoc(thing) or "") + more).strip()
    yield ""


def _first(thing: Any) -> str:
    return _markdown(inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def _markdown(text: str) -> str:
    return _LITERAL.sub(r"`\1`", text)


def _signature(function: Any, without: str = "") -> str:
    found = inspect.signature(function)
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in found.parameters.items()
        if name != without
    ]
    shown = found.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
    return re.sub(r"<[\w.]+ object at 0x[0-9a-f]+>", "…", str(shown))


def _fields(kind: Any) -> list[str]:
    return [
        f.name
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        else f"{f.name}={_default(f)}"
        for f in dataclasses.fields(kind)
        if f.name != "package" and f.init
    ]


def _default(field: Any) -> str:
    if inspect.isfunction(field.default):
        return f"{field.default.__module__.rpartition('.')[2]}.{field.default.__name__}"
    return "{}" if field.default is dataclasses.MISSING else repr(field.default)


if __name__ == "__main__":
    PAGE.write_text(fresh(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    if (drawn := drawings()) is not None:
        DRAWINGS.write_text(drawn, encoding="utf-8")
    EVENTS.write_text(events(), encoding="utf-8")
    CONTRACTS.write_text(contracts(), encoding="utf-8")
