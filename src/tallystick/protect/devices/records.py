"""A handset as the provider knows it: its keys, its claims, its state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from tallystick.crypto.mechanisms import PublicKey, public_key_from_jwk
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId, CustomerId, DeviceId
from tallystick.protect.enforcement import Register, decode_record, encode_record


class DeviceState(StrEnum):
    """offered -> bound -> suspended -> revoked; a device is offered while its code is unused."""

    BOUND = "bound"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class DeviceUnknown(Refused):
    """No such device: outsiders hear what they hear for every bad message."""

    code, clause, public_code = "device.unknown", "7.2", "message.refused"


class DeviceSuspended(Refused):
    """The device is known and may not act."""

    code, clause = "device.suspended", "7.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One bound handset with its three public keys.

    `environment` is where the handset says its keys live; `vouched` who says so besides itself
    (`software`: nobody).
    """

    id: DeviceId
    customer: CustomerId
    account: AccountId
    role: str
    state: DeviceState
    session_key: PublicKey
    signature_key: PublicKey
    agreement_key: PublicKey
    platform: str
    environment: str
    vouched: str
    bound_at_ms: int

    @property
    def effective_environment(self) -> str:
        """The environment that limits go by: an unvouched claim counts as software."""
        return self.environment if self.vouched != "software" else "software"

    def in_state(self, state: DeviceState) -> Device:
        """The device in this state, or in its own when that is a later one: no way leads back."""
        order = tuple(DeviceState)
        return self if order.index(state) < order.index(self.state) else replace(self, state=state)

    def demand_bound(self) -> None:
        """Refuses: DeviceSuspended in any other state than bound."""
        if self.state is not DeviceState.BOUND:
            raise DeviceSuspended(f"the device is {self.state}")


def _encode(device: Device) -> bytes:
    return encode_record(
        {
            "id": device.id,
            "customer": device.customer,
            "account": device.account,
            "role": device.role,
            "state": str(device.state),
            "session": device.session_key.jwk(),
            "signature": device.signature_key.jwk(),
            "agreement": device.agreement_key.jwk(),
            "platform": device.platform,
            "environment": device.environment,
            "vouched": device.vouched,
            "bound_at_ms": device.bound_at_ms,
        }
    )


def _decode(octets: bytes) -> Device:
    plain = decode_record(octets)
    keys = {f"{name}_key": public_key_from_jwk(plain.pop(name)) for name in _KEYS}
    return Device(**plain | keys | {"state": DeviceState(plain["state"])})


_KEYS = ("session", "signature", "agreement")

DEVICES: Register[Device] = Register("device", _encode, _decode)
