"""Break any function that an order passes through: it raises, or answers what it never should.

Which functions those are nobody has to write down. One order is watched on the thread that decides,
and every function of ours that it calls is noted with what it gave back. A function is broken by giving
its code another code, so whoever holds a reference to it meets the broken one.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any

from tests.house.tree import ROOT

OURS = str(ROOT / "src" / "tallystick")
FLOORS = tuple(f"{OURS}/{floor}/" for floor in ("protect", "prove", "crypto", "decide", "assembly"))
_NO_CHECKS = (
    "__repr__",
    "__eq__",
    "__hash__",
    "__enter__",
    "__exit__",
    "<genexpr>",
    "<lambda>",
    "<listcomp>",
    "<setcomp>",
    "<dictcomp>",
)

ROOMS = ("customers", "devices", "diligence", "hardening", "messages", "monitoring", "pin", "screening",
         "signatures", "codes")  # fmt: skip
CHECKS = (*(f"protect.{room}" for room in ROOMS), "decide.policy")
"""Rooms that judge. What stands on their doors may answer garbage; everything else only raises."""
called: list[str] = []
"""Filled by the broken functions."""


class Broken(Exception):
    """Of no family of ours, as an unexpected error is none."""


# Their code runs in the place of other code, so it finds no names but what it imports itself.


def _raises(*_: Any, **__: Any) -> Any:
    import sys

    sys.modules["tests.attacks.breaking"].called.append("raises")
    raise sys.modules["tests.attacks.breaking"].Broken("broken on purpose")


def _garbage(*_: Any, **__: Any) -> Any:
    import sys

    sys.modules["tests.attacks.breaking"].called.append("garbage")
    return b"\x00garbage"


def _nothing(*_: Any, **__: Any) -> Any:
    import sys

    sys.modules["tests.attacks.breaking"].called.append("nothing")


WAYS = {"raises": _raises.__code__, "garbage": _garbage.__code__, "nothing": _nothing.__code__}


@dataclass(frozen=True, slots=True)
class Place:
    """One function that was called; `gave` is the kind of what it gave back."""

    code: CodeType
    gave: str

    @property
    def name(self) -> str:
        path = self.code.co_filename.removeprefix(f"{OURS}/").removesuffix(".py")
        return f"{path.replace('/', '.')}:{self.code.co_qualname}"

    @property
    def room(self) -> str:
        return ".".join(self.name.partition(":")[0].split(".")[:2])

    def ways(self) -> tuple[str, ...]:
        """How it can be broken. Whoever never answers anything can answer no garbage."""
        if not self.on_a_door or self.gave == "NoneType":
            return ("raises",)
        return ("raises", "nothing") if self.gave == "bool" else ("raises", "garbage", "nothing")

    @property
    def on_a_door(self) -> bool:
        """Whether a room that judges gives it, or the class that it belongs to, to others."""
        if self.room not in CHECKS:
            return False
        name = self.code.co_qualname.partition(".")[0]
        return name in sys.modules[f"tallystick.{self.room}"].__all__ or name == "Matcher"


class Watch:
    """A profiler: notes every function of ours that ends on its thread, in order of first call."""

    def __init__(self) -> None:
        self.places: dict[CodeType, Place] = {}

    def start(self) -> None:
        sys.setprofile(self._note)

    def stop(self) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, value: Any) -> None:
        code = frame.f_code
        if event == "return" and code not in self.places and code.co_filename.startswith(FLOORS):
            plain = (
                not code.co_flags & 0x2B0 and not code.co_freevars
            )  # no generator, no coroutine, nothing nested
            if plain and code.co_name not in _NO_CHECKS:
                self.places[code] = Place(code, type(value).__name__)


@contextmanager
def broken(place: Place, way: str) -> Iterator[None]:
    """The function of a place is broken for as long as the context lasts."""
    functions = [f for f in gc.get_referrers(place.code) if isinstance(f, FunctionType)]
    whole = [f for f in functions if f.__code__ is place.code]
    for function in whole:
        function.__code__ = WAYS[way]
    called.clear()
    try:
        yield
    finally:
        for function in whole:
            function.__code__ = place.code
