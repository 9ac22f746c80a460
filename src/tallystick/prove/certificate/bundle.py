"""The bundle: a folder with the certificate and everything that it stands on, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tallystick.decide.policy import SecurityPolicy, policy_plain
from tallystick.ground.canonical import canonical_json, digest
from tallystick.ground.errors import Misconfigured
from tallystick.prove.certificate.model import Certificate
from tallystick.prove.certificate.refusals import VerificationFailed
from tallystick.prove.dossier import Dossier
from tallystick.prove.evidence import Malformed, read_canonical, read_list, read_object
from tallystick.standard import Catalogue, extend_catalogue

if TYPE_CHECKING:  # whoever only verifies needs no arithmetic of risk
    from tallystick.analyse import RiskAnalysis
    from tallystick.describe import Service

CERTIFICATE = "certificate.json"
DOSSIER = "dossier.json"
POLICY = "policy.json"
ANALYSIS = "analysis.json"
SERVICE = "service.json"
SOURCE = "service.toml"
CHECKPOINT = "evidence/checkpoint"

NEEDED = (CERTIFICATE, DOSSIER, POLICY, ANALYSIS, SERVICE, CHECKPOINT)
FOLDER = "evidence"
FILE_MAX = 16 * 1024 * 1024


def write_bundle(
    folder: str | Path,
    *,
    certificate: Certificate,
    dossier: Dossier,
    policy: SecurityPolicy,
    analysis: RiskAnalysis,
    service: Service,
    service_toml: bytes | None = None,
) -> Path:
    """Write a bundle that `verify_certificate` reads.

    Takes:   a folder that is empty or is not there yet; `service_toml` when the certificate was
             made with it.
    Refuses: Misconfigured for a folder that holds something; VerificationFailed when an artefact is
             not the one that the certificate names.
    """
    octets = {
        CERTIFICATE: certificate.octets,
        DOSSIER: dossier.octets,
        POLICY: canonical_json(policy_plain(policy)),
        ANALYSIS: canonical_json(analysis.plain()),
        SERVICE: canonical_json(service.plain()),
        CHECKPOINT: dossier.checkpoint.encode(),
    }
    if service_toml is not None:
        octets[SOURCE] = service_toml
    check_digests(octets, certificate.body())
    if policy.digest != certificate.chain.policy:
        raise VerificationFailed("is not the one that the certificate names", POLICY)
    return _write(Path(folder), octets)


def check_digests(files: Mapping[str, bytes], body: Mapping[str, Any]) -> None:
    """Compare every file with the digest by which a certificate's body names it.

    The policy is not among them: it carries its own digest, made over the rest of it.
    Refuses: VerificationFailed.
    """
    named = {
        SERVICE: body["service"],
        ANALYSIS: body["analysis"],
        DOSSIER: body["dossier"],
        CHECKPOINT: body["checkpoint"],
        SOURCE: body["source"],
    }
    for name, expected in named.items():
        if expected != (digest(files[name]) if name in files else None):
            raise VerificationFailed("is not the one that the certificate names", name)


def read_bundle(folder: str | Path) -> dict[str, bytes]:
    """Read every file of a bundle. Refuses: VerificationFailed for missing and for extra ones."""
    root = Path(folder)
    found = _listing(root)
    for name in found:
        if name not in (*NEEDED, SOURCE, FOLDER):
            raise VerificationFailed("does not belong in a bundle", name)
    for name in NEEDED:
        if name not in found:
            raise VerificationFailed("is missing", name)
    return {name: _read(root / name, name) for name in (*NEEDED, SOURCE) if name in found}


def read_file(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """A file that is canonical JSON and holds an object. Refuses: VerificationFailed."""
    try:
        value = read_canonical(files[name])
    except Malformed as wrong:
        raise VerificationFailed(str(wrong), name) from None
    if not isinstance(value, dict):
        raise VerificationFailed("does not hold an object", name)
    return value


def extensions_of(files: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """Name and text of the owner's own entries of the catalogue, as the certified service has them.

    Refuses: VerificationFailed.
    """
    try:
        entries = read_list(read_file(files, SERVICE).get("extensions"), dict)
        members = [read_object(entry, {"name": str, "text": str}) for entry in entries]
    except Malformed as wrong:
        raise VerificationFailed(f"its extensions: {wrong}", SERVICE) from None
    return tuple((member["name"], member["text"]) for member in members)


def certified_catalogue(files: Mapping[str, bytes]) -> Catalogue:
    """The catalogue that the certified service was planned with. Refuses: VerificationFailed."""
    try:
        return extend_catalogue(extensions_of(files))
    except Misconfigured as wrong:
        raise VerificationFailed(f"its extensions: {wrong}", SERVICE) from None


def _listing(root: Path) -> list[str]:
    """Everything in the folder, at most two levels deep: a bundle goes no deeper."""
    try:
        names = sorted(os.listdir(root))
        if FOLDER in names and (root / FOLDER).is_dir() and not (root / FOLDER).is_symlink():
            names += [f"{FOLDER}/{name}" for name in sorted(os.listdir(root / FOLDER))]
    except OSError as error:
        raise VerificationFailed(f"cannot be read: {error.strerror}", str(root)) from None
    return names


def _read(path: Path, name: str) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise VerificationFailed("is not a plain file", name)
    try:
        with path.open("rb") as file:
            octets = file.read(FILE_MAX + 1)
    except OSError as error:
        raise VerificationFailed(f"cannot be read: {error.strerror}", name) from None
    if len(octets) > FILE_MAX:
        raise VerificationFailed("is too long", name)
    return octets


def _write(root: Path, octets: Mapping[str, bytes]) -> Path:
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Misconfigured("a bundle goes into an empty folder", where=str(root))
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        (root / FOLDER).mkdir(mode=0o700)
        for name, content in octets.items():
            (root / name).write_bytes(content)
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(root)) from None
    return root
