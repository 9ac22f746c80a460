"""Keys on a bench, for tests of calls about cards."""

from __future__ import annotations

from typing import Any

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import LifeState, ManagedKey, new_key_id
from tallystick.crypto.payment import Answer, Bench, Call, Denied, LocalModule
from tallystick.crypto.payment.making import symmetric_check_value


def kept(
    bench: Bench,
    octets: bytes,
    usage: KeyUsage,
    *,
    algorithm: KeyAlgorithm = KeyAlgorithm.TDES_2KEY,
    mode: KeyMode = KeyMode.DERIVE,
) -> str:
    """The handle of a key with these octets."""
    value, method = symmetric_check_value(algorithm, octets)
    record = ManagedKey(
        id=new_key_id(bench.random(24)),
        revision=1,
        attributes=KeyAttributes(
            usage=usage,
            algorithm=algorithm,
            mode=mode,
            exportability=Exportability.NOT_EXPORTABLE,
        ),
        kind="symmetric",
        state=LifeState.ACTIVE,
        domain="test",
        label="",
        origin="created",
        created_ms=bench.clock.now_ms(),
        expires_ms=None,
        uses_max=None,
        check_value=value,
        check_method=method,
        pinned={},
    )
    return bench.keep(record, octets, act="create").id


def done(module: LocalModule, call: Call) -> Any:
    """The answer, which is not a refusal."""
    (answer,) = module.perform([call])
    assert isinstance(answer, Answer), answer
    return answer


def denied(module: LocalModule, call: Call) -> Denied:
    """The refusal, which is not an answer."""
    (answer,) = module.perform([call])
    assert isinstance(answer, Denied), answer
    return answer
