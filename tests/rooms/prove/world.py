"""A small world around a certificate: the example service, its plan, a log, the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tallystick.analyse import RiskAnalysis, analyse_risk
from tallystick.decide import SecurityPolicy, compile_policy
from tallystick.describe import Service, read_service
from tallystick.ground.facts import PAYMENT_FACTS
from tallystick.prove.certificate import (
    Certificate,
    TrustAnchor,
    VerifiedCertificate,
    certify,
    verify_certificate,
    write_bundle,
)
from tallystick.prove.closure import Brought
from tallystick.prove.dossier import Dossier, close_requirements
from tallystick.standard import load_catalogue
from tests.rooms.prove.logs import (
    CERTIFICATE_KEY,
    CERTIFICATE_VKEY,
    LOG_VKEY,
    NOW_MS,
    MemoryLog,
    make_fact,
)

EXAMPLE = Path(__file__).parents[3] / "examples" / "wallet.toml"
OPENED = {
    "module": "m", "keys_level": "S1", "signs_level": "S1", "keys_statement": "in a file",
}  # fmt: skip
TRUST = TrustAnchor(checkpoint=LOG_VKEY, certificate=CERTIFICATE_VKEY)


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that goes into a bundle."""

    source: bytes
    service: Service
    analysis: RiskAnalysis
    policy: SecurityPolicy
    log: MemoryLog
    dossier: Dossier
    certificate: Certificate

    def close(self, *, log: MemoryLog | None = None, brought: Brought | None = None) -> Dossier:
        return close_requirements(
            service=self.service,
            analysis=self.analysis,
            policy=self.policy,
            evidence=log or self.log,
            now_ms=NOW_MS,
            brought=brought,
        )

    def write(self, folder: Path, *, certificate: Certificate | None = None) -> Path:
        return write_bundle(
            folder,
            certificate=certificate or self.certificate,
            dossier=self.dossier,
            policy=self.policy,
            analysis=self.analysis,
            service=self.service,
            service_toml=self.source,
        )


def make_world(source: bytes | None = None, beside: Mapping[str, str] | None = None) -> World:
    """Of the example, or of another service file with the files that stand beside it."""
    source = source or EXAMPLE.read_bytes()
    service = read_service(source.decode(), beside=(beside or {}).__getitem__)
    analysis = analyse_risk(service)
    policy = compile_policy(service, analysis)
    log = make_log(policy.digest)
    dossier = close_requirements(
        service=service, analysis=analysis, policy=policy, evidence=log, now_ms=NOW_MS
    )
    return World(
        source=source,
        service=service,
        analysis=analysis,
        policy=policy,
        log=log,
        dossier=dossier,
        certificate=sign(dossier, source),
    )


def make_log(policy: str, *, level: str = "software") -> MemoryLog:
    """An opening, some payments, every trial but the last."""
    log = MemoryLog()
    opened = make_fact("platform.opened", policy=policy, detail=OPENED | {"level": level})
    log.record(opened, policy=policy, operation="platform.open")
    for _ in range(3):
        log.record(*(make_fact(kind, policy=policy) for kind in PAYMENT_FACTS), policy=policy)
    for name in sorted(load_catalogue().trials)[:-1]:
        withstood = make_fact("trial.withstood", policy=policy, detail={"trial": name})
        log.record(withstood, policy=policy, operation="evidence.record")
    return log


def sign(dossier: Dossier, source: bytes | None, *, valid_days: int = 365) -> Certificate:
    return certify(
        dossier,
        vkey=CERTIFICATE_VKEY,
        sign=CERTIFICATE_KEY.sign,
        valid_days=valid_days,
        service_toml=source,
    )


def verify(folder: Path, *, now_ms: int = NOW_MS, rederive: bool = False) -> VerifiedCertificate:
    return verify_certificate(folder, TRUST, now_ms, rederive=rederive)
