"""Transaction keys and MACs: DUKPT beside bare block ciphers, MACs beside psec doing the same.

No Python package that we found derives AES DUKPT, so its yardstick is what cannot be saved: setting
up AES once for each key on the way and enciphering one block under it. "The next transaction of a
device" is what a host sees from terminals that it heard lately, "a device never heard of" starts
from the base derivation key, with counters up to 5,000. One process, one core, CPU seconds, in
turns (`turns`).
"""

from __future__ import annotations

import importlib
import itertools
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from turns import rates

from tallystick.crypto.mechanisms import CbcMac, Cmac, MacPadding, RetailMac, aes_once, tdes_once
from tallystick.crypto.transaction_keys import (
    AesDukpt,
    AesSerialNumber,
    TdesDukpt,
    TdesSerialNumber,
    TdesVariant,
    WorkingKind,
    WorkingUsage,
)

DEVICES = 1000
COUNTER_MAX = 5000
KEY, MESSAGE = bytes(range(16)), bytes(range(64))
_USAGE, _KIND = WorkingUsage.PIN_ENCRYPTION, WorkingKind.AES_128


def rows() -> Iterator[tuple[str, float, str]]:
    """What was measured, how many a second, and a remark."""
    yield from _derivations()
    yield from _macs()


def _derivations() -> Iterator[tuple[str, float, str]]:
    block, whole = bytes(16), bytes(range(24))
    steps = {"AES": lambda: aes_once(KEY)(block), "TDEA": lambda: tdes_once(whole)(block[:8])}
    keys = {
        "AES DUKPT, the next transaction of a device": _aes_next(),
        "AES DUKPT, a device never heard of": _aes_strangers(),
        "TDES DUKPT, the next transaction of a device": _tdes_next(),
        "TDES DUKPT, a device never heard of": _tdes_strangers(),
    }
    seen = rates(steps | keys)
    for step, begins in (("AES", "AES"), ("TDEA", "TDES")):
        yield f"bare {step}: one key set up, one block", seen[step], "yardstick"
        for name in keys:
            if name.startswith(begins):
                yield name, seen[name], f"{seen[step] / seen[name]:.1f} bare steps each"


def _aes_next() -> Callable[[], object]:
    host = AesDukpt(KEY)
    devices = [os.urandom(8) for _ in range(DEVICES)]
    numbers = (
        AesSerialNumber(device, counter)
        for counter in itertools.count(1)
        if counter.bit_count() <= 16
        for device in devices
    )
    return lambda: host.working_key(next(numbers), _USAGE, _KIND)


def _aes_strangers() -> Callable[[], object]:
    host, counters = AesDukpt(KEY), itertools.cycle(range(1, COUNTER_MAX))
    return lambda: host.working_key(AesSerialNumber(os.urandom(8), next(counters)), _USAGE, _KIND)


def _tdes_next() -> Callable[[], object]:
    host = TdesDukpt(KEY)
    devices = [TdesSerialNumber.read_initial(os.urandom(10)).device for _ in range(DEVICES)]
    numbers = (
        TdesSerialNumber(device, counter)
        for counter in itertools.count(1)
        if counter.bit_count() <= 10
        for device in devices
    )
    return lambda: host.working_key(next(numbers), TdesVariant.PIN)


def _tdes_strangers() -> Callable[[], object]:
    host = TdesDukpt(KEY)
    counters = itertools.cycle(c for c in range(1, COUNTER_MAX) if c.bit_count() <= 10)

    def one() -> bytes:
        device = TdesSerialNumber.read_initial(os.urandom(10)).device
        return host.working_key(TdesSerialNumber(device, next(counters)), TdesVariant.PIN)

    return one


def _macs() -> Iterator[tuple[str, float, str]]:
    retail, cbc, cmac = RetailMac(KEY), CbcMac.tdes(KEY), Cmac.aes(KEY)
    zeros = MacPadding.ZEROS
    ours = {
        "retail MAC of 64 octets": lambda: retail.tag(MESSAGE, padding=zeros),
        "CBC-MAC (TDEA) of 64 octets": lambda: cbc.tag(MESSAGE, padding=zeros),
        "retail MAC of 64 octets, a new key each": (
            lambda: RetailMac(KEY).tag(MESSAGE, padding=zeros)
        ),
        "AES-CMAC of 64 octets": lambda: cmac.tag(MESSAGE),
    }
    seen = rates(ours | {f"{name}, psec": work for name, work in _psec()})
    for name in ours:
        rate, other = seen[name], seen.get(f"{name.partition(',')[0]}, psec", 0.0)
        if other and "," not in name:
            yield f"{name}, psec", other, "yardstick"
        yield name, rate, f"{rate / other:.1f} x psec" if other else ""


def _psec() -> Iterator[tuple[str, Callable[[], object]]]:
    warnings.simplefilter("ignore")
    try:
        psec: Any = importlib.import_module("psec")
    except ImportError:
        return
    left, right = KEY[:8], KEY[8:]
    mac = psec.mac
    yield "retail MAC of 64 octets", lambda: mac.generate_retail_mac(left, right, MESSAGE, 1)
    yield "CBC-MAC (TDEA) of 64 octets", lambda: mac.generate_cbc_mac(KEY, MESSAGE, 1)


if __name__ == "__main__":
    for name, rate, remark in rows():
        print(f"{name:<46} {rate:>12,.0f} /s   {remark}")
