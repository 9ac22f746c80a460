"""Headers of the API: what must be there, which version is spoken, who asks whom."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.serve.interop.amounts import InstantRefused, read_date
from tallystick.serve.interop.errors import (
    MALFORMED,
    MISSING,
    VALIDATION,
    VERSION,
    ApiRefused,
)

VERSIONS = ("1.0", "1.1")
"""What we speak, the newest last."""
ACCEPT_RANGES_MAX = 8
HEADER_CHARACTERS_MAX = 8 * 1024
_RANGE = re.compile(
    r"application/vnd\.interoperability\.([A-Za-z]{1,32})\+json(?:\s*;\s*version=([0-9]{1,3})(?:\.([0-9]{1,3}))?)?"
)
_PARTICIPANT = re.compile(r"[A-Za-z0-9._~-]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who sends, to whom, in which version the answer is wanted; `headers` in lower case."""

    source: str
    destination: str | None
    version: str
    date_ms: int
    headers: Mapping[str, str]


def read_headers(fields: Sequence[tuple[bytes, bytes]], *, resource: str, asks: bool) -> Envelope:
    """Read the headers of a request for one resource.

    Takes:   `asks` for requests that are answered by a callback: those must say what they accept.
    Refuses: ApiRefused 3102 for one that is missing, 3101 or 3100 for one that is malformed, 3001
             (406) for a version that we do not speak.
    """
    headers = _single(fields)
    wanted = ("content-type", "date", "fspiop-source", *(("accept",) if asks else ()))
    for name in wanted:
        if not headers.get(name, "").strip():
            raise ApiRefused(MISSING, f"the header {name} is missing")
    date_ms = _date(headers["date"])
    version = _content_version(headers["content-type"], resource)
    if asks:
        version = negotiate(headers["accept"], resource)
    return Envelope(
        source=_participant(headers["fspiop-source"], "fspiop-source"),
        destination=_destination(headers),
        version=version,
        date_ms=date_ms,
        headers=headers,
    )


def negotiate(accept: str, resource: str) -> str:
    """The newest version that both sides speak.

    >>> negotiate("application/vnd.interoperability.quotes+json;version=1", "quotes")
    '1.1'
    """
    ranges = accept.split(",", ACCEPT_RANGES_MAX)
    found = [_RANGE.fullmatch(part.strip()) for part in ranges[:ACCEPT_RANGES_MAX]]
    ours = [match for match in found if match and match[1] == resource]
    if not ours:
        raise ApiRefused(MISSING, f"the header accept asks for nothing of {resource}")
    spoken = [version for match in ours for version in _versions(match[2], match[3])]
    if not spoken:
        raise ApiRefused(VERSION, f"the header accept; spoken: {', '.join(VERSIONS)}")
    return max(spoken)


def media_type(resource: str, version: str) -> str:
    """
    >>> media_type("quotes", "1.1")
    'application/vnd.interoperability.quotes+json;version=1.1'
    """
    return f"application/vnd.interoperability.{resource}+json;version={version}"


def _versions(major: str | None, minor: str | None) -> tuple[str, ...]:
    if major is None:
        return VERSIONS[-1:]
    if minor is None:
        return tuple(version for version in VERSIONS if version.startswith(f"{major}."))[-1:]
    asked = f"{int(major)}.{int(minor)}"
    return tuple(version for version in VERSIONS if version == asked)


def _content_version(text: str, resource: str) -> str:
    """The version that a body is written in. A charset may stand behind it."""
    plain = re.sub(r";\s*charset=utf-8\s*$", "", text.strip(), flags=re.IGNORECASE)
    match = _RANGE.fullmatch(plain)
    if match is None or match[1] != resource:
        raise ApiRefused(MISSING, f"the header content-type is not of {resource}")
    spoken = _versions(match[2], match[3])
    if not spoken:
        raise ApiRefused(VERSION, f"the header content-type; spoken: {', '.join(VERSIONS)}")
    return spoken[0]


def _date(text: str) -> int:
    try:
        return read_date(text)
    except InstantRefused:
        raise ApiRefused(MISSING, "the header date is not an HTTP date") from None


def _destination(headers: Mapping[str, str]) -> str | None:
    value = headers.get("fspiop-destination")
    return None if value is None else _participant(value, "fspiop-destination")


def _participant(text: str, name: str) -> str:
    if not _PARTICIPANT.fullmatch(text):
        raise ApiRefused(VALIDATION, f"the header {name} names no participant")
    return text


def _single(fields: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name. One that stands twice is refused, but for `accept`."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if len(value) > HEADER_CHARACTERS_MAX:
            raise ApiRefused(MALFORMED, "a header is too long")
        if name == "accept" and name in headers:
            value = f"{headers[name]},{value}"
        elif name in headers and name.startswith(("fspiop-", "content-type", "date")):
            raise ApiRefused(MALFORMED, f"the header {name} stands twice")
        headers[name] = value
    return headers
