"""Ed25519 keys that a token draws and signs with: those of the service's own evidence.

Source: PKCS#11 v3.0 (CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA), RFC 8410 for the name of the curve.
They are no keys of X9.143, so their labels are others than those of `shapes.py`.
"""

from __future__ import annotations

from typing import Any

from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

from tallystick.backends.pkcs11.refusals import TokenKeyRefused
from tallystick.backends.pkcs11.token import OpenToken, losing
from tallystick.crypto.keys import TokenSigner

PREFIX = "tallystick-signer "
LABEL_MAX = 64
_ID_OCTETS, _PUBLIC_OCTETS = 16, 32
_ED25519 = bytes.fromhex("06032b6570")
_WRAPPED = b"\x04\x20"
"""Before the point, where a token gives it as an OCTET STRING."""
_STAYS = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.MODIFIABLE: False,
}
_INSIDE = {
    **_STAYS,
    Attribute.ALWAYS_SENSITIVE: True,
    Attribute.NEVER_EXTRACTABLE: True,
    Attribute.LOCAL: True,
    Attribute.SIGN: True,
    Attribute.DECRYPT: False,
    Attribute.UNWRAP: False,
    Attribute.DERIVE: False,
}


class SignerKeys:
    """Implements TokenSigners over an open token. A key is looked up once."""

    def __init__(self, token: OpenToken) -> None:
        self._token = token
        self._found: dict[str, tuple[Any, TokenSigner]] = {}

    def create_signer(self, label: str) -> TokenSigner:
        if not 0 < len(label) <= LABEL_MAX or not label.isascii() or not label.isprintable():
            raise TokenKeyRefused("not a label")
        if not (
            self._token.can(Mechanism.EC_EDWARDS_KEY_PAIR_GEN) and self._token.can(Mechanism.EDDSA)
        ):
            raise TokenKeyRefused("the token has no Ed25519")
        name, session = self._token.random(_ID_OCTETS), self._token.session
        with losing():
            curve = {Attribute.EC_PARAMS: _ED25519}
            domain = session.create_domain_parameters(KeyType.EC_EDWARDS, curve, local=True)
            domain.generate_keypair(
                mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
                store=True,
                id=name,
                label=PREFIX + label,
                capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
                private_template=_STAYS,
            )
        return self.find_signer(name.hex())

    def find_signer(self, key: str) -> TokenSigner:
        return self._find(key)[1]

    def sign_with(self, key: str, octets: bytes) -> bytes:
        found, _ = self._find(key)
        with losing():
            return bytes(found.sign(octets, mechanism=Mechanism.EDDSA))

    def _find(self, key: str) -> tuple[Any, TokenSigner]:
        if key not in self._found:
            with losing():
                self._found[key] = self._look_up(key)
        return self._found[key]

    def _look_up(self, key: str) -> tuple[Any, TokenSigner]:
        wanted = {Attribute.ID: bytes.fromhex(key), Attribute.TOKEN: True}
        pair = list(self._token.session.get_objects(wanted))
        kinds = [one.object_class for one in pair]
        if sorted(kinds) != sorted((ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY)):
            raise TokenKeyRefused("no such signing key in the token")
        private = pair[kinds.index(ObjectClass.PRIVATE_KEY)]
        public = pair[kinds.index(ObjectClass.PUBLIC_KEY)]
        if any(one.key_type is not KeyType.EC_EDWARDS for one in pair):
            raise TokenKeyRefused("no such signing key in the token")
        wrong = [one.name for one, value in _INSIDE.items() if private[one] != value]
        if wrong:
            said = ", ".join(wrong)
            raise TokenKeyRefused(f"the key was not drawn in the token or may leave it ({said})")
        point = bytes(public[Attribute.EC_POINT]).removeprefix(_WRAPPED)
        if len(point) != _PUBLIC_OCTETS:
            raise TokenKeyRefused("not an Ed25519 key")
        return private, TokenSigner(id=key, public=point)
