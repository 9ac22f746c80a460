"""Hardening: is the application still ours, as far as it says itself?

Clauses: 7.2.
Enters:  version, debugger and root signals that the application reports with each session.
Leaves:  the fact application.sound.
Refuses: ApplicationUnsound.
Proof:   tests/rooms/protect/devices.
"""

from __future__ import annotations

from tallystick.ground.errors import Refused

__all__ = ["ApplicationUnsound", "check_application", "check_version"]


class ApplicationUnsound(Refused):
    """The application is too old, under a debugger, or on a device whose owner is not its user."""

    code, clause, public_code = "application.unsound", "7.2", "enrolment.refused"


def check_application(*, version: int, debuggable: bool, rooted: bool, version_min: int) -> None:
    """Judge what an application reports of itself: a signal, never the only gate."""
    if debuggable or rooted:
        raise ApplicationUnsound("the application runs under a debugger or on a rooted device")
    check_version(version=version, version_min=version_min)


def check_version(*, version: int, version_min: int) -> None:
    """Refuses: ApplicationUnsound for a version that the policy no longer accepts."""
    if version < version_min:
        raise ApplicationUnsound(f"application version {version} is below {version_min}")
