"""The chain of a bundle: every artefact is the certified one, each made from the one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.decide.policy import SecurityPolicy, policy_from_plain
from tallystick.ground.errors import Misconfigured
from tallystick.prove.certificate.bundle import (
    ANALYSIS,
    CERTIFICATE,
    DOSSIER,
    POLICY,
    SERVICE,
    certified_catalogue,
    read_file,
)
from tallystick.prove.certificate.refusals import VerificationFailed
from tallystick.prove.dossier import CHAIN, Claims, read_claims
from tallystick.prove.evidence import Malformed


def walk_chain(
    files: Mapping[str, bytes], body: Mapping[str, Any]
) -> tuple[SecurityPolicy, Claims]:
    """Read the artefacts of a bundle and hold every digest in one against the artefact it names.

    Takes:   files whose own digests were compared with the certificate's `body` already.
    Refuses: VerificationFailed.
    """
    service, analysis = read_file(files, SERVICE), read_file(files, ANALYSIS)
    policy, claims = _read_policy(files), _read_claims(files)
    links = [
        (SERVICE, "id", service.get("id"), body["service_id"]),
        (ANALYSIS, "service", analysis.get("service"), body["service"]),
        (ANALYSIS, "catalogue", analysis.get("catalogue"), body["catalogue"]),
        (POLICY, "analysis", policy.analysis, body["analysis"]),
        (POLICY, "catalogue", policy.catalogue, body["catalogue"]),
        (POLICY, "service_id", policy.service_id, body["service_id"]),
        (POLICY, "digest", policy.digest, body["policy"]),
        *((DOSSIER, name, getattr(claims.chain, name), body[name]) for name in CHAIN),
    ]
    for where, what, found, expected in links:
        if found != expected:
            raise VerificationFailed(f"its {what} is not the one that was certified", where)
    if certified_catalogue(files).digest != body["catalogue"]:
        raise VerificationFailed("made with the catalogue of another version", CERTIFICATE)
    return policy, claims


def _read_policy(files: Mapping[str, bytes]) -> SecurityPolicy:
    try:
        return policy_from_plain(read_file(files, POLICY))
    except Misconfigured as wrong:
        raise VerificationFailed(wrong.problem, POLICY) from None


def _read_claims(files: Mapping[str, bytes]) -> Claims:
    try:
        return read_claims(read_file(files, DOSSIER))
    except Malformed as wrong:
        raise VerificationFailed(f"not a dossier: {wrong}", DOSSIER) from None
