"""How a key of ours looks in a token: its kind, what the token lets it do, and its label.

A token knows neither usages nor modes. So a key's label says them, the token's own flags hold it to
the one thing that its usage allows, and both are fixed when the key is made (not modifiable).
A key that wraps never deciphers: else whoever can call the token wraps a key and deciphers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pkcs11 import Attribute, KeyType, MechanismFlag

from tallystick.backends.pkcs11.refusals import TokenKeyRefused
from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.mechanisms import KeyRefused

PREFIX = "tallystick"
LABEL_MAX = 64
ROOTS = frozenset(
    {
        KeyUsage.BASE_DERIVATION,
        KeyUsage.INITIAL_DUKPT,
        KeyUsage.EMV_CRYPTOGRAMS,
        KeyUsage.EMV_CONFIDENTIALITY,
        KeyUsage.EMV_INTEGRITY,
        KeyUsage.EMV_DATA_AUTHENTICATION,
        KeyUsage.EMV_DYNAMIC_NUMBERS,
        KeyUsage.EMV_PERSONALISATION,
        KeyUsage.EMV_OTHER,
    }
)
MACS = frozenset({KeyUsage.MAC_CMAC, KeyUsage.MAC_HMAC})
_FLAGS = (
    (KeyAction.GENERATE, MechanismFlag.SIGN),
    (KeyAction.VERIFY, MechanismFlag.VERIFY),
    (KeyAction.SIGN, MechanismFlag.SIGN),
    (KeyAction.WRAP, MechanismFlag.WRAP),
    (KeyAction.UNWRAP, MechanismFlag.UNWRAP),
    (KeyAction.DERIVE, MechanismFlag.DERIVE),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A key type of PKCS#11, its length in bits (None where the type says it) and its curve."""

    kind: KeyType
    bits: int | None
    curve: str = ""


SHAPES = MappingProxyType(
    {
        KeyAlgorithm.TDES_2KEY: Shape(KeyType.DES2, None),
        KeyAlgorithm.TDES_3KEY: Shape(KeyType.DES3, None),
        KeyAlgorithm.AES_128: Shape(KeyType.AES, 128),
        KeyAlgorithm.AES_192: Shape(KeyType.AES, 192),
        KeyAlgorithm.AES_256: Shape(KeyType.AES, 256),
        KeyAlgorithm.HMAC_SHA256: Shape(KeyType.GENERIC_SECRET, 256),
        KeyAlgorithm.ECC_P256: Shape(KeyType.EC, None, "secp256r1"),
        KeyAlgorithm.ECC_P384: Shape(KeyType.EC, None, "secp384r1"),
        KeyAlgorithm.ECC_P521: Shape(KeyType.EC, None, "secp521r1"),
        KeyAlgorithm.RSA_2048: Shape(KeyType.RSA, 2048),
        KeyAlgorithm.RSA_3072: Shape(KeyType.RSA, 3072),
        KeyAlgorithm.RSA_4096: Shape(KeyType.RSA, 4096),
    }
)


def shape_of(attributes: KeyAttributes) -> Shape:
    """How the token keeps such a key. Refuses: TokenKeyRefused for a usage that it cannot do."""
    usage, shape = attributes.usage, SHAPES.get(attributes.algorithm)
    wraps = usage is KeyUsage.KEY_ENCRYPTION and shape is not None and shape.kind is KeyType.AES
    signs = usage is KeyUsage.SIGNATURE and attributes.mode is not KeyMode.VERIFY
    if shape is None or not (usage in ROOTS | MACS or wraps or signs):
        raise TokenKeyRefused(f"a token cannot do the work of {usage} with {attributes.algorithm}")
    if attributes.exportability is Exportability.SENSITIVE or (
        attributes.exportability is Exportability.EXPORTABLE and (signs or wraps)
    ):
        raise TokenKeyRefused("this key could leave the token in a way that we cannot hold to")
    return shape


def capabilities_of(attributes: KeyAttributes) -> MechanismFlag:
    """The one thing that the key is for, as flags of PKCS#11."""
    allowed = _actions(attributes.usage)
    flags = MechanismFlag(0)
    for action, flag in _FLAGS:
        if action in allowed and attributes.mode.allows(action):
            flags |= flag
    return flags


def template_of(attributes: KeyAttributes) -> dict[Attribute, Any]:
    """What else is fixed when the key is made."""
    return {
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: attributes.exportability is Exportability.EXPORTABLE,
        Attribute.MODIFIABLE: False,
    }


def label_of(attributes: KeyAttributes, label: str) -> str:
    """The label in the token. Refuses: TokenKeyRefused for one that is too long or not printable.

    >>> from tallystick.crypto.key_blocks import *
    >>> a = KeyAttributes(usage=KeyUsage.MAC_CMAC, algorithm=KeyAlgorithm.AES_128,
    ...     mode=KeyMode.GENERATE, exportability=Exportability.NOT_EXPORTABLE)
    >>> label_of(a, "switch")
    'tallystick M6 AES_128 G N 00 switch'
    >>> read_label(label_of(a, "switch")) == (a, "switch")
    True
    """
    if len(label) > LABEL_MAX or not label.isascii() or not label.isprintable():
        raise TokenKeyRefused("not a label")
    words = (
        PREFIX, attributes.usage, attributes.algorithm, attributes.mode, attributes.exportability,
        attributes.version, label,
    )  # fmt: skip
    return " ".join(words)


def read_label(text: str) -> tuple[KeyAttributes, str] | None:
    """What a label says; None when the object is not one of ours."""
    words = text.split(" ", 6)
    if len(words) != 7 or words[0] != PREFIX:
        return None
    try:
        attributes = KeyAttributes(
            usage=KeyUsage(words[1]),
            algorithm=KeyAlgorithm(words[2]),
            mode=KeyMode(words[3]),
            exportability=Exportability(words[4]),
            version=words[5],
        )
    except (ValueError, KeyRefused):
        return None
    return attributes, words[6]


def _actions(usage: KeyUsage) -> frozenset[KeyAction]:
    if usage in ROOTS:
        return frozenset({KeyAction.DERIVE})
    if usage in MACS:
        return frozenset({KeyAction.GENERATE, KeyAction.VERIFY})
    if usage is KeyUsage.SIGNATURE:
        return frozenset({KeyAction.SIGN})
    return frozenset({KeyAction.WRAP, KeyAction.UNWRAP})
