"""The last step of a verification, when asked for: make analysis and policy again, and compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tallystick.analyse import analyse_risk
from tallystick.decide import compile_policy
from tallystick.decide.policy import policy_plain
from tallystick.describe import read_service
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tallystick.prove.certificate.bundle import (
    ANALYSIS,
    POLICY,
    SERVICE,
    SOURCE,
    extensions_of,
)
from tallystick.prove.certificate.refusals import VerificationFailed


def _beside(files: Mapping[str, bytes]) -> Callable[[str], str]:
    """The owner's own entries go along inside the certified service."""
    texts = dict(extensions_of(files))

    def beside(name: str) -> str:
        if name not in texts:
            raise Misconfigured(f"{name} does not go along", where=SERVICE)
        return texts[name]

    return beside


def rederive_artefacts(files: Mapping[str, bytes]) -> None:
    """Derive service, analysis and policy from the service file; each must be the bundle's own.

    Refuses: VerificationFailed when the bundle has no service file, or something comes out other.
    """
    if SOURCE not in files:
        raise VerificationFailed("is missing: there is nothing to derive from", SOURCE)
    try:
        service = read_service(files[SOURCE].decode(), SOURCE, _beside(files))
        analysis = analyse_risk(service)
        policy = compile_policy(service, analysis)
    except (Misconfigured, UnicodeDecodeError) as wrong:
        raise VerificationFailed(f"nothing can be derived from it: {wrong}", SOURCE) from None
    derived = {
        SERVICE: service.plain(),
        ANALYSIS: analysis.plain(),
        POLICY: policy_plain(policy),
    }
    for name, plain in derived.items():
        if canonical_json(plain) != files[name]:
            raise VerificationFailed(f"{SOURCE} gives another one", name)
