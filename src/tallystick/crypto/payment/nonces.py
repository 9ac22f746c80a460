"""Nonces that this module drew, for keys that are to come: one key for each, within a day."""

from __future__ import annotations

from tallystick.crypto.key_blocks import write_random_token
from tallystick.crypto.keys import TALLY
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call
from tallystick.crypto.payment.refusals import Conflict
from tallystick.ground.clock import DAY_MS

NONCE_OCTETS = 16


class DrawNonce(Call, tag="draw-nonce"):
    """Draw a nonce for one key that is to come, within a day."""


class DrawnNonce(Answer, tag="drawn-nonce"):
    """A nonce and until when it is good. `token` is the same as TR-34 has it (RT-KRD, DER)."""

    nonce: bytes
    until_ms: int
    token: bytes


def draw_nonce(bench: Bench, call: DrawNonce) -> DrawnNonce:
    nonce = bench.random(NONCE_OCTETS)
    until_ms = bench.clock.now_ms() + DAY_MS
    bench.journal.commit(notes=[(TALLY, (_name(nonce), 1, until_ms))])
    return DrawnNonce(nonce=nonce, until_ms=until_ms, token=write_random_token(nonce))


def demand_drawn(bench: Bench, nonce: bytes) -> None:
    """Refuses: Conflict for a nonce that was not drawn here, is spent, or is a day old."""
    count, until_ms = bench.journal.tallies.get(_name(nonce), (0, 0))
    if count != 1 or bench.clock.now_ms() >= until_ms:
        raise Conflict("not a nonce that waits for a key", where="nonce")


def spend_nonce(bench: Bench, nonce: bytes) -> None:
    """Forget a nonce: its key has come."""
    bench.journal.commit(notes=[(TALLY, (_name(nonce), 0, 0))])


def _name(nonce: bytes) -> str:
    return f"nonce:{nonce.hex()}"
