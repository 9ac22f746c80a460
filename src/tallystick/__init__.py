"""Tallystick: security of mobile financial services, from one file to a verified certificate.

    service     = tallystick.load_service("wallet.toml")
    risk        = tallystick.analyse_risk(service)
    policy      = tallystick.compile_policy(service, risk)
    with tallystick.open_platform(policy, home="var/wallet", names=...) as platform: ...
    dossier     = tallystick.close_requirements(...)
    certificate = tallystick.certify(dossier, ...)
    tallystick.verify_certificate("var/bundle", trust=...)

Each name is imported when it is first used: `import tallystick` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tallystick.analyse import analyse_risk
    from tallystick.assembly import open_platform
    from tallystick.decide import compile_policy
    from tallystick.describe import load_service
    from tallystick.prove.certificate import certify, verify_certificate
    from tallystick.prove.dossier import close_requirements

__version__ = "0.1.0"

_ROOMS = {
    "load_service": "tallystick.describe",
    "analyse_risk": "tallystick.analyse",
    "compile_policy": "tallystick.decide",
    "open_platform": "tallystick.assembly",
    "close_requirements": "tallystick.prove.dossier",
    "certify": "tallystick.prove.certificate",
    "verify_certificate": "tallystick.prove.certificate",
}

__all__ = [
    "analyse_risk",
    "certify",
    "close_requirements",
    "compile_policy",
    "load_service",
    "open_platform",
    "verify_certificate",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'tallystick' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)
