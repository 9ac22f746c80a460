"""Limited-use keys of emulated cards, issued to handsets and verified inside of the module.

The master key is one of AES and of usage E6, which nothing else in this module takes. A key leaves
for one handset alone, sealed to that handset's public key (HPKE); the caller vouches that the
public key is the handset's, and the keys issued for a token within the policy's window are counted
so that a caller who lies gets little. The counters that were seen are the caller's to keep, in the
same commit as the payment; the answer says which to remember.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto.cards import (
    Grant,
    LimitedKeyRefused,
    limited_use_key,
    token_key,
    verify_limited,
)
from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.mechanisms import KeyRefused, hpke_seal
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call, Handle, Instant, KeyUsed, Pan
from tallystick.crypto.payment.card_keys import Sequence, card_terms
from tallystick.crypto.payment.refusals import (
    BudgetSpent,
    CallMalformed,
    KeyUnusable,
    NotVerified,
)
from tallystick.ground.errors import Defect

_E6 = frozenset({KeyUsage.EMV_OTHER})
INFO = b"tallystick limited-use key 1:"
"""What the sealed key is bound to, before the token and the grant: the purpose."""
_Short = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
_Word = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
PublicKey = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Token(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The payment token that stands for the card in a handset."""

    number: Pan
    sequence: Sequence = "00"

    def __repr__(self) -> str:
        return "Token(hidden)"


class GrantTerms(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a limited-use key is good for (`crypto.cards.Grant`); times in seconds since 1970."""

    window: _Word
    serial: _Short
    opens_s: Instant
    closes_s: Instant
    uses_max: _Short

    def inside(self) -> Grant:
        """Refuses: CallMalformed for a grant that could never be used."""
        try:
            return Grant(**msgspec.structs.asdict(self))
        except Defect as error:
            raise CallMalformed(str(error), where="grant") from None


class IssueLimitedKey(Call, tag="issue-limited-key", kw_only=True):
    """Derive the key of a grant and seal it to a handset.

    Refuses: CallMalformed, BudgetSpent when the policy's `limited_keys_max` were issued for the
    token within the window, and what the gate does.
    """

    key: Handle
    token: Token
    grant: GrantTerms
    handset: PublicKey


class IssuedLimitedKey(Answer, tag="issued-limited-key"):
    """The key, sealed: 80 octets that only the handset opens, with `limited_info` as the info."""

    sealed: bytes
    key: KeyUsed


class VerifyLimited(Call, tag="verify-limited", kw_only=True):
    """Verify the cryptogram of a payment that was made with a limited-use key.

    `seen` is the highest counter of this grant so far, 0 at first. Refuses: NotVerified for a
    grant that is not open or spent, a counter that was seen, and another cryptogram.
    """

    key: Handle
    token: Token
    grant: GrantTerms
    counter: _Short
    seen: _Short
    data: Annotated[bytes, msgspec.Meta(min_length=1, max_length=1024)]
    cryptogram: Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]


class VerifiedLimited(Answer, tag="verified-limited"):
    """The cryptogram is right; the counter to remember for this grant."""

    counter: int
    key: KeyUsed


def issue_limited_key(bench: Bench, call: IssueLimitedKey) -> IssuedLimitedKey:
    key = _open(bench, call.key)
    grant = call.grant.inside()
    name = bench.blind(f"limited:{call.token.number}:{call.token.sequence}")
    try:
        bench.demand_budget(name, bench.policy.limited_keys_max)
    except BudgetSpent:
        raise BudgetSpent("too many keys for this token; wait", reason="limited") from None
    limited = limited_use_key(_token_key(key, call.token), window=grant.window, serial=grant.serial)
    try:
        sealed = hpke_seal(call.handset, limited, info=limited_info(call.token, call.grant))
    except KeyRefused as error:
        raise CallMalformed(str(error), where="handset") from None
    bench.count_failures(name)
    return IssuedLimitedKey(sealed=sealed, key=key.used)


def verify_limited_use(bench: Bench, call: VerifyLimited) -> VerifiedLimited:
    key = _open(bench, call.key)
    grant = call.grant.inside()
    of_token = _token_key(key, call.token)
    try:
        with card_terms("data"):
            counter = verify_limited(
                of_token,
                grant=grant,
                now_s=bench.clock.now_ms() // 1000,
                counter=call.counter,
                seen=call.seen,
                data=call.data,
                cryptogram=call.cryptogram,
            )
    except LimitedKeyRefused as error:
        raise NotVerified("cryptogram", reason=error.code) from None
    return VerifiedLimited(counter=counter, key=key.used)


def limited_info(token: Token, grant: GrantTerms) -> bytes:
    """What binds a sealed key to its token and grant; the handset makes the same to open it."""
    terms = (grant.window, grant.serial, grant.opens_s, grant.closes_s, grant.uses_max)
    return INFO + ":".join((token.number, token.sequence, *map(str, terms))).encode()


def _open(bench: Bench, handle: str) -> OpenKey:
    key = bench.key(handle, usages=_E6, action=KeyAction.DERIVE)
    if key.record.attributes.algorithm.letter != "A":
        raise KeyUnusable("limited-use keys come from AES", where="key", reason="algorithm")
    return key


def _token_key(key: OpenKey, token: Token) -> bytes:
    with card_terms("token"):
        return token_key(key.octets, token.number, token.sequence)
