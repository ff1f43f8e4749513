"""Every token that must be refused, with its name; many are signed with the right key. Source: safety B1."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from jemeti_platform.testing.workspaces import Login, TestWorkspace

__all__ = ["HEADER", "forged", "sign"]

HEADER = {"alg": "HS256", "typ": "JWT"}
Forgeries = Iterator[tuple[str, str]]
Claims = dict[str, Any]


def encode(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def sign(key: str, header: Any, claims: Any, digest: str = "sha256") -> str:
    """A token with exactly this header and these claims, signed with the key: what no library would make."""
    signed = f"{encode(header)}.{encode(claims)}"
    return f"{signed}.{encode(hmac.new(key.encode(), signed.encode(), digest).digest())}"


def forged(key: str, good: Claims, other: TestWorkspace, colleague: Login) -> Forgeries:
    """The whole corpus, made of the claims of a token that is ``good``."""
    yield from _headers(key, good)
    yield from _signatures(key, good)
    for name in ("exp", "iat", "sub", "aud", "iss", "jti", "sid", "typ", "tid", "wsp"):
        yield f"no {name}", sign(key, HEADER, {n: value for n, value in good.items() if n != name})
        yield f"{name} null", sign(key, HEADER, {**good, name: None})
        yield f"{name} is an object", sign(key, HEADER, {**good, name: {}})
    for name, changes in (*_times().items(), *_meanings(other, colleague).items()):
        yield name, sign(key, HEADER, {**good, **changes})
    yield from _raw_claims(key, good)
    yield from _shapes(sign(key, HEADER, good))


def _headers(key: str, good: Claims) -> Forgeries:
    for word in ("none", "None", "NONE", "nOnE"):
        yield f"alg {word}", f"{encode({**HEADER, 'alg': word})}.{encode(good)}."
    changes: tuple[Claims, ...] = (
        *(
            {"alg": word}
            for word in ("none", "RS256", "ES256", "PS256", "EdDSA", "hs256", "HS256 ", ["HS256"], {"HS256": 1}, None)
        ),
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
        {"jku": "https://evil.example/keys"},
        {"jwk": {"kty": "oct", "k": encode(b"x" * 32)}},
        {"x5u": "https://evil.example/cert"},
        {"kid": "../../../../dev/null"},
        {"kid": "' OR 1=1 --"},
        {"zip": "DEF"},
        {"typ": "at+jwt"},
    )
    for changed in changes:
        yield f"header {changed}", sign(key, {**HEADER, **changed}, good)
    yield "no alg", sign(key, {"typ": "JWT"}, good)
    yield "alg twice", sign(key, b'{"alg": "none", "typ": "JWT", "alg": "HS256"}', good)
    yield "header is a list", sign(key, [1], good)
    yield "header is no JSON", sign(key, b"{", good)


def _signatures(key: str, good: Claims) -> Forgeries:
    head, body, signature = sign(key, HEADER, good).split(".")
    yield "HS512", sign(key, {**HEADER, "alg": "HS512"}, good, "sha512")
    yield "HS384", sign(key, {**HEADER, "alg": "HS384"}, good, "sha384")
    yield "SHA-512 under HS256", sign(key, HEADER, good, "sha512")
    yield "another key", sign("another-key-of-thirty-two-bytes-or-more", HEADER, good)
    yield "an empty key", sign("", HEADER, good)
    yield "the hash of the key", sign(hashlib.sha256(key.encode()).hexdigest(), HEADER, good)
    yield "no signature", f"{head}.{body}."
    yield "a changed signature", f"{head}.{body}.{signature[:-4]}AAAA"
    yield "changed claims", f"{head}.{encode({**good, 'sub': str(uuid4())})}.{signature}"


def _times() -> dict[str, Claims]:
    now = int(time.time())
    return {
        "exp past": {"exp": now - 1},
        "exp text": {"exp": str(now + 900)},
        "exp true": {"exp": True},
        "exp a fraction": {"exp": now + 900.5},
        "exp negative": {"exp": -1},
        "iat future": {"iat": now + 3600},
        "iat text": {"iat": str(now)},
        "nbf future": {"nbf": now + 3600},
        "nbf text": {"nbf": "soon"},
    }


def _meanings(other: TestWorkspace, colleague: Login) -> dict[str, Claims]:
    return {
        "wrong aud": {"aud": "platform"},
        "aud list": {"aud": ["workspace", "platform"]},
        "wrong iss": {"iss": "somebody"},
        "wrong typ": {"typ": "platform"},
        "unknown typ": {"typ": "root"},
        "another workspace's tid": {"tid": str(other.id)},
        "another workspace's tid and wsp": {"tid": str(other.id), "wsp": other.slug},
        "another workspace's wsp": {"wsp": other.slug},
        "another user's sub": {"sub": str(colleague.user_id)},
        "an integer sub": {"sub": 7},
        "sub no UUID": {"sub": "owner"},
        "an unknown session": {"sid": str(uuid4())},
        "a colleague's session": {"sid": str(colleague.session_id)},
        "jti a list": {"jti": ["a"]},
        "100 kB of claims": {"more": "x" * 100_000},
    }


def _raw_claims(key: str, good: Claims) -> Forgeries:
    text = json.dumps(good)
    for number in ("1e400", "9" * 5000, "NaN", "-Infinity", "1e3"):
        yield f"exp {number[:9]}", sign(key, HEADER, text.replace(str(good["exp"]), number).encode())
    yield "a claim twice", sign(key, HEADER, (text[:-1] + f', "sub": "{good["sub"]}"' + "}").encode())
    yield "claims are a list", sign(key, HEADER, [good])
    yield "claims are text", sign(key, HEADER, "claims")
    yield "claims are null", sign(key, HEADER, None)
    yield "claims deep", sign(key, HEADER, (b'{"a":' * 400) + b"1" + b"}" * 400)
    yield "claims not UTF-8", sign(key, HEADER, b'{"sub": "\xff"}')
    yield "claims with a byte order mark", sign(key, HEADER, b"\xef\xbb\xbf" + text.encode())


def _shapes(whole: str) -> Forgeries:
    head, body, signature = whole.split(".")
    yield "empty", ""
    yield "dots", ".."
    yield "two parts", f"{head}.{body}"
    yield "four parts", f"{whole}.{signature}"
    yield "five parts", f"{head}..{body}.{body}.{signature}"
    yield "100 kB", whole + "A" * 100_000
    yield "not ASCII", whole[:-1] + "é"
    yield "padded", whole + "="
    yield "white space inside", f"{head}. {body}.{signature}"
    yield "white space before", f" {whole}"
    yield "not base64", "!!!.???.###"
    yield "twice", f"{whole},{whole}"
