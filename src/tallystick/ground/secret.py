"""Short-lived secret octets that do not leak by accident."""

from __future__ import annotations

import hmac
from typing import Any, NoReturn

from tallystick.ground.errors import Defect


class Secret:
    """Short-lived secret octets. Compare with `matches`; reach the octets only with `reveal`.

    Python cannot promise to erase memory: docs/limitations.md says so.
    """

    __slots__ = ("_octets",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, octets: bytes) -> None:
        self._octets = bytes(octets)

    def reveal(self) -> bytes:
        return self._octets

    def matches(self, other: Secret) -> bool:
        """Constant-time comparison."""
        return hmac.compare_digest(self._octets, other._octets)

    def __eq__(self, other: object) -> bool:
        raise Defect("compare secrets with matches()")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._octets)} octets, hidden)"

    def __reduce__(self) -> NoReturn:
        raise Defect("a secret is not serialised")

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __copy__(self) -> NoReturn:
        raise Defect("a secret is not copied")

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        raise Defect("a secret is not copied")
