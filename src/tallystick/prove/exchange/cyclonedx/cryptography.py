"""Mechanisms, keys and protocols of a service as cryptographic assets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tallystick.crypto.keys import MECHANISM_OF, KeyPurpose
from tallystick.crypto.mechanisms import MECHANISMS, Mechanism
from tallystick.prove.exchange.cyclonedx.bom import Table, head, prop, service_ref
from tallystick.prove.exchange.material import Material

HSM = "hsm"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Traits:
    """How the format classifies a mechanism.

    `quantum_level` follows the categories of NIST's call for post-quantum algorithms: 5 as hard as
    searching an AES-256 key, 2 as a collision of SHA-256, 0 where a quantum computer has no such
    work to do. None where NIST names no category: nothing is invented then.
    """

    primitive: str
    functions: tuple[str, ...]
    curve: str = ""
    parameters: str = ""
    mode: str = ""
    quantum_level: int | None = None


_UNKNOWN = _Traits(primitive="other", functions=("other",))
_TRAITS: Mapping[str, _Traits] = {
    "ES256": _Traits(
        primitive="signature", functions=("sign", "verify"), curve="P-256", quantum_level=0
    ),
    "Ed25519": _Traits(
        primitive="signature", functions=("sign", "verify"), curve="Curve25519", quantum_level=0
    ),
    "RS256": _Traits(
        primitive="signature", functions=("sign", "verify"), parameters="3072", quantum_level=0
    ),
    "ECDH-ES": _Traits(
        primitive="key-agree", functions=("keygen", "keyderive"), curve="P-256", quantum_level=0
    ),
    "A256GCM": _Traits(
        primitive="ae", functions=("encrypt", "decrypt", "tag"), parameters="256", mode="gcm",
        quantum_level=5,
    ),
    "HMAC-SHA-256": _Traits(primitive="mac", functions=("tag", "verify"), parameters="256"),
    "HKDF-SHA-256": _Traits(primitive="kdf", functions=("keyderive",), parameters="256"),
    "SHA-256": _Traits(
        primitive="hash", functions=("digest",), parameters="256", quantum_level=2
    ),
    "scrypt": _Traits(primitive="kdf", functions=("keyderive",)),
}  # fmt: skip

_PROTOCOLS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sealed financial message": (
        "JOSE: a message signed by the device, sealed to the provider's module.",
        ("ES256", "ECDH-ES", "A256GCM"),
    ),
    "session proof": ("A proof that the caller holds the session's key.", ("ES256", "SHA-256")),
    "messages between providers": (
        "A detached JWS over each request to and from an interoperability hub.",
        ("RS256", "ES256"),
    ),
    "evidence log": (
        "A hash tree over what was done, with signed checkpoints.",
        ("SHA-256", "Ed25519"),
    ),
}
_SECURED_BY = {"se": "secure element", "tee": "trusted execution environment"}


def cryptography_bom(material: Material) -> Table:
    """The cryptographic bill of materials of the service."""
    inside = [
        *(_algorithm(material, one) for one in MECHANISMS.values()),
        *(_provider_key(material, purpose) for purpose in MECHANISM_OF),
        *_device_keys(material),
        *(_protocol(name) for name in _PROTOCOLS),
        *_modules(material),
    ]
    return head(material, "cbom") | {
        "components": inside,
        "dependencies": list(_dependencies(material, inside)),
    }


def _algorithm(material: Material, mechanism: Mechanism) -> Table:
    traits = _TRAITS.get(mechanism.name, _UNKNOWN)
    properties: Table = {
        "primitive": traits.primitive,
        "executionEnvironment": "unknown" if _has_hsm(material) else "software-plain-ram",
        "implementationPlatform": "generic",
        "certificationLevel": ["unknown" if _has_hsm(material) else "none"],
        "cryptoFunctions": list(traits.functions),
        "classicalSecurityLevel": mechanism.strength_bits,
    }
    named = {
        "curve": traits.curve, "parameterSetIdentifier": traits.parameters, "mode": traits.mode,
    }  # fmt: skip
    properties |= {name: value for name, value in named.items() if value}
    if traits.quantum_level is not None:
        properties["nistQuantumSecurityLevel"] = traits.quantum_level
    last = [prop("not-after-year", mechanism.not_after)] if mechanism.not_after else []
    return _asset(
        _mechanism_ref(mechanism.name), mechanism.name, mechanism.purpose,
        {"assetType": "algorithm", "algorithmProperties": properties},
        [prop("source", mechanism.source), *last],
    )  # fmt: skip


def _provider_key(material: Material, purpose: KeyPurpose) -> Table:
    secret = MECHANISM_OF[purpose].startswith("HMAC")
    return _key(
        f"key:provider:{purpose.value}",
        f"{purpose.value} key of the provider",
        kind="secret-key" if secret else "private-key",
        mechanism=MECHANISM_OF[purpose],
        secured_by="hardware security module" if _has_hsm(material) else "sealed file",
    )


def _device_keys(material: Material) -> Iterator[Table]:
    for one in material.service.handsets:
        yield _key(
            f"key:device:{one.kind}:{one.secure_environment}",
            f"keys of {one.kind} devices ({one.secure_environment})",
            kind="private-key",
            mechanism="ES256",
            secured_by=_SECURED_BY.get(one.secure_environment, "software"),
        ) | {"properties": [prop("share-permille", one.share_permille)]}


def _key(ref: str, name: str, *, kind: str, mechanism: str, secured_by: str) -> Table:
    algorithm = _mechanism_ref(mechanism)
    return _asset(
        ref, name, "",
        {
            "assetType": "related-crypto-material",
            "relatedCryptoMaterialProperties": {
                "type": kind,
                "size": 256,
                "algorithmRef": algorithm,
                "securedBy": {"mechanism": secured_by},
            },
        },
        [],
    )  # fmt: skip


def _protocol(name: str) -> Table:
    described, mechanisms = _PROTOCOLS[name]
    return _asset(
        f"protocol:{name.replace(' ', '-')}", name, described,
        {
            "assetType": "protocol",
            "protocolProperties": {
                "type": "other",
                "cryptoRefArray": [_mechanism_ref(one) for one in mechanisms],
            },
        },
        [],
    )  # fmt: skip


def _modules(material: Material) -> Iterator[Table]:
    """Crypto modules as devices or libraries: what certified them is named, not judged."""
    for one in material.service.modules:
        certificate = [prop("certificate", one.certificate)] if one.certificate else []
        yield {
            "bom-ref": f"module:{one.name}",
            "type": "device" if one.kind == HSM else "library",
            "name": one.name,
            "description": f"Crypto module of the kind {one.kind}.",
            "properties": [prop("kind", one.kind), *certificate],
        }


def _asset(ref: str, name: str, told: str, crypto: Table, properties: list[Table]) -> Table:
    table: Table = {"bom-ref": ref, "type": "cryptographic-asset", "name": name}
    if told:
        table["description"] = told
    table["cryptoProperties"] = crypto
    return table | ({"properties": properties} if properties else {})


def _dependencies(material: Material, inside: list[Table]) -> Iterator[Table]:
    """The service uses everything; keys and protocols use the mechanisms that they name."""
    yield {"ref": service_ref(material), "dependsOn": sorted(one["bom-ref"] for one in inside)}
    for one in inside:
        yield {"ref": one["bom-ref"], "dependsOn": sorted(_uses(one))}


def _uses(component: Table) -> list[str]:
    crypto = component.get("cryptoProperties", {})
    used = crypto.get("protocolProperties", {}).get("cryptoRefArray", [])
    key = crypto.get("relatedCryptoMaterialProperties", {}).get("algorithmRef")
    return [*used, *([key] if key else [])]


def _mechanism_ref(name: str) -> str:
    return f"mechanism:{name}"


def _has_hsm(material: Material) -> bool:
    return any(one.kind == HSM for one in material.service.modules)
