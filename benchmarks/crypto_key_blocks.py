"""Key blocks: taking keys out of them and putting keys in, beside psec doing the same.

One process, one core, in turns. Our protection key is kept, as the module keeps it; psec derives
anew with each block, so the row that derives anew is the like one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial

from psec import tr31
from turns import rates

from tallystick.crypto.key_blocks import (
    BlockVersion,
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
    ProtectionKey,
    unwrap_key,
    wrap_key,
)

Work = Callable[[], object]
AES, TDES = bytes(range(32)), bytes(range(24))
KEY = bytes(range(16))


def rows() -> Iterator[tuple[str, float, str]]:
    """What was measured, how many a second, and a remark."""
    theirs = {f"psec, unwrap {version}": work for version, work in _psec()}
    found = rates({**theirs, **dict(_ours())})
    for name, rate in found.items():
        against = found.get(f"psec, {name.partition(',')[0]}")
        ratio = f"{rate / against:.1f} x psec" if against else ""
        yield name, rate, "yardstick" if name in theirs else ratio


def _psec() -> Iterator[tuple[str, Work]]:
    for version, kek, letter in (("B", TDES, "T"), ("D", AES, "A")):
        block = tr31.wrap(kek, f"{version}0000P0{letter}B00E0000", KEY)
        yield version, partial(tr31.unwrap, kek, block)


def _ours() -> Iterator[tuple[str, Work]]:
    kept = {
        BlockVersion.B: ProtectionKey(TDES, KeyAlgorithm.TDES_3KEY),
        BlockVersion.D: ProtectionKey(AES, KeyAlgorithm.AES_256),
        BlockVersion.E: ProtectionKey(AES, KeyAlgorithm.AES_256),
    }
    for version, key in kept.items():
        wrapping = partial(wrap_key, KEY, _attributes(version), protection_key=key, version=version)
        yield f"unwrap {version}", partial(unwrap_key, wrapping(), protection_key=key)
        yield f"wrap {version}", wrapping
        if version is BlockVersion.D:
            yield f"unwrap {version}, deriving anew", partial(_unwrap_anew, wrapping())


def _unwrap_anew(block: str) -> None:
    unwrap_key(block, protection_key=ProtectionKey(AES, KeyAlgorithm.AES_256))


def _attributes(version: BlockVersion) -> KeyAttributes:
    return KeyAttributes(
        usage=KeyUsage.PIN_ENCRYPTION,
        algorithm=KeyAlgorithm.AES_128 if version.is_aes else KeyAlgorithm.TDES_2KEY,
        mode=KeyMode.BOTH,
        exportability=Exportability.EXPORTABLE,
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # psec asks for TDEA by its old name
    for name, rate, remark in rows():
        print(f"{name:<40} {rate:>12,.0f} /s  {remark}")
