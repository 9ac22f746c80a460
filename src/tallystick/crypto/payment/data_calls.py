"""Data enciphered, deciphered and re-enciphered: GCM, the older modes, RSA, and DUKPT.

Nothing here takes a PIN key, a key-encryption key, a card's or a MAC key: the gate lets data keys
through and no others, so no PIN block and no key block is ever deciphered as data. Data that are
deciphered are not looked at, so nothing is told of what they hold.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, assert_never

import msgspec

from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.mechanisms import GcmKey, HashName, KeyPair, PublicHalf, Undecipherable
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed
from tallystick.crypto.payment.data_modes import DataMode, decipher, encipher
from tallystick.crypto.payment.dukpt import DukptPurpose, DukptUse, DukptVariant, transaction_key
from tallystick.crypto.payment.refusals import (
    CallMalformed,
    CiphertextRefused,
    KeyUnusable,
    NotOffered,
)

Plaintext = Annotated[bytes, msgspec.Meta(min_length=1, max_length=4096)]
Ciphertext = Annotated[bytes, msgspec.Meta(min_length=1, max_length=4224)]
InitialValue = Annotated[bytes, msgspec.Meta(min_length=8, max_length=16)]
_D0 = frozenset({KeyUsage.DATA_ENCRYPTION})
_D1 = frozenset({KeyUsage.ASYMMETRIC_DATA_ENCRYPTION})
_IV_OCTETS = 12
PINNED_MODES = "data_modes"
"""The only modes of a data key, by name with commas. A key for GCM should have "GCM" here: whoever
may also use ECB under it can make GCM ciphertexts that open."""
_GCM = "GCM"
_UNPROVEN = "nothing shows what was altered"


class RsaPadding(StrEnum):
    """Paddings of RSA encryption. PKCS #1 v1.5 and OAEP with SHA-1 are known and not offered."""

    OAEP_SHA256 = "OAEP_SHA256"
    OAEP_SHA512 = "OAEP_SHA512"
    OAEP_SHA1 = "OAEP_SHA1"
    PKCS1 = "PKCS1"


class Sealed(msgspec.Struct, forbid_unknown_fields=True, tag="gcm"):
    """AES-GCM, which proves that nothing was altered; what new data take.

    The module draws the initial value and puts it in front of the ciphertext. `context` is not
    enciphered, and must be the same when the data are opened.
    """

    context: Annotated[bytes, msgspec.Meta(max_length=1024)] = b""


class Symmetric(msgspec.Struct, forbid_unknown_fields=True, tag="symmetric"):
    """An older mode under a data key; no padding. Without `iv` it starts from zeros."""

    mode: DataMode
    iv: InitialValue | None = None


class Asymmetric(msgspec.Struct, forbid_unknown_fields=True, tag="asymmetric"):
    """RSA, for a few octets."""

    padding: RsaPadding = RsaPadding.OAEP_SHA256


class OfTransaction(msgspec.Struct, forbid_unknown_fields=True, tag="dukpt"):
    """ECB or CBC under the data key of one transaction; no padding."""

    use: DukptUse
    mode: DataMode = DataMode.CBC
    iv: InitialValue | None = None


By = Sealed | Symmetric | Asymmetric | OfTransaction


class EncryptData(Call, tag="encrypt-data"):
    """Encipher data. Refuses: CallMalformed, NotOffered, and what the gate refuses."""

    key: Handle
    plaintext: Plaintext
    by: By


class EncryptedData(Answer, tag="encrypted-data"):
    """The ciphertext. `legacy` says why nobody should do it this way anew; empty for GCM."""

    ciphertext: bytes
    key: KeyUsed
    legacy: str = ""


class DecryptData(Call, tag="decrypt-data"):
    """Decipher data. Refuses: CallMalformed, CiphertextRefused (GCM and RSA, one text for every
    reason), SerialNumberReplayed, NotOffered, and what the gate refuses."""

    key: Handle
    ciphertext: Ciphertext
    by: By


class DecryptedData(Answer, tag="decrypted-data"):
    """The plaintext, and the key that gave it."""

    plaintext: bytes
    key: KeyUsed


class ReEncryptData(Call, tag="re-encrypt-data"):
    """Decipher under one key and encipher under another, and show the plaintext to nobody."""

    incoming_key: Handle
    ciphertext: Ciphertext
    incoming: By
    outgoing_key: Handle
    outgoing: By


class ReEncryptedData(Answer, tag="re-encrypted-data"):
    """The new ciphertext, and the keys of both sides."""

    ciphertext: bytes
    incoming: KeyUsed
    outgoing: KeyUsed
    legacy: str = ""


def encrypt_data(bench: Bench, call: EncryptData) -> EncryptedData:
    ciphertext, used = _encrypt(bench, call.key, call.by, call.plaintext, where="key")
    return EncryptedData(ciphertext=ciphertext, key=used, legacy=_legacy(call.by))


def decrypt_data(bench: Bench, call: DecryptData) -> DecryptedData:
    plaintext, used = _decrypt(bench, call.key, call.by, call.ciphertext, where="key")
    return DecryptedData(plaintext=plaintext, key=used)


def re_encrypt_data(bench: Bench, call: ReEncryptData) -> ReEncryptedData:
    plaintext, incoming = _decrypt(
        bench, call.incoming_key, call.incoming, call.ciphertext, where="incoming_key"
    )
    ciphertext, outgoing = _encrypt(
        bench, call.outgoing_key, call.outgoing, plaintext, where="outgoing_key"
    )
    return ReEncryptedData(
        ciphertext=ciphertext, incoming=incoming, outgoing=outgoing, legacy=_legacy(call.outgoing)
    )


def _encrypt(
    bench: Bench, handle: Handle, by: By, data: bytes, *, where: str
) -> tuple[bytes, KeyUsed]:
    match by:
        case Sealed():
            key = _data_key(bench, handle, KeyAction.ENCRYPT, _GCM, where)
            iv = bench.random(_IV_OCTETS)
            sealed = _gcm(key, where).encrypt(iv=iv, plaintext=data, aad=by.context)
            return iv + sealed, key.used
        case Symmetric():
            key = _data_key(bench, handle, KeyAction.ENCRYPT, by.mode, where)
            return encipher(key.cipher, by.mode, by.iv, data), key.used
        case Asymmetric():
            key = bench.key(handle, usages=_D1, action=KeyAction.ENCRYPT, where=where)
            public, hashed = PublicHalf.from_der(key.record.public), _hash(by.padding)
            try:
                return public.encrypt(data, hashed=hashed), key.used
            except ValueError:
                raise CallMalformed("too many octets for this key", where="plaintext") from None
        case OfTransaction():
            _demand_chained(by.mode)
            derived = transaction_key(
                bench, handle, by.use, purpose=DukptPurpose.DATA, receiving=False, where=where
            )
            return encipher(derived.cipher, by.mode, by.iv, data), derived.base.used
        case _:
            assert_never(by)


def _decrypt(
    bench: Bench, handle: Handle, by: By, data: bytes, *, where: str
) -> tuple[bytes, KeyUsed]:
    match by:
        case Sealed():
            key = _data_key(bench, handle, KeyAction.DECRYPT, _GCM, where)
            return _unseal(_gcm(key, where), data, by.context), key.used
        case Symmetric():
            key = _data_key(bench, handle, KeyAction.DECRYPT, by.mode, where)
            return decipher(key.cipher, by.mode, by.iv, data), key.used
        case Asymmetric():
            key = bench.key(handle, usages=_D1, action=KeyAction.DECRYPT, where=where)
            return _open_rsa(key, data, _hash(by.padding)), key.used
        case OfTransaction():
            _demand_chained(by.mode)
            sent = by.use.variant is not DukptVariant.RESPONSE
            derived = transaction_key(
                bench, handle, by.use, purpose=DukptPurpose.DATA, receiving=sent, where=where
            )
            plaintext = decipher(derived.cipher, by.mode, by.iv, data)
            derived.accept()
            return plaintext, derived.base.used
        case _:
            assert_never(by)


def _data_key(bench: Bench, handle: Handle, action: KeyAction, mode: str, where: str) -> OpenKey:
    key = bench.key(handle, usages=_D0, action=action, where=where)
    pinned = key.record.pinned.get(PINNED_MODES)
    if pinned is not None and mode not in pinned.split(","):
        raise KeyUnusable("the key is for other modes", where=where, reason=PINNED_MODES)
    return key


def _gcm(key: OpenKey, where: str) -> GcmKey:
    if key.record.attributes.algorithm.letter != "A":
        raise CallMalformed("GCM takes an AES key", where=where)
    found: GcmKey | None = key.memo.get(GcmKey)
    if found is None:
        found = key.memo[GcmKey] = GcmKey(key.octets)
    return found


def _unseal(gcm: GcmKey, data: bytes, context: bytes) -> bytes:
    iv, ciphertext = data[:_IV_OCTETS].ljust(_IV_OCTETS, b"\x00"), data[_IV_OCTETS:]
    try:
        return gcm.decrypt(iv=iv, ciphertext=ciphertext, aad=context)
    except Undecipherable as refusal:
        raise CiphertextRefused(reason=str(refusal)) from None


def _open_rsa(key: OpenKey, data: bytes, hashed: HashName) -> bytes:
    pair: KeyPair | None = key.memo.get(KeyPair)
    if pair is None:
        pair = key.memo[KeyPair] = KeyPair.from_pkcs8(key.octets)
    try:
        return pair.decrypt(data, hashed=hashed)
    except Undecipherable as refusal:
        raise CiphertextRefused(reason=str(refusal)) from None


def _hash(padding: RsaPadding) -> HashName:
    match padding:
        case RsaPadding.OAEP_SHA256:
            return HashName.SHA_256
        case RsaPadding.OAEP_SHA512:
            return HashName.SHA_512
        case _:
            raise NotOffered("this padding of RSA is not offered", where="padding")


def _demand_chained(mode: DataMode) -> None:
    if mode not in (DataMode.ECB, DataMode.CBC):
        raise CallMalformed("under a transaction's key the mode is ECB or CBC", where="mode")


def _legacy(by: By) -> str:
    match by:
        case Sealed() | Asymmetric():
            return ""
        case Symmetric(mode=DataMode.ECB) | OfTransaction(mode=DataMode.ECB):
            return f"equal blocks look alike, and {_UNPROVEN}"
        case _:
            started = by.iv is not None and any(by.iv)
            return _UNPROVEN if started else f"equal beginnings look alike, and {_UNPROVEN}"
