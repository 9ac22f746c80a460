"""Data enciphered, deciphered and re-enciphered: GCM, the older modes, RSA, and DUKPT.

Nothing here takes a PIN key, a key-encryption key, a card's or a MAC key: the gate lets data keys
through and no others, so no PIN block and no key block is ever deciphered as data. Data that are
deciphered are not looked at, so nothing is told of what they hold.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, NamedTuple, assert_never

import msgspec

from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.mechanisms import (
    BlockCipher,
    GcmKey,
    HashName,
    KeyPair,
    PublicHalf,
    Undecipherable,
)
from tallystick.crypto.payment.agreement_calls import Agreement
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed
from tallystick.crypto.payment.card_keys import CardIdentity, derive_data_key
from tallystick.crypto.payment.data_modes import DataMode, decipher, encipher
from tallystick.crypto.payment.dukpt import (
    DukptPurpose,
    DukptUse,
    DukptVariant,
    TransactionKey,
    transaction_key,
)
from tallystick.crypto.payment.dynamic import WrappedKey, working_key
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
_E1 = frozenset({KeyUsage.EMV_CONFIDENTIALITY})
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


class OfCard(msgspec.Struct, forbid_unknown_fields=True, tag="emv", kw_only=True):
    """ECB or CBC under a key that a card and its issuer share, from 8 octets of diversifier; TDEA.

    The same keys carry PINs into cards: whoever may encipher under them can try PINs against what
    was sent. So it is done only where the policy says `card_data`, and deciphering never.
    """

    card: CardIdentity
    diversifier: Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
    mode: DataMode = DataMode.CBC
    iv: InitialValue | None = None


By = Sealed | Symmetric | Asymmetric | OfTransaction | OfCard


class EncryptData(Call, tag="encrypt-data"):
    """Encipher data.

    With `wrapped`, `key` protects the key block that the data key comes in; with `agreement`, it is
    our pair, and the data key is agreed on.

    Refuses: CallMalformed, NotOffered, CiphertextRefused for a key block that does not open, and
             what the gate refuses.
    """

    key: Handle
    plaintext: Plaintext
    by: By
    wrapped: WrappedKey = ""
    agreement: Agreement | None = None


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
    wrapped: WrappedKey = ""
    agreement: Agreement | None = None


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
    incoming_wrapped: WrappedKey = ""
    outgoing_wrapped: WrappedKey = ""
    incoming_agreement: Agreement | None = None
    outgoing_agreement: Agreement | None = None


class ReEncryptedData(Answer, tag="re-encrypted-data"):
    """The new ciphertext, and the keys of both sides."""

    ciphertext: bytes
    incoming: KeyUsed
    outgoing: KeyUsed
    legacy: str = ""


def encrypt_data(bench: Bench, call: EncryptData) -> EncryptedData:
    side = _Side(call.key, call.wrapped, call.agreement, "key")
    ciphertext, used = _encrypt(bench, side, call.by, call.plaintext)
    return EncryptedData(ciphertext=ciphertext, key=used, legacy=_legacy(call.by))


def decrypt_data(bench: Bench, call: DecryptData) -> DecryptedData:
    side = _Side(call.key, call.wrapped, call.agreement, "key")
    plaintext, used = _decrypt(bench, side, call.by, call.ciphertext)
    return DecryptedData(plaintext=plaintext, key=used)


def re_encrypt_data(bench: Bench, call: ReEncryptData) -> ReEncryptedData:
    side = _Side(call.incoming_key, call.incoming_wrapped, call.incoming_agreement, "incoming_key")
    plaintext, incoming = _decrypt(bench, side, call.incoming, call.ciphertext)
    side = _Side(call.outgoing_key, call.outgoing_wrapped, call.outgoing_agreement, "outgoing_key")
    ciphertext, outgoing = _encrypt(bench, side, call.outgoing, plaintext)
    return ReEncryptedData(
        ciphertext=ciphertext, incoming=incoming, outgoing=outgoing, legacy=_legacy(call.outgoing)
    )


class _Side(NamedTuple):
    """The key of one side of a call: its handle, what it came by, the member to blame."""

    key: Handle
    wrapped: str
    agreement: Agreement | None
    where: str


def _encrypt(bench: Bench, side: _Side, by: By, data: bytes) -> tuple[bytes, KeyUsed]:
    match by:
        case Sealed():
            key = _data_key(bench, side, KeyAction.ENCRYPT, _GCM)
            iv = bench.random(_IV_OCTETS)
            sealed = _gcm(key, side.where).encrypt(iv=iv, plaintext=data, aad=by.context)
            return iv + sealed, key.used
        case Symmetric():
            key = _data_key(bench, side, KeyAction.ENCRYPT, by.mode)
            return encipher(key.cipher, by.mode, by.iv, data), key.used
        case Asymmetric():
            return _to_rsa(_pair(bench, side, KeyAction.ENCRYPT), data, _hash(by.padding))
        case OfTransaction():
            derived = _of_transaction(bench, side, by, receiving=False)
            return encipher(derived.cipher, by.mode, by.iv, data), derived.base.used
        case OfCard():
            return _to_card(bench, side, by, data)
        case _:
            assert_never(by)


def _decrypt(bench: Bench, side: _Side, by: By, data: bytes) -> tuple[bytes, KeyUsed]:
    match by:
        case Sealed():
            key = _data_key(bench, side, KeyAction.DECRYPT, _GCM)
            return _unseal(_gcm(key, side.where), data, by.context), key.used
        case Symmetric():
            key = _data_key(bench, side, KeyAction.DECRYPT, by.mode)
            return decipher(key.cipher, by.mode, by.iv, data), key.used
        case Asymmetric():
            return _from_rsa(_pair(bench, side, KeyAction.DECRYPT), data, _hash(by.padding))
        case OfTransaction():
            sent = by.use.variant is not DukptVariant.RESPONSE
            derived = _of_transaction(bench, side, by, receiving=sent)
            plaintext = decipher(derived.cipher, by.mode, by.iv, data)
            derived.accept()
            return plaintext, derived.base.used
        case OfCard():
            raise NotOffered("what goes into a card is deciphered by the card alone", where="by")
        case _:
            assert_never(by)


def _data_key(bench: Bench, side: _Side, action: KeyAction, mode: str) -> OpenKey:
    key = working_key(
        bench,
        side.key,
        side.wrapped,
        usages=_D0,
        action=action,
        where=side.where,
        agreement=side.agreement,
    )
    pinned = key.record.pinned.get(PINNED_MODES)
    if pinned is not None and mode not in pinned.split(","):
        raise KeyUnusable("the key is for other modes", where=side.where, reason=PINNED_MODES)
    return key


def _pair(bench: Bench, side: _Side, action: KeyAction) -> OpenKey:
    _demand_own(side)
    return bench.key(side.key, usages=_D1, action=action, where=side.where)


def _of_transaction(
    bench: Bench, side: _Side, by: OfTransaction, *, receiving: bool
) -> TransactionKey:
    _demand_own(side)
    _demand_simple(by.mode)
    purpose = DukptPurpose.DATA
    return transaction_key(
        bench, side.key, by.use, purpose=purpose, receiving=receiving, where=side.where
    )


def _to_card(bench: Bench, side: _Side, by: OfCard, data: bytes) -> tuple[bytes, KeyUsed]:
    if not bench.policy.card_data:
        raise NotOffered("the policy lets no data be enciphered for cards", where="by")
    _demand_own(side)
    _demand_simple(by.mode)
    key = bench.key(side.key, usages=_E1, action=KeyAction.DERIVE, where=side.where)
    cipher = BlockCipher.tdes(derive_data_key(key, by.card, by.diversifier))
    return encipher(cipher, by.mode, by.iv, data), key.used


def _demand_own(side: _Side) -> None:
    if side.wrapped or side.agreement is not None:
        raise CallMalformed("only a data key comes with a call", where=side.where)


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


def _to_rsa(key: OpenKey, data: bytes, hashed: HashName) -> tuple[bytes, KeyUsed]:
    try:
        return PublicHalf.from_der(key.record.public).encrypt(data, hashed=hashed), key.used
    except ValueError:
        raise CallMalformed("too many octets for this key", where="plaintext") from None


def _from_rsa(key: OpenKey, data: bytes, hashed: HashName) -> tuple[bytes, KeyUsed]:
    pair: KeyPair | None = key.memo.get(KeyPair)
    if pair is None:
        pair = key.memo[KeyPair] = KeyPair.from_pkcs8(key.octets)
    try:
        return pair.decrypt(data, hashed=hashed), key.used
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


def _demand_simple(mode: DataMode) -> None:
    if mode not in (DataMode.ECB, DataMode.CBC):
        raise CallMalformed("under a derived key the mode is ECB or CBC", where="mode")


def _legacy(by: By) -> str:
    if isinstance(by, Sealed | Asymmetric):
        return ""
    if by.mode is not DataMode.ECB and by.iv is not None and any(by.iv):
        return _UNPROVEN
    alike = "blocks" if by.mode is DataMode.ECB else "beginnings"
    return f"equal {alike} look alike, and {_UNPROVEN}"
