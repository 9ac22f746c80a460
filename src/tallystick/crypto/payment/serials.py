"""Windows of key serial numbers in the module: kept in memory, written to the journal.

They are written once for each batch of calls, before its answers leave, so a number that was
accepted stays accepted after a crash. The policy may let more wait.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tallystick.crypto.keys import SETTING
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.transaction_keys import KsnWindow

SerialUse = Callable[[], None]
PINNED_WINDOW = "serial_window"
_PREFIX = "serial "
_WIDTH_MAX = 64
_COUNTER_OCTETS = 8


def no_use() -> None:
    """Nothing is looked at, nothing is used up."""


def open_window(
    bench: Bench, base: OpenKey, device: bytes, counter: int, purpose: str
) -> SerialUse:
    """Look a number up in the window of its device and purpose; call the answer to use it up.

    Refuses: SerialNumberReplayed for a number that was used.
    """
    width = _width(bench, base)
    if width is None:
        return no_use
    name = _PREFIX + bench.blind(f"{base.id} {device.hex()} {purpose}")
    seen = bench.serials.get(name) or _read(bench, name)
    following = KsnWindow(width, seen.highest, seen.seen).accept(counter)
    return partial(_use, bench, name, following)


def write_windows(bench: Bench, *, waiting: int = 1) -> None:
    """Write windows, durably, when at least `waiting` of them are yet to be written."""
    if len(bench.serials) >= waiting:
        notes = [(SETTING, (name, _octets(window))) for name, window in bench.serials.items()]
        bench.journal.commit(notes=notes)
        bench.serials.clear()


def _use(bench: Bench, name: str, following: KsnWindow) -> None:
    bench.serials[name] = following


def _width(bench: Bench, base: OpenKey) -> int | None:
    pinned = base.record.pinned.get(PINNED_WINDOW)
    if pinned is None:
        return bench.policy.serial_window
    return min(int(pinned), _WIDTH_MAX) if pinned.isascii() and pinned.isdecimal() else 0


def _octets(window: KsnWindow) -> bytes:
    return window.highest.to_bytes(_COUNTER_OCTETS) + window.seen.to_bytes(_COUNTER_OCTETS + 1)


def _read(bench: Bench, name: str) -> KsnWindow:
    kept = bench.journal.settings.get(name, b"")
    return KsnWindow(
        _WIDTH_MAX, int.from_bytes(kept[:_COUNTER_OCTETS]), int.from_bytes(kept[_COUNTER_OCTETS:])
    )
