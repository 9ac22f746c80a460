"""The two documents of one plan, by file name."""

from __future__ import annotations

from tallystick.prove.exchange.cyclonedx.attestations import attestation_bom
from tallystick.prove.exchange.cyclonedx.cryptography import cryptography_bom
from tallystick.prove.exchange.material import Material, json_octets

CBOM = "cbom.cdx.json"
ATTESTATIONS = "attestations.cdx.json"
DOSSIER = "dossier.json"


def cyclonedx_files(material: Material) -> dict[str, bytes]:
    """The CBOM and the attestations; a dossier is laid beside them, as evidence points into it."""
    files = {
        CBOM: json_octets(cryptography_bom(material)),
        ATTESTATIONS: json_octets(attestation_bom(material)),
    }
    if material.dossier is not None:
        files[DOSSIER] = material.dossier.octets
    return files
