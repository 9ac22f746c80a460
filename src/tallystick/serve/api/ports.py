"""What the HTTP edge needs from whoever decides: in this process, or beyond a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tallystick.protect.corridor import Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One whole answer of an endpoint that is not hot."""

    status: int
    media: str
    octets: bytes


class Front(Protocol):
    """Takes what strangers sent."""

    async def message(self, arrival: Arrival) -> str:
        """One financial message: the sealed answer, once it is committed. Refuses: Refused."""
        ...

    async def other(self, endpoint: str, *arguments: str) -> Reply:
        """The answer of another endpoint of the wire, by the last part of its path."""
        ...
