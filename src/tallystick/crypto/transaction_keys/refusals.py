"""What the transaction keys refuse."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class SerialNumberRefused(Refused):
    """Not a key serial number, or its counter is one that no device uses."""

    code, clause = "ksn.refused", "8"


class SerialNumberReplayed(Refused):
    """The device used this key serial number before, or it is older than the window."""

    code, clause = "ksn.replayed", "8"


class KeysExhausted(Refused):
    """The device has used all of its transaction keys and needs a new initial key."""

    code, clause = "ksn.exhausted", "8"


class WorkingKeyRefused(Refused):
    """The working key would be stronger than the key that it is derived from."""

    code, clause = "working_key.refused", "8"
