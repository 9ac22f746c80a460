"""How well a key is kept while it is used: the levels of assurance that a module states."""

from __future__ import annotations

from enum import StrEnum


class AssuranceLevel(StrEnum):
    """What protects a key in use. A higher one is compared as greater: `S0 < S4`.

    None of them is a certificate. S2 keeps the master key in hardware, and works on clear keys and
    PINs in a process of ours: it is not what the PIN security requirements of the card schemes ask.
    """

    S0 = "S0"
    """Software in the caller's own process; for tests."""
    S1 = "S1"
    """Software in a process of its own."""
    S2 = "S2"
    """The master key never leaves a hardware module; working keys and data are in our process."""
    S3 = "S3"
    """The key itself never leaves a hardware module."""
    S4 = "S4"
    """A hardware module made for payments does the whole operation; its operator says so."""

    @property
    def meaning(self) -> str:
        return _MEANING[self]


_MEANING = {
    AssuranceLevel.S0: "software in the caller's process",
    AssuranceLevel.S1: "software in a process of its own",
    AssuranceLevel.S2: "master key in a hardware module, working data in our process",
    AssuranceLevel.S3: "key inside a hardware module",
    AssuranceLevel.S4: "operation inside a payment hardware module",
}
