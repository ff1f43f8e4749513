"""Every API key that must be refused, with its name: garbage, forgeries, and good keys taken elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from jemeti_platform.auth.key_tokens import KeyToken
from jemeti_platform.testing.workspaces import TestKey, TestWorkspace

__all__ = ["forged"]


def forged(good: TestKey, tenant: TestWorkspace, other: TestWorkspace, theirs: TestKey) -> Iterator[tuple[str, str]]:
    """The whole corpus, made of a ``good`` key of ``tenant`` and one of ``other``."""
    yield from _shapes(good.text)
    yield from _strangers(good, tenant, other, theirs)


def _shapes(text: str) -> Iterator[tuple[str, str]]:
    ids, secret = text[:55], text[56:]
    yield "empty", "jk_"
    yield "only underscores", "jk__"
    yield "without its secret", ids
    yield "with an empty secret", f"{ids}_"
    yield "without its ids", f"jk_{secret}"
    yield "a character short", text[:-1]
    yield "a character long", text + "a"
    yield "the prefix alone", text[:15]
    yield "capitals", text.upper()
    yield "a capital prefix", f"JK_{text[3:]}"
    yield "figures that the alphabet lacks", f"{ids}_{'0189' * 8}"
    yield "not ASCII", text[:-1] + "é"
    yield "white space before", f" {text}"
    yield "white space inside", f"{ids} _{secret}"
    yield "padding", f"{text}===="
    yield "a quote", f"{ids}_' OR 1=1 --"
    yield "NUL", f"{text[:-1]}\x00"
    yield "twice", f"{text},{text}"
    yield "three parts", f"{text}_{secret}"
    yield "100 kB", text + "a" * 100_000
    yield "like a JWT", f"{ids}.{secret}.{secret}"
    yield "base64", f"{ids}_{'A/+=' * 8}"


def _strangers(
    good: TestKey, tenant: TestWorkspace, other: TestWorkspace, theirs: TestKey
) -> Iterator[tuple[str, str]]:
    ids, secret = good.text[:55], good.text[56:]
    yield "another secret", KeyToken.make(tenant.id, good.id).text
    yield "the secret with its last character changed", f"{ids}_{secret[:-1]}{'a' if secret[-1] != 'a' else 'b'}"
    yield "the secret with its first character changed", f"{ids}_{'a' if secret[0] != 'a' else 'b'}{secret[1:]}"
    yield "the ids with a spare bit set", f"{ids[:-1]}{chr(ord(ids[-1]) ^ 1)}_{secret}"
    yield "an unknown key", KeyToken.make(tenant.id, uuid4()).text[:55] + f"_{secret}"
    yield "an unknown workspace", KeyToken.make(uuid4(), good.id).text[:55] + f"_{secret}"
    yield "another workspace, the same key", KeyToken.make(other.id, good.id).text[:55] + f"_{secret}"
    yield "another workspace's key, our ids", f"{ids}_{theirs.text[56:]}"
    yield "another workspace's key id here", KeyToken.make(tenant.id, theirs.id).text[:55] + f"_{theirs.text[56:]}"
    yield "ids the wrong way round", KeyToken.make(good.id, tenant.id).text[:55] + f"_{secret}"
    yield "all zeros", f"jk_{'a' * 52}_{'a' * 32}"
    yield "all ones", f"jk_{'7' * 52}_{'7' * 32}"
