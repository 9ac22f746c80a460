"""A key with known octets on a bench, past the calls that import keys."""

from __future__ import annotations

import os

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import LifeState, ManagedKey, new_key_id
from tallystick.crypto.mechanisms import KeyPair
from tallystick.crypto.payment import Bench


def keep_key(
    bench: Bench,
    usage: KeyUsage,
    octets: bytes | KeyPair,
    algorithm: KeyAlgorithm,
    mode: KeyMode = KeyMode.ANY,
    **pinned: str,
) -> str:
    """The handle of an active key with these octets."""
    record = ManagedKey(
        id=new_key_id(os.urandom(24)),
        revision=1,
        attributes=KeyAttributes(
            usage=usage,
            algorithm=algorithm,
            mode=mode,
            exportability=Exportability.NOT_EXPORTABLE,
        ),
        kind="pair" if isinstance(octets, KeyPair) else "symmetric",
        state=LifeState.ACTIVE,
        domain="test",
        label="",
        origin="imported",
        created_ms=0,
        public=octets.public.der() if isinstance(octets, KeyPair) else b"",
        pinned=pinned,
    )
    material = octets.pkcs8() if isinstance(octets, KeyPair) else octets
    return bench.keep(record, material, act="import").id
