"""What the plugin reaches besides the database: other programs, the network, and the code of others in this process.

A plugin runs in the platform's own process and can do whatever that can. This reads the source, which can be written
to hide: it is here so that an administrator knows what an honest plugin does, and asks why.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .report import Outcome
from .stage import Stage
from .subject import Source

__all__ = ["reach"]

_NETWORK = "talks to the network"
_PROGRAMS = "runs other programs"
_THREADS = "runs things beside the requests"
_CODE = "runs code that is data to the reader"
_MODULES = {
    **dict.fromkeys(("socket", "ssl", "socketserver", "http.client", "http.server", "urllib.request"), _NETWORK),
    **dict.fromkeys(("urllib3", "requests", "httpx", "aiohttp", "websockets", "grpc", "boto3", "paramiko"), _NETWORK),
    **dict.fromkeys(("smtplib", "ftplib", "imaplib", "poplib", "telnetlib", "xmlrpc.client"), _NETWORK),
    **dict.fromkeys(("subprocess", "multiprocessing", "pty", "ctypes", "cffi"), _PROGRAMS),
    **dict.fromkeys(("threading", "_thread", "asyncio", "concurrent.futures", "sched"), _THREADS),
    **dict.fromkeys(("pickle", "marshal", "shelve", "dill", "runpy"), _CODE),
}
_OF_OS = {
    **dict.fromkeys(("system", "popen", "fork", "forkpty", "posix_spawn", "startfile", "kill"), _PROGRAMS),
    **dict.fromkeys(("environ", "getenv", "putenv"), "reads the environment, where secrets stand"),
}
_REMEDIES = {
    _NETWORK: "Ask by jemeti_platform.egress.send in a late task (config.add_task): guarded, limited, and counted.",
    _THREADS: "Do it in a task (config.add_task) or by the clock (config.add_periodic).",
}
_UNLESS = "Do without it, or tell the administrator why it must be."


def reach(stage: Stage, found: Outcome) -> None:
    for source in stage.subject.sources:
        strangers = dict(_strangers(source))
        for node in ast.walk(source.tree):
            place = f"{source.name}:{getattr(node, 'lineno', 0)}"
            for what, name in _reaches(node):
                found.warn(f"{what} ({name})", place, _REMEDIES.get(what, _UNLESS))
            for name in _replaced(node, strangers):
                found.error(
                    f"changes {name}, which is not its own, for everybody in this process",
                    place,
                    "Use hooks, events, ports and what is public; ask for what is missing.",
                )
    found.figures |= {"files": len(stage.subject.sources)}


def _strangers(source: Source) -> Iterator[tuple[str, str]]:
    """The names in a file that stand for modules, classes and objects of others, and where they come from."""
    own = source.package.split(".")[0]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0], alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module and node.module.split(".")[0] != own:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _reaches(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        names = []
    for name in names:
        parts = name.split(".")
        known = [".".join(parts[:length]) for length in (1, 2) if ".".join(parts[:length]) in _MODULES]
        if known:
            yield _MODULES[known[0]], known[0]
        elif parts[0] == "os" and len(parts) == 2 and (what := _of_os(parts[1])):
            yield what, name
    match node:
        case ast.Attribute(value=ast.Name(id="os"), attr=attr) if what := _of_os(attr):
            yield what, f"os.{attr}"
        case ast.Call(func=ast.Name(id="eval" | "exec" | "compile" as name)):
            yield _CODE, name


def _of_os(name: str) -> str | None:
    return _PROGRAMS if name.startswith(("exec", "spawn")) else _OF_OS.get(name)


def _replaced(node: ast.AST, strangers: dict[str, str]) -> Iterator[str]:
    """What of others is set or deleted: ``module.name = …``, ``setattr(module, …)``."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign | ast.Delete):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        if isinstance(target, ast.Attribute) and (root := _root(target)) in strangers:
            yield f"{strangers[root]}{ast.unparse(target).removeprefix(root)}"
    match node:
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[ast.Name(id=name), *_]) if name in strangers:
            yield strangers[name]


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
