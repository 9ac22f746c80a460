"""Tokens and fields: FF1 on account numbers, beside the FF1 of other Python packages.

Sealed fields stand below, beside bare AES-GCM.

The yardsticks are whatever of `ffx` (libffx, the fastest in pure Python that we found), `fastfpe`
(Rust), `pyffx` (its own Feistel cipher) and `ff3` (FF3-1) is installed: none of them is needed, and
a row without one says so. One process, one core, CPU seconds; 16 digits, one key, one tweak. FF1
and its yardsticks take turns (`turns`).
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from turns import rates

from tallystick.crypto.envelopes import FieldKey, FieldPlace, FieldRing
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.mechanisms import FF1
from tallystick.crypto.payment import (
    CreateKey,
    FieldCell,
    FieldsSealed,
    KeyView,
    LocalModule,
    OpenFields,
    SealFields,
    TokenForm,
    Tokenise,
)
from tallystick.ground.clock import SystemClock
from tallystick.protect.tokens import (
    Asker,
    Form,
    ModuleVaultKeys,
    Pan,
    ReleasePolicy,
    ReleaseRule,
    TokenDomain,
    TokenRange,
    TokenRow,
    TokenVault,
    luhn_digit,
)
from tallystick.testing import MemoryTokenStore, local_module

KEY = bytes(range(16))
TWEAK = b"merchant-0001"
PANS = [f"{4_111_111_111_111_111 + 7 * number:016d}" for number in range(1000)]
SECONDS = 0.5
_EACH = "16 digits, one call each"


def rows() -> Iterator[tuple[str, float, str]]:
    """What was measured, how many a second, and a remark."""
    ff1, others = FF1(KEY), {f"{name}, {_EACH}": work for name, work in _others()}
    back = ff1.encrypt_many(PANS, tweak=TWEAK)
    ours = {
        f"FF1, {_EACH}": lambda: [ff1.encrypt(pan, tweak=TWEAK) for pan in PANS],
        "FF1, 16 digits, batches of 1000": lambda: ff1.encrypt_many(PANS, tweak=TWEAK),
        "FF1 back, 16 digits, batches of 1000": lambda: ff1.decrypt_many(back, tweak=TWEAK),
    }
    seen = {name: rate * len(PANS) for name, rate in rates(others | ours).items()}
    best = max((seen[name] for name in others), default=0.0)
    for name, rate in seen.items():
        yield name, rate, "yardstick" if name in others else _times(rate, best)
    yield from _fields()
    yield from _module()


def _module() -> Iterator[tuple[str, float, str]]:
    """The module in this process: batches of 500, a vault with its rows in memory."""
    module = local_module()
    sealing, index, form = (
        _made(module, *attributes)
        for attributes in (
            (KeyUsage.FIELD_SEALING, KeyAlgorithm.AES_256, KeyMode.BOTH),
            (KeyUsage.MAC_HMAC, KeyAlgorithm.HMAC_SHA256, KeyMode.GENERATE),
            (KeyUsage.FORMAT_PRESERVING, KeyAlgorithm.AES_128, KeyMode.BOTH),
        )
    )
    digits = [pan[:15] for pan in PANS[:500]]
    tokenise = Tokenise(key=form, domain="shop", form=TokenForm.DIGITS, texts=digits)
    yield "module: tokens by FF1, 500 a call", _rate(lambda: module.perform([tokenise]), 500), ""
    place = {"table": "cards", "column": "pan"}
    cells = [FieldCell(pan, pan.encode()) for pan in PANS[:500]]
    seal = SealFields(key=sealing, cells=cells, **place)
    (sealed,) = module.perform([seal])
    assert isinstance(sealed, FieldsSealed)
    stored = [FieldCell(c.row, octets) for c, octets in zip(cells, sealed.sealed, strict=True)]
    opening = OpenFields(cells=stored, **place)
    yield "module: fields sealed, 500 a call", _rate(lambda: module.perform([seal]), 500), ""
    yield "module: fields opened, 500 a call", _rate(lambda: module.perform([opening]), 500), ""
    yield from _vault(ModuleVaultKeys(module, sealing=sealing, index=index))


def _vault(keys: ModuleVaultKeys) -> Iterator[tuple[str, float, str]]:
    asker = Asker(party="clearing", purpose="settlement")
    rule = ReleaseRule(
        party="clearing", purpose="settlement", domains=("*",), form=Form.WHOLE, per_day_max=10**9
    )
    vault = TokenVault(
        store=_Rows(),
        keys=keys,
        domains=[TokenDomain(name="shop", range=TokenRange(prefix="9000"))],
        release=ReleasePolicy([rule]),
        clock=SystemClock(),
        record=lambda fact: None,
    )
    pan = Pan(PANS[0][:-1] + luhn_digit(PANS[0][:-1]))
    token = vault.tokenise(pan, "shop")
    known = _rate(lambda: vault.tokenise(pan, "shop"), 1)
    yield "vault: token of a known number, one call each", known, "rows in memory"
    back = _rate(lambda: vault.detokenise(token, "shop", asker=asker), 1)
    yield "vault: number of a token, one call each", back, "rows in memory"


class _Rows(MemoryTokenStore):
    """Found by index at once, as a database does."""

    def current(self, domain: str, index: bytes) -> TokenRow | None:
        return next(iter(self.rows.values()), None)


def _made(module: LocalModule, usage: KeyUsage, algorithm: KeyAlgorithm, mode: KeyMode) -> str:
    (view,) = module.perform([CreateKey(usage=usage, algorithm=algorithm, mode=mode)])
    assert isinstance(view, KeyView)
    return view.key


def _fields() -> Iterator[tuple[str, float, str]]:
    """Sealed fields beside bare AES-256-GCM under one key that is set up once."""
    value, iv, bare = PANS[0].encode(), bytes(12), AESGCM(bytes(32))
    floor = _rate(lambda: [bare.encrypt(iv, value, b"place") for _ in range(1000)], 1000)
    yield "bare AES-256-GCM of 16 octets", floor, "yardstick"
    ring = FieldRing(FieldKey(id="fields-1", root=bytes(32)))
    place = FieldPlace(table="vault", column="pan", row=PANS[0])
    sealed = ring.seal(place, value)
    rate = _rate(lambda: [ring.seal(place, value) for _ in range(1000)], 1000)
    yield "seal a field, key and commitment derived", rate, f"{rate / floor:.2f} of the yardstick"
    rate = _rate(lambda: [ring.open(place, sealed) for _ in range(1000)], 1000)
    yield "open a field", rate, f"{rate / floor:.2f} of the yardstick"


def _others() -> Iterator[tuple[str, Callable[[], object]]]:
    """Each package that is here, and what enciphers all account numbers."""
    if (ffx := _package("ffx")) is not None:
        cipher = ffx.FF1(KEY, radix=10)
        yield "libffx", lambda: [cipher.encrypt(pan, tweak=TWEAK) for pan in PANS]
    if (fast := _package("fastfpe")) is not None:
        key, tweak, encrypt = KEY.hex(), TWEAK.hex(), fast.ff1.encrypt
        yield "fastfpe (Rust)", lambda: [encrypt(key, tweak, "0123456789", pan) for pan in PANS]
    if (other := _package("pyffx")) is not None:
        text = other.String(KEY, alphabet="0123456789", length=16)
        yield "pyffx", lambda: [text.encrypt(pan) for pan in PANS]
    if (ff3 := _package("ff3")) is not None:
        older = ff3.FF3Cipher(KEY.hex(), bytes(7).hex())
        yield "ff3 (FF3-1)", lambda: [older.encrypt(pan) for pan in PANS]


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _rate(work: Callable[[], object], count: int) -> float:
    work()
    done, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        work()
        done += count
    return done / (time.process_time() - start)


def _times(rate: float, best: float) -> str:
    return f"{rate / best:.1f} x the fastest other" if best else "no other package is installed"


if __name__ == "__main__":
    for name, rate, remark in rows():
        print(f"{name:<46} {rate:>12,.0f} /s  {remark}")
