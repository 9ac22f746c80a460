"""Break one check of a platform on purpose: for trials and tests of how failure is closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NoReturn

from tallystick.assembly.platform import Platform
from tallystick.ground.errors import Defect


class InjectedFault(Exception):
    """Raised in the place of a check; belongs to no family, as an unexpected error does not."""


CHECKS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        # what is broken: the part of the desk, and which of its questions goes unanswered
        "module.open": ("module", ("open_message", "open_messages")),
        "module.pin": ("module", ("verify_pin", "verify_pins")),
        "module.sign": ("module", ("sign",)),
        "screening": ("screening", ("screen",)),
        "monitoring": ("windows", ("decide",)),
        "ledger": ("ledger", ("check",)),
        "accounts": ("ledger", ("account",)),
        "registers": ("registers", ("get",)),
        "answers": ("books", ("recorded",)),
        "books": ("books", ("commit",)),
    }
)


@contextmanager
def broken_check(platform: Platform, check: str) -> Iterator[None]:
    """Let one check raise InjectedFault for as long as the context lasts.

    Refuses: Defect for a check that is not in CHECKS.
    """
    if check not in CHECKS:
        raise Defect(f"no such check: {check!r}")
    name, methods = CHECKS[check]
    part = getattr(platform._desk, name)
    whole = type(part)
    members: dict[str, Any] = dict.fromkeys(methods, _fail)
    # The instance alone is given another class: parts of the desk keep no attributes of their own.
    part.__class__ = type(whole.__name__, (whole,), {"__slots__": (), **members})
    try:
        yield
    finally:
        part.__class__ = whole


def _fail(*_: object, **__: object) -> NoReturn:
    raise InjectedFault("broken on purpose")
