"""PINs: translation, reading, PVV and IBM 3624, beside psec doing the same.

psec makes each cipher anew for a call, ours keep their key schedules; that is part of the result.
CPU seconds of one core, in turns (`turns`); a PIN of four digits, an account number of sixteen. The
last rows ask the payment module, in this process and over its socket, where the seconds of both
processes count; of three goes the best.
"""

from __future__ import annotations

import importlib
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from turns import rates

from tallystick.assembly.payment_home import create_payment_home, open_payment_module
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.payment import (
    Call,
    CreateKey,
    Denied,
    Drawn,
    ForPvv,
    GeneratedPin,
    GeneratePin,
    KeyView,
    LocalModule,
    PaymentModule,
    PinPlace,
    TranslatePin,
    TranslatePins,
)
from tallystick.crypto.payment_process import PaymentModuleProcess
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
from tallystick.ground.secret import Secret
from tallystick.testing import local_bench

ACCOUNT, PIN = "4111111111111111", "1234"
TDES, AES, PVK = bytes(range(24)), bytes(range(16)), bytes(range(24, 48))
BATCH, REPEATS, GOES = 1_000, 40, 3
WIDE, NARROW = PinFormat.ISO_4, PinFormat.ISO_0


def rows() -> Iterator[tuple[str, float, str]]:
    """What was measured, how many a second, and a remark."""
    ours, theirs = dict(_ours()), {f"{name}, psec": work for name, work in _psec()}
    seen = rates(ours | theirs)
    for name in ours:
        rate, other = seen[name], seen.get(f"{name}, psec", 0.0)
        if other:
            yield f"{name}, psec", other, "yardstick"
        yield name, rate, f"{rate / other:.1f} x psec" if other else ""
    yield from _module_rows(seen.get("translate format 0 (TDEA) to 4 (AES), psec", 0.0))


def _module_rows(yardstick: float) -> Iterator[tuple[str, float, str]]:
    """The same translation asked of the payment module, in batches."""
    local = _module_rates(LocalModule(local_bench()))
    with tempfile.TemporaryDirectory() as folder:
        passphrase = Secret(os.urandom(16).hex().encode())
        create_payment_home(Path(folder), passphrase)
        with open_payment_module(Path(folder), passphrase) as module:
            distant = _module_rates(module)
    for name, here, there in zip(
        ("one call each", "one call for all"), local, distant, strict=True
    ):
        yield f"0 to 4, module in this process, {name}", here, f"{here / yardstick:.1f} x psec"
        remark = f"{there / here:.0%} of in-process, {there / yardstick:.1f} x psec"
        yield f"0 to 4, socket, batches of {BATCH}, {name}", there, remark


def _module_rates(module: PaymentModule) -> tuple[float, float]:
    """Translations a second: each with a call of its own, and many with one call."""
    narrow = _made(module, KeyAlgorithm.TDES_3KEY)
    wide = _made(module, KeyAlgorithm.AES_128)
    into = PinPlace(key=narrow, form=NARROW, account=ACCOUNT)
    out = PinPlace(key=wide, form=WIDE, account=ACCOUNT)
    block = _block(module, into)
    alone = TranslatePin(block=block, incoming=into, outgoing=out)
    together = TranslatePins(
        blocks=[block] * BATCH, accounts=[ACCOUNT] * BATCH, incoming=into, outgoing=out
    )
    return _asked(module, [alone] * BATCH), _asked(module, [together])


def _asked(module: PaymentModule, calls: list[Call]) -> float:
    """Translations for each second of CPU that this process and the module's take together."""
    module.perform(calls)
    return max(_go(module, calls) for _ in range(GOES))


def _go(module: PaymentModule, calls: list[Call]) -> float:
    start = _cpu_s(module)
    for _ in range(REPEATS):
        answers = module.perform(calls)
        assert not any(isinstance(answer, Denied) for answer in answers)
    return BATCH * REPEATS / (_cpu_s(module) - start)


def _cpu_s(module: PaymentModule) -> float:
    own = time.process_time()
    if not isinstance(module, PaymentModuleProcess):
        return own
    fields = Path(f"/proc/{module._process.pid}/stat").read_text(encoding="ascii").split()
    return own + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def _made(module: PaymentModule, algorithm: KeyAlgorithm) -> str:
    usage = KeyUsage.PIN_ENCRYPTION
    (view,) = module.perform([CreateKey(usage=usage, algorithm=algorithm, mode=KeyMode.BOTH)])
    assert isinstance(view, KeyView)
    return view.key


def _block(module: PaymentModule, place: PinPlace) -> bytes:
    usage, mode = KeyUsage.PIN_VERIFICATION_PVV, KeyMode.GENERATE
    pvk = CreateKey(usage=usage, algorithm=KeyAlgorithm.TDES_3KEY, mode=mode)
    (view,) = module.perform([pvk])
    assert isinstance(view, KeyView)
    made = GeneratePin(key=view.key, outgoing=place, how=Drawn(), verified_by=ForPvv(key_index=1))
    (answer,) = module.perform([made])
    assert isinstance(answer, GeneratedPin)
    return answer.block


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


def _psec() -> Iterator[tuple[str, Callable[[], object]]]:
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
        lambda: wide(AES, decode(decrypt(TDES, block), ACCOUNT), ACCOUNT),
    )
    yield (
        "translate format 0 to 0 (both TDEA)",
        lambda: encrypt(TDES, narrow(decode(decrypt(TDES, block), ACCOUNT), ACCOUNT)),
    )
    pvv = psec.pin.generate_visa_pvv
    yield (
        "verify a PVV from a block of format 0",
        lambda: pvv(PVK, "1", decode(decrypt(TDES, block), ACCOUNT), ACCOUNT),
    )
    natural, table = psec.pin.generate_ibm3624_pin, USUAL_TABLE.digits
    yield (
        "natural PIN of IBM 3624",
        lambda: natural(PVK, table, "0000", ACCOUNT, 0, 16, "F"),
    )


if __name__ == "__main__":
    for name, rate, remark in rows():
        print(f"{name:<58} {rate:>10,.0f} /s  {remark}")
