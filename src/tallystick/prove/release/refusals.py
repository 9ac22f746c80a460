"""What the release of a policy refuses."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class ReleaseRefused(Refused):
    """The policy is not released: what is missing, or what does not fit, stands in the message."""

    code, clause = "release.refused", "6.2.1"
