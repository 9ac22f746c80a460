"""Payment cryptography in numbers: each area beside its yardstick, each aim beside what came out.

Every area has a file of its own, `crypto_<area>.py`, with the conditions at its head; this one asks
them all in one run and prints one table. A line at the end says of each aim whether it was met on
this machine. Nothing here is a test of time.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

AREAS = {
    "pins": "PINs",
    "transaction_keys": "transaction keys and MACs",
    "key_blocks": "key blocks",
    "cards": "cards and chips",
    "tokens": "tokens and fields",
    "exchange": "key exchange",
    "hsm": "a token over PKCS#11",
    "wire": "the wire",
}


@dataclass(frozen=True, slots=True)
class Aim:
    """What a row should reach: `least` a second, or `least` times the row `than`."""

    words: str
    row: str
    least: float
    than: str = ""

    def met(self, rates: dict[str, float]) -> str:
        """The figure beside the aim; of a row that was not measured it says that."""
        if self.row not in rates or (self.than and self.than not in rates):
            return "not measured"
        rate = rates[self.row]
        figure = rate / rates[self.than] if self.than else rate
        shown = f"{figure:.2f} x" if self.than else f"{figure:,.0f} /s"
        return f"{shown:>12}  {'met' if figure >= self.least else 'missed'}"


_PIN = "translate format 0 (TDEA) to 4 (AES)"
_EMV = "ARQC and ARPC {} (option {}, common)"
_LOCAL = "0 to 4, module in this process, {}"
_SOCKET = "0 to 4, socket, batches of 1000, {}"
_AWS = "translate, {}"

AIMS = (
    Aim("PIN translation: 5 x psec", _PIN, 5, f"{_PIN}, psec"),
    Aim(
        "AES DUKPT, a device heard of: 30,000 /s",
        "AES DUKPT, the next transaction of a device",
        3e4,
    ),
    Aim("AES DUKPT, a stranger: 30,000 /s", "AES DUKPT, a device never heard of", 3e4),
    Aim("key block D unwrapped: 30,000 /s", "unwrap D", 3e4),
    Aim("ARQC and ARPC 1: 3 x pyemv", _EMV.format(1, "A"), 3, f"{_EMV.format(1, 'A')}, pyemv"),
    Aim("ARQC and ARPC 2: 3 x pyemv", _EMV.format(2, "B"), 3, f"{_EMV.format(2, 'B')}, pyemv"),
    Aim(
        "FF1, 16 digits: 2 x the fastest other", "FF1, 16 digits, one call each", 2, "fastest other"
    ),
    *(
        Aim(f"socket, {way}: 0.6 x in-process", _SOCKET.format(way), 0.6, _LOCAL.format(way))
        for way in ("one call each", "one call for all")
    ),
    Aim(
        "the service: 1 x one AWS client",
        _AWS.format("bare client, 16 connections"),
        1,
        _AWS.format("AWS client, one thread"),
    ),
)


def main(areas: Iterable[str]) -> None:
    """Ask the areas, print their tables, then the aims."""
    warnings.simplefilter("ignore")  # the yardsticks ask for TDEA by its old name
    rates: dict[str, float] = {}
    print("payment cryptography (CPU seconds of one core; the wire and the token: by the clock)")
    for area in areas:
        print(f"{AREAS[area]}")
        for name, rate, remark in import_module(f"crypto_{area}").rows():
            rates[name] = rate
            if remark == "yardstick" and name.endswith("16 digits, one call each"):
                rates["fastest other"] = max(rate, rates.get("fastest other", 0.0))
            print(f"  {name:<58} {rate:>12,.0f} /s  {remark}")
    print("aims")
    for aim in AIMS:
        print(f"  {aim.words:<58} {aim.met(rates)}")


if __name__ == "__main__":
    main(sys.argv[1:] or AREAS)
