"""Session proofs: each request shows possession of the session key (DPoP, RFC 9449)."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Annotated

import msgspec

from tallystick.crypto.envelopes import EnvelopeRefused, parse_signed, strict_object
from tallystick.crypto.mechanisms import KeyRefused, SignatureRefused
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.limits import PROOF_MAX
from tallystick.protect.devices.stamps import Grant

PROOFS_REMEMBERED_MAX = 500_000


class ProofRefused(Refused):
    """The proof does not belong to this request, this grant or this moment."""

    code, clause, public_code = "proof.refused", "7.2", "grant.refused"


class _Claims(msgspec.Struct, forbid_unknown_fields=True):
    jti: Annotated[str, msgspec.Meta(min_length=16, max_length=64)]
    htm: Annotated[str, msgspec.Meta(max_length=8)]
    htu: Annotated[str, msgspec.Meta(max_length=512)]
    iat: int
    ath: Annotated[str, msgspec.Meta(max_length=64)]


_claims = msgspec.json.Decoder(_Claims)


@dataclass(frozen=True, slots=True)
class SeenProof:
    """A proof that was verified: its name, and until when it could be shown again."""

    name: str
    until_ms: int


def check_proof(
    proof: str,
    *,
    grant: Grant,
    grant_token: str,
    method: str,
    url: str,
    now_ms: int,
    window_s: int,
) -> SeenProof:
    """Verify a proof; whether it was used before only its desk knows. Refuses: ProofRefused.

    Source: RFC 9449 §4.3.
    """
    if len(proof) > PROOF_MAX:
        raise ProofRefused("the proof is too long")
    claims = _verified_claims(proof, grant)
    if claims.htm != method or claims.htu != url:
        raise ProofRefused("the proof is for another request")
    if claims.ath != to_base64url(hashlib.sha256(grant_token.encode()).digest()):
        raise ProofRefused("the proof is for another grant")
    if abs(now_ms - claims.iat * 1000) > window_s * 1000:
        raise ProofRefused("the proof is outside its window")
    return SeenProof(f"{grant.device}.{claims.jti}", now_ms + 2 * window_s * 1000)


class ProofDesk:
    """Checks proofs and remembers each until its window has passed.

    Memory is enough: a grant does not survive the process, and a proof names its grant. There is
    one desk for all edges: a proof that was shown to one is known wherever it is shown again.
    """

    def __init__(self, *, window_s: int) -> None:
        self._window_s = window_s
        self._seen: OrderedDict[str, int] = OrderedDict()

    def accept(
        self, proof: str, *, grant: Grant, grant_token: str, method: str, url: str, now_ms: int
    ) -> None:
        """Accept a proof once. Refuses: ProofRefused. Source: RFC 9449 §4.3."""
        seen = check_proof(
            proof,
            grant=grant,
            grant_token=grant_token,
            method=method,
            url=url,
            now_ms=now_ms,
            window_s=self._window_s,
        )
        self.burn(seen, now_ms=now_ms)

    def burn(self, seen: SeenProof, *, now_ms: int) -> None:
        """Remember a verified proof. Refuses: ProofRefused when it was shown before."""
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest] >= now_ms:  # a proof is good up to and at the end of its window
                break
            del self._seen[oldest]
        if seen.name in self._seen:
            raise ProofRefused("the proof was used before")
        if len(self._seen) >= PROOFS_REMEMBERED_MAX:
            raise ProofRefused("too many proofs within one window")
        self._seen[seen.name] = seen.until_ms


def _verified_claims(proof: str, grant: Grant) -> _Claims:
    try:
        signed = parse_signed(proof, typ="dpop+jwt")
        public = signed.key
        if public is None or public.thumbprint != grant.thumbprint:
            raise ProofRefused("the proof is by another key")
        payload = signed.verify(public)
        strict_object(payload)
        return _claims.decode(payload)
    except (EnvelopeRefused, KeyRefused, SignatureRefused, msgspec.DecodeError) as refusal:
        raise ProofRefused("the proof cannot be read") from refusal
