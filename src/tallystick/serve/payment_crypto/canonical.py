"""The canonical form of a request, over which both ends of Signature Version 4 compute.

Source: AWS General Reference, "Create a signed AWS API request" (canonical request, for services
other than S3: the path is normalised and percent-encoded once more than it was sent).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

Headers = Sequence[tuple[bytes, bytes]]
"""Names in lower case, values as they came; a name may stand there twice."""


@dataclass(frozen=True, slots=True)
class Request:
    """What came over the wire. `path` is as it was sent, before any percent-decoding."""

    method: str
    path: bytes
    query: bytes
    headers: Headers
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for known, value in self.headers if known == name]


def canonical_request(request: Request, signed: Sequence[str]) -> bytes:
    """The octets whose hash is signed; `signed` are header names in lower case, sorted."""
    lines = [
        request.method,
        canonical_path(request.path),
        canonical_query(request.query),
        *(f"{name}:{_value(request, name.encode('ascii'))}" for name in signed),
        "",
        ";".join(signed),
        hashlib.sha256(request.body).hexdigest(),
    ]
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def canonical_path(sent: bytes) -> str:
    """The path without dots and doubled slashes, encoded once more.

    >>> canonical_path(b"/keys/alias%2Fpin/encrypt"), canonical_path(b"//a/./b/../c/")
    ('/keys/alias%252Fpin/encrypt', '/a/c/')
    """
    if b"//" not in sent and b"/." not in sent:
        return quote(sent, safe="/~") or "/"
    kept: list[bytes] = []
    for part in sent.split(b"/"):
        if part == b"..":
            kept = kept[:-1]
        elif part not in (b"", b"."):
            kept.append(part)
    end = b"/" if kept and sent.endswith((b"/", b"/.", b"/..")) else b""
    return quote(b"/" + b"/".join(kept) + end, safe="/~")


def canonical_query(sent: bytes) -> str:
    """Names and values encoded alike and sorted.

    >>> canonical_query(b"b=2&a=%7E1&a")
    'a=&a=~1&b=2'
    """
    if not sent:
        return ""
    pairs = (part.partition(b"=")[::2] for part in sent.split(b"&"))
    return "&".join(f"{name}={value}" for name, value in sorted(_encoded(pairs)))


def _encoded(pairs: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str]]:
    for name, value in pairs:
        yield quote(unquote_to_bytes(name), safe="~"), quote(unquote_to_bytes(value), safe="~")


def _value(request: Request, name: bytes) -> str:
    """The values of a header with white space folded, joined by commas."""
    folded = b",".join(b" ".join(value.split()) for value in request.values(name))
    return folded.decode("utf-8", "surrogateescape")
