"""The keys of ours in a token: made, listed, wrapped, destroyed; their handles are kept.

Looking an object up reads the token's files or asks a network: 5 to 10 times the cost of using it.
So all keys are looked up once, when the token is opened, and by nobody else afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PKCS11Error
from pkcs11.util.ec import encode_named_curve_parameters

from tallystick.backends.pkcs11.refusals import TokenKeyRefused, TokenLost
from tallystick.backends.pkcs11.shapes import (
    Shape,
    capabilities_of,
    label_of,
    read_label,
    shape_of,
    template_of,
)
from tallystick.backends.pkcs11.token import OpenToken, losing
from tallystick.crypto.key_blocks import Exportability, KeyAction, KeyAttributes, KeyUsage
from tallystick.crypto.keys import TokenKey

_ID_OCTETS = 16
_WRAP_OCTETS = 8
"""What RFC 5649 adds; a token does not always say how long a key is that it unwrapped."""
_PAIRS = frozenset({KeyType.EC, KeyType.RSA})


class TokenKeyring:
    """Implements TokenKeys over an open token."""

    def __init__(self, token: OpenToken) -> None:
        self._token = token
        self._keys: dict[str, tuple[Any, TokenKey]] = {}
        with losing():
            for kind in (ObjectClass.SECRET_KEY, ObjectClass.PRIVATE_KEY):
                wanted = {Attribute.CLASS: kind, Attribute.TOKEN: True}
                for found in list(token.session.get_objects(wanted)):
                    self._take(found)

    def find(self, key: str) -> tuple[Any, TokenKey]:
        """A key's object and what it is. Refuses: TokenKeyRefused for none of ours."""
        try:
            return self._keys[key]
        except KeyError:
            raise TokenKeyRefused("no such key in the token") from None

    def create_key(self, attributes: KeyAttributes, *, label: str) -> TokenKey:
        shape = shape_of(attributes)
        full, name = label_of(attributes, label), self._token.random(_ID_OCTETS)
        common = {
            "id": name,
            "label": full,
            "store": True,
            "capabilities": capabilities_of(attributes),
        }
        with losing():
            if shape.kind in _PAIRS:
                self._create_pair(shape, common, attributes)
            else:
                self._token.session.generate_key(
                    shape.kind, shape.bits, template=template_of(attributes), **common
                )
            return self._reload(name)

    def token_keys(self) -> Sequence[TokenKey]:
        return [known for _, (_, known) in sorted(self._keys.items())]

    def destroy_key(self, key: str) -> None:
        found, _ = self.find(key)
        with losing():
            for one in self._all(bytes.fromhex(key)):
                if one != found:
                    one.destroy()
            found.destroy()
        del self._keys[key]

    def wrap_key(self, key: str, wrapped: str) -> bytes:
        under, target = self._wrapping(key, KeyAction.WRAP), self.find(wrapped)
        _demand_strength(self.find(key)[1], target[1].attributes)
        if target[1].attributes.exportability is not Exportability.EXPORTABLE:
            raise TokenKeyRefused("this key does not leave the token")
        with losing():
            return bytes(under.wrap_key(target[0], mechanism=Mechanism.AES_KEY_WRAP_PAD))

    def unwrap_key(
        self, key: str, octets: bytes, attributes: KeyAttributes, *, label: str
    ) -> TokenKey:
        under, shape = self._wrapping(key, KeyAction.UNWRAP), shape_of(attributes)
        _demand_strength(self.find(key)[1], attributes)
        if shape.kind in _PAIRS or len(octets) != attributes.algorithm.octets + _WRAP_OCTETS:
            raise TokenKeyRefused("the wrapped key does not open")
        name = self._token.random(_ID_OCTETS)
        try:
            under.unwrap_key(
                ObjectClass.SECRET_KEY,
                shape.kind,
                octets,
                id=name,
                label=label_of(attributes, label),
                mechanism=Mechanism.AES_KEY_WRAP_PAD,
                store=True,
                capabilities=capabilities_of(attributes),
                template=template_of(attributes),
            )
        except PKCS11Error:
            self._demand_token()
            raise TokenKeyRefused("the wrapped key does not open") from None
        with losing():
            return self._reload(name)

    def _wrapping(self, key: str, action: KeyAction) -> Any:
        found, known = self.find(key)
        attributes = known.attributes
        if attributes.usage is not KeyUsage.KEY_ENCRYPTION or not attributes.mode.allows(action):
            raise TokenKeyRefused(f"a key of usage {attributes.usage} is not for this")
        return found

    def _create_pair(self, shape: Shape, common: dict[str, Any], attributes: KeyAttributes) -> None:
        private = template_of(attributes)
        if shape.kind is KeyType.EC:
            curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(shape.curve)}
            domain = self._token.session.create_domain_parameters(KeyType.EC, curve, local=True)
            domain.generate_keypair(private_template=private, **common)
        else:
            self._token.session.generate_keypair(
                KeyType.RSA, shape.bits, private_template=private, **common
            )

    def _reload(self, name: bytes) -> TokenKey:
        made = self._all(name)
        wanted = (ObjectClass.SECRET_KEY, ObjectClass.PRIVATE_KEY)
        found = next(one for one in made if one[Attribute.CLASS] in wanted)
        known = self._take(found)
        if known is None:
            raise TokenLost("the token changed what a key was made with")
        return known

    def _take(self, found: Any) -> TokenKey | None:
        said = read_label(str(found[Attribute.LABEL]))
        if said is None:
            return None
        attributes, label = said
        name = bytes(found[Attribute.ID])
        public = self._public(name) if found.key_type in _PAIRS else b""
        known = TokenKey(id=name.hex(), label=label, attributes=attributes, public=public)
        if len(name) == _ID_OCTETS and _is_fixed(found, attributes):
            self._keys[known.id] = (found, known)
            return known
        return None

    def _public(self, name: bytes) -> bytes:
        for one in self._all(name):
            if one[Attribute.CLASS] is ObjectClass.PUBLIC_KEY:
                if one.key_type is KeyType.RSA:
                    return bytes(pkcs11.util.rsa.encode_rsa_public_key(one))
                point = bytes(one[Attribute.EC_POINT])  # an OCTET STRING around the point
                return point[2:] if point[1] < 128 else point[3:]
        return b""

    def _all(self, name: bytes) -> list[Any]:
        wanted = {Attribute.ID: name, Attribute.TOKEN: True}
        return [
            one
            for one in list(self._token.session.get_objects(wanted))
            if isinstance(one, pkcs11.Key)
        ]

    def _demand_token(self) -> None:
        """Tell what was refused from a token that is gone."""
        with losing():
            found = next(iter(self._keys.values()), None)
            if found is not None:
                found[0][Attribute.LABEL]


_FLAGS = (
    Attribute.SIGN, Attribute.VERIFY, Attribute.WRAP, Attribute.UNWRAP, Attribute.DERIVE,
    Attribute.ENCRYPT, Attribute.DECRYPT,
)  # fmt: skip


def _is_fixed(found: Any, attributes: KeyAttributes) -> bool:
    """Whether the token holds the key to what its label says: a label alone is not believed."""
    wanted = template_of(attributes)
    if any(found[name] != value for name, value in wanted.items()):
        return False
    allowed = capabilities_of(attributes)
    names = {flag.name for flag in type(allowed) if flag in allowed}
    for name in _FLAGS:
        try:
            able = bool(found[name])
        except pkcs11.AttributeTypeInvalid:
            continue
        if able and name.name not in names and not (name is Attribute.VERIFY and "SIGN" in names):
            return False
    return True


def _demand_strength(under: TokenKey, wrapped: KeyAttributes) -> None:
    if wrapped.algorithm.strength_bits > under.attributes.algorithm.strength_bits:
        raise TokenKeyRefused("a key is never wrapped under a weaker one")
