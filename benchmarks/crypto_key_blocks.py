"""Key blocks: taking keys out of them and putting keys in, beside psec doing the same.

One process, one core, CPU seconds. Our protection key is kept, as the module keeps it; psec derives
anew with each block, so the row that derives anew is the like one.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator

from psec import tr31

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

SECONDS = 0.5
TURN = 50
AES, TDES = bytes(range(32)), bytes(range(24))
KEY = bytes(range(16))


def rows() -> Iterator[tuple[str, float, str]]:
    """What was measured, how many a second, and a remark."""
    kept = {
        BlockVersion.B: ProtectionKey(TDES, KeyAlgorithm.TDES_3KEY),
        BlockVersion.D: ProtectionKey(AES, KeyAlgorithm.AES_256),
        BlockVersion.E: ProtectionKey(AES, KeyAlgorithm.AES_256),
    }
    best = {}
    for version, kek, letter in (("B", TDES, "T"), ("D", AES, "A")):
        block = tr31.wrap(kek, f"{version}0000P0{letter}B00E0000", KEY)
        best[version] = _rate(lambda kek=kek, block=block: tr31.unwrap(kek, block))  # type: ignore[misc]
        yield f"psec, unwrap {version}", best[version], "yardstick"
    for version, key in kept.items():
        attributes = _attributes(version)
        block = wrap_key(KEY, attributes, protection_key=key, version=version)
        rate = _rate(lambda block=block, key=key: unwrap_key(block, protection_key=key))  # type: ignore[misc]
        against = best.get(version.value)
        yield f"unwrap {version}", rate, f"{rate / against:.1f} x psec" if against else ""
        rate = _rate(
            lambda a=attributes, k=key, v=version: wrap_key(KEY, a, protection_key=k, version=v)  # type: ignore[misc]
        )
        yield f"wrap {version}", rate, ""
    block = wrap_key(
        KEY,
        _attributes(BlockVersion.D),
        protection_key=kept[BlockVersion.D],
        version=BlockVersion.D,
    )
    rate = _rate(lambda: unwrap_key(block, protection_key=ProtectionKey(AES, KeyAlgorithm.AES_256)))
    yield "unwrap D, deriving anew", rate, f"{rate / best['D']:.1f} x psec"


def _attributes(version: BlockVersion) -> KeyAttributes:
    return KeyAttributes(
        usage=KeyUsage.PIN_ENCRYPTION,
        algorithm=KeyAlgorithm.AES_128 if version.is_aes else KeyAlgorithm.TDES_2KEY,
        mode=KeyMode.BOTH,
        exportability=Exportability.EXPORTABLE,
    )


def _rate(work: Callable[[], object]) -> float:
    work()
    done, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        for _ in range(TURN):
            work()
        done += TURN
    return done / (time.process_time() - start)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # psec asks for TDEA by its old name
    for name, rate, remark in rows():
        print(f"{name:<40} {rate:>12,.0f} /s  {remark}")
