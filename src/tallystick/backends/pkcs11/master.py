"""The master key in a token: drawn there, used there, never out of it.

Three objects of one label: an AES-256 key that seals, an HMAC key that continues the journal, and
a data object that holds the count. Each does its one job: the AES key cannot wrap, sign or derive,
and the HMAC key cannot encipher.

    sealed   format octet, iv, ciphertext and tag
      1      AES-256-GCM in the token, iv of 12 octets, tag of 16
      2      AES-256-CBC with padding, then HMAC-SHA-256 over everything before it and what is
             bound; verified before anything is deciphered
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from pkcs11 import (
    Attribute,
    GCMParams,
    KeyType,
    Mechanism,
    MechanismFlag,
    ObjectClass,
    PKCS11Error,
)

from tallystick.backends.pkcs11.refusals import TokenLost
from tallystick.backends.pkcs11.token import OpenToken, losing
from tallystick.crypto.keys import AssuranceLevel, KeyRecordRefused
from tallystick.ground.errors import Misconfigured

_GCM, _CBC_HMAC = b"\x01", b"\x02"
_IV = {_GCM: 12, _CBC_HMAC: 16}
_TAG_BITS, _MAC_OCTETS, _ID_OCTETS, _COUNT_OCTETS = 128, 32, 16, 8
_APPLICATION = "tallystick "
_PROBE = b"tallystick-token-probe"
_JOURNAL, _SEALED, _COUNT, _NAME = b"journal\n", b"sealed\n", b"count\n", b"fingerprint\n"
FORMATS = {"gcm": _GCM, "cbc-hmac": _CBC_HMAC}


class _Objects(NamedTuple):
    sealing: Any
    journal: Any
    counts: list[Any]


class TokenMaster:
    """Implements MasterKey over an open token."""

    def __init__(self, token: OpenToken) -> None:
        """Refuses: Misconfigured when the key is not there, or is not one that stays inside."""
        self._token = token
        self._label = token.settings.master
        found = _find(token)
        self._sealing, self._journal = found.sealing, found.journal
        self._format = _format(found.counts, token)
        self.level: AssuranceLevel = token.facts.level
        self.statement = token.facts.statement
        self.fingerprint = self._hmac(_NAME)[:8].hex()
        self._counts = found.counts
        self._count = self._read_count(found.counts)
        self._known = self.seal(_PROBE, bound=_PROBE)

    def seal(self, octets: bytes, *, bound: bytes) -> bytes:
        iv = os.urandom(_IV[self._format])
        with losing():
            if self._format == _GCM:
                return _GCM + iv + self._gcm(self._sealing.encrypt, octets, iv, bound)
            ciphertext = self._sealing.encrypt(
                octets, mechanism=Mechanism.AES_CBC_PAD, mechanism_param=iv
            )
        sealed = _CBC_HMAC + iv + bytes(ciphertext)
        return sealed + self._hmac(_SEALED + len(bound).to_bytes(4, "big") + bound + sealed)

    def open(self, sealed: bytes, *, bound: bytes) -> bytes:
        if sealed[:1] != self._format:
            raise KeyRecordRefused("a key's record was altered")
        if self._format == _CBC_HMAC:
            sealed, mac = sealed[:-_MAC_OCTETS], sealed[-_MAC_OCTETS:]
            wanted = self._hmac(_SEALED + len(bound).to_bytes(4, "big") + bound + sealed)
            if not hmac.compare_digest(mac, wanted):
                raise KeyRecordRefused("a key's record was altered")
        try:
            return self._open(sealed, bound)
        except PKCS11Error:
            self._demand_token()
            raise KeyRecordRefused("a key's record was altered") from None

    def mac(self, octets: bytes) -> bytes:
        return self._hmac(_JOURNAL + octets)

    def anchor(self, at_least: int | None = None) -> int:
        """The count in the token. A new object is made before the old one goes, so that a power cut
        leaves one or both, and the higher one counts.
        """
        if at_least is not None and at_least > self._count:
            made = _write_count(self._token, at_least, self._hmac, self._format)
            old, self._counts, self._count = self._counts, [made], at_least
            with losing():
                for one in old:
                    one.destroy()
        return self._count

    def close(self) -> None:
        self._token.close()

    def _open(self, sealed: bytes, bound: bytes) -> bytes:
        start = 1 + _IV[self._format]
        iv, ciphertext = sealed[1:start], sealed[start:]
        if self._format == _GCM:
            if len(ciphertext) < _TAG_BITS // 8:
                raise KeyRecordRefused("a key's record was altered")
            return self._gcm(self._sealing.decrypt, ciphertext, iv, bound)
        return bytes(
            self._sealing.decrypt(ciphertext, mechanism=Mechanism.AES_CBC_PAD, mechanism_param=iv)
        )

    def _gcm(self, do: Callable[..., bytes], octets: bytes, iv: bytes, bound: bytes) -> bytes:
        parameter = GCMParams(iv, bound, _TAG_BITS)
        return bytes(do(octets, mechanism=Mechanism.AES_GCM, mechanism_param=parameter))

    def _hmac(self, octets: bytes) -> bytes:
        with losing():
            return bytes(self._journal.sign(octets, mechanism=Mechanism.SHA256_HMAC))

    def _demand_token(self) -> None:
        """A token says the same of a wrong tag and of its own end: ask it what it knew before."""
        try:
            whole = self._open(self._known, _PROBE) == _PROBE
        except PKCS11Error:
            whole = False
        if not whole:
            raise TokenLost("the token does not answer")

    def _read_count(self, objects: list[Any]) -> int:
        counts = []
        with losing():
            values = [bytes(one[Attribute.VALUE]) for one in objects]
        for value in values:
            count, mac = value[:_COUNT_OCTETS], value[_COUNT_OCTETS:]
            if not hmac.compare_digest(mac, self._hmac(_COUNT + count)):
                raise Misconfigured("the count in the token was altered", where=self._label)
            counts.append(int.from_bytes(count, "big"))
        return max(counts)


def create_master(token: OpenToken) -> TokenMaster:
    """Draw a master key in the token.

    Refuses: Misconfigured where one is already, and for a token without the mechanisms.
    """
    label = token.settings.master
    if token.find(ObjectClass.SECRET_KEY, label) or _counts(token):
        raise Misconfigured("a master key is there already", where=_where(token))
    form = FORMATS[_choose_sealing(token)]
    common = {"label": label, "id": token.random(_ID_OCTETS), "store": True, "template": _STAYS}
    with losing():
        journal = token.session.generate_key(
            KeyType.GENERIC_SECRET, 256,
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY, **common,
        )  # fmt: skip
        token.session.generate_key(
            KeyType.AES, 256,
            capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT, **common,
        )  # fmt: skip

    def sign(octets: bytes) -> bytes:
        with losing():
            return bytes(journal.sign(octets, mechanism=Mechanism.SHA256_HMAC))

    _write_count(token, 0, sign, form)
    return TokenMaster(token)


def _choose_sealing(token: OpenToken) -> str:
    able = {
        "gcm": token.can(Mechanism.AES_GCM),
        "cbc-hmac": token.can(Mechanism.AES_CBC_PAD),
    }
    wanted = [token.settings.sealing] if token.settings.sealing else list(able)
    usable = [name for name in wanted if able[name]] if token.can(Mechanism.SHA256_HMAC) else []
    if not usable:
        raise Misconfigured(
            "the token has not the mechanisms of a master key",
            where=_where(token),
            allowed="CKM_SHA256_HMAC, and CKM_AES_GCM or CKM_AES_CBC_PAD",
        )
    return usable[0]


def _find(token: OpenToken) -> _Objects:
    keys = token.find(ObjectClass.SECRET_KEY, token.settings.master)
    kinds = {key.key_type: key for key in keys}
    if not keys:
        raise Misconfigured(
            "no master key in the token", where=_where(token), allowed="tallystick hsm create FILE"
        )
    if len(keys) != 2 or set(kinds) != {KeyType.AES, KeyType.GENERIC_SECRET}:
        raise Misconfigured("not one master key in the token", where=_where(token))
    for key in keys:
        _demand_inside(key, token)
    return _Objects(kinds[KeyType.AES], kinds[KeyType.GENERIC_SECRET], _counts(token))


_STAYS = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.MODIFIABLE: False,
}
_INSIDE = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.ALWAYS_SENSITIVE: True,
    Attribute.NEVER_EXTRACTABLE: True,
    Attribute.LOCAL: True,
    Attribute.WRAP: False,
    Attribute.UNWRAP: False,
    Attribute.DERIVE: False,
}


def _demand_inside(key: Any, token: OpenToken) -> None:
    with losing():
        wrong = [attribute.name for attribute, value in _INSIDE.items() if key[attribute] != value]
    if wrong:
        raise Misconfigured(
            f"the master key was not drawn in the token or may leave it ({', '.join(wrong)})",
            where=_where(token),
            allowed="one that tallystick hsm create drew",
        )


def _counts(token: OpenToken) -> list[Any]:
    return token.find(ObjectClass.DATA, token.settings.master)


def _format(counts: list[Any], token: OpenToken) -> bytes:
    with losing():
        names = {str(one[Attribute.APPLICATION]).removeprefix(_APPLICATION) for one in counts}
    wanted = token.settings.sealing
    if len(names) != 1 or not names <= FORMATS.keys() or (wanted and names != {wanted}):
        raise Misconfigured(
            "the token seals in another way, or its count is gone", where=_where(token)
        )
    return FORMATS[names.pop()]


def _write_count(token: OpenToken, count: int, sign: Callable[[bytes], bytes], form: bytes) -> Any:
    octets = count.to_bytes(_COUNT_OCTETS, "big")
    name = next(name for name, value in FORMATS.items() if value == form)
    with losing():
        return token.session.create_object(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: True,
                Attribute.LABEL: token.settings.master,
                Attribute.APPLICATION: _APPLICATION + name,
                Attribute.VALUE: octets + sign(_COUNT + octets),
            }
        )


def _where(token: OpenToken) -> str:
    return f"token {token.settings.token}: {token.settings.master}"
