"""Keys with known octets on a bench, past the calls that import keys, and calls with one answer."""

from __future__ import annotations

import os
from typing import Any

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import LifeState, ManagedKey, new_key_id
from tallystick.crypto.mechanisms import KeyPair
from tallystick.crypto.payment import (
    Answer,
    Bench,
    Call,
    DecryptData,
    DecryptedData,
    Denied,
    EncryptData,
    EncryptedData,
    LocalModule,
)


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


def one(module: LocalModule, call: Call) -> Answer | Denied:
    (answer,) = module.perform([call])
    return answer


def encrypted(module: LocalModule, key: str, plaintext: bytes, by: Any) -> EncryptedData:
    answer = one(module, EncryptData(key=key, plaintext=plaintext, by=by))
    assert isinstance(answer, EncryptedData), answer
    return answer


def decrypted(module: LocalModule, key: str, ciphertext: bytes, by: Any) -> bytes:
    answer = one(module, DecryptData(key=key, ciphertext=ciphertext, by=by))
    assert isinstance(answer, DecryptedData), answer
    return answer.plaintext


def code_of(module: LocalModule, call: Call) -> tuple[str, str]:
    answer = one(module, call)
    assert isinstance(answer, Denied)
    return answer.code, answer.where
