"""MACs made and verified: under a MAC key, under the key of one transaction, or of a script.

A MAC that is not right is refused with one text, and compared in constant time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, assert_never

import msgspec

from tallystick.crypto.cards import CryptogramKey
from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.mechanisms import (
    CbcMac,
    Cmac,
    HmacHash,
    MacPadding,
    MacRefused,
    RetailMac,
    demand_tag,
    hmac_tag,
    shorten_tag,
)
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed
from tallystick.crypto.payment.card_keys import (
    CardIdentity,
    ScriptSession,
    card_terms,
    derive_script_key,
)
from tallystick.crypto.payment.dukpt import (
    DukptPurpose,
    DukptUse,
    DukptVariant,
    TransactionKey,
    transaction_key,
)
from tallystick.crypto.payment.refusals import CallMalformed, NotVerified
from tallystick.crypto.payment.serials import no_use

Message = Annotated[bytes, msgspec.Meta(min_length=1, max_length=8192)]
MacOctets = Annotated[int, msgspec.Meta(ge=4, le=64)]
Mac = Annotated[bytes, msgspec.Meta(min_length=1, max_length=64)]
_Tag = Callable[[bytes], bytes]
_AS2805_OCTETS = 4
_E2 = frozenset({KeyUsage.EMV_INTEGRITY})


class MacAlgorithm(StrEnum):
    """How a MAC is made. The names are those of payment services."""

    ISO9797_ALGORITHM1 = "ISO9797_ALGORITHM1"
    """CBC-MAC with TDEA; legacy, for messages of one agreed length."""
    ISO9797_ALGORITHM3 = "ISO9797_ALGORITHM3"
    """The retail MAC; legacy."""
    CMAC = "CMAC"
    HMAC = "HMAC"
    """With the hash that the key is for."""
    HMAC_SHA224 = "HMAC_SHA224"
    HMAC_SHA256 = "HMAC_SHA256"
    HMAC_SHA384 = "HMAC_SHA384"
    HMAC_SHA512 = "HMAC_SHA512"
    AS2805_4_1 = "AS2805_4_1"
    """The retail MAC with padding 1, 4 octets unless asked otherwise; legacy."""

    @property
    def is_hmac(self) -> bool:
        return self.startswith("HMAC")


class ByKey(msgspec.Struct, forbid_unknown_fields=True, tag="key"):
    """Under the MAC key itself. `padding` is for algorithms 1 and 3."""

    algorithm: MacAlgorithm
    padding: MacPadding = MacPadding.ZEROS


class ByTransaction(msgspec.Struct, forbid_unknown_fields=True, tag="dukpt"):
    """Under the key of one transaction; HMAC under a key of an HMAC kind, with SHA-256."""

    algorithm: MacAlgorithm
    use: DukptUse
    padding: MacPadding = MacPadding.ZEROS


class ByScript(msgspec.Struct, forbid_unknown_fields=True, tag="emv", kw_only=True):
    """Under the key that a card and its issuer have for one script (EMV Book 2, 9.2).

    `padded` says that the caller made whole blocks; else padding 2 is added.
    """

    card: CardIdentity
    script: ScriptSession
    padded: bool = False


By = ByKey | ByTransaction | ByScript


class GenerateMac(Call, tag="generate-mac"):
    """Make a MAC; `octets` of it from the left, or all.

    Refuses: CallMalformed for an algorithm or a length that does not fit; what the gate refuses.
    """

    key: Handle
    message: Message
    by: By
    octets: MacOctets | None = None


class GeneratedMac(Answer, tag="generated-mac"):
    """The MAC, and the key that made it."""

    mac: bytes
    key: KeyUsed


class VerifyMac(Call, tag="verify-mac"):
    """Say whether a MAC is right; it is as long as it comes, 4 octets or more, or `octets`.

    Refuses: NotVerified for every MAC that is not right; SerialNumberReplayed for a transaction
    whose number was used; BudgetSpent; and what the gate refuses.
    """

    key: Handle
    message: Message
    mac: Mac
    by: By
    octets: MacOctets | None = None


class VerifiedMac(Answer, tag="verified-mac"):
    """The MAC is right; the key that said so."""

    key: KeyUsed


def generate_mac(bench: Bench, call: GenerateMac) -> GeneratedMac:
    key, tag, _ = _open(bench, call.key, call.by, KeyAction.GENERATE)
    whole = tag(call.message)
    octets = call.octets
    if octets is None:
        octets = _AS2805_OCTETS if _is_as2805(call.by) else len(whole)
    try:
        return GeneratedMac(mac=shorten_tag(whole, octets), key=key.used)
    except MacRefused as refusal:
        raise CallMalformed(str(refusal), where="octets") from None


def verify_mac(bench: Bench, call: VerifyMac) -> VerifiedMac:
    key, tag, accept = _open(bench, call.key, call.by, KeyAction.VERIFY)
    _demand(bench, call, key, tag)
    accept()
    return VerifiedMac(key=key.used)


def _demand(bench: Bench, call: VerifyMac, key: OpenKey, tag: _Tag) -> None:
    limit = bench.policy.mac_failures_max
    name = f"mac {key.id}"
    if limit:
        bench.demand_budget(name, limit)
    long_enough = call.octets in (None, len(call.mac))
    try:
        demand_tag(tag(call.message), call.mac if long_enough else b"")
    except MacRefused as refusal:
        if limit:
            bench.count_failures(name)
        raise NotVerified("mac", reason=str(refusal)) from None


# ---- the algorithm under a key ---------------------------------------------------------------

_USAGES: Mapping[MacAlgorithm, frozenset[KeyUsage]] = MappingProxyType(
    {
        MacAlgorithm.ISO9797_ALGORITHM1: frozenset({KeyUsage.MAC_9797_1, KeyUsage.MAC_16609}),
        MacAlgorithm.ISO9797_ALGORITHM3: frozenset({KeyUsage.MAC_9797_3}),
        MacAlgorithm.AS2805_4_1: frozenset({KeyUsage.MAC_16609}),
        MacAlgorithm.CMAC: frozenset({KeyUsage.MAC_CMAC}),
        **{
            algorithm: frozenset({KeyUsage.MAC_HMAC})
            for algorithm in MacAlgorithm
            if algorithm.is_hmac
        },
    }
)


def _open(
    bench: Bench, handle: Handle, by: By, action: KeyAction
) -> tuple[OpenKey, _Tag, Callable[[], None]]:
    """The key that answers, how it makes a tag, and what to call when the tag was right."""
    match by:
        case ByKey():
            key = bench.key(handle, usages=_USAGES[by.algorithm], action=action)
            return key, _of_key(key, by), no_use
        case ByTransaction():
            sent = action is KeyAction.VERIFY and by.use.variant is not DukptVariant.RESPONSE
            derived = _derived(bench, handle, by, receiving=sent)
            return derived.base, _of_transaction(derived, by), derived.accept
        case ByScript():
            key = bench.key(handle, usages=_E2, action=KeyAction.DERIVE)
            return key, _of_script(derive_script_key(key, by.card, by.script), by), no_use
        case _:
            assert_never(by)


def _is_as2805(by: By) -> bool:
    return isinstance(by, ByKey) and by.algorithm is MacAlgorithm.AS2805_4_1


def _of_script(octets: bytes, by: ByScript) -> _Tag:
    key = CryptogramKey.tdes(octets)

    def tag(message: bytes) -> bytes:
        with card_terms("message"):
            return key.script_mac(message, padded=by.padded)

    return tag


def _of_key(key: OpenKey, by: ByKey) -> _Tag:
    kept = (by.algorithm, by.padding)
    found: _Tag | None = key.memo.get(kept)
    if found is None:
        algorithm = key.record.attributes.algorithm
        if by.algorithm.is_hmac:
            if by.algorithm not in (MacAlgorithm.HMAC, str(algorithm)):
                raise CallMalformed(f"the key is for {algorithm}", where="algorithm")
            found = _hmac(key.octets, HmacHash(algorithm.removeprefix("HMAC_").lower()))
        else:
            found = _block_mac(key.octets, algorithm.letter, by.algorithm, by.padding)
        key.memo[kept] = found
    return found


def _of_transaction(key: TransactionKey, by: ByTransaction) -> _Tag:
    letter = key.kind.letter
    if by.algorithm.is_hmac != (letter == "H"):
        raise CallMalformed("the kind of the derived key is not for this", where="algorithm")
    if by.algorithm.is_hmac:
        if by.algorithm not in (MacAlgorithm.HMAC, MacAlgorithm.HMAC_SHA256):
            raise CallMalformed("HMAC of a transaction is with SHA-256", where="algorithm")
        return _hmac(key.octets, HmacHash.SHA256)
    return _block_mac(key.octets, letter, by.algorithm, by.padding)


def _derived(bench: Bench, handle: Handle, by: ByTransaction, *, receiving: bool) -> TransactionKey:
    if by.algorithm is MacAlgorithm.AS2805_4_1:
        raise CallMalformed("no DUKPT is defined for AS 2805.4.1", where="algorithm")
    purpose = DukptPurpose.MAC
    return transaction_key(bench, handle, by.use, purpose=purpose, receiving=receiving)


def _hmac(octets: bytes, digest: HmacHash) -> _Tag:
    return lambda message: hmac_tag(octets, message, digest=digest)


def _block_mac(octets: bytes, letter: str, algorithm: MacAlgorithm, padding: MacPadding) -> _Tag:
    if algorithm is MacAlgorithm.CMAC:
        return (Cmac.aes if letter == "A" else Cmac.tdes)(octets).tag
    if letter != "T":
        raise CallMalformed("algorithms 1 and 3 are made with TDEA", where="algorithm")
    first = algorithm is MacAlgorithm.ISO9797_ALGORITHM1
    mac = CbcMac.tdes(octets) if first else RetailMac(octets)
    if algorithm is MacAlgorithm.AS2805_4_1:
        padding = MacPadding.ZEROS
    return lambda message: mac.tag(message, padding=padding)
