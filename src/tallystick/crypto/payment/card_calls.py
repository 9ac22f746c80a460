"""Card verification values, made and compared inside of the module.

A value of three digits is guessed in a thousand tries, so failures are counted for each account
number. What a value is made of comes with the call; its usage decides which key may make it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, assert_never

import msgspec

from tallystick.crypto.cards import (
    CardVerificationKey,
    MasterKeyOption,
    demand_value,
    dynamic_code,
    dynamic_value,
)
from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed, Pan
from tallystick.crypto.payment.card_keys import (
    CardIdentity,
    Counter,
    Number,
    Sequence,
    card_terms,
    demand_double,
    derive_card_key,
)
from tallystick.crypto.payment.refusals import BudgetSpent, NotOffered, NotVerified
from tallystick.crypto.payment.tries import count_failure, give_back

Expiry = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$")]
ServiceCode = Annotated[str, msgspec.Meta(pattern="^[0-9]{3}$")]
Digit = Annotated[str, msgspec.Meta(pattern="^[0-9]$")]
Digits2 = Annotated[str, msgspec.Meta(pattern="^[0-9]{2}$")]
Digits4 = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$")]
Length = Annotated[int, msgspec.Meta(ge=3, le=5)]
Value = Annotated[str, msgspec.Meta(pattern="^[0-9]{3,5}$")]
Track = Annotated[bytes, msgspec.Meta(min_length=1, max_length=80)]


class ByCvv(msgspec.Struct, forbid_unknown_fields=True, tag="cvv"):
    """CVV or CVC; CVV2 with service code 000, iCVV with 999. The expiry in the issuer's order."""

    expiry: Expiry
    service_code: ServiceCode


class ByCsc(msgspec.Struct, forbid_unknown_fields=True, tag="csc"):
    """The American Express CSC. Version 2 is not public, and refused."""

    expiry: Expiry
    version: Literal[1, 2] = 1
    service_code: Annotated[str, msgspec.Meta(pattern="^([0-9]{3})?$")] = ""


class ByCavv(msgspec.Struct, forbid_unknown_fields=True, tag="cavv"):
    """CAVV with an authentication tracking number."""

    transaction_number: Digits4
    result_code: Digit
    factor_code: Digits2


class ByDcvv(msgspec.Struct, forbid_unknown_fields=True, tag="dcvv"):
    """Visa's dynamic CVV."""

    expiry: Expiry
    service_code: ServiceCode
    atc: Counter
    sequence: Sequence = "00"
    option: MasterKeyOption = MasterKeyOption.A


class ByCvc3(msgspec.Struct, forbid_unknown_fields=True, tag="cvc3"):
    """Mastercard's dynamic CVC3, over the static track data as the card has them."""

    track: Track
    number: Number
    atc: Counter
    sequence: Sequence = "00"
    option: MasterKeyOption = MasterKeyOption.A


class ByCardholderValue(msgspec.Struct, forbid_unknown_fields=True, tag="cardholder-value"):
    """A cardholder verification value from number and counter: not public, and refused."""

    number: Number
    atc: Counter
    sequence: Sequence = "00"


class ByDiscover(msgspec.Struct, forbid_unknown_fields=True, tag="discover"):
    """Discover's dynamic code: not public, and refused."""

    expiry: Expiry
    number: Number
    atc: Counter


By = ByCvv | ByCsc | ByCavv | ByDcvv | ByCvc3 | ByCardholderValue | ByDiscover
_C0 = frozenset({KeyUsage.CARD_VERIFICATION})
_E4 = frozenset({KeyUsage.EMV_DYNAMIC_NUMBERS})
_E6 = frozenset({KeyUsage.EMV_OTHER})
USAGES: Mapping[type, frozenset[KeyUsage]] = MappingProxyType(
    {
        ByCvv: _C0,
        ByCsc: _C0,
        ByCavv: _C0,
        ByDcvv: _E6,
        ByCvc3: _E4,
        ByCardholderValue: _E6,
        ByDiscover: _E6,
    }
)
"""Which key makes which value; C0 generates or verifies, the others derive the key of the card."""


class GenerateCardValue(Call, tag="generate-card-value", kw_only=True):
    """Make a card verification value. Refuses: CallMalformed, NotOffered, what the gate does."""

    key: Handle
    pan: Pan
    by: By
    digits: Length = 3


class GeneratedCardValue(Answer, tag="generated-card-value"):
    """The value, and the key that made it."""

    value: str
    key: KeyUsed


class VerifyCardValue(Call, tag="verify-card-value", kw_only=True):
    """Say whether a value is the one of this card.

    Refuses: NotVerified for every other value, BudgetSpent after too many of them for one account
    number, CallMalformed, NotOffered, and what the gate does.
    """

    key: Handle
    pan: Pan
    by: By
    value: Value


class VerifiedCardValue(Answer, tag="verified-card-value"):
    """The value is right; which key said so."""

    key: KeyUsed


def generate_card_value(bench: Bench, call: GenerateCardValue) -> GeneratedCardValue:
    key = _open(bench, call.key, call.by, KeyAction.GENERATE)
    with card_terms("by"):
        value = _value(key, call.pan, call.by, call.digits)
    return GeneratedCardValue(value=value, key=key.used)


def verify_card_value(bench: Bench, call: VerifyCardValue) -> VerifiedCardValue:
    key = _open(bench, call.key, call.by, KeyAction.VERIFY)
    name = _budget(bench, call.pan)
    try:
        with card_terms("by"):
            demand_value(given=call.value, right=_value(key, call.pan, call.by, len(call.value)))
    except NotVerified:
        count_failure(bench, name or _name(bench, call.pan), _reference(call))
        raise
    if name is not None:
        give_back(bench, name, _reference(call))
    return VerifiedCardValue(key=key.used)


def _open(bench: Bench, handle: str, by: By, action: KeyAction) -> OpenKey:
    if isinstance(by, ByCardholderValue | ByDiscover) or (isinstance(by, ByCsc) and by.version > 1):
        raise NotOffered("the scheme keeps this algorithm to its members", where="by")
    usages = USAGES[type(by)]
    key = bench.key(handle, usages=usages, action=action if usages is _C0 else KeyAction.DERIVE)
    demand_double(key, "key")
    return key


def _value(key: OpenKey, pan: str, by: By, digits: int) -> str:
    match by:
        case ByCvv():
            return _card_key(key).value(pan, by.expiry, by.service_code, digits=digits)
        case ByCsc():
            return _card_key(key).security_code(pan, by.expiry, digits=digits)
        case ByCavv():
            return _card_key(key).authentication_value(
                pan,
                transaction_number=by.transaction_number,
                result_code=by.result_code,
                factor_code=by.factor_code,
            )
        case ByDcvv():
            return dynamic_value(
                _derived(key, pan, by),
                pan=pan,
                expiry=by.expiry,
                service_code=by.service_code,
                atc=by.atc,
                digits=digits,
            )
        case ByCvc3():
            return dynamic_code(
                _derived(key, pan, by), track=by.track, number=by.number, atc=by.atc, digits=digits
            )
        case ByCardholderValue() | ByDiscover():
            raise NotOffered("the scheme keeps this algorithm to its members", where="by")
        case _:
            assert_never(by)


def _card_key(key: OpenKey) -> CardVerificationKey:
    made: CardVerificationKey | None = key.memo.get("card-verification")
    if made is None:
        made = key.memo["card-verification"] = CardVerificationKey(key.octets)
    return made


def _derived(key: OpenKey, pan: str, by: ByDcvv | ByCvc3) -> bytes:
    return derive_card_key(key, CardIdentity(pan=pan, sequence=by.sequence, option=by.option))


def _name(bench: Bench, pan: str) -> str:
    return bench.blind(f"card:{bench.domain}:{pan}")


def _reference(call: VerifyCardValue) -> str:
    """What a value is verified as: whoever reads one off a stripe has no more tries at another."""
    return f"{call.key}:{msgspec.json.encode(call.by).decode()}"


def _budget(bench: Bench, pan: str) -> str | None:
    """The name that failures count under, if any were counted at all. Refuses: BudgetSpent."""
    if not bench.journal.tallies:
        return None
    name = _name(bench, pan)
    try:
        bench.demand_budget(name, bench.policy.card_failures_max)
    except BudgetSpent:
        raise BudgetSpent("too many failures; wait", reason="card") from None
    return name
