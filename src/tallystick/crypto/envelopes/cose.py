"""COSE_Sign1 (RFC 9052): read in its one deterministic spelling, verified with ES256."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from tallystick.crypto.envelopes.refusals import EnvelopeRefused
from tallystick.crypto.mechanisms import PublicKey, SignatureRefused, es256_verify
from tallystick.ground.errors import Misconfigured

ALG, CONTENT_TYPE, KID = 1, 3, 4
"""Labels of header parameters (RFC 9052 §3.1)."""
ES256 = -7
_SIGN1 = 18
_SIGNATURE_OCTETS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CoseSign1:
    """A COSE_Sign1, parsed and not yet verified. Believe only what `verify` returns."""

    protected: Mapping[Any, Any]
    unprotected: Mapping[Any, Any]
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    protected_octets: bytes = field(repr=False)

    def verify(self, public: PublicKey, *, external: bytes = b"") -> bytes:
        """The payload that the holder of `public` signed. Refuses: EnvelopeRefused.

        The algorithm is ours to choose, and must be the one that the header names. Source: RFC 9052
        §4.4.
        """
        named = [head.get(ALG) for head in (self.protected, self.unprotected) if ALG in head]
        if named != [ES256]:
            raise EnvelopeRefused("algorithm")
        octets = signature_input(self.protected_octets, self.payload, external=external)
        try:
            es256_verify(public=public, octets=octets, signature=self.signature)
        except SignatureRefused:
            raise EnvelopeRefused("signature") from None
        return self.payload


def parse_sign1(octets: bytes, *, octets_max: int) -> CoseSign1:
    """Read a tagged COSE_Sign1 with a payload; verifies nothing yet.

    Refuses: EnvelopeRefused for anything but the deterministic spelling of exactly this shape, and
             for what is longer.    Source: RFC 9052 §4.2; RFC 8949 §4.2.
    """
    tagged = read_cbor(octets, octets_max=octets_max)
    if getattr(tagged, "tag", None) != _SIGN1:
        raise EnvelopeRefused("tag")
    match tagged.value:
        case [bytes() as protected, {**unprotected}, bytes() as payload, bytes() as signature]:
            if len(signature) != _SIGNATURE_OCTETS:
                raise EnvelopeRefused("signature")
            return CoseSign1(
                protected=_header(protected, octets_max=octets_max),
                unprotected=unprotected,
                payload=payload,
                signature=signature,
                protected_octets=protected,
            )
    raise EnvelopeRefused("shape")


def signature_input(protected: bytes, payload: bytes, *, external: bytes = b"") -> bytes:
    """What is signed: the Sig_structure of a COSE_Sign1 (RFC 9052 §4.4)."""
    return write_cbor(["Signature1", protected, external, payload])


def read_cbor(octets: bytes, *, octets_max: int) -> Any:
    """One item in its deterministic spelling. Refuses: EnvelopeRefused."""
    if len(octets) > octets_max:
        raise EnvelopeRefused("length")
    library = _library()
    try:
        value = library.loads(octets)
        again = library.dumps(value, canonical=True)
    except (library.CBORError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
        raise EnvelopeRefused("cbor") from None
    if again != octets:
        raise EnvelopeRefused("spelling")
    return value


def write_cbor(value: Any) -> bytes:
    """The deterministic spelling of a value (RFC 8949 §4.2)."""
    octets: bytes = _library().dumps(value, canonical=True)
    return octets


def demand_cose() -> None:
    """Refuses: Misconfigured when the library for CBOR is not installed."""
    _library()


def _header(protected: bytes, *, octets_max: int) -> Mapping[Any, Any]:
    """A protected header: no octets for an empty one, else a map (RFC 9052 §3)."""
    header = read_cbor(protected, octets_max=octets_max) if protected else {}
    if not isinstance(header, Mapping):
        raise EnvelopeRefused("header")
    return header


def _library() -> Any:
    try:
        return import_module("cbor2")
    except ModuleNotFoundError:
        raise Misconfigured(
            "offline purses need cbor2", allowed="pip install 'tallystick[purses]'"
        ) from None
