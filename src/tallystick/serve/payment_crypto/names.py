"""The service's words for keys, and ours: resource names, usages, modes, states.

A key's resource name ends in its handle, so nothing has to be remembered between the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tallystick.crypto.key_blocks import Exportability, KeyMode, KeyUsage
from tallystick.crypto.keys import KEY_ID, LifeState
from tallystick.crypto.payment import KeyView
from tallystick.serve.payment_crypto.errors import not_found, unfit

_USAGE_WORDS = (
    "TR31_B0_BASE_DERIVATION_KEY", "TR31_C0_CARD_VERIFICATION_KEY",
    "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "TR31_D1_ASYMMETRIC_KEY_FOR_DATA_ENCRYPTION",
    "TR31_E0_EMV_MKEY_APP_CRYPTOGRAMS", "TR31_E1_EMV_MKEY_CONFIDENTIALITY",
    "TR31_E2_EMV_MKEY_INTEGRITY", "TR31_E4_EMV_MKEY_DYNAMIC_NUMBERS",
    "TR31_E5_EMV_MKEY_CARD_PERSONALIZATION", "TR31_E6_EMV_MKEY_OTHER",
    "TR31_K0_KEY_ENCRYPTION_KEY", "TR31_K1_KEY_BLOCK_PROTECTION_KEY",
    "TR31_K2_TR34_ASYMMETRIC_KEY", "TR31_K3_ASYMMETRIC_KEY_FOR_KEY_AGREEMENT",
    "TR31_M0_ISO_16609_MAC_KEY", "TR31_M1_ISO_9797_1_MAC_KEY", "TR31_M3_ISO_9797_3_MAC_KEY",
    "TR31_M6_ISO_9797_5_CMAC_KEY", "TR31_M7_HMAC_KEY", "TR31_P0_PIN_ENCRYPTION_KEY",
    "TR31_P1_PIN_GENERATION_KEY", "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE",
    "TR31_V1_IBM3624_PIN_VERIFICATION_KEY", "TR31_V2_VISA_PIN_VERIFICATION_KEY",
)  # fmt: skip
USAGES: Mapping[str, KeyUsage] = MappingProxyType(
    {word: KeyUsage(word.split("_")[1]) for word in _USAGE_WORDS}
)
"""The service's word for a usage to ours: the two characters of X9.143 stand in it."""
_USAGE_OF = {usage: word for word, usage in USAGES.items()}

_ALGORITHMS = frozenset(
    {
        "TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256", "HMAC_SHA224", "HMAC_SHA256",
        "HMAC_SHA384", "HMAC_SHA512", "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256",
        "ECC_NIST_P384", "ECC_NIST_P521",
    }
)  # fmt: skip

_CIPHERING = ("Encrypt", "Wrap")
_DECIPHERING = ("Decrypt", "Unwrap")
MODES: Mapping[frozenset[str], KeyMode] = MappingProxyType(
    {
        frozenset({*_CIPHERING, *_DECIPHERING}): KeyMode.BOTH,
        frozenset({"Encrypt", "Decrypt"}): KeyMode.BOTH,
        frozenset({"Wrap", "Unwrap"}): KeyMode.BOTH,
        frozenset(_CIPHERING): KeyMode.ENCRYPT,
        frozenset({"Encrypt"}): KeyMode.ENCRYPT,
        frozenset({"Wrap"}): KeyMode.ENCRYPT,
        frozenset(_DECIPHERING): KeyMode.DECRYPT,
        frozenset({"Decrypt"}): KeyMode.DECRYPT,
        frozenset({"Unwrap"}): KeyMode.DECRYPT,
        frozenset({"Generate", "Verify"}): KeyMode.GENERATE_AND_VERIFY,
        frozenset({"Generate"}): KeyMode.GENERATE,
        frozenset({"Verify"}): KeyMode.VERIFY,
        frozenset({"Sign", "Verify"}): KeyMode.SIGN,
        frozenset({"Sign"}): KeyMode.SIGN,
        frozenset({"DeriveKey"}): KeyMode.DERIVE,
        frozenset({"NoRestrictions"}): KeyMode.ANY,
    }
)
"""Sets of the service's modes of use to the one letter of X9.143 that allows them.

A key for enciphering without wrapping has the letter that allows both, as X9.143 has no other; the
answer says so.
"""
_MODE_WORDS: Mapping[KeyMode, tuple[str, ...]] = MappingProxyType(
    {
        KeyMode.BOTH: (*_CIPHERING, *_DECIPHERING),
        KeyMode.ENCRYPT: _CIPHERING,
        KeyMode.DECRYPT: _DECIPHERING,
        KeyMode.GENERATE_AND_VERIFY: ("Generate", "Verify"),
        KeyMode.GENERATE: ("Generate",),
        KeyMode.VERIFY: ("Verify",),
        KeyMode.SIGN: ("Sign",),
        KeyMode.SIGN_AND_DECRYPT: ("Sign", "Decrypt", "Unwrap"),
        KeyMode.DERIVE: ("DeriveKey",),
        KeyMode.ANY: ("NoRestrictions",),
    }
)
_CLASSES = {
    "symmetric": "SYMMETRIC_KEY",
    "pair": "ASYMMETRIC_KEY_PAIR",
    "private": "PRIVATE_KEY",
    "public": "PUBLIC_KEY",
}
_HERE = "AWS_PAYMENT_CRYPTOGRAPHY"
_ORIGINS = {"created": _HERE, "derived": _HERE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Resource names of one deployment: one region, one account of 12 digits."""

    region: str
    account: str

    @property
    def root(self) -> str:
        return f"arn:aws:payment-cryptography:{self.region}:{self.account}:"

    def arn(self, handle: str) -> str:
        return f"{self.root}key/{handle}"

    def handle(self, arn: str) -> str:
        """The handle in a key's resource name. Refuses: WireRefused for a key of elsewhere."""
        handle = arn.removeprefix(self.root + "key/")
        if not KEY_ID.fullmatch(handle):
            raise not_found(arn)
        return handle

    def alias(self, identifier: str) -> str | None:
        """The alias that an identifier names, or None for a key's resource name."""
        name = identifier.removeprefix(self.root)
        return name if name.startswith("alias/") else None

    def knows(self, view: KeyView) -> bool:
        """Whether the service has words for a key; others of the module are none of its keys.

        Those are keys of ours (for tokens, fields, hybrid transport), pairs that the module made
        for itself (its authority, and the pairs behind tokens), and keys inside a token.
        """
        known = view.usage in _USAGE_OF and view.algorithm in _ALGORITHMS
        return known and view.kind in _CLASSES and "role" not in view.pinned

    def key(self, view: KeyView) -> dict[str, Any]:
        """A key as GetKey shows it."""
        key = self.summary(view)
        key |= {
            "KeyCheckValueAlgorithm": view.check_method,
            "KeyOrigin": _ORIGINS.get(view.origin, "EXTERNAL"),
            "CreateTimestamp": view.created_ms / 1000,
        }
        if view.destroy_at_ms is not None:
            key["DeletePendingTimestamp"] = view.destroy_at_ms / 1000
        if "derives" in view.pinned:
            key["DeriveKeyUsage"] = usage_word(KeyUsage(view.pinned["derives"]))
        return key

    def summary(self, view: KeyView) -> dict[str, Any]:
        """A key as ListKeys shows it."""
        return {
            "KeyArn": self.arn(view.key),
            "KeyState": key_state(view),
            "KeyAttributes": {
                "KeyUsage": usage_word(view.usage),
                "KeyClass": _CLASSES[view.kind],
                "KeyAlgorithm": str(view.algorithm),
                "KeyModesOfUse": mode_words(view.mode),
            },
            "KeyCheckValue": view.check_value,
            "Exportable": view.exportability is not Exportability.NOT_EXPORTABLE,
            "Enabled": view.state is LifeState.ACTIVE,
        }


def usage_word(usage: KeyUsage) -> str:
    """The service's word for the usage of a key that it knows."""
    return _USAGE_OF[usage]


def mode_of(words: Mapping[str, Any]) -> KeyMode:
    """The mode of use that a set of booleans means. Refuses: WireRefused.

    >>> mode_of({"Encrypt": True, "Wrap": True, "Decrypt": False})
    <KeyMode.ENCRYPT: 'E'>
    """
    wanted = frozenset(name for name, on in words.items() if on)
    mode = MODES.get(wanted)
    if mode is None:
        raise unfit("no key has these modes of use together", path="KeyAttributes.KeyModesOfUse")
    return mode


def mode_words(mode: KeyMode) -> dict[str, bool]:
    """All nine booleans of a mode of use."""
    on = _MODE_WORDS[mode]
    every = (
        *_CIPHERING,
        *_DECIPHERING,
        "Generate",
        "Sign",
        "Verify",
        "DeriveKey",
        "NoRestrictions",
    )
    return {word: word in on for word in every}


def key_state(view: KeyView) -> str:
    """The service's four states of a key; what it has no word for is disabled."""
    if view.state is LifeState.DESTROYED:
        return "DELETE_COMPLETE"
    return "CREATE_COMPLETE" if view.destroy_at_ms is None else "DELETE_PENDING"


REGION = re.compile(r"[a-z]{2}-[a-z]{1,16}-[0-9]+")
ACCOUNT = re.compile(r"[0-9]{12}")
