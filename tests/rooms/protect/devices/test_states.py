"""A device's states, what its claims are worth, and what the application says of itself."""

from __future__ import annotations

import pytest

from tallystick.handset.keys import HandsetKeys
from tallystick.protect.attestation import AttestationRefused, judge_attestation
from tallystick.protect.devices import DEVICES, DeviceState, DeviceSuspended
from tallystick.protect.hardening import ApplicationUnsound, check_application
from tests.rooms.protect.made import device_of

KEYS = HandsetKeys.create()


def test_only_a_bound_device_may_act() -> None:
    device_of(KEYS).demand_bound()
    for state in (DeviceState.SUSPENDED, DeviceState.REVOKED):
        with pytest.raises(DeviceSuspended) as refused:
            device_of(KEYS, state=state).demand_bound()
        assert refused.value.outside == "device.suspended"


@pytest.mark.parametrize("now", list(DeviceState))
@pytest.mark.parametrize("asked", list(DeviceState))
def test_no_way_leads_back_to_an_earlier_state(now: DeviceState, asked: DeviceState) -> None:
    order = list(DeviceState)
    after = device_of(KEYS, state=now).in_state(asked).state
    assert after is max(now, asked, key=order.index)


def test_a_device_is_kept_whole() -> None:
    for state in DeviceState:
        device = device_of(KEYS, state=state, environment="se", vouched="laboratory")
        assert DEVICES.decode(DEVICES.encode(device)) == device


@pytest.mark.parametrize("claimed", ["se", "tee", "software"])
def test_a_claim_that_nobody_vouches_for_counts_as_software(claimed: str) -> None:
    device = device_of(KEYS, environment=claimed, vouched=judge_attestation(evidence="software"))
    assert device.effective_environment == "software"
    assert device_of(KEYS, environment=claimed, vouched="x").effective_environment == claimed


@pytest.mark.parametrize("evidence", ["", "Software", "android-key", "app-attest", "software "])
def test_evidence_that_cannot_be_verified_is_refused(evidence: str) -> None:
    with pytest.raises(AttestationRefused) as refused:
        judge_attestation(evidence=evidence)
    assert refused.value.outside == "enrolment.refused"


@pytest.mark.parametrize(
    ("version", "debuggable", "rooted", "sound"),
    [
        (3, False, False, True),
        (4, False, False, True),
        (2, False, False, False),
        (-1, False, False, False),
        (3, True, False, False),
        (3, False, True, False),
    ],
)
def test_the_application_says_that_it_is_sound(
    version: int, debuggable: bool, rooted: bool, sound: bool
) -> None:
    said = {"version": version, "debuggable": debuggable, "rooted": rooted, "version_min": 3}
    if sound:
        check_application(**said)  # type: ignore[arg-type]
        return
    with pytest.raises(ApplicationUnsound):
        check_application(**said)  # type: ignore[arg-type]
