"""Keys of cards and their sessions on the bench: what the calls about cards and chips share.

Derived keys live for one call. Of a master key only its schedule is kept, in `OpenKey.memo`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto.cards import (
    AlgorithmNotPublic,
    CardDataMalformed,
    CardValueRefused,
    CryptogramKey,
    CryptogramRefused,
    IssuerMasterKey,
    MasterKeyOption,
    ScriptMethod,
    SessionMethod,
    TlvMalformed,
    common_key,
    counter_key_aes,
    script_key,
    session_key,
)
from tallystick.crypto.key_blocks import KeyAlgorithm
from tallystick.crypto.payment.bench import OpenKey
from tallystick.crypto.payment.calls import Pan
from tallystick.crypto.payment.refusals import (
    CallMalformed,
    KeyUnusable,
    NotOffered,
    NotVerified,
)

Sequence = Annotated[str, msgspec.Meta(pattern="^[0-9]{2}$")]
Counter = Annotated[bytes, msgspec.Meta(max_length=2)]
Number = Annotated[bytes, msgspec.Meta(max_length=4)]
Cryptogram = Annotated[bytes, msgspec.Meta(max_length=8)]
_DOUBLE = frozenset({KeyAlgorithm.TDES_2KEY})


class CardIdentity(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The card that a key is derived for; `sequence` is its two-digit sequence number."""

    pan: Pan
    sequence: Sequence = "00"
    option: MasterKeyOption = MasterKeyOption.A

    def __repr__(self) -> str:
        return "CardIdentity(hidden)"


class CryptogramSession(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the key of a cryptogram comes from that of the card, and from what.

    `atc` (2 octets) and `number` (4 octets) are looked at only where the method needs them.
    """

    method: SessionMethod
    atc: Counter = b""
    number: Number = b""


class ScriptSession(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the key of a script comes from that of the card: by `atc` or by `cryptogram`."""

    method: ScriptMethod
    atc: Counter = b""
    cryptogram: Cryptogram = b""

    def __repr__(self) -> str:
        return "ScriptSession(hidden)"


class card_terms:  # noqa: N801 - read as words: with card_terms("data")
    """Say in the words of calls what the card functions refuse, and which member is to blame."""

    __slots__ = ("_where",)

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CardDataMalformed | TlvMalformed):
            raise CallMalformed(str(error), where=self._where) from None
        if isinstance(error, AlgorithmNotPublic):
            raise NotOffered(str(error), where=self._where) from None
        if isinstance(error, CardValueRefused):
            raise NotVerified("card_value", reason=error.code) from None
        if isinstance(error, CryptogramRefused):
            raise NotVerified("cryptogram", reason=error.code) from None


def demand_double(key: OpenKey, where: str) -> None:
    """Refuses: KeyUnusable for a key that is not double-length TDEA, as these formats want it."""
    if key.record.attributes.algorithm not in _DOUBLE:
        raise KeyUnusable("the operation is for keys of TDES_2KEY", where=where, reason="algorithm")


def derive_card_key(key: OpenKey, card: CardIdentity, *, where: str = "key") -> bytes:
    """The key of a card under this master key, for one call.

    Refuses: KeyUnusable, CallMalformed.
    """
    is_aes = key.record.attributes.algorithm.letter == "A"
    if not is_aes:
        demand_double(key, where)
    if is_aes != (card.option is MasterKeyOption.C):
        raise CallMalformed("option C is for AES, and A and B are for TDEA", where="card")
    issuer: IssuerMasterKey | None = key.memo.get("issuer")
    if issuer is None:
        issuer = (IssuerMasterKey.aes if is_aes else IssuerMasterKey.tdes)(key.octets)
        key.memo["issuer"] = issuer
    with card_terms("card"):
        return issuer.card_key(card.pan, card.sequence, option=card.option)


def cryptogram_keys(
    key: OpenKey, card: CardIdentity, session: CryptogramSession
) -> tuple[CryptogramKey, CryptogramKey]:
    """The key of this transaction's cryptogram, and that of an answer made with the card's own key.

    Refuses: KeyUnusable, CallMalformed.
    """
    of_card = derive_card_key(key, card)
    with card_terms("session"):
        if card.option is MasterKeyOption.C:
            if session.method is not SessionMethod.COMMON:
                raise CallMalformed("AES has the common session key alone", where="session")
            of_session = CryptogramKey.aes(counter_key_aes(of_card, session.atc))
            return of_session, of_session
        derived = session_key(session.method, of_card, atc=session.atc, number=session.number)
        of_session = CryptogramKey.tdes(derived)
        if session.method is SessionMethod.MASTERCARD:
            return of_session, CryptogramKey.tdes(of_card)
        return of_session, of_session


def derive_script_key(
    key: OpenKey, card: CardIdentity, script: ScriptSession, *, where: str = "key"
) -> bytes:
    """The key of a script (16 octets) for one call. Refuses: KeyUnusable, CallMalformed."""
    demand_double(key, where)
    of_card = derive_card_key(key, card, where=where)
    with card_terms("script"):
        return script_key(script.method, of_card, atc=script.atc, cryptogram=script.cryptogram)


def derive_data_key(key: OpenKey, card: CardIdentity, diversifier: bytes) -> bytes:
    """The key (16 octets) of data that a card and its issuer share, from 8 octets of diversifier.

    Refuses: KeyUnusable, CallMalformed.
    """
    demand_double(key, "key")
    of_card = derive_card_key(key, card)
    with card_terms("diversifier"):
        return common_key(of_card, diversifier)
