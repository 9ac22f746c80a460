"""What keys in a token do there: derive, make and compare MACs, sign, wrap.

Source: PKCS#11 v2.40 mechanisms. Traps that this file knows: CKM_DES3_ECB_ENCRYPT_DATA takes a raw
packed structure, because the binding knows that of AES only; a derived TDEA key has no value length
(leave it out with DEFAULT: None ends the process); session objects stay until destroyed; and
finding an object reads files, so handles are kept.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import struct
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

from pkcs11 import MGF, Attribute, KeyType, Mechanism, MechanismFlag
from pkcs11.constants import DEFAULT

from tallystick.backends.pkcs11.refusals import TokenKeyRefused, TokenMacRefused
from tallystick.backends.pkcs11.shapes import MACS, ROOTS, SHAPES
from tallystick.backends.pkcs11.token import OpenToken, losing
from tallystick.crypto.key_blocks import KeyAction, KeyAlgorithm, KeyUsage
from tallystick.crypto.keys import Step, TokenKey

_DIGESTS = {
    KeyAlgorithm.ECC_P256: "sha256",
    KeyAlgorithm.ECC_P384: "sha384",
    KeyAlgorithm.ECC_P521: "sha512",
}
_PSS = (Mechanism.SHA256, MGF.SHA256, 32)
_CHECK_OCTETS = 3
KEPT_MAX = 1024
"""Derived keys that the token keeps in its session; they end with it."""
_TDES = frozenset({KeyType.DES2, KeyType.DES3})


class TokenFunctions:
    """Implements TokenWork over an open token; `find` gives a key's object and what it is."""

    def __init__(self, token: OpenToken, find: Any) -> None:
        self._token, self._find = token, find
        self._kept: OrderedDict[tuple[str, tuple[Step, ...]], Any] = OrderedDict()

    def token_mac(self, key: str, octets: bytes, *, steps: Sequence[Step] = ()) -> bytes:
        with self._working(key, KeyAction.GENERATE, steps, MechanismFlag.SIGN) as working:
            return bytes(working.sign(octets, mechanism=_mac_of(working)))

    def token_verify(
        self, key: str, octets: bytes, mac: bytes, *, steps: Sequence[Step] = ()
    ) -> None:
        with self._working(key, KeyAction.VERIFY, steps, MechanismFlag.VERIFY) as working:
            if not working.verify(octets, mac, mechanism=_mac_of(working)):
                raise TokenMacRefused("not the MAC of these octets")

    def token_sign(self, key: str, octets: bytes) -> bytes:
        found, known = self._find(key)
        _demand(known, {KeyUsage.SIGNATURE}, KeyAction.SIGN)
        with losing():
            if known.attributes.algorithm not in _DIGESTS:
                return bytes(
                    found.sign(
                        octets, mechanism=Mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=_PSS
                    )
                )
            digest = hashlib.new(_DIGESTS[known.attributes.algorithm], octets).digest()
            return bytes(found.sign(digest, mechanism=Mechanism.ECDSA))

    def token_check(self, key: str, *, steps: Sequence[Step] = ()) -> bytes:
        flags = MechanismFlag.SIGN | MechanismFlag.ENCRYPT
        with self._working(key, KeyAction.GENERATE, steps, flags) as working:
            if working.key_type in _TDES and steps:
                whole = working.encrypt(bytes(8), mechanism=Mechanism.DES3_ECB)
            else:
                octets = b"" if working.key_type is KeyType.GENERIC_SECRET else bytes(16)
                whole = working.sign(octets, mechanism=_mac_of(working))
            return bytes(whole)[:_CHECK_OCTETS]

    @contextlib.contextmanager
    def _working(
        self, key: str, action: KeyAction, steps: Sequence[Step], flags: MechanismFlag
    ) -> Iterator[Any]:
        """The key that does the work: the named one, or one derived from it for this call."""
        found, known = self._find(key)
        if not steps:
            _demand(known, MACS, action)
            with losing():
                yield found
            return
        _demand(known, ROOTS, KeyAction.DERIVE)
        _demand_strength(known.attributes.algorithm, steps)
        with losing():
            derived = _derive(self._on_the_way(key, found, tuple(steps[:-1])), steps[-1], flags)
            try:
                yield derived
            finally:
                derived.destroy()

    def _on_the_way(self, key: str, root: Any, steps: tuple[Step, ...]) -> Any:
        """The key after these steps. Keys on the way are kept for a while: the next transaction of
        a device shares all but one or two of them.
        """
        known = len(steps)
        while known and (key, steps[:known]) not in self._kept:
            known -= 1
        derived = self._kept[key, steps[:known]] if known else root
        for count in range(known + 1, len(steps) + 1):
            derived = _derive(derived, steps[count - 1], MechanismFlag.DERIVE)
            self._kept[key, steps[:count]] = derived
        if known:
            self._kept.move_to_end((key, steps[:known]))
        while len(self._kept) > KEPT_MAX + len(steps):
            self._kept.popitem(last=False)[1].destroy()
        return derived

    def forget(self, key: str) -> None:
        """Let go of what was derived from a key that is destroyed."""
        with losing():
            for name in [name for name in self._kept if name[0] == key]:
                self._kept.pop(name).destroy()


def _derive(parent: Any, step: Step, flags: MechanismFlag) -> Any:
    shape = SHAPES[step.algorithm]
    template: dict[Attribute, Any] = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
    if shape.kind in _TDES:
        template[Attribute.VALUE_LEN] = DEFAULT
    if parent.key_type in _TDES:
        mechanism, keep, parameter = Mechanism.DES3_ECB_ENCRYPT_DATA, *_raw_string(step.data)
    else:
        mechanism, keep, parameter = Mechanism.AES_ECB_ENCRYPT_DATA, None, step.data
    derived = parent.derive_key(
        shape.kind,
        step.algorithm.octets * 8,
        mechanism=mechanism,
        mechanism_param=parameter,
        store=False,
        capabilities=flags,
        template=template,
    )
    del keep  # the token has read the data by now
    return derived


def _raw_string(data: bytes) -> tuple[Any, bytes]:
    """CK_KEY_DERIVATION_STRING_DATA: where the data is and how long; keep the first meanwhile."""
    kept = ctypes.create_string_buffer(data, len(data))
    return kept, struct.pack("@PL", ctypes.addressof(kept), len(data))


def _mac_of(key: Any) -> Mechanism:
    if key.key_type is KeyType.GENERIC_SECRET:
        return Mechanism.SHA256_HMAC
    return Mechanism.DES3_CMAC if key.key_type in _TDES else Mechanism.AES_CMAC


def _demand(known: TokenKey, usages: Any, action: KeyAction) -> None:
    attributes = known.attributes
    if attributes.usage not in usages or not attributes.mode.allows(action):
        raise TokenKeyRefused(f"a key of usage {attributes.usage} is not for this")


def _demand_strength(root: KeyAlgorithm, steps: Sequence[Step]) -> None:
    """No step gives a key that is stronger than the one that it comes from (ISO 11568)."""
    parent = root
    for step in steps:
        if step.algorithm.strength_bits > parent.strength_bits:
            raise TokenKeyRefused("a derived key is not stronger than the one it comes from")
        if _is_tdes(parent) and (not _is_tdes(step.algorithm)):
            raise TokenKeyRefused("a TDEA key derives TDEA keys only")
        if not _is_tdes(parent) and len(step.data) % 16:
            raise TokenKeyRefused("not whole blocks of the key that derives")
        parent = step.algorithm


def _is_tdes(algorithm: KeyAlgorithm) -> bool:
    return SHAPES[algorithm].kind in _TDES
