"""The checks in their order, each run by itself: one that fails does not keep the others from looking."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from ...platform import BootError, kernel_version
from . import (
    cost,
    database_access,
    deprecations,
    documents,
    exports,
    functions,
    gates,
    imports,
    isolation,
    manifest,
    migrations,
    reach,
    routes,
    seeds,
    tables,
)
from .report import Outcome, Report
from .stage import NotPossible, Stage
from .subject import Subject

__all__ = ["CHECKS", "Check", "check_plugin"]


@dataclass(frozen=True, slots=True)
class Check:
    """A promise: its name in reports, what it is in words, and the function that tries it."""

    id: str
    title: str
    run: Callable[[Stage, Outcome], None]


CHECKS: tuple[Check, ...] = (
    Check("loads", "It loads: entry point, manifest, platform version, requirements", manifest.loads),
    Check("manifest", "The manifest is complete", manifest.manifest),
    Check("imports", "It imports only public API and contracts of what it requires", imports.imports),
    Check("database_access", "It reaches the database only through work", database_access.database_access),
    Check("reach", "What it reaches besides the database", reach.reach),
    Check("migrations", "Migrations: up, down, up again; nothing of others changes", migrations.migrations),
    Check("tables", "Every table is under row security and keeps the catalogue's rules", tables.tables),
    Check("functions", "Its functions run as whoever writes, and only from triggers", functions.functions),
    Check("boots", "It boots alone, with nothing but what it requires", cost.boots),
    Check("declared", "What is declared is used", manifest.used),
    Check("routes", "Every route has permission, feature, schemas and documented errors", routes.routes),
    Check("permissions", "403 on every route for whoever has no right", gates.permissions),
    Check("features", "402 on every route where its features are off", gates.features),
    Check("isolation", "Nothing of one workspace is seen in another", isolation.isolation),
    Check("seeds", "Switching on writes its first rows once", seeds.seeds),
    Check("documents", "Its documents can be drawn, in every language and on every paper", documents.documents),
    Check("export", "The export covers every table", exports.exports),
    Check("deprecations", "It uses nothing that the next major version does without", deprecations.deprecations),
    Check("cost", "Time added to the start and to an unrelated request", cost.cost),
)


def check_plugin(
    subject: Subject,
    only: Collection[str] = (),
    on_begin: Callable[[Check], None] = lambda check: None,
    on_end: Callable[[Outcome], None] = lambda outcome: None,
) -> Report:
    """Try every promise, or ``only`` some, in a scratch database of its own.

    Raises EmbeddedError where there can be no database.
    """
    begun = time.monotonic()
    report = Report(subject.name, kernel_version(), package=subject.package)
    with Stage(subject) as stage:
        for check in CHECKS:
            if only and check.id not in only:
                continue
            on_begin(check)
            outcome = Outcome(check.id, check.title)
            _try(check, stage, outcome)
            report.outcomes.append(outcome)
            on_end(outcome)
        _describe(stage, report)
    report.seconds = time.monotonic() - begun
    return report


def _try(check: Check, stage: Stage, outcome: Outcome) -> None:
    begun = time.monotonic()
    try:
        check.run(stage, outcome)
    except NotPossible as why:
        outcome.why_not = str(why)
    except BootError as error:
        outcome.error(_shortened(stage, str(error)), remedy="")
    except Exception as error:  # noqa: BLE001 (a plugin may raise anything wherever it is called)
        text = " ".join(str(error).split())[:500]
        outcome.error(f"{type(error).__name__}: {text}", _innermost(stage, error), "Mend what raises it.")
    outcome.seconds = time.monotonic() - begun


def _shortened(stage: Stage, sentence: str) -> str:
    """The sentence with the plugin's files as reports call them."""
    root = stage.subject.folder.parent if stage.subject.is_package else stage.subject.folder
    return sentence.replace(f"{root}/", "")


def _innermost(stage: Stage, error: BaseException) -> str:
    """The last line of the plugin's own on the way to the error."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(str(stage.subject.folder)):
            place = f"{stage.subject.short(file)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _describe(stage: Stage, report: Report) -> None:
    try:
        stated = stage.manifest
    except Exception:  # noqa: BLE001 (told by the check that loads it)
        return
    report.title, report.version, report.requires = stated.title, stated.version, stated.requires
