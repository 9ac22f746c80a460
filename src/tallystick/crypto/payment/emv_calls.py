"""Cryptograms of chips, the issuer's answers, and the MACs of scripts, inside of the module.

An issuer verifies cryptograms and never makes one; making them is for tests and switched off unless
the policy says `cryptograms_made`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto.cards import CryptogramKey
from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.mechanisms import MacPadding
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed
from tallystick.crypto.payment.card_keys import (
    CardIdentity,
    CryptogramSession,
    ScriptSession,
    card_terms,
    cryptogram_keys,
    derive_script_key,
)
from tallystick.crypto.payment.refusals import CallMalformed, NotOffered

_E0 = frozenset({KeyUsage.EMV_CRYPTOGRAMS})
_E2 = frozenset({KeyUsage.EMV_INTEGRITY})
Data = Annotated[bytes, msgspec.Meta(min_length=1, max_length=1024)]
Given = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
MacLength = Annotated[int, msgspec.Meta(ge=4, le=8)]


class AnswerByCode(msgspec.Struct, forbid_unknown_fields=True, tag="code"):
    """Answer by method 1, with an authorisation response code.

    With Mastercard's own session key the answer is made with the card's key, unless
    `by_session_key` (Interac).
    """

    code: Annotated[bytes, msgspec.Meta(min_length=2, max_length=2)]
    by_session_key: bool = False


class AnswerByStatus(msgspec.Struct, forbid_unknown_fields=True, tag="status"):
    """Answer by method 2, with a card status update and up to 8 octets of the issuer's own."""

    status: Annotated[bytes, msgspec.Meta(min_length=4, max_length=4)]
    proprietary: Annotated[bytes, msgspec.Meta(max_length=8)] = b""
    by_session_key: bool = True


class VerifyCryptogram(Call, tag="verify-cryptogram", kw_only=True):
    """Verify an application cryptogram over these data, and make the issuer's answer to it.

    `padding`: ONE_AND_ZEROS as EMV has it, ZEROS for Visa 10 and 17, and for data that the caller
    made whole blocks, which it leaves alone. Refuses: NotVerified for every other cryptogram,
    CallMalformed, and what the gate does.
    """

    key: Handle
    card: CardIdentity
    session: CryptogramSession
    data: Data
    padding: MacPadding = MacPadding.ONE_AND_ZEROS
    cryptogram: Given
    answer: AnswerByCode | AnswerByStatus | None = None


class VerifiedCryptogram(Answer, tag="verified-cryptogram"):
    """The cryptogram is right; the answer (8 octets by method 1, 4 by 2) if one was asked for."""

    answer: bytes
    key: KeyUsed


class GenerateCryptogram(Call, tag="generate-cryptogram", kw_only=True):
    """Make a cryptogram as a chip does, for tests. Refuses: NotOffered without leave."""

    key: Handle
    card: CardIdentity
    session: CryptogramSession
    data: Data
    padding: MacPadding = MacPadding.ONE_AND_ZEROS
    answer: AnswerByCode | AnswerByStatus | None = None


class GeneratedCryptogram(Answer, tag="generated-cryptogram"):
    """The cryptogram, and the answer to it if one was asked for."""

    cryptogram: bytes
    answer: bytes
    key: KeyUsed


class GenerateScriptMac(Call, tag="generate-script-mac", kw_only=True):
    """The MAC of an issuer's script command; `padded` says that the caller made whole blocks."""

    key: Handle
    card: CardIdentity
    script: ScriptSession
    message: Annotated[bytes, msgspec.Meta(min_length=1, max_length=4096)]
    padded: bool = False
    octets: MacLength = 8


class GeneratedScriptMac(Answer, tag="generated-script-mac"):
    """The MAC, and the master key that it came from."""

    mac: bytes
    key: KeyUsed


def verify_cryptogram(bench: Bench, call: VerifyCryptogram) -> VerifiedCryptogram:
    key = bench.key(call.key, usages=_E0, action=KeyAction.DERIVE)
    _demand_padding(call.padding)
    of_session, of_card = cryptogram_keys(key, call.card, call.session)
    with card_terms("data"):
        of_session.verify(call.data, call.cryptogram, call.padding)
    answer = _answer(call.answer, call.cryptogram, of_session, of_card)
    return VerifiedCryptogram(answer=answer, key=key.used)


def generate_cryptogram(bench: Bench, call: GenerateCryptogram) -> GeneratedCryptogram:
    if not bench.policy.cryptograms_made:
        raise NotOffered("the policy lets no cryptogram be made; that is for chips and for tests")
    key = bench.key(call.key, usages=_E0, action=KeyAction.DERIVE)
    _demand_padding(call.padding)
    of_session, of_card = cryptogram_keys(key, call.card, call.session)
    with card_terms("data"):
        made = of_session.cryptogram(call.data, call.padding)
    answer = _answer(call.answer, made, of_session, of_card)
    return GeneratedCryptogram(cryptogram=made, answer=answer, key=key.used)


def generate_script_mac(bench: Bench, call: GenerateScriptMac) -> GeneratedScriptMac:
    key = bench.key(call.key, usages=_E2, action=KeyAction.DERIVE)
    derived = derive_script_key(key, call.card, call.script)
    with card_terms("message"):
        mac = CryptogramKey.tdes(derived).script_mac(
            call.message, octets=call.octets, padded=call.padded
        )
    return GeneratedScriptMac(mac=mac, key=key.used)


def _answer(
    asked: AnswerByCode | AnswerByStatus | None,
    cryptogram: bytes,
    of_session: CryptogramKey,
    of_card: CryptogramKey,
) -> bytes:
    if asked is None:
        return b""
    answering = of_session if asked.by_session_key else of_card
    with card_terms("answer"):
        if isinstance(asked, AnswerByCode):
            return answering.response_1(cryptogram, asked.code)
        return answering.response_2(cryptogram, asked.status, asked.proprietary)


def _demand_padding(padding: MacPadding) -> None:
    if padding is MacPadding.LENGTH_FIRST:
        raise CallMalformed("cryptograms have padding 1 or 2", where="padding")
