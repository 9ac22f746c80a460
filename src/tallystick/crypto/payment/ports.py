"""The port to a crypto module for payments: handles and ciphertexts in, answers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.crypto.keys import AssuranceLevel
from tallystick.crypto.payment.calls import Answer, Call, Denied


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleState:
    """What a module says of itself. `sequence` counts the entries of its journal.

    `healthy` is False once a self-test has failed or the master key is gone: it refuses then.
    `statement` says in one sentence where the master key is and what that is worth.
    """

    level: AssuranceLevel
    master: str
    policy: str
    sequence: int
    healthy: bool
    statement: str = ""


class PaymentModule(Protocol):
    """Holds the keys of payment cryptography and does what is asked of them, never less or more.

    No operation gives a key, a PIN or what an EMV key enciphered in clear. Calls of one batch are
    done in their order, each by itself. ModuleUnavailable when it does not answer.
    """

    def state(self) -> ModuleState:
        """How it is, now."""
        ...

    def perform(self, calls: Sequence[Call]) -> list[Answer | Denied]:
        """Do up to BATCH_MAX calls; a refusal stands in its own place and harms no other."""
        ...

    def close(self) -> None:
        """Let go. Closing twice is harmless; every later call is ModuleUnavailable."""
        ...
