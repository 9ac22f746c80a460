"""Keys and what was done to them, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tallystick.cli.keys.opening import ask_one
from tallystick.cli.keys.requests import member_lines
from tallystick.crypto.payment import (
    Answer,
    Events,
    Keys,
    KeyView,
    ListKeys,
    PaymentModule,
    ReadEvents,
)
from tallystick.ground.clock import SystemClock, iso_instant

_INSTANTS = ("created_ms", "active_from_ms", "expires_ms", "destroy_at_ms")


def every_key(module: PaymentModule) -> Iterator[KeyView]:
    """All keys of a module, in order of handle."""
    after, more = "", True
    while more:
        page = ask_one(module, ListKeys(after=after, limit=50))
        if not isinstance(page, Keys) or not page.keys:
            return
        yield from page.keys
        after, more = page.keys[-1].key, page.more


def every_event(module: PaymentModule, *, after: int) -> Iterator[str]:
    """One line for each thing that was done, with the number of its entry."""
    while True:
        page = ask_one(module, ReadEvents(after=after, limit=50))
        if not isinstance(page, Events) or not page.events:
            return
        for sequence, body in page.events:
            told = msgspec.msgpack.decode(body)
            at, act = iso_instant(told.pop("at_ms")), told.pop("act")
            rest = " ".join(f"{name}={value}" for name, value in told.items())
            yield f"{sequence:>6} {at} {act:<22} {rest}"
            after = sequence


def key_line(view: KeyView) -> str:
    """One key on one line; one whose cryptoperiod is over protects no more, and is called so."""
    over = view.expires_ms is not None and view.expires_ms <= SystemClock().now_ms()
    state = "expired" if over and view.state == "active" else view.state
    return (
        f"{view.key}  {view.usage} {view.algorithm:<13} {view.mode}{view.exportability} "
        f"{state:<11} {view.domain:<10} {view.check_value:<6}  {view.label}"
    ).rstrip()


def show_key(view: KeyView) -> str:
    """One key on many lines; what does not apply is left out."""
    plain = msgspec.to_builtins(view)
    for name in _INSTANTS:
        if plain[name] is not None:
            plain[name.removesuffix("_ms")] = iso_instant(plain.pop(name))
    shown = {name: value for name, value in plain.items() if value not in (None, "", {}, "type")}
    shown.pop("type", None)
    return "\n".join(f"{name:<16} {value}" for name, value in shown.items())


def show_answer(answer: Answer) -> str:
    """Any answer, member by member."""
    if isinstance(answer, KeyView):
        return show_key(answer)
    plain = msgspec.to_builtins(answer)
    members = (member_lines(name, value) for name, value in plain.items())
    return "\n".join(line for lines in members for line in lines)
