"""Two workspaces with the same in them: nothing of one is seen in the other, by route, table or identity."""

from __future__ import annotations

import re

from .report import Outcome
from .stage import Stage

__all__ = ["isolation"]

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ROUTE = re.compile(rf"({'|'.join(_METHODS)}) (/\S+)")
_TABLE = re.compile(r"table (\w+)")


def isolation(stage: Stage, found: Outcome) -> None:
    prepared = stage.prepared
    prepared.begin_again()
    prepared.ask(prepared.questions)
    report = prepared.look_at_tables(stage.tables)
    for leak in report.leaks:
        found.error(leak, _place(stage, leak), "Reach rows by work alone, and tables by create_tenant_table.")
    for sentence in filter(_Mine(stage), report.blind):
        found.error(
            f"nothing could be tried: {sentence}",
            _place(stage, sentence),
            "Give nodes an example=, ids a refers=, models a __sample__ (docs/plugins.md, the test kit).",
        )
    found.figures |= {
        "routes": report.routes,
        "identities": report.identities,
        "requests": report.requests,
        "tables": report.tables,
        "statements": report.statements,
        "leaks": len(report.leaks),
    }


class _Mine:
    """Whether what could not be tried is the plugin's, and not something that the kernel lacks here."""

    def __init__(self, stage: Stage) -> None:
        registry = stage.app.registry
        others = [r for r in registry.resources.values() if f"/v1{r.path}" not in stage.paths]
        self._strange = (
            *(f"resource {resource.name}:" for resource in others),
            *(f"{method} {path} " for path in registry.services if path not in stage.paths for method in _METHODS),
        )

    def __call__(self, sentence: str) -> bool:
        return not sentence.startswith(self._strange)


def _place(stage: Stage, sentence: str) -> str:
    if (named := _TABLE.search(sentence)) is not None and named[1] in stage.tables:
        return stage.subject.place_of_text(named[1])
    if (asked := _ROUTE.search(sentence)) is not None:
        path = asked[2].partition("?")[0]
        for route in stage.routes:
            pattern = re.escape(route.path(dict.fromkeys(route.parameters, "PARAMETER")))
            if route.view.method == asked[1] and (
                re.fullmatch(pattern.replace("PARAMETER", "[^/]+"), path) or route.service.full_path == path
            ):
                return stage.where(route.view)
    return ""
