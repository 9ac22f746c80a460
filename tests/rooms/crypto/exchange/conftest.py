"""A module and somebody outside of it who exchange keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.mechanisms import (
    KeyPair,
    LocalAuthority,
    Purpose,
    X509Certificate,
)
from tallystick.crypto.payment import (
    Bench,
    Call,
    CreateKey,
    Denied,
    ImportCertificate,
    KeyView,
    LocalModule,
    ModulePolicy,
)
from tallystick.ground.clock import ManualClock
from tallystick.testing import local_bench


@dataclass
class Meeting:
    """A module, and somebody outside with an authority and a pair of each kind."""

    bench: Bench
    module: LocalModule
    clock: ManualClock
    authority: LocalAuthority
    root: str

    def ask(self, call: Call) -> Any:
        (answer,) = self.module.perform([call])
        assert not isinstance(answer, Denied), (answer.code, answer.text, answer.where)
        return answer

    def denied(self, call: Call) -> tuple[str, str]:
        (answer,) = self.module.perform([call])
        assert isinstance(answer, Denied), answer
        return answer.code, answer.where

    def outside(self, algorithm: str, purpose: Purpose) -> tuple[KeyPair, X509Certificate]:
        pair = KeyPair.generate(algorithm)
        certificate = self.authority.issue(
            pair.public, common_name="them", at_ms=self.clock.now_ms(), days=60, purpose=purpose
        )
        return pair, certificate

    def create(self, **more: Any) -> KeyView:
        wanted: dict[str, Any] = {
            "usage": KeyUsage.PIN_ENCRYPTION,
            "algorithm": KeyAlgorithm.AES_128,
            "mode": KeyMode.BOTH,
            "exportability": Exportability.EXPORTABLE,
        }
        view = self.ask(CreateKey(**(wanted | more)))
        assert isinstance(view, KeyView)
        return view

    def octets(self, view: KeyView, action: KeyAction = KeyAction.ENCRYPT) -> bytes:
        return self.bench.key(view.key, usages={view.usage}, action=action).octets


@pytest.fixture(scope="module")
def authority() -> LocalAuthority:
    return LocalAuthority.create(
        common_name="their root", at_ms=ManualClock().now_ms(), days=400, algorithm="RSA_2048"
    )


@pytest.fixture
def meeting(authority: LocalAuthority) -> Meeting:
    clock = ManualClock()
    bench = local_bench(clock=clock, policy=ModulePolicy(quorum={"create": 0, "export": 0}))
    module = LocalModule(bench)
    (root,) = module.perform([ImportCertificate(certificate=authority.certificate.pem().encode())])
    assert isinstance(root, KeyView), root
    return Meeting(bench, module, clock, authority, root.key)
