"""What a payment module did becomes facts of the service that it works for.

The evidence log says which module it is, at which level, how far its journal was read, and every
event in between. A module that later shows a shorter journal was put back to an older copy: the log
remembers what the module's own database was made to forget.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

from tallystick.assembly.own_settlements import own_settlement
from tallystick.assembly.platform import Platform
from tallystick.crypto.payment import (
    Denied,
    Events,
    Keys,
    KeyView,
    ListKeys,
    ModuleState,
    PaymentModule,
    ReadEvents,
)
from tallystick.ground.errors import Misconfigured, Refused
from tallystick.ground.facts import KEY_CEREMONY, KEY_MANAGED, KEYS_STATED
from tallystick.protect.enforcement import (
    SALT_OCTETS,
    Mark,
    Register,
    Settlement,
    Tally,
    record_details,
)

_PAGE = 50
_TEXT_MAX = 256
_MADE = "ceremony.made"


def _encode(sequence: int) -> bytes:
    return str(sequence).encode("ascii")


KEY_JOURNALS: Register[int] = Register("key-journal", _encode, int)
"""How far the journal of each payment module was read, by the fingerprint of its master key."""


class ModuleRolledBack(Refused):
    """The evidence knows more of a module's journal than the module does."""

    code, clause = "module.rolled_back", "8"


Making = Callable[[int, Callable[[int], bytes]], Settlement]


def record_keys(platform: Platform, module: PaymentModule) -> int:
    """Write what a module did since the last time into the evidence; gives how many events.

    Facts: keys.stated (module, level, journal, keys by state), key.managed for each event,
    key.ceremony for a key that custodians put together.
    Refuses: ModuleRolledBack when the module's journal is shorter than the evidence says.
    """
    count = 0
    for make in key_settlements(platform, module):
        platform.commit_now(make)
        count += 1
    return count - 1


async def record_keys_soon(platform: Platform, module: PaymentModule) -> None:
    """The same on the event loop that decides, if the journal grew. Refuses: as `record_keys`."""
    now = module.state()
    if now.sequence == platform.record(KEY_JOURNALS, now.master):
        return
    for make in key_settlements(platform, module):
        committing = asyncio.wrap_future(platform.commit_soon(make))
        await asyncio.shield(committing)  # a cancelled one would break the committer


def key_settlements(platform: Platform, module: PaymentModule) -> Iterator[Making]:
    """What is to be committed, in order: one settlement for each event, and the state last."""
    state = module.state()
    read = platform.record(KEY_JOURNALS, state.master) or 0
    if state.sequence < read:
        raise ModuleRolledBack(f"the journal of module {state.master} is shorter than was proven")
    policy = platform.policy.digest
    for told in _events(module, after=read):
        yield partial(_settled, policy, "keys.event", partial(_notch_event, told))
    keys = list(_keys(module))
    yield partial(_settled, policy, "keys.state", partial(_notch_state, (state, keys)))


def _notch_event(told: dict[str, Any], tally: Tally) -> tuple[Mark[Any], ...]:
    """One event, its members as text; lists of people joined by spaces."""
    plain = {
        name: value if isinstance(value, int) else _text(value)
        for name, value in told.items()
        if name != "at_ms"
    }
    tally.notch(KEY_MANAGED, "C-KEY-LIFECYCLE", done_ms=told["at_ms"], **plain)
    if told["act"] == _MADE:
        tally.notch(
            KEY_CEREMONY,
            "C-KEY-CEREMONY",
            key=_text(told["key"]),
            custodians=_text(told["custodians"]),
            officer=_text(told["officer"]),
        )
    return ()


def _notch_state(seen: tuple[ModuleState, list[KeyView]], tally: Tally) -> tuple[Mark[Any], ...]:
    state, keys = seen
    marks = (Mark(KEY_JOURNALS, state.master, state.sequence),)
    states = [str(key.state) for key in keys]
    tally.notch(
        KEYS_STATED,
        "C-KEY-INVENTORY",
        module=state.master,
        level=str(state.level),
        statement=_text(state.statement),
        sequence=state.sequence,
        module_policy=state.policy,
        keys=len(keys),
        **{f"keys_{name}": states.count(name) for name in sorted(set(states))},
        **record_details(marks),
    )
    return marks


def _settled(
    policy: str,
    operation: str,
    notch: Callable[[Tally], tuple[Mark[Any], ...]],
    now_ms: int,
    chance: Callable[[int], bytes],
) -> Settlement:
    salt = chance(SALT_OCTETS)
    tally = Tally(subject="keys", policy=policy, at_ms=now_ms, demanded=(), salt=salt)
    marks = notch(tally)
    return own_settlement(tally, operation=operation, marks=marks)


def _events(module: PaymentModule, *, after: int) -> Iterator[dict[str, Any]]:
    while True:
        (page,) = module.perform([ReadEvents(after=after, limit=_PAGE)])
        if not isinstance(page, Events):
            raise Misconfigured(f"the payment module does not tell what it did: {_why(page)}")
        if not page.events:
            return
        for sequence, body in page.events:
            yield {"sequence": sequence, **msgspec.msgpack.decode(body)}
            after = sequence


def _keys(module: PaymentModule) -> Iterator[KeyView]:
    after, more = "", True
    while more:
        (page,) = module.perform([ListKeys(after=after, limit=_PAGE)])
        if not isinstance(page, Keys):
            raise Misconfigured(f"the payment module does not list its keys: {_why(page)}")
        yield from page.keys
        after, more = page.keys[-1].key if page.keys else after, page.more


def _why(answer: object) -> str:
    return answer.text if isinstance(answer, Denied) else "another answer"


def _text(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text[:_TEXT_MAX]
