"""Notices: what a partner is to be told, queued in the commit of what it is about.

Each partner has one queue, numbered from 1 without gaps; `DELIVERED` says up to where it was told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from tallystick.ground.identifiers import DeviceId
from tallystick.protect.enforcement import Mark, Register, decode_record, encode_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Tell the partner how its order `request` ended, at the order's callback."""

    request: str
    at_ms: int


NOTICES: Register[Notice] = Register(
    "notice",
    lambda notice: encode_record(asdict(notice)),
    lambda octets: Notice(**decode_record(octets)),
)
"""By partner and number."""

NOTICES_HEAD: Register[int] = Register(
    "notices_head", lambda number: b"%d" % number, lambda octets: int(octets)
)
"""Partner -> the number of its newest notice."""

DELIVERED: Register[int] = Register(
    "notices_delivered", lambda number: b"%d" % number, lambda octets: int(octets), proven=False
)
"""Partner -> the number of the newest notice that was told, or given up."""


def add_notice(
    get: Callable[[Register[int], str], int | None],
    *,
    partner: DeviceId,
    request: str,
    now_ms: int,
) -> tuple[Mark[Any], Mark[Any]]:
    """Queue one notice behind the partner's others. `get` reads a register as decided so far."""
    number = (get(NOTICES_HEAD, partner) or 0) + 1
    notice = Notice(request=request, at_ms=now_ms)
    return Mark(NOTICES_HEAD, partner, number), Mark(NOTICES, f"{partner}.{number}", notice)
