"""The end of a rehearsal: requirements closed, certificate signed, verified elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tallystick.assembly import open_platform, record_audit
from tallystick.decide import Plan
from tallystick.ground.clock import SystemClock
from tallystick.protect.screening import NameList
from tallystick.prove.certificate import Certificate, certify, write_bundle
from tallystick.prove.dossier import Dossier, close_requirements


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What a rehearsal proves, and where it lies."""

    dossier: Dossier
    certificate: Certificate
    bundle: Path
    trust: Path


def close(planned: Plan, *, file: Path, home: Path, names: NameList, out: Path) -> Closed:
    """Audit the closed books, close the requirements, sign and write the bundle.

    Refuses: BooksAltered when books and evidence do not agree.
    """
    policy = planned.policy
    source = file.read_bytes()
    with open_platform(policy, home=home, names=names) as platform:
        record_audit(platform, home=home)
        dossier = close_requirements(
            service=planned.service,
            analysis=planned.analysis,
            policy=policy,
            evidence=platform.evidence,
            now_ms=SystemClock().now_ms(),
        )
        certificate = certify(
            dossier,
            vkey=platform.trust_anchor().certificate,
            sign=lambda octets: platform.module.sign(purpose="certificate", octets=octets),
            valid_days=policy.parameter("policy.validity_days"),
            service_toml=source,
        )
        trust = out / "trust.txt"
        trust.write_text(platform.trust_anchor().text())
    bundle = write_bundle(
        out / "certificate",
        certificate=certificate,
        dossier=dossier,
        policy=policy,
        analysis=planned.analysis,
        service=planned.service,
        service_toml=source,
    )
    return Closed(dossier=dossier, certificate=certificate, bundle=bundle, trust=trust)


def verify_elsewhere(closed: Closed) -> tuple[bool, str]:
    """Verify in another process that has copies of the files and the trust anchor, nothing else."""
    with tempfile.TemporaryDirectory(prefix="tallystick-verify-") as folder:
        shutil.copytree(closed.bundle, Path(folder) / "certificate")
        shutil.copy(closed.trust, Path(folder) / "trust.txt")
        command = [sys.executable, "-m", "tallystick", "verify", "certificate"]
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own module
            [*command, "--trust", "trust.txt", "--rederive"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    return done.returncode == 0, done.stdout + done.stderr
