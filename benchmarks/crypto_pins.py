"""PINs: translation, reading, PVV and IBM 3624, beside psec doing the same.

psec makes each cipher anew for a call, ours keep their key schedules; that is part of the result.
One process, one core, CPU seconds; a PIN of four digits, an account number of sixteen.
"""

from __future__ import annotations

import importlib
import os
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.pins import (
    USUAL_TABLE,
    PinFormat,
    PinSide,
    encipher_pin,
    natural_pin,
    pvv_of,
    translate_pin,
    validation_block,
    verify_pvv,
)

ACCOUNT, PIN = "4111111111111111", "1234"
TDES, AES, PVK = bytes(range(24)), bytes(range(16)), bytes(range(24, 48))
SECONDS = 0.5
WIDE, NARROW = PinFormat.ISO_4, PinFormat.ISO_0


def rows() -> Iterator[tuple[str, float, str]]:
    """What was measured, how many a second, and a remark."""
    theirs = dict(_psec())
    for name, work in _ours():
        rate, other = _rate(work), theirs.get(name, 0.0)
        if other:
            yield f"{name}, psec", other, "yardstick"
        yield name, rate, f"{rate / other:.1f} x psec" if other else ""


def _ours() -> Iterator[tuple[str, Callable[[], object]]]:
    zone, wide = BlockCipher.tdes(TDES), BlockCipher.aes(AES)
    pvk = BlockCipher.tdes(PVK)
    into, out = PinSide(NARROW, zone, ACCOUNT), PinSide(WIDE, wide, ACCOUNT)
    block = encipher_pin(PIN, into, random=os.urandom)
    pvv = pvv_of(PIN, cipher=pvk, account=ACCOUNT, key_index=1)
    validation = validation_block(ACCOUNT, pad="F")
    yield (
        "translate format 0 (TDEA) to 4 (AES)",
        lambda: translate_pin(block, into, out, random=os.urandom),
    )
    yield (
        "translate format 0 to 0 (both TDEA)",
        lambda: translate_pin(block, into, into, random=os.urandom),
    )
    yield (
        "verify a PVV from a block of format 0",
        lambda: verify_pvv(block, into, cipher=pvk, account=ACCOUNT, key_index=1, pvv=pvv),
    )
    yield (
        "natural PIN of IBM 3624",
        lambda: natural_pin(4, cipher=pvk, validation=validation, table=USUAL_TABLE),
    )


def _psec() -> Iterator[tuple[str, float]]:
    warnings.simplefilter("ignore")
    try:
        psec: Any = importlib.import_module("psec")
    except ImportError:
        return
    narrow, decode = psec.pinblock.encode_pinblock_iso_0, psec.pinblock.decode_pinblock_iso_0
    encrypt, decrypt = psec.des.encrypt_tdes_ecb, psec.des.decrypt_tdes_ecb
    block = encrypt(TDES, narrow(PIN, ACCOUNT))
    wide = psec.pinblock.encipher_pinblock_iso_4
    yield (
        "translate format 0 (TDEA) to 4 (AES)",
        _rate(lambda: wide(AES, decode(decrypt(TDES, block), ACCOUNT), ACCOUNT)),
    )
    yield (
        "translate format 0 to 0 (both TDEA)",
        _rate(lambda: encrypt(TDES, narrow(decode(decrypt(TDES, block), ACCOUNT), ACCOUNT))),
    )
    pvv = psec.pin.generate_visa_pvv
    yield (
        "verify a PVV from a block of format 0",
        _rate(lambda: pvv(PVK, "1", decode(decrypt(TDES, block), ACCOUNT), ACCOUNT)),
    )
    natural, table = psec.pin.generate_ibm3624_pin, USUAL_TABLE.digits
    yield (
        "natural PIN of IBM 3624",
        _rate(lambda: natural(PVK, table, "0000", ACCOUNT, 0, 16, "F")),
    )


def _rate(work: Callable[[], object]) -> float:
    done, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        for _ in range(200):
            work()
        done += 200
    return done / (time.process_time() - start)


if __name__ == "__main__":
    for name, rate, remark in rows():
        print(f"{name:<46} {rate:>10,.0f} /s  {remark}")
