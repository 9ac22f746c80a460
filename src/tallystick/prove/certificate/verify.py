"""Verification: a folder and a trust anchor in; a story of seven steps out, or one refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.crypto.mechanisms import KeyRefused, SignatureRefused, ed25519_verify
from tallystick.ground.canonical import canonical_json
from tallystick.ground.clock import iso_instant
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url
from tallystick.prove.certificate.again import close_again, first_difference, open_evidence
from tallystick.prove.certificate.bundle import (
    CERTIFICATE,
    CHECKPOINT,
    DOSSIER,
    check_digests,
    read_bundle,
    read_file,
)
from tallystick.prove.certificate.links import walk_chain
from tallystick.prove.certificate.model import BODY, DOMAIN, Certificate, describe_dossier
from tallystick.prove.certificate.refusals import VerificationFailed
from tallystick.prove.certificate.trust import TrustAnchor
from tallystick.prove.dossier import Claims, Dossier, grade_of
from tallystick.prove.evidence import (
    Checkpoint,
    Malformed,
    NoteRefused,
    parse_verifier_key,
    read_object,
    verify_note,
)

STEPS = (
    "the certificate is signed by the pinned key",
    "it holds at this time",
    "service, analysis, policy and dossier are the certified ones, each made from the one before",
    "the checkpoint of the evidence log is signed by the pinned key",
    "every piece of evidence stands in the log under that checkpoint",
    "closing the requirements again with this evidence gives the certified states",
    "grade, validity and what was not proven are stated as the rules demand",
    "the service file gives the same service, analysis and policy, byte for byte",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedCertificate:
    """A certificate that was verified, the dossier behind it, and the steps that were taken."""

    certificate: Certificate
    dossier: Dossier
    steps: tuple[str, ...]


def verify_certificate(
    folder: str | Path, trust: TrustAnchor, now_ms: int, *, rederive: bool = False
) -> VerifiedCertificate:
    """Verify a bundle with nothing but its files, a trust anchor from elsewhere, and the time.

    `rederive` also makes analysis and policy again from the service file that goes along.
    Shows that nothing was altered or added and that the states follow from this evidence; not that
    the provider held back nothing: that takes the whole log (`audit_log`) and a witness.
    Refuses: VerificationFailed, naming what is wrong and in which file.
    """
    files = read_bundle(folder)
    body, signature = _check_signature(files, trust)  # 1
    _check_validity(body, now_ms)  # 2
    check_digests(files, body)  # 3
    policy, claims = walk_chain(files, body)
    checkpoint = _check_checkpoint(files, claims, trust)  # 4
    witnessed = open_evidence(claims, checkpoint)  # 5
    dossier = close_again(files, policy, claims, witnessed)  # 6
    certificate = _check_statements(files, body, signature, dossier, trust)  # 7
    if rederive:  # 8
        from tallystick.prove.certificate.rederive import rederive_artefacts

        rederive_artefacts(files)
    return VerifiedCertificate(
        certificate=certificate, dossier=dossier, steps=STEPS if rederive else STEPS[:-1]
    )


def _check_signature(
    files: Mapping[str, bytes], trust: TrustAnchor
) -> tuple[dict[str, Any], bytes]:
    key = parse_verifier_key(trust.certificate)
    try:
        outer = read_object(read_file(files, CERTIFICATE), {"body": dict, "signature": str})
        body: dict[str, Any] = read_object(outer["body"], BODY)
        signature = from_base64url(outer["signature"])
        ed25519_verify(key.public, DOMAIN + canonical_json(body), signature)
    except (Malformed, NotAnIdentifier) as wrong:
        raise VerificationFailed(f"not a certificate: {wrong}", CERTIFICATE) from None
    except (KeyRefused, SignatureRefused):
        raise VerificationFailed(f"not signed by {key.name}", CERTIFICATE) from None
    return body, signature


def _check_validity(body: Mapping[str, Any], now_ms: int) -> None:
    if now_ms < body["valid_from_ms"]:
        since = iso_instant(body["valid_from_ms"])
        raise VerificationFailed(f"does not hold before {since}", CERTIFICATE)
    if now_ms > body["valid_to_ms"]:
        until = iso_instant(body["valid_to_ms"])
        raise VerificationFailed(f"holds no longer than {until}", CERTIFICATE)


def _check_checkpoint(files: Mapping[str, bytes], claims: Claims, trust: TrustAnchor) -> Checkpoint:
    try:
        note = files[CHECKPOINT].decode()
        checkpoint = verify_note(note, trust.checkpoint)
    except UnicodeDecodeError:
        raise VerificationFailed("not text", CHECKPOINT) from None
    except NoteRefused as wrong:
        raise VerificationFailed(str(wrong), CHECKPOINT) from None
    if claims.checkpoint != note:
        raise VerificationFailed("stands on another checkpoint", DOSSIER)
    return checkpoint


def _check_statements(
    files: Mapping[str, bytes],
    body: Mapping[str, Any],
    signature: bytes,
    dossier: Dossier,
    trust: TrustAnchor,
) -> Certificate:
    """The grade by its rule, no validity beyond the evidence, the rest as the dossier has it."""
    if body["grade"] != grade_of(module=dossier.module, witness=dossier.witness):
        raise VerificationFailed(f"may not claim {body['grade']} grade", CERTIFICATE)
    if dossier.until_ms is not None and body["valid_to_ms"] > dossier.until_ms:
        raise VerificationFailed("claims to hold for longer than its evidence", CERTIFICATE)
    certificate = describe_dossier(
        dossier,
        key=parse_verifier_key(trust.certificate),
        valid_to_ms=body["valid_to_ms"],
        source=body["source"],
        signature=signature,
    )
    if certificate.octets != files[CERTIFICATE]:
        place = first_difference(certificate.body(), body)
        raise VerificationFailed(f"the dossier does not give its {place}", CERTIFICATE)
    return certificate
