"""Tyre hotel: customers' wheels, kept for the other season. Read this file as the table of contents.

- ``contract``: the events that others may listen to
- ``lifecycle``, ``models``, ``schemas``: the states of a set, what is kept, and what a client may send
- ``seasons``: when a set is wanted again; ``reminders``: telling its owner; ``messages``: in which words
- ``labels``: what is stuck on the wheels; ``importing``: sets out of a spreadsheet
- ``resources``: plain create, read and change; ``services``: everything with a verb
- ``overview``: what search and dashboard show of it
"""

from __future__ import annotations

from typing import Any

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Document, Feature, Manifest, Permission, Section, Sequence
from jemeti_platform.overview import Figures, Source

from . import messages, overview, reminders, resources, services
from .contract import SetCollected, SetDue, SetStored
from .importing import TYRE_SETS_IMPORTER
from .labels import SetLabel
from .lifecycle import TYRE_SET

READERS = ("manager", "staff", "mechanic", "viewer")
WRITERS = ("manager", "staff", "mechanic")

MANIFEST = Manifest(
    name="tyre_hotel",
    title="Tyre hotel",
    version="1.0.0",
    features=(
        Feature("tyre_hotel", "Tyre hotel"),
        Feature("tyre_hotel.tyre_sets", "Tyre sets in store"),
    ),
    permissions=(
        Permission("tyre_hotel.tyre_sets:read", "See tyre sets and their treads", READERS),
        Permission("tyre_hotel.tyre_sets:write", "Take in, measure, store and hand out tyre sets", WRITERS),
        Permission("tyre_hotel.tyre_sets:dispose", "Dispose of tyre sets that nobody wants", ("manager",)),
    ),
    sequences=(
        Sequence("tyre_hotel.tyre_set", "TYR-{year}-{number:05}", "Tyre sets"),
        Sequence("tyre_hotel.label", "LBL-{year}-{number:05}", "Labels of tyre sets"),
    ),
    lifecycles=(TYRE_SET,),
    documents=(
        Document(
            "tyre_set_label",
            "Tyre set label",
            template="documents/tyre_set_label.typ",
            sample="documents/tyre_set_label.sample.json",
            labels="documents/labels",
            schema=SetLabel,
            sections=(
                Section("about", "Owner and car", required=True),
                Section("wheels", "Wheels and their treads"),
                Section("notes", "Notes"),
            ),
            sizes=("a5", "a4", "roll_80"),
        ),
    ),
    paths=("/tyre-hotel",),
)


@hookimpl
def jemeti_manifest() -> Manifest:
    return MANIFEST


def includeme(config: Any) -> None:
    config.add_resource(resources.TYRE_SETS)
    config.add_resource(resources.TREADS)
    for service in services.ALL:
        config.add_service(service)
    config.add_event(SetStored, SetCollected, SetDue)
    config.add_listener(SetStored, reminders.plan)
    config.add_periodic("tyre_hotel.remind", "0 6 * * *", reminders.remind)
    config.add_message(messages.DUE)
    config.add_importer(TYRE_SETS_IMPORTER)


@hookimpl
def jemeti_search(q: str, limit: int) -> list[Source]:
    return overview.search(q, limit)


@hookimpl
def jemeti_dashboard() -> list[Figures]:
    return overview.dashboard()
