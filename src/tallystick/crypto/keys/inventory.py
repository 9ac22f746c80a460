"""The inventory of keys: what each is, never what it is made of; and as a bill of materials.

The bill is CycloneDX 1.6 (a CBOM): every key a related-crypto-material with its check value for an
identifier, every algorithm that keys are made for an asset of its own.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyUsage
from tallystick.crypto.keys.life import LifeState
from tallystick.crypto.keys.managed import ManagedKey
from tallystick.crypto.mechanisms import KEY_MECHANISMS, Mechanism
from tallystick.ground.canonical import canonical_json
from tallystick.ground.clock import iso_instant

_KINDS = {
    "symmetric": "secret-key", "pair": "private-key", "public": "public-key", "token": "secret-key",
}  # fmt: skip
_STATES: Mapping[LifeState, str] = MappingProxyType(
    {
        LifeState.CREATED: "pre-activation",
        LifeState.ACTIVE: "active",
        LifeState.SUSPENDED: "suspended",
        LifeState.EXPIRED: "deactivated",
        LifeState.ARCHIVED: "deactivated",
        LifeState.COMPROMISED: "compromised",
        LifeState.DESTROYED: "destroyed",
    }
)
_BITS = {
    "TDES_2KEY": 128, "TDES_3KEY": 192, "AES_128": 128, "AES_192": 192, "AES_256": 256,
    "RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096,
    "ECC_NIST_P256": 256, "ECC_NIST_P384": 384, "ECC_NIST_P521": 521,
    "MLKEM768-X25519": 8 * 1216, "MLKEM1024-P384": 8 * 1665, "ML-DSA-65-P384": 8 * 1952,
}  # fmt: skip
_CURVES = {"ECC_NIST_P256": "P-256", "ECC_NIST_P384": "P-384", "ECC_NIST_P521": "P-521"}
_PRIMITIVES = {
    "TDES": "block-cipher", "AES": "block-cipher", "HMAC": "mac", "RSA": "pke", "ECC": "key-agree",
    "MLKEM768-X25519": "kem", "MLKEM1024-P384": "kem", "ML-DSA-65-P384": "signature",
}  # fmt: skip
_QUANTUM_LEVELS = {
    "RSA": 0, "ECC": 0, "MLKEM768-X25519": 3, "MLKEM1024-P384": 5, "ML-DSA-65-P384": 3,
}  # fmt: skip
"""The categories of NIST's call for post-quantum algorithms; 0 where there is no work to do."""
_FUNCTIONS: Mapping[str, list[str]] = MappingProxyType(
    {
        "block-cipher": ["encrypt", "decrypt", "tag", "keyderive"],
        "mac": ["tag", "verify"],
        "pke": ["encapsulate", "decapsulate", "sign", "verify"],
        "key-agree": ["keyderive", "sign", "verify"],
        "kem": ["encapsulate", "decapsulate"],
        "signature": ["sign", "verify"],
    }
)

Table = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """One key in the inventory. Instants in ms; `under` is the key that it came under."""

    id: str
    label: str
    usage: KeyUsage
    algorithm: KeyAlgorithm
    kind: str
    state: LifeState
    domain: str
    origin: str
    created_ms: int
    check_value: str
    check_method: str
    active_from_ms: int | None = None
    expires_ms: int | None = None
    under: str | None = None


def line_of(record: ManagedKey) -> KeyLine:
    """What the inventory says of a key."""
    return KeyLine(
        id=record.id,
        label=record.label,
        usage=record.attributes.usage,
        algorithm=record.attributes.algorithm,
        kind=record.kind,
        state=record.state,
        domain=record.domain,
        origin=record.origin,
        created_ms=record.created_ms,
        check_value=record.check_value,
        check_method=record.check_method,
        active_from_ms=record.active_from_ms,
        expires_ms=record.expires_ms,
        under=record.under,
    )


def inventory_bom(lines: Iterable[KeyLine], *, module: str, secured_by: str, at_ms: int) -> Table:
    """The inventory as a cryptographic bill of materials (CycloneDX 1.6).

    Takes: the fingerprint of the module's master key, and how the module keeps its keys, in words.
           The serial number follows from the content.
    """
    kept = sorted(lines, key=lambda line: line.id)
    used = sorted({str(line.algorithm) for line in kept})
    inside = [
        *(_algorithm(KEY_MECHANISMS[name]) for name in used),
        *(_key(line, secured_by) for line in kept),
    ]
    digest = hashlib.sha256(canonical_json({"components": inside, "module": module})).digest()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=5)}",
        "version": 1,
        "metadata": {
            "timestamp": iso_instant(at_ms),
            "component": {
                "bom-ref": "module", "type": "application", "name": "crypto module",
                "version": module,
            },
        },
        "components": inside,
        "dependencies": [_needs(line, {one.id for one in kept}) for line in kept],
    }  # fmt: skip


def _algorithm(mechanism: Mechanism) -> Table:
    family = mechanism.name.partition("_")[0]
    primitive = _PRIMITIVES[family]
    properties: Table = {
        "primitive": primitive,
        "cryptoFunctions": list(_FUNCTIONS[primitive]),
        "classicalSecurityLevel": mechanism.strength_bits,
    }
    if mechanism.name in _CURVES:
        properties["curve"] = _CURVES[mechanism.name]
    if family in _QUANTUM_LEVELS:
        properties["nistQuantumSecurityLevel"] = _QUANTUM_LEVELS[family]
    last = mechanism.not_after
    return {
        "bom-ref": f"mechanism:{mechanism.name}",
        "type": "cryptographic-asset",
        "name": mechanism.name,
        "description": mechanism.purpose,
        "cryptoProperties": {"assetType": "algorithm", "algorithmProperties": properties},
        "properties": [
            _property("source", mechanism.source),
            *([] if last is None else [_property("not-after-year", last)]),
        ],
    }


def _key(line: KeyLine, secured_by: str) -> Table:
    algorithm = str(line.algorithm)
    material: Table = {
        "type": _KINDS[line.kind],
        "id": f"{line.check_method}:{line.check_value}" if line.check_value else f"key:{line.id}",
        "state": _STATES[line.state],
        "size": _BITS.get(algorithm, 8 * line.algorithm.octets),
        "algorithmRef": f"mechanism:{algorithm}",
        "securedBy": {"mechanism": secured_by},
        "creationDate": iso_instant(line.created_ms),
    }
    if line.active_from_ms is not None:
        material["activationDate"] = iso_instant(line.active_from_ms)
    if line.expires_ms is not None:
        material["expirationDate"] = iso_instant(line.expires_ms)
    told = {"usage": line.usage, "state": line.state, "domain": line.domain, "origin": line.origin}
    return {
        "bom-ref": f"key:{line.id}",
        "type": "cryptographic-asset",
        "name": line.label or f"{line.usage} key",
        "cryptoProperties": {
            "assetType": "related-crypto-material",
            "relatedCryptoMaterialProperties": material,
        },
        "properties": [_property(name, value) for name, value in told.items()],
    }


def _needs(line: KeyLine, known: set[str]) -> Table:
    """A key depends on its algorithm, and on the key that it came under."""
    needs = [f"mechanism:{line.algorithm}"]
    if line.under in known:
        needs.append(f"key:{line.under}")
    return {"ref": f"key:{line.id}", "dependsOn": sorted(needs)}


def _property(name: str, value: object) -> Table:
    return {"name": f"tallystick:{name}", "value": str(value)}
