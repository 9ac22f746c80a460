"""Cards and chips: cryptogram with its answer, card values, keys of cards, beside pyemv and psec.

The issuer's master key has its schedule made once, as the module keeps it; the keys of card and
session are derived anew for each call and never kept. pyemv and psec make each cipher anew, and
warn about it: the warnings are switched off. One process, one core, CPU seconds, in turns
(`turns`).
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from turns import rates

from tallystick.crypto.cards import (
    CardVerificationKey,
    CryptogramKey,
    Grant,
    IssuerMasterKey,
    counter_key,
    demand_value,
    limited_cryptogram,
    limited_use_key,
    mastercard_key,
    read_objects,
    token_key,
    tree_key,
    verify_limited,
)

KEY, PAN = bytes.fromhex("0123456789abcdeffedcba9876543210"), "4123456789012345"
ATC, NUMBER, DATA = b"\0\x5e", bytes.fromhex("00000899"), bytes(range(41))
TLV = bytes.fromhex("9f02060000000010009f03060000000000009f1a0207249505000000000082021800") * 4


def rows() -> Iterator[tuple[str, float, str]]:
    """What was measured, how many a second, and a remark."""
    ours, theirs = dict(_ours()), dict(_theirs())
    tools = {name.rpartition(", ")[0]: name for name in theirs}
    seen = rates(ours | theirs)
    for name in ours:
        tool = tools.get(name, "")
        if tool:
            yield tool, seen[tool], "yardstick"
        times = f"{seen[name] / seen[tool]:.1f} x {tool.rpartition(', ')[2]}" if tool else ""
        yield name, seen[name], times


def _ours() -> Iterator[tuple[str, Callable[[], object]]]:
    issuer, values = IssuerMasterKey.tdes(KEY), CardVerificationKey(KEY)
    value = values.value(PAN, "8701", "101")
    arqc = CryptogramKey.tdes(counter_key(issuer.card_key_a(PAN), ATC)).cryptogram(DATA)

    def cryptogram() -> bytes:
        key = CryptogramKey.tdes(counter_key(issuer.card_key_a(PAN), ATC))
        key.verify(DATA, arqc)
        return key.response_1(arqc, b"00")

    def cryptogram_2() -> bytes:
        key = CryptogramKey.tdes(counter_key(issuer.card_key_b(PAN), ATC))
        key.verify(DATA, arqc)
        return key.response_2(arqc, bytes(4))

    yield "ARQC and ARPC 1 (option A, common)", cryptogram
    yield "ARQC and ARPC 2 (option B, common)", cryptogram_2
    yield "session key of Mastercard", lambda: mastercard_key(KEY, ATC, NUMBER)
    yield "session key of the EMV 2000 tree", lambda: tree_key(KEY, ATC)
    yield (
        "verify a CVV",
        lambda: demand_value(given=value, right=values.value(PAN, "8701", "101")),
    )
    yield "read 20 objects of BER-TLV", lambda: read_objects(TLV)
    yield from _limited()


def _limited() -> Iterator[tuple[str, Callable[[], object]]]:
    token, grant = token_key(KEY, PAN), Grant(window=1, serial=1, opens_s=0, closes_s=9, uses_max=5)
    key = limited_use_key(token, window=1, serial=1)
    made = limited_cryptogram(key, grant=grant, counter=1, data=DATA)
    yield (
        "verify a limited-use cryptogram",
        lambda: verify_limited(
            token, grant=grant, now_s=1, counter=1, seen=0, data=DATA, cryptogram=made
        ),
    )


def _theirs() -> Iterator[tuple[str, Callable[[], object]]]:
    warnings.simplefilter("ignore")
    try:
        pyemv: Any = importlib.import_module("pyemv")
        psec: Any = importlib.import_module("psec")
    except ImportError:
        return
    kd, ac = pyemv.kd, pyemv.ac

    def one() -> bytes:
        key = kd.derive_common_sk(kd.derive_icc_mk_a(KEY, PAN), ATC + bytes(6))
        made: bytes = ac.generate_arpc_1(key, ac.generate_ac(key, DATA), b"00")
        return made

    def two() -> bytes:
        key = kd.derive_common_sk(kd.derive_icc_mk_b(KEY, PAN), ATC + bytes(6))
        made: bytes = ac.generate_arpc_2(key, ac.generate_ac(key, DATA), bytes(4))
        return made

    yield "ARQC and ARPC 1 (option A, common), pyemv", one
    yield "ARQC and ARPC 2 (option B, common), pyemv", two
    mastercard = ATC + bytes(2) + NUMBER
    yield "session key of Mastercard, pyemv", lambda: kd.derive_common_sk(KEY, mastercard)
    yield "session key of the EMV 2000 tree, pyemv", lambda: kd.derive_emv2000_tree_sk(KEY, ATC)
    yield "read 20 objects of BER-TLV, pyemv", lambda: pyemv.tlv.decode(TLV)
    value = psec.cvv.generate_cvv
    yield "verify a CVV, psec", lambda: value(KEY, PAN, "8701", "101") == "561"


if __name__ == "__main__":
    for name, rate, remark in rows():
        print(f"{name:<46} {rate:>10,.0f} /s  {remark}")
