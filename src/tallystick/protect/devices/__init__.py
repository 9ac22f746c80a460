"""Devices: bind a handset to a customer, recognise it again, suspend and revoke it.

Clauses: 7.2, 10, 11.
Enters:  enrolments, session requests and session proofs from strangers.
Leaves:  Device, Grant, challenges, activation codes; the facts device.bound, device.authenticated.
Refuses: ActivationRefused, ChallengeRefused, EnrolmentRefused, GrantRefused, ProofRefused,
         DeviceUnknown, DeviceSuspended.
Proof:   tests/rooms/protect/devices, tests/attacks.
"""

from tallystick.protect.devices.activation import (
    ACTIVATIONS,
    Activation,
    ActivationRefused,
    key_of,
    new_code,
    offer_device,
    redeem_activation,
)
from tallystick.protect.devices.enrolment import (
    ApplicationClaim,
    AttestationClaim,
    EnrolmentRefused,
    EnrolmentRequest,
    SessionRequest,
    bind_device,
    device_id,
    read_enrolment,
    read_session,
    session_kid,
)
from tallystick.protect.devices.proofs import ProofDesk, ProofRefused, SeenProof, check_proof
from tallystick.protect.devices.records import (
    DEVICES,
    Device,
    DeviceState,
    DeviceSuspended,
    DeviceUnknown,
)
from tallystick.protect.devices.stamps import (
    CHALLENGES,
    ChallengeDesk,
    ChallengeRefused,
    Grant,
    GrantDesk,
    GrantRefused,
)

__all__ = [
    "ACTIVATIONS",
    "CHALLENGES",
    "DEVICES",
    "Activation",
    "ActivationRefused",
    "ApplicationClaim",
    "AttestationClaim",
    "ChallengeDesk",
    "ChallengeRefused",
    "Device",
    "DeviceState",
    "DeviceSuspended",
    "DeviceUnknown",
    "EnrolmentRefused",
    "EnrolmentRequest",
    "Grant",
    "GrantDesk",
    "GrantRefused",
    "ProofDesk",
    "ProofRefused",
    "SeenProof",
    "check_proof",
    "SessionRequest",
    "bind_device",
    "device_id",
    "key_of",
    "new_code",
    "offer_device",
    "read_enrolment",
    "read_session",
    "redeem_activation",
    "session_kid",
]
